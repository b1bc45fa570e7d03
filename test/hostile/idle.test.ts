// As many as the stock server takes, and nothing to do: what ten thousand who only sit there cost, and that they may stay.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { IS_LONG, Siege, volume } from '../support/siege.ts'

let siege: Siege

beforeAll(async () => {
  siege = await Siege.start()
})
afterAll(() => siege.stop())

/** Addresses, so that of none more come than it may have. */
const ADDRESSES = 250

test('10,000 idle connections are held at 25 KB each or less, with none dropped', async () => {
  // With the honest players they are as many as the process takes.
  const count = volume(9_996, 200)
  const holdMs = volume(120_000, 1_000)
  const inKB = (bytes: number) => `${(bytes / count / 1e3).toFixed(1)} KB`
  const before = await siege.ask()
  const held = await siege.weigh()
  let weight = 0
  const felt = await siege.attack('idle connections', async () => {
    const idlers = await siege.idlers(count, ADDRESSES)
    expect(await idlers.left()).toBe(count)
    await new Promise((resolve) => setTimeout(resolve, holdMs))
    const { stats, rss } = await siege.ask()
    weight = (await siege.weigh()) - held
    expect(await idlers.left()).toBe(count)
    expect(stats.connections).toBe(before.stats.connections + count)
    expect(stats.closed).toEqual(before.stats.closed)
    expect(stats.silent).toBe(before.stats.silent)
    idlers.leave()
    return `${count} for ${holdMs / 1_000} s: ${inKB(weight)} each in use, ${inKB(rss - before.rss)} resident; 0 dropped`
  })
  expect(felt.disconnects).toBe(0)
  if (IS_LONG) expect(weight / count).toBeLessThanOrEqual(25e3)
})
