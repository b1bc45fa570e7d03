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
