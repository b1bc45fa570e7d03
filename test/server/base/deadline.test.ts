import { expect, test } from 'vitest'
import { isInTime } from '../../../server/base/deadline.ts'
import { virtualShared } from '../../support/server.ts'

test('work is in time until the time of a hook is over', async () => {
  for (const [ms, inTime] of [
    [7_900, true],
    [8_100, false],
  ] as const) {
    const { world, ...shared } = virtualShared()
    const verdict = isInTime({ world, ...shared }, new Promise((resolve) => world.after(ms, resolve)))
    await world.clock.pass(11_000, 100)
    expect(await verdict).toBe(inTime)
    expect(world.clock.waiting).toBe(0)
  }
})
