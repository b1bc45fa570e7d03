import { expect, test } from 'vitest'
import { Pace } from '../../../server/sync/pace.ts'

const INTERVAL = 50

/** A client that is offered 20 frames a second of 1,000 bytes, over a line that takes so many of them. */
function offer(pace: Pace, perSecond: number, best = perSecond * 1_000) {
  let now = 1_000
  let delivered = 0
  let room = 0
  return (seconds: number, faster = 1, most = best) => {
    for (let end = now + seconds * 1_000; now < end; now += INTERVAL) {
      room = Math.min(1, room + (faster * perSecond * INTERVAL) / 1_000)
      if (!pace.isDue(now)) continue
      if (room < 1) {
        pace.held()
        continue
      }
      room -= 1
      delivered += 1_000
      pace.sent(now)
      pace.measured(delivered, faster * most, now)
    }
    return pace.rate
  }
}

test('a line that takes all is given all', () => {
  const pass = offer(new Pace(INTERVAL), 20)
  expect(pass(60)).toBe(20)
})

test('a full line is given half of them after two seconds, and half of those after two more', () => {
  const pass = offer(new Pace(INTERVAL), 3)
  expect(pass(1.5)).toBe(20)
  expect(pass(1.5)).toBe(10)
  expect(pass(2)).toBe(5)
})

test('states never come less often than every 200 ms on account of the line', () => {
  const pass = offer(new Pace(INTERVAL), 1)
  expect(pass(60)).toBe(5)
  expect(new Pace(500).rate).toBe(2)
})

test('a line that only stalls at times is given all the same, for it is not full', () => {
  const pass = offer(new Pace(INTERVAL), 10, 20_000)
  expect(pass(60)).toBe(20)
})

test('a line that takes half of them is given half when it was full for four seconds, not when by chance for two', () => {
  for (const { later, rate } of [
    { later: 10_000, rate: 10 },
    { later: 20_000, rate: 20 },
  ]) {
    const pass = offer(new Pace(INTERVAL), 10)
    expect(pass(3)).toBe(20)
    expect(pass(2, 1, later)).toBe(rate)
    if (rate === 20) expect(pass(2)).toBe(20)
  }
})

test('a line that has taken all for six seconds is given more again', () => {
  const pace = new Pace(INTERVAL)
  const pass = offer(pace, 5)
  expect(pass(5)).toBe(5)
  expect(pass(5, 4)).toBe(5)
  expect(pass(3, 4)).toBe(10)
  expect(pass(7, 4)).toBe(20)
})

/** So many periods of two seconds on a line that takes half of them, or all, for a second at a time. */
function tried(pace: Pace) {
  let now = 0
  let delivered = 0
  const period = (isFull: boolean) => {
    for (let frame = 0; frame < 10; frame++) {
      pace.sent(now)
      if (isFull) {
        pace.held()
        pace.held()
      }
    }
    now += 2_000
    delivered += 10_000
    pace.measured(delivered, 5_000, now)
    return pace.rate
  }
  pace.measured(0, 5_000, now)
  return { clean: () => period(false), full: () => period(true), now: () => now }
}

/** How many clean periods it takes until more is tried. */
function patience(pace: Pace, { clean }: ReturnType<typeof tried>): number {
  const { rate } = pace
  for (let periods = 1; periods < 99; periods++) if (clean() > rate) return periods
  return Number.POSITIVE_INFINITY
}

test('where more was too much the next try waits for twice as long', () => {
  const pace = new Pace(INTERVAL)
  const line = tried(pace)
  expect([line.full(), line.full()]).toEqual([10, 5])
  const waits = [1, 2].map(() => {
    const periods = patience(pace, line)
    expect(pace.rate).toBe(10)
    line.full()
    expect(pace.rate).toBe(5)
    return periods
  })
  expect(waits).toEqual([3, 6])
})

test('a queue while more is tried is too much at once, and later it says nothing', () => {
  const pace = new Pace(INTERVAL)
  const line = tried(pace)
  line.full()
  pace.queued()
  expect(pace.rate).toBe(10)
  expect(patience(pace, line)).toBe(3)
  expect(pace.rate).toBe(20)
  pace.queued()
  expect(pace.rate).toBe(10)
  pace.queued()
  expect([pace.rate, patience(pace, line)]).toEqual([10, 6])
  line.clean()
  pace.queued()
  expect(pace.rate).toBe(20)
})

test('once more has gone well for as long as it takes to try it, the next failure costs as little patience as the first', () => {
  const pace = new Pace(INTERVAL)
  const line = tried(pace)
  for (const wait of [3, 6]) {
    line.full()
    if (wait === 3) {
      patience(pace, line)
      continue
    }
    expect(patience(pace, line)).toBe(6)
  }
  for (let periods = 0; periods < 6; periods++) expect(line.clean()).toBe(20)
  line.full()
  expect(patience(pace, line)).toBe(3)
})

test('on another line more is tried as soon as on the first, whatever came of it there', () => {
  const pace = new Pace(INTERVAL)
  const line = tried(pace)
  line.full()
  for (const _ of [1, 2]) {
    patience(pace, line)
    line.full()
  }
  patience(pace, line)
  pace.restart()
  // Also just after a state on the other one.
  expect(pace.isDue(line.now() - 2_000)).toBe(true)
  line.clean()
  line.full()
  expect([pace.rate, patience(pace, line)]).toEqual([10, 3])
})

test('another line is not judged before it was watched for two seconds', () => {
  const pace = new Pace(INTERVAL)
  const line = tried(pace)
  line.clean()
  pace.restart()
  for (let frame = 0; frame < 10; frame++) pace.held()
  pace.measured(20_000, 5_000, line.now() + 3_000)
  expect([pace.isProbing, pace.rate]).toEqual([false, 20])
})

test('a line is left to run empty no more than once in eight seconds, and anew on another one', () => {
  const pace = new Pace(INTERVAL)
  const line = tried(pace)
  line.full()
  expect(pace.isProbing).toBe(true)
  pace.probed(line.now())
  const probing = [1, 2, 3, 4, 5].map(() => {
    line.full()
    return pace.isProbing
  })
  expect(probing).toEqual([false, false, false, false, true])
  pace.probed(line.now())
  pace.restart()
  line.full()
  line.full()
  expect(pace.isProbing).toBe(true)
})

test('what was held back before the first period says nothing of a line', () => {
  const pace = new Pace(INTERVAL)
  for (let frame = 0; frame < 10; frame++) pace.held()
  pace.measured(0, 5_000, 100)
  expect([pace.isProbing, pace.rate]).toEqual([false, 20])
})

test('what left in part in one period says nothing of the next one', () => {
  const pace = new Pace(INTERVAL)
  pace.measured(0, 5_000, 0)
  for (let frame = 0; frame < 10; frame++) pace.trimmed()
  pace.measured(100, 5_000, 2_000)
  for (let frame = 0; frame < 10; frame++) pace.sent(2_000)
  pace.measured(10_100, 5_000, 4_000)
  expect(pace.isProbing).toBe(false)
})

test('a state is due half an interval early, for timers are not exact', () => {
  const pace = new Pace(INTERVAL)
  pace.sent(1_000)
  expect([1_024, 1_025].map((now) => pace.isDue(now))).toEqual([false, true])
})

test('while it is too slow a line is left to run empty every eight seconds', () => {
  const pace = new Pace(INTERVAL)
  const pass = offer(pace, 3)
  pass(3)
  expect(pace.isProbing).toBe(true)
  pace.probed(4_000)
  expect(pace.isProbing).toBe(false)
  pace.restart()
  expect(pace.rate).toBe(20)
})

test('in a room of turns every frame is due', () => {
  const pace = new Pace(0)
  for (const now of [0, 0, 1]) {
    expect(pace.isDue(now)).toBe(true)
    pace.sent(now)
  }
  expect(pace.rate).toBe(0)
})

test('[M8] a client whose page nobody looks at is told once a second, and at once when someone does again', () => {
  const pace = new Pace(INTERVAL)
  const pass = offer(pace, 20)
  pass(10)
  pace.isHidden = true
  expect(pass(10)).toBe(1)
  pace.isHidden = false
  expect(pass(1)).toBe(20)
  pace.isHidden = true
  pace.restart()
  expect(pace.rate).toBe(20)
})

test('in a room of turns every turn counts, whoever looks', () => {
  const pace = new Pace(0)
  pace.isHidden = true
  pace.sent(1_000)
  expect(pace.isDue(1_000)).toBe(true)
})

test('nothing is known of a new line: it need not run empty, and it was not full before if it takes half', () => {
  const pace = new Pace(INTERVAL)
  offer(pace, 3)(3)
  expect([pace.isProbing, pace.rate]).toEqual([true, 10])
  pace.restart()
  expect(pace.isProbing).toBe(false)
  expect(offer(pace, 10)(3)).toBe(20)
})
