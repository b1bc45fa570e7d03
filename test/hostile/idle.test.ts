// As many as the stock server takes, and nothing to do: what ten thousand who only sit there cost, and that they may stay.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RawSocket } from '../support/raw-socket.ts'
import { address, IS_LONG, Siege, volume } from '../support/siege.ts'

let siege: Siege

beforeAll(async () => {
  siege = await Siege.start()
})
afterAll(() => siege.stop())

/** Addresses, so that of none more come than it may have. */
const ADDRESSES = 250
const AT_ONCE = 80

test('10,000 idle connections are held at 25 KB each or less, with none dropped', async () => {
  // With the honest players they are as many as the process takes.
  const count = volume(9_996, 200)
  const holdMs = volume(120_000, 3_000)
  const sockets: RawSocket[] = []
  let dropped = 0
  const before = await siege.ask()
  const held = await siege.weigh()
  let each = 0
  const felt = await siege.attack('idle connections', async () => {
    const enter = async (index: number) => {
      const raw = await siege.light(address(30, (index % ADDRESSES) + 1), { room: 'lobby' })
      sockets.push(raw)
      raw.socket.on('close', () => dropped++)
    }
    for (let from = 0; from < count; from += AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) => enter(from + index)))
    }
    expect((await siege.ask()).stats.connections).toBe(before.stats.connections + count)
    await new Promise((resolve) => setTimeout(resolve, holdMs))
    const { stats, rss } = await siege.ask()
    each = Math.max((await siege.weigh()) - held, rss - before.rss) / count
    expect(stats.connections).toBe(before.stats.connections + count)
    return `${count} for ${holdMs / 1_000} s: ${(each / 1e3).toFixed(1)} KB each, ${dropped} dropped`
  })
  expect(dropped).toBe(0)
  expect(felt.after.stats.closed).toEqual(felt.before.stats.closed)
  expect(felt.after.stats.silent).toBe(felt.before.stats.silent)
  if (IS_LONG) expect(each).toBeLessThanOrEqual(25e3)
  for (const raw of sockets) raw.socket.destroy()
})
