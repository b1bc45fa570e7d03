import { expect, test } from 'vitest'
import { guard, isInTime } from '../../server/hooks.ts'
import { virtualShared } from '../support/server.ts'

test('what is thrown, and what is rejected, goes to one place', async () => {
  const failures: unknown[] = []
  const fail = (error: unknown) => void failures.push(error)
  const thrown = guard(() => {
    throw 'thrown'
  }, fail)
  expect(thrown).toBeUndefined()
  await guard(() => Promise.reject('rejected'), fail)
  await guard(() => Promise.resolve(7), fail)
  for (const value of [undefined, null, 7, {}]) expect(guard(() => value, fail)).toBeUndefined()
  expect(failures).toEqual(['thrown', 'rejected'])
})

test('work is in time until the time of a hook is over', async () => {
  for (const [ms, inTime] of [
    [9_900, true],
    [10_100, false],
  ] as const) {
    const { world, ...shared } = virtualShared()
    const verdict = isInTime({ world, ...shared }, new Promise((resolve) => world.after(ms, resolve)))
    await world.clock.pass(11_000, 100)
    expect(await verdict).toBe(inTime)
    expect(world.clock.waiting).toBe(0)
  }
})
