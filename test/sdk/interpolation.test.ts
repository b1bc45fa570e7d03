import { beforeEach, describe, expect, test } from 'vitest'
import { defineGame } from '../../protocol/index.ts'
import { SnapshotRing } from '../../protocol/snapshot.ts'
import { type Moment, RenderClock } from '../../sdk/interpolation.ts'
import { ticksPerState } from '../../server/sync/rates.ts'
import { seeded } from '../support/random.ts'

const game = defineGame({})
const TICK_MS = 1000 / 60
let ring: SnapshotRing
let clock: RenderClock
let moment: Moment
let drawn: number

beforeEach(begin)

function begin(): void {
  ring = new SnapshotRing(game)
  clock = new RenderClock('balanced')
  clock.restart(1000 / 60, 20)
  drawn = 0
}

function arrive(tick: number, now: number): void {
  ring.claim(tick)
  clock.arrived(tick, now)
}

/** The same, and 60 pictures a second until then. */
function arriveSeen(tick: number, now: number): void {
  for (; drawn < now; drawn += TICK_MS) shownTick(drawn)
  arrive(tick, now)
}

/** The tick that is shown, seen as the point between two snapshots. */
function shownTick(now: number): number {
  moment = clock.locate(ring, now)
  return moment.from.tick + (moment.to.tick - moment.from.tick) * moment.share
}

describe('the moment that is shown', () => {
  test('is five quarters of a send interval behind the server on a clean line', () => {
    for (let tick = 3; tick <= 60; tick += 3) arrive(tick, 500 + tick * TICK_MS)
    const now = 500 + 60 * TICK_MS
    expect(shownTick(now)).toBeCloseTo(56.25)
    expect(shownTick(now + TICK_MS / 2)).toBeCloseTo(56.75)
    expect([moment.from.tick, moment.to.tick, moment.top.tick]).toEqual([54, 57, 54])
    expect(clock.delayMs).toBe(62.5)
  })

  for (const sendRate of [1, 1.4, 2, 5]) {
    test(`is five quarters of a send interval behind also with ${sendRate} states a second`, () => {
      const ticks = Math.round(60 / sendRate)
      clock.restart(TICK_MS, sendRate)
      for (let state = 1; state <= 20; state++) arriveSeen(state * ticks, state * ticks * TICK_MS)
      expect(clock.delayMs).toBeGreaterThanOrEqual((1000 / sendRate) * 1.25 - 1)
      expect(clock.delayMs).toBeLessThanOrEqual((1000 / sendRate) * 1.25 + 20)
    })
  }

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

  test('is where it should be with the first state after a while without pictures, not by and by', () => {
    for (let tick = 3; tick <= 60; tick += 3) arrive(tick, tick * TICK_MS)
    shownTick(60 * TICK_MS)
    // A page that nobody looks at: a state a second, and no picture for so long that a tenth of it is no correction.
    for (const tick of [120, 180, 240]) arrive(tick, tick * TICK_MS)
    const delay = clock.delayMs / TICK_MS
    const back = 262
    expect(shownTick(back * TICK_MS)).toBeCloseTo(242.4)
    arrive(264, 264 * TICK_MS)
    expect(shownTick(264 * TICK_MS)).toBeCloseTo(264 - delay)
    expect(shownTick(265 * TICK_MS)).toBeCloseTo(265 - delay)
  })

  /** Five seconds of a line that is late once a second, three of a hidden page, and two states for one that is back. */
  function comeBack(lateMs: number, ageMs: number, isDrawnFirst: boolean): { goal: number; shown: number } {
    begin()
    for (let tick = 3; tick <= 300; tick += 3) {
      arriveSeen(tick, Math.max(drawn, tick * TICK_MS + (tick % 60 === 0 ? lateMs : 0)))
    }
    const { delayMs } = clock
    for (const tick of [360, 420, 480]) arrive(tick, tick * TICK_MS)
    const back = 480 + Math.round(ageMs / TICK_MS)
    if (isDrawnFirst) shownTick((back - 1) * TICK_MS)
    for (const tick of [back, back + 3]) arrive(tick, tick * TICK_MS)
    return { goal: back + 3 - delayMs / TICK_MS, shown: shownTick((back + 3) * TICK_MS) }
  }

  for (const lateMs of [0, 250]) {
    for (const isDrawnFirst of [true, false]) {
      const [first, second] = isDrawnFirst ? ['picture', 'state'] : ['state', 'picture']
      test(`is not later for a time that nobody looked: ${lateMs} ms of noise, a ${first} before a ${second}`, () => {
        for (const ageMs of [250, 400, 650]) {
          const { goal, shown } = comeBack(lateMs, ageMs, isDrawnFirst)
          expect(shown).toBeCloseTo(goal)
        }
      })
    }
  }

  test('goes on for 40 ms beyond the newest, holds there, and goes on from there without a jump', () => {
    for (let tick = 42; tick <= 60; tick += 3) arrive(tick, tick * TICK_MS)
    const newest = 60 * TICK_MS
    expect(shownTick(newest + 62.5)).toBeCloseTo(60)
    expect(shownTick(newest + 62.5 + TICK_MS)).toBeCloseTo(61)
    for (const late of [110, 150, 200]) expect(shownTick(newest + late)).toBeCloseTo(62.4)
    expect(moment.top.tick).toBe(60)
    for (const tick of [63, 66, 69, 72]) arrive(tick, newest + 210)
    const shown = shownTick(newest + 210)
    expect(shown).toBeGreaterThan(62.4)
    expect(shown).toBeLessThan(62.4 + (10 / TICK_MS) * 1.1 + 1e-9)
  })

  test('lies between two snapshots however far they are apart', () => {
    arrive(3, 3 * TICK_MS)
    arrive(63, 63 * TICK_MS)
    moment = clock.locate(ring, 63 * TICK_MS)
    expect([moment.from.tick, moment.to.tick]).toEqual([3, 63])
  })

  test('is not told before there was a picture, and after that it is told of the last one', () => {
    arrive(3, 500)
    expect(clock.shownTick()).toBeNaN()
    arrive(6, 550)
    moment = clock.locate(ring, 550)
    expect(clock.shownTick()).toBeCloseTo(6 - 62.5 / TICK_MS)
    arrive(9, 600)
    expect(clock.shownTick()).toBeCloseTo(6 - 62.5 / TICK_MS)
  })

  for (const [tickRate, sendRate] of [
    [1, 20],
    [1.25, 20],
    [60, 25],
  ] as const) {
    test(`is five quarters of what a server makes of ${sendRate} states a second at ${tickRate} ticks behind`, () => {
      const tickMs = 1000 / tickRate
      const ticks = ticksPerState({ tickRate, sendRate })
      clock.restart(tickMs, sendRate)
      for (let state = 1; state <= 40; state++) arriveSeen(state * ticks, state * ticks * tickMs)
      expect(clock.delayMs).toBeGreaterThanOrEqual(ticks * tickMs * 1.25)
      expect(clock.delayMs).toBeLessThanOrEqual(ticks * tickMs * 1.25 + 20)
    })
  }

  test('does not go back for pictures that were not drawn while the line stalled', () => {
    for (let tick = 3; tick <= 300; tick += 3) arriveSeen(tick, tick * TICK_MS)
    const stalled = 300 * TICK_MS
    const before = shownTick(stalled + 200)
    for (let tick = 303; tick <= 333; tick += 3) arrive(tick, stalled + 590)
    const after = shownTick(stalled + 610)
    expect(after).toBeGreaterThanOrEqual(before)
    for (let tick = 336; tick <= 360; tick += 3) arrive(tick, tick * TICK_MS)
    expect(shownTick(360 * TICK_MS)).toBeGreaterThan(after)
  })

  test('is always the newest in a room without time', () => {
    clock.restart(0, 20)
    for (let tick = 1; tick <= 9; tick++) arrive(tick, tick * 1000)
    expect(shownTick(9001)).toBe(9)
  })

  test('is not late in a room without time, however long nothing happens', () => {
    clock = new RenderClock('balanced')
    clock.restart(0, 20)
    for (const now of [1_000, 1_600, 2_200, 12_200]) arriveSeen(ring.newest.tick + 1, now)
    expect([clock.ageOf(4, 15_000), clock.delayMs]).toEqual([0, 0])
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
          expect(shown - last).toBeGreaterThan(0.9 - 1e-9)
          expect(shown - last).toBeLessThan(1.1 + 1e-9)
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

  test('stands still on a new way to the server until a state has come on it, and does not go back then', () => {
    for (let tick = 3; tick <= 60; tick += 3) arrive(tick, tick * TICK_MS)
    const now = 60 * TICK_MS
    const shown = shownTick(now)
    clock.forget()
    expect([shownTick(now + 50), shownTick(now + 300)]).toEqual([shown, shown])
    arrive(75, now + 310)
    expect(shownTick(now + 310)).toBeGreaterThan(shown)
  })

  test('shows the newest of another room until it has a time', () => {
    for (let tick = 3; tick <= 60; tick += 3) arrive(tick, tick * TICK_MS)
    shownTick(60 * TICK_MS)
    clock.restart(1000 / 60, 20)
    expect(shownTick(61 * TICK_MS)).toBe(60)
  })

  for (const [what, late] of [
    ['works off 400 ms that it is late', 24],
    ['jumps over 600 ms that it is late', 36],
  ] as const) {
    test(what, () => {
      for (let tick = 3; tick <= 1_800; tick += 3) arriveSeen(tick, tick * TICK_MS)
      const before = shownTick(1_800 * TICK_MS)
      // The line is faster by so many ticks from now on.
      arrive(1_803 + late, 1_803 * TICK_MS)
      const advanced = shownTick(1_803 * TICK_MS) - before
      expect(advanced).toBeCloseTo(late > 30 ? 3 + late : 3 * 1.1)
    })
  }

  test('takes the first frame on a new way to the server for one in time', () => {
    for (let tick = 3; tick <= 30; tick += 3) arrive(tick, tick * TICK_MS)
    clock.forget()
    arrive(33, 5000)
    expect(clock.ageOf(33, 5000)).toBe(0)
  })
})

describe('the delay', () => {
  const INTERVAL_MS = 3 * TICK_MS

  /**
   * Frames come in time, but each fiftieth is held up, and those behind it, for `stallMs`; a picture 60 times a second.
   * Returns the share of pictures beyond the newest state.
   */
  function play(seconds: number, stallMs: number, from = 3): number {
    let starved = 0
    let tick = from
    let freeAt = 0
    const end = from * TICK_MS + seconds * 1000
    for (let now = from * TICK_MS; now < end; now += TICK_MS) {
      for (; tick * TICK_MS <= now + 1e-6 && freeAt <= now; tick += 3) {
        if (tick % 150 === 0 && freeAt < tick * TICK_MS) freeAt = tick * TICK_MS + stallMs
        if (freeAt <= now) arrive(tick, Math.max(now, freeAt))
        else break
      }
      if (shownTick(now) > ring.newest.tick) starved++
    }
    return starved / (seconds * 60)
  }

  test('grows to what the line needs, and no more', () => {
    play(60, 200)
    expect(clock.delayMs).toBeGreaterThan(200)
    expect(clock.delayMs).toBeLessThanOrEqual(200 + INTERVAL_MS * 1.5)
  })

  test('keeps nearly all pictures between two states', () => {
    play(20, 200)
    const next = ring.newest.tick + 3
    expect(play(60, 200, next)).toBeLessThan(0.01)
  })

  test('shrinks again when the line is well', () => {
    play(20, 200)
    expect(clock.delayMs).toBeGreaterThan(200)
    play(240, 0, ring.newest.tick + 3)
    expect(clock.delayMs).toBeLessThan(85)
  })

  test('does not wait for what no delay covers: a second without a state every half minute', () => {
    for (let tick = 3; tick < 60 * 120; tick += 3) {
      const outage = tick % 1800 < 60 ? (60 - (tick % 1800)) * TICK_MS : 0
      arriveSeen(tick, tick * TICK_MS + outage)
    }
    expect(clock.delayMs).toBeLessThan(80)
  })

  test('waits for half a second every half minute', () => {
    for (let tick = 3; tick < 60 * 120; tick += 3) {
      const stall = tick % 1800 < 30 ? (30 - (tick % 1800)) * TICK_MS : 0
      arriveSeen(tick, tick * TICK_MS + stall)
    }
    expect(clock.delayMs).toBeGreaterThan(300)
  })

  test('is shorter for who plays to win, and longer for who wants it smooth', () => {
    const delays = (['competitive', 'balanced', 'smooth'] as const).map((quality) => {
      clock = new RenderClock(quality)
      clock.restart(1000 / 60, 20)
      drawn = 0
      const random = seeded(4)
      for (let tick = 3, now = 0; tick < 60 * 120; tick += 3) {
        now = Math.max(now, tick * TICK_MS + random() ** 8 * 300)
        arriveSeen(tick, now)
      }
      return clock.delayMs
    })
    expect(delays).toEqual([...new Set(delays)].sort((one, other) => one - other))
  })

  test('forgets a way that was shorter: after a minute the longer one is as good as the old', () => {
    let tick = 3
    for (; tick < 60 * 30; tick += 3) arriveSeen(tick, tick * TICK_MS)
    for (; tick < 60 * 240; tick += 3) arriveSeen(tick, tick * TICK_MS + 100)
    expect(clock.ageOf(tick - 3, (tick - 3) * TICK_MS + 100)).toBeLessThan(1)
    expect(clock.delayMs).toBeLessThan(85)
  })

  test('of another seat does not begin with what the line was like before it', () => {
    play(20, 200)
    expect(clock.delayMs).toBeGreaterThan(200)
    ring.clear()
    clock.restart(TICK_MS, 20)
    const from = Math.ceil(drawn / TICK_MS / 3) * 3 + 1500
    for (let tick = from; tick <= from + 30; tick += 3) arriveSeen(tick, tick * TICK_MS)
    expect(clock.delayMs).toBe(62.5)
  })

  test('follows a server that sends to this client more seldom', () => {
    for (let tick = 12; tick < 60 * 20; tick += 12) arriveSeen(tick, tick * TICK_MS)
    expect(clock.delayMs).toBeGreaterThan(200)
    expect(clock.delayMs).toBeLessThan(230)
  })
})

describe('states that did not come', () => {
  /** What is counted when these ticks come one after the other. */
  function skipped(ticks: readonly number[], tickMs = TICK_MS, sendRate = 20): number {
    clock.restart(tickMs, sendRate)
    const before = clock.skippedFrames
    for (const tick of ticks) arrive(tick, tick * 50)
    return clock.skippedFrames - before
  }

  test('are counted by the ticks of those that did', () => {
    expect(skipped([3, 6, 9, 12])).toBe(0)
    expect(skipped([3, 6, 12, 15])).toBe(1)
    expect(skipped([3, 33, 36, 42])).toBe(10)
  })

  test('are none where the server was late: two of its states are then nearer, or farther apart by less than one', () => {
    expect(skipped([3, 6, 10, 12, 15])).toBe(0)
  })

  test('go by how a server rounds its rate to whole ticks', () => {
    expect(skipped([2, 4, 6, 18], TICK_MS, 25)).toBe(5)
    expect(skipped([1, 2, 4], 50, 60)).toBe(1)
    for (let tickRate = 1; tickRate <= 240; tickRate++) {
      for (const sendRate of [1, 2, 4, 6, 8, 12, 20, 22, 24, 60]) {
        const every = ticksPerState({ tickRate, sendRate })
        const ticks = [2, 3, 4].map((state) => state * every)
        expect([tickRate, sendRate, skipped(ticks, 1000 / tickRate, sendRate)]).toEqual([tickRate, sendRate, 0])
      }
    }
  })

  test('are not those before the first, or of the time without a connection', () => {
    expect(skipped([600, 603])).toBe(0)
    clock.forget()
    arrive(900, 10_000)
    expect(clock.skippedFrames).toBe(0)
    arrive(906, 10_100)
    expect(clock.skippedFrames).toBe(1)
  })

  test('cannot be told in a room of turns', () => {
    expect(skipped([1, 2, 9, 10], 0)).toBe(0)
  })
})
