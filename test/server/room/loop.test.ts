import { expect, test } from 'vitest'
import type { World } from '../../../server/base/world.ts'
import { startLoop } from '../../../server/room/loop.ts'
import { VirtualClock } from '../../support/clock.ts'

type Timers = Pick<World, 'now' | 'after'>

function watched(clock: Timers, tickRate: number, onTick: () => void = () => {}) {
  const seen = { ticks: 0, flushes: 0, dropped: 0, times: [] as number[] }
  const stop = startLoop(clock, tickRate, {
    tick: () => {
      seen.ticks++
      seen.times.push(clock.now())
      onTick()
    },
    flush: () => {
      seen.flushes++
    },
    dropped: (ticks) => {
      seen.dropped += ticks
    },
  })
  return { seen, stop }
}

for (const rate of [20, 30, 60, 64, 128]) {
  test(`a loop of ${rate} ticks a second makes just so many in 100 seconds`, () => {
    const clock = new VirtualClock()
    const { seen } = watched(clock, rate)
    clock.advance(100_000)
    expect(seen.ticks).toBeGreaterThanOrEqual(rate * 100 - 1)
    expect(seen.ticks).toBeLessThanOrEqual(rate * 100)
    expect(seen.dropped).toBe(0)
  })
}

test('timers that come late do not slow the loop down', () => {
  const clock = new VirtualClock()
  const late = { now: clock.now, after: (ms: number, run: () => void) => clock.after(Math.ceil(ms) + 7, run) }
  let ticks = 0
  startLoop(late, 50, { tick: () => ticks++, flush: () => {}, dropped: () => {} })
  clock.advance(10_000)
  expect(ticks).toBeGreaterThanOrEqual(498)
  expect(ticks).toBeLessThanOrEqual(500)
})

test('timers of whole milliseconds wake a loop of 60 ticks a second once for each, less than a millisecond from its time', () => {
  const clock = new VirtualClock()
  clock.advance(0.7)
  let wakes = 0
  const wake = (run: () => void) => () => {
    wakes++
    run()
  }
  // As Node's: the time is cut off to the millisecond before the wait is added.
  const after = (ms: number, run: () => void) => clock.after(Math.floor(clock.now()) + ms - clock.now(), wake(run))
  const { seen } = watched({ now: clock.now, after: (ms, run) => after(Math.ceil(ms), run) }, 60)
  clock.advance(100_001)
  expect(seen.ticks).toBe(6_000)
  expect(wakes).toBe(6_000)
  const errors = seen.times.map((time, index) => Math.abs(time - 0.7 - ((index + 1) * 1000) / 60))
  expect(Math.max(...errors)).toBeLessThan(1)
})

for (const { early, at } of [
  { early: 0.9, at: 49.1 },
  { early: 1, at: 50 },
]) {
  test(`a timer that fires ${early} ms early makes its tick at ${at} ms`, () => {
    const clock = new VirtualClock()
    let isFirst = true
    const after = (ms: number, run: () => void) => {
      const wait = isFirst ? ms - early : ms
      isFirst = false
      return clock.after(wait, run)
    }
    const { seen } = watched({ now: clock.now, after }, 20)
    clock.advance(60)
    expect(seen.times).toEqual([at])
  })
}

test('after a delay at most five ticks run at once, with one flush', () => {
  const clock = new VirtualClock()
  let stall = 0
  const { seen } = watched({ now: () => clock.now() + stall, after: clock.after }, 50)
  stall = 90
  clock.advance(20)
  expect(seen.ticks).toBe(5)
  expect(seen.flushes).toBe(1)
})

test('a loop that is a quarter of a second late after five ticks catches up; what is more is dropped and counted', () => {
  for (const { stall, dropped } of [
    { stall: 340, dropped: 0 },
    { stall: 360, dropped: 13 },
    { stall: 1_000, dropped: 45 },
  ]) {
    const clock = new VirtualClock()
    let late = 0
    const { seen } = watched({ now: () => clock.now() + late, after: clock.after }, 50)
    late = stall
    clock.advance(10_000)
    expect(seen.dropped).toBe(dropped)
    expect(seen.ticks + seen.dropped).toBe((10_000 + stall) / 20)
  }
})

test('a loop that is stopped within a tick makes no other, and leaves no timer', () => {
  const clock = new VirtualClock()
  const { seen, stop } = watched(clock, 50, () => stop())
  clock.advance(1_000)
  expect(seen.ticks).toBe(1)
  expect(seen.flushes).toBe(0)
  expect(clock.waiting).toBe(0)
})
