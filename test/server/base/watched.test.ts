import { expect, test } from 'vitest'
import { Watched } from '../../../server/base/watched.ts'
import { virtualShared } from '../../support/server.ts'

/** Work that is told of when it is slow, on a clock and a processor of its own. */
function watched() {
  const { world, ...shared } = virtualShared()
  const { clock } = world
  const named: string[] = []
  let stood = 0
  const watched = new Watched(
    { world: { ...world, cpuMs: () => clock.now() - stood }, ...shared },
    {
      log: (what) => named.push(what),
      fail: (what, { message }) => named.push(`${what} failed: ${message}`),
    },
  )
  const stand = (ms: number) => {
    stood += ms
    clock.advance(ms)
  }
  return { watched, clock, stand, named, stats: shared.stats }
}

test('time in which the process stood still is not held against the work, however much was done before', () => {
  const { watched: all, clock, stand, named, stats } = watched()
  clock.advance(60_000)
  for (let call = 0; call < 100; call++) all.time('work', () => clock.advance(10))
  all.time('a pause', () => {
    clock.advance(30)
    stand(1_970)
  })
  clock.advance(10_000)
  all.time('a long pause', () => {
    clock.advance(1_000)
    stand(5_000)
  })
  all.time('a pause in work', () => {
    clock.advance(1_001)
    stand(5_000)
  })
  expect(named).toEqual([
    expect.stringMatching(/^a pause held up the server for 2000 ms, for 1[78]\d\d of which the process stood still$/),
    'a long pause held up the server for 6000 ms, for 5000 of which the process stood still',
    'a pause in work failed: held up the server for 6001 ms',
  ])
  expect(stats.slowHooks).toBe(3)
})

test('work within which other work is watched answers for all of it', () => {
  const { watched: all, clock, named } = watched()
  all.time('the outer', () => {
    clock.advance(700)
    all.time('the inner', () => clock.advance(200))
    clock.advance(200)
  })
  expect(named).toEqual(['the outer failed: held up the server for 1100 ms'])
})

test('work that holds up the process is counted, and named once in ten seconds, and what it returns or throws comes back', () => {
  const { watched: all, clock, named, stats } = watched()
  const held = (ms: number) => all.time('work', () => clock.advance(ms) ?? ms)
  expect([held(250), stats.slowHooks]).toEqual([250, 0])
  expect([held(251), held(300), stats.slowHooks]).toEqual([251, 300, 2])
  clock.advance(10_000)
  expect([held(1_000), held(1_001), stats.slowHooks]).toEqual([1_000, 1_001, 4])
  const thrown = () =>
    all.time('a throw', () => {
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
