import { describe, expect, test } from 'vitest'
import { Clock } from '../../sdk/clock.ts'
import { percentile } from '../support/percentile.ts'
import { seeded } from '../support/random.ts'

/** Of the clocks of the two ends: at the same moment they say something else. */
const APART = 7_777

interface Way {
  /** Milliseconds there, and back. */
  readonly up: () => number
  readonly down: () => number
  /** How much too fast the client's clock runs, in millionths. */
  readonly ppm?: number
}

/** Echoes every 200 ms for so long; returns the errors seen after two seconds, a picture at a time. */
function play(clock: Clock, seconds: number, { up, down, ppm = 0 }: Way): number[] {
  const ours = (time: number) => time * (1 + ppm / 1e6) + APART
  const events: { at: number; run: () => void }[] = []
  const errors: number[] = []
  let [frames, heardAt, before] = [0, 0, Number.NEGATIVE_INFINITY]
  for (let at = 0; at < seconds * 1000; at += 50) {
    const arrival = at + up()
    events.push({ at, run: () => clock.sent(ours(at)) })
    events.push({
      at: arrival,
      run: () => {
        frames++
        heardAt = arrival
      },
    })
    if (at % 200 !== 100) continue
    const leaves = at + 30
    const back = leaves + down()
    events.push({
      at: leaves,
      run: () => {
        const told = { heard: frames & 255, held: Math.round(leaves - heardAt), time: Math.round(leaves), spare: 0 }
        if (frames > 0) events.push({ at: back, run: () => clock.told(told, ours(back)) })
        events.sort((one, other) => one.at - other.at)
      },
    })
  }
  for (let at = 0; at < seconds * 1000; at += 1000 / 60) {
    events.push({
      at,
      run: () => {
        const time = clock.timeAt(ours(at))
        expect(time < before).toBe(false)
        before = time
        if (at > 2_000) errors.push(Math.abs(time - at))
      },
    })
  }
  events.sort((one, other) => one.at - other.at)
  for (let event = events.shift(); event; event = events.shift()) event.run()
  return errors
}

const p99 = (errors: readonly number[]) => percentile(errors, 0.99)

/** Half of a bell curve, and now and then a stall, behind which nothing is overtaken. */
function jittery(random: () => number, ms: number, jitterMs: number, stalls = 0) {
  return () => ms + Math.abs(random() + random() + random() - 1.5) * 2 * jitterMs + (random() < stalls ? 300 : 0)
}

describe("the room's time", () => {
  test('is not known before the first echo', () => {
    expect(new Clock().timeAt(5)).toBeNaN()
  })

  test('is exact to the rounding on a line that takes as long there as back', () => {
    const clock = new Clock()
    expect(p99(play(clock, 20, { up: () => 40, down: () => 40 }))).toBeLessThanOrEqual(1)
    expect(clock.rttMs).toBeCloseTo(80, 0)
    expect(clock.jitterMs).toBeLessThan(1)
  })

  test('is off by half of what the ways differ by, which nobody can see', () => {
    expect(p99(play(new Clock(), 20, { up: () => 50, down: () => 30 }))).toBeCloseTo(10, 0)
  })

  for (const seed of [1, 2, 3]) {
    test(`is within 2 ms on a clean line and 5 on a bad one, and never goes back, seed ${seed}`, () => {
      const random = seeded(seed)
      const clean = { up: jittery(random, 20, 3), down: jittery(random, 20, 3) }
      expect(p99(play(new Clock(), 120, clean))).toBeLessThanOrEqual(2)
      const bad = { up: jittery(random, 100, 10, 0.02), down: jittery(random, 100, 10, 0.02) }
      expect(p99(play(new Clock(), 120, bad))).toBeLessThanOrEqual(5)
    })
  }

  for (const ppm of [-500, 500]) {
    test(`keeps up with clocks that drift apart by ${ppm} millionths`, () => {
      expect(p99(play(new Clock(), 120, { up: () => 20, down: () => 20, ppm }))).toBeLessThanOrEqual(3)
    })
  }

  test('goes slower, but not back, when the first echo was held up by two seconds', () => {
    const clock = new Clock()
    clock.sent(0)
    clock.told({ heard: 1, held: 0, time: 2_020, spare: 0 }, 2_040)
    let before = clock.timeAt(2_040)
    expect(before).toBeCloseTo(3_040)
    let frames = 1
    for (let now = 2_064; now <= 20_000; now += 16) {
      if (now % 160 === 0) {
        clock.sent(now - 40)
        clock.told({ heard: ++frames & 255, held: 0, time: now - 20, spare: 0 }, now)
      }
      const time = clock.timeAt(now)
      expect(time).toBeGreaterThan(before)
      before = time
    }
    expect(before).toBeCloseTo(20_000, 0)
  })

  test('takes no round trip for shorter than none, where a server rounds up for how long it held a frame', () => {
    const clock = new Clock()
    clock.sent(0)
    clock.told({ heard: 1, held: 1, time: 500, spare: 0 }, 0.6)
    expect(clock.rttMs).toBe(0)
  })

  test('leaps with the first echo, and over a connection only where it is off by three seconds and a round trip', () => {
    const clock = new Clock()
    const echo = (time: number, now: number) => {
      clock.restart()
      clock.sent(now - 100)
      clock.told({ heard: 1, held: 0, time, spare: 0 }, now)
    }
    echo(1_000, 200)
    expect(clock.timeAt(200)).toBe(1_050)
    echo(4_100, 200)
    expect(clock.timeAt(200)).toBe(4_150)
    echo(1_001, 200)
    expect(clock.timeAt(200)).toBe(4_150)
    echo(999, 200)
    expect(clock.timeAt(200)).toBe(1_049)
  })

  /** That of a page which stood still since 200, and hears an echo only then. */
  function heldUp(until: number): Clock {
    const clock = new Clock()
    clock.sent(0)
    clock.told({ heard: 1, held: 0, time: 1_000, spare: 0 }, 100)
    expect(clock.timeAt(100)).toBe(1_050)
    clock.sent(200)
    clock.told({ heard: 2, held: 0, time: 1_200, spare: 0 }, until)
    return clock
  }

  test('does not leap by an echo that was itself held up for longer, as by a page that stood still', () => {
    expect(heldUp(7_200).timeAt(7_200)).toBeGreaterThan(7_400)
  })

  test('gives an echo that was held up no share of the time before it, for which the page stood still', () => {
    const clock = heldUp(20_200)
    expect(clock.timeAt(20_200)).toBeCloseTo(21_150)
    expect(clock.timeAt(20_250)).toBeCloseTo(21_195)
  })
})
