import { describe, expect, test } from 'vitest'
import { Gauges, type Reading, Series } from '../../devtools/gauges.ts'

const { STEP_MS, STEPS } = Series

describe('a series', () => {
  for (const [how, joined] of [
    ['most', 7],
    ['last', 4],
  ] as const) {
    test(`keeps the ${how} of what one step brought`, () => {
      const series = new Series(how)
      for (const value of [2, 7, 4]) series.add(value, 1_000)
      expect(series.back(0)).toBe(joined)
    })
  }

  test('has nothing where nothing was measured', () => {
    const series = new Series('last')
    expect([series.most, series.lately]).toEqual([0, Number.NaN])
    series.add(5, 10 * STEP_MS)
    series.add(6, 13 * STEP_MS)
    expect([0, 1, 2, 3, 4].map((back) => series.back(back))).toEqual([6, Number.NaN, Number.NaN, 5, Number.NaN])
  })

  test('forgets what was ten seconds ago, also when nobody looked for long', () => {
    const series = new Series('most')
    series.add(99, 0)
    series.add(1, (STEPS - 1) * STEP_MS)
    expect([series.most, series.back(STEPS - 1)]).toEqual([99, 99])
    series.add(1, STEPS * STEP_MS)
    expect(series.most).toBe(1)
    series.add(Number.NaN, 1e9)
    expect(series.most).toBe(0)
  })

  test('says what it was lately: the mean of the last second', () => {
    const series = new Series('last')
    series.add(1_000, 0)
    series.add(10, 2_000)
    series.add(20, 2_500)
    expect(series.lately).toBe(15)
    series.add(30, 3_000)
    // What was measured just a second ago is no longer of it.
    expect(series.lately).toBe(25)
  })

  test('takes what is not finite for nothing, and passes its time', () => {
    const series = new Series('last')
    series.add(5, 0)
    for (const value of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]) series.add(value, STEP_MS)
    expect([series.back(0), series.back(1), series.most]).toEqual([Number.NaN, 5, 5])
  })
})

describe('gauges', () => {
  const reading = (change: Partial<Reading> = {}): Reading => ({
    ...{ rttMs: 80, stateAgeMs: 20, inPerSecond: 4_000, outPerSecond: 1_000, framesIn: 10, delayMs: 100 },
    ...{ tickMs: 2, missed: undefined },
    ...change,
  })

  test('tell bytes as kilobytes, and of several readings in a step the last', () => {
    const gauges = new Gauges()
    gauges.read(reading(), 0)
    expect([gauges.down.back(0), gauges.up.back(0)]).toEqual([4, 1])
    gauges.read(reading({ inPerSecond: 5_500 }), STEP_MS - 1)
    expect([gauges.down.back(0), gauges.up.back(0)]).toEqual([5.5, 1])
  })

  test('tell the time between frames, once for each that came', () => {
    const gauges = new Gauges()
    gauges.read(reading({ framesIn: 10 }), 0)
    gauges.read(reading({ framesIn: 11 }), 100)
    gauges.read(reading({ framesIn: 11 }), 200)
    gauges.read(reading({ framesIn: 12 }), 250)
    expect([0, 1, 3].map((back) => gauges.spacing.back(back))).toEqual([150, Number.NaN, Number.NaN])
  })

  test('keep the most of what comes and goes between two looks, and the last of all else', () => {
    const gauges = new Gauges()
    for (const [value, framesIn, now] of [
      [1, 10, 0],
      [9, 11, 30],
      [5, 12, 40],
    ] as const) {
      const times = { rttMs: value, stateAgeMs: value, delayMs: value, tickMs: value, missed: value }
      gauges.read(reading({ ...times, inPerSecond: value * 1_000, outPerSecond: value * 1_000, framesIn }), now)
    }
    const { rtt, age, down, up, delay, tick, miss, spacing } = gauges
    expect([rtt, down, up, delay, tick].map((series) => series.back(0))).toEqual([5, 5, 5, 5, 5])
    expect([age, miss].map((series) => series.back(0))).toEqual([9, 9])
    expect(spacing.back(0)).toBe(10)
    gauges.read(reading({ framesIn: 13 }), 145)
    gauges.read(reading({ framesIn: 14 }), 149)
    expect(spacing.back(0)).toBe(105)
  })

  test('tell nothing of the time before the first frame that was seen to come', () => {
    const gauges = new Gauges()
    gauges.read(reading({ framesIn: 10 }), 1_000)
    gauges.read(reading({ framesIn: 10 }), 1_500)
    expect(gauges.spacing.most).toBe(0)
  })

  test('leave out what is not known', () => {
    const gauges = new Gauges()
    gauges.read(reading({ delayMs: Number.NaN }), 0)
    gauges.read(reading({ missed: 3 }), STEP_MS)
    expect([gauges.delay.back(1), gauges.delay.back(0)]).toEqual([Number.NaN, 100])
    expect([gauges.miss.back(1), gauges.miss.back(0)]).toEqual([Number.NaN, 3])
    gauges.read(reading({ tickMs: Number.NaN }), 2 * STEP_MS)
    expect([gauges.tick.back(1), gauges.tick.back(0)]).toEqual([2, Number.NaN])
  })
})
