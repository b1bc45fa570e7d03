import { beforeEach, describe, expect, test } from 'vitest'
import { defineGame } from '../../protocol/index.ts'
import { SnapshotRing } from '../../protocol/snapshot.ts'
import { type Moment, RenderClock } from '../../sdk/interpolation.ts'
import { seeded } from '../support/random.ts'

const game = defineGame({})
const TICK_MS = 1000 / 60
let ring: SnapshotRing
let clock: RenderClock
let moment: Moment

beforeEach(() => {
  ring = new SnapshotRing(game)
  clock = new RenderClock()
  clock.restart(60, 20)
  const { newest } = ring
  moment = { top: newest, from: newest, to: newest, share: 1 }
})

function arrive(tick: number, now: number): void {
  ring.claim(tick)
  clock.arrived(tick, now)
}

/** The tick that is shown, seen as the point between two snapshots. */
function shownTick(now: number): number {
  clock.locate(moment, ring, now)
  return moment.from.tick + (moment.to.tick - moment.from.tick) * moment.share
}

describe('the moment that is shown', () => {
  test('is two send intervals behind the server', () => {
    for (let tick = 3; tick <= 60; tick += 3) arrive(tick, 500 + tick * TICK_MS)
    const now = 500 + 60 * TICK_MS
    expect(shownTick(now)).toBeCloseTo(54)
    expect(shownTick(now + TICK_MS / 2)).toBeCloseTo(54.5)
    expect([moment.from.tick, moment.to.tick, moment.top.tick]).toEqual([54, 57, 54])
  })

  test('is the only snapshot while there is but one', () => {
    arrive(3, 500)
    expect(shownTick(500)).toBe(3)
    expect(shownTick(5000)).toBe(3)
  })

  test('is never before the oldest snapshot', () => {
    arrive(3, 500)
    arrive(6, 550)
    expect(shownTick(551)).toBe(3)
    expect(moment.top.tick).toBe(3)
  })

  test('goes on for a tenth of a second beyond the newest, and holds', () => {
    for (let tick = 3; tick <= 60; tick += 3) arrive(tick, tick * TICK_MS)
    const newest = 60 * TICK_MS
    expect(shownTick(newest + 150)).toBeCloseTo(63)
    expect(shownTick(newest + 200)).toBeCloseTo(66)
    expect(shownTick(newest + 220)).toBeCloseTo(66)
    expect(moment.top.tick).toBe(60)
  })

  test('after an idle gap moves only in the last interval', () => {
    arrive(3, 3 * TICK_MS)
    arrive(63, 63 * TICK_MS)
    const now = (tick: number) => (tick + 6) * TICK_MS
    expect(shownTick(now(40))).toBe(3)
    expect(shownTick(now(60))).toBe(3)
    clock.locate(moment, ring, now(61.5))
    expect(moment.share).toBeCloseTo(0.5)
  })

  test('is always the newest in a room without time', () => {
    clock.restart(0, 20)
    for (let tick = 1; tick <= 9; tick++) arrive(tick, tick * 1000)
    expect(shownTick(9001)).toBe(9)
  })
})

describe('the clock', () => {
  for (const seed of [1, 2, 3]) {
    test(`goes steadily although frames come late, seed ${seed}`, () => {
      const random = seeded(seed)
      let last = Number.NaN
      let due = 3
      for (let now = 200; now < 20_000; now += 1000 / 60) {
        while (due * TICK_MS + 100 < now) {
          arrive(due, now)
          due += random() < 0.05 ? 6 : 3
        }
        const shown = shownTick(now)
        if (now > 1000) {
          expect(shown - last).toBeGreaterThan(0.9)
          expect(shown - last).toBeLessThan(1.1)
        }
        last = shown
      }
    })
  }

  test('takes late frames for late, and goes by the fastest', () => {
    for (let tick = 3; tick <= 300; tick += 3) arrive(tick, tick * TICK_MS + (tick % 30 === 0 ? 0 : 30))
    expect(clock.ageOf(300, 300 * TICK_MS)).toBeCloseTo(0, 0)
    expect(clock.ageOf(270, 300 * TICK_MS)).toBeCloseTo(500, 0)
  })

  test('jumps when it is far off', () => {
    for (let tick = 3; tick <= 30; tick += 3) arrive(tick, tick * TICK_MS)
    clock.forget()
    arrive(33, 5000)
    expect(clock.ageOf(33, 5000)).toBe(0)
  })
})
