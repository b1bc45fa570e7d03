import { expect, test } from 'vitest'
import { guard, isInTime, Watched } from '../../../server/room/hooks.ts'
import { virtualShared } from '../../support/server.ts'

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

test('work that holds up the process is counted, and named once in ten seconds, and what it returns or throws comes back', () => {
  const { world, ...shared } = virtualShared()
  const { clock } = world
  const named: string[] = []
  const watched = new Watched(
    { world, ...shared },
    {
      log: (what) => named.push(what),
      fail: (what, { message }) => named.push(`${what} failed: ${message}`),
    },
  )
  const held = (ms: number) => watched.time('work', () => clock.advance(ms) ?? ms)
  expect([held(250), shared.stats.slowHooks]).toEqual([250, 0])
  expect([held(251), held(300), shared.stats.slowHooks]).toEqual([251, 300, 2])
  clock.advance(10_000)
  expect([held(1_000), held(1_001), shared.stats.slowHooks]).toEqual([1_000, 1_001, 4])
  const thrown = () =>
    watched.time('a throw', () => {
      clock.advance(1_500)
      throw new Error('oops')
    })
  expect(thrown).toThrow('oops')
  expect(named).toEqual([
    'work held up the server for 251 ms',
    'work held up the server for 1000 ms',
    'work failed: held up the server for 1001 ms',
    'a throw failed: held up the server for 1500 ms',
  ])
})
