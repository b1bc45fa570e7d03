import { expect, test } from 'vitest'
import { VirtualClock } from '../../sdk/virtual-clock.ts'
import { between, seeded } from '../support/random.ts'

const SEED = 11

test('time passes only when it is told to, and timers run at their own times', () => {
  const clock = new VirtualClock(1_000)
  const ran: number[] = []
  clock.after(30, () => ran.push(clock.now()))
  clock.after(10, () => clock.after(5, () => ran.push(clock.now())))
  expect(clock.now()).toBe(1_000)
  clock.advance(29)
  expect([ran, clock.now()]).toEqual([[1_015], 1_029])
  clock.advance(1)
  expect(ran).toEqual([1_015, 1_030])
})

test(`timers run in the order of their times, then of their making, seed ${SEED}`, () => {
  const clock = new VirtualClock()
  const random = seeded(SEED)
  const asked = Array.from({ length: 200 }, (_, place) => ({ at: between(random, 0, 20), place }))
  const ran: typeof asked = []
  for (const one of asked) clock.after(one.at, () => ran.push(one))
  clock.advance(20)
  expect(ran).toEqual([...asked].sort((a, b) => a.at - b.at || a.place - b.place))
})

test('a timer that was called off does not run, and none is counted any more', () => {
  const clock = new VirtualClock()
  let runs = 0
  const cancel = clock.after(10, () => runs++)
  const stop = clock.every(10, () => runs++)
  expect(clock.waiting).toBe(2)
  cancel()
  clock.advance(35)
  expect(runs).toBe(3)
  stop()
  clock.advance(100)
  expect([runs, clock.waiting]).toEqual([3, 0])
})

test('between two steps of its time promises settle', async () => {
  const clock = new VirtualClock()
  const done: number[] = []
  const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))
  void (async () => {
    for (let round = 0; round < 3; round++) {
      await wait(10)
      done.push(clock.now())
    }
  })()
  await clock.pass(30)
  expect(done).toEqual([10, 20, 30])
})

test('time does not go back, neither when a timer advances the clock itself nor when it is told to', () => {
  const clock = new VirtualClock()
  const ran: number[] = []
  clock.after(10, () => clock.advance(30))
  clock.after(20, () => ran.push(clock.now()))
  clock.after(60, () => ran.push(clock.now()))
  clock.advance(20)
  expect([ran, clock.now()]).toEqual([[20], 40])
  clock.after(5, () => {
    clock.advance(-100)
    ran.push(clock.now())
  })
  clock.advance(5)
  expect([ran, clock.now()]).toEqual([[20, 45], 45])
  clock.advance(15)
  expect([ran, clock.now()]).toEqual([[20, 45, 60], 60])
})

test('a time that would never end, or is none, is refused before it passes', async () => {
  const clock = new VirtualClock(7)
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    expect(() => clock.advance(ms)).toThrow(new RangeError(`ms must be finite, got ${ms}`))
    await expect(clock.pass(ms)).rejects.toThrow(new RangeError(`ms must be finite, got ${ms}`))
    expect(() => new VirtualClock(ms)).toThrow(new RangeError(`start must be finite, got ${ms}`))
  }
  expect(clock.now()).toBe(7)
  clock.advance(0)
  await clock.pass(2.5)
  expect(clock.now()).toBe(9.5)
})

test('what is to come again must take time, and so must a step', async () => {
  const clock = new VirtualClock()
  let runs = 0
  for (const ms of [0, -1, Number.NaN]) {
    expect(() => clock.every(ms, () => runs++)).toThrow(new RangeError(`ms must be above 0, got ${ms}`))
    await expect(clock.pass(10, ms)).rejects.toThrow(new RangeError(`step must be above 0, got ${ms}`))
  }
  expect([clock.waiting, clock.now()]).toEqual([0, 0])
  clock.every(0.5, () => runs++)
  await clock.pass(10, 0.25)
  expect(runs).toBe(20)
})
