import { expect, test } from 'vitest'
import { LineModel } from '../../../server/sync/line-model.ts'

const INTERVAL = 50

/** A line that delivers a frame of so many bytes each interval, each after the same round trip. */
function steady(rtt: number, bytes: number, frames = 10): LineModel {
  const line = new LineModel(INTERVAL)
  for (let frame = 1; frame <= frames; frame++) {
    line.arrived(rtt, INTERVAL, bytes, frame * INTERVAL)
    line.delivered(bytes, INTERVAL, frame * INTERVAL)
  }
  return line
}

test('of a line of which nothing is known, six frames and 32 KiB may be tried', () => {
  const line = new LineModel(INTERVAL)
  expect([line.window, line.byteWindow, line.bytesIn(INTERVAL)]).toEqual([6, 32_768, 32_768])
  expect([line.bytesPerSecond, line.rttMs, line.jitterMs]).toEqual([0, 0, 0])
})

test('its best rate of late counts, and the bytes of the shortest round trip and two intervals may be under way', () => {
  const line = steady(80, 500)
  line.delivered(100, INTERVAL, 600)
  expect(line.bytesPerSecond).toBe(10_000)
  expect(line.byteWindow).toBe(10 * (80 + 2 * INTERVAL) + 32_768)
  expect(line.rttMs).toBe(80)
})

test('a frame may have twice what is delivered until its next one until there was a queue, and then a quarter more at most', () => {
  const line = steady(80, 500)
  expect(line.bytesIn(INTERVAL)).toBe(1_000)
  expect(line.arrived(80 + 200, INTERVAL, 500, 600)).toBe(true)
  expect(line.bytesIn(INTERVAL)).toBe(0.95 * 500)
  line.wasHeld = true
  expect(line.arrived(80, INTERVAL, 100, 650)).toBe(false)
  expect(line.bytesIn(INTERVAL)).toBe(0.95 * 500 + 100)
  line.wasHeld = true
  line.arrived(80, INTERVAL, 500, 700)
  expect(line.bytesIn(INTERVAL)).toBe(0.95 * 500 + 125)
})

test('more is found only while frames are held and no queue is seen, and what is late by a stall is no queue', () => {
  const line = steady(80, 500)
  line.arrived(80 + 200, INTERVAL, 500, 600)
  const known = line.byteWindow
  line.arrived(80, INTERVAL, 500, 650)
  expect(line.byteWindow).toBe(known)
  line.wasHeld = true
  expect(line.arrived(80 + 200, 200, 500, 850)).toBe(false)
  expect(line.byteWindow).toBe(known)
  line.wasHeld = true
  line.arrived(80, INTERVAL, 500, 900)
  expect(line.byteWindow).toBe(known + 500)
})

test('a queue that never empties looks like a long line, until it ran empty', () => {
  const line = steady(400, 500)
  const long = line.byteWindow
  line.ranEmpty()
  line.arrived(80, INTERVAL, 500, 600)
  expect(long - line.byteWindow).toBe(10 * (400 - 80))
})

test('the round trip is smoothed by an eighth, and how much it varies by a quarter, as TCP has it', () => {
  const line = new LineModel(INTERVAL)
  line.arrived(100, INTERVAL, 500, 50)
  expect([line.rttMs, line.jitterMs]).toEqual([100, 50])
  line.arrived(180, INTERVAL, 500, 100)
  expect([line.rttMs, line.jitterMs]).toEqual([110, 50 + (80 - 50) / 4])
})

test('what a queue is on a line of many states a second takes into account how late clients acknowledge', () => {
  const queued = (intervalMs: number, laterMs: number) => {
    const line = new LineModel(intervalMs)
    line.arrived(80, intervalMs, 500, 0)
    return line.arrived(80 + laterMs, 0, 500, intervalMs)
  }
  expect([50 + 10, 50 + 11].map((laterMs) => queued(10, laterMs))).toEqual([false, true])
  expect([200, 201].map((laterMs) => queued(100, laterMs))).toEqual([false, true])
})

test('what is late by a quarter more than the silence before it is a queue, and less was held up by a stall', () => {
  const queued = (laterMs: number) => steady(80, 500).arrived(80 + laterMs, 200, 500, 800)
  expect([250, 251].map(queued)).toEqual([false, true])
})

test('behind a few bytes there is no queue, however late a frame is', () => {
  const queued = (underWay: number) => {
    const line = steady(80, 500)
    line.delivered(underWay, INTERVAL, 600)
    return line.arrived(80 + 200, INTERVAL, 10, 600)
  }
  expect([399, 400].map(queued)).toEqual([false, true])
})

test('where no queue was ever seen, no more than 8 KiB beyond the product leaves while a frame is later than one in a queue', () => {
  const line = steady(80, 500)
  const beyond = (waitedMs: number) => {
    line.waited(waitedMs)
    return line.byteWindow - 10 * (80 + 2 * INTERVAL)
  }
  expect([0, 180, 181, 0].map(beyond)).toEqual([32_768, 32_768, 8_192, 32_768])
  line.waited(1_000)
  line.arrived(80 + 200, INTERVAL, 500, 600)
  for (let found = 0; found < 20; found++) {
    line.wasHeld = true
    line.arrived(80, INTERVAL, 500, 650)
  }
  expect(beyond(1_000)).toBe(20 * 500)
})

test('what is delivered in no time, or is nothing, says nothing of the line', () => {
  const line = new LineModel(INTERVAL)
  line.delivered(500, 0, 100)
  line.delivered(0, 50, 100)
  expect([line.bytesPerSecond, line.byteWindow]).toEqual([0, 32_768])
})

test('more is found by frames that are late by half an interval at most, each once for a time in which frames were held', () => {
  const line = steady(80, 500)
  const known = line.byteWindow
  for (const [wasHeld, later, found] of [
    [true, 26, 0],
    [true, 25, 500],
    [false, 0, 500],
    [true, 0, 1_000],
  ] as const) {
    line.wasHeld ||= wasHeld
    line.arrived(80 + later, INTERVAL, 500, 600)
    expect(line.byteWindow - known).toBe(found)
    expect(line.wasHeld).toBe(false)
  }
})

test('a frame that was alone under way finds more though it is as late as clients acknowledge, and no later', () => {
  const found = (laterMs: number, silentMs: number) => {
    const line = steady(80, 500)
    const known = line.byteWindow
    line.wasHeld = true
    line.arrived(80 + laterMs, silentMs, 500, 600)
    return line.byteWindow - known
  }
  expect([found(50, 80 + 50), found(51, 80 + 51), found(50, INTERVAL)]).toEqual([500, 0, 0])
})

test('ten seconds without a queue or a held frame, what a queue said of the line is forgotten, and a few bytes more may leave', () => {
  const line = steady(80, 500)
  const fresh = line.byteWindow
  const arrived = (at: number, wasHeld = false, laterMs = 0) => {
    line.wasHeld = wasHeld
    line.arrived(80 + laterMs, INTERVAL, 500, at)
    line.delivered(500, INTERVAL, at)
    return line.byteWindow - fresh
  }
  expect(arrived(1_000, false, 200)).toBe(-32_768)
  expect(arrived(8_000, true)).toBe(-32_268)
  expect(arrived(18_000)).toBe(-32_268)
  expect(arrived(18_001)).toBe(4_096 - 32_768)
  expect(line.bytesIn(INTERVAL)).toBe(1_000)
})

test('fewer may leave once a queue is forgotten during which a frame was held, and as many again after the next one', () => {
  const line = steady(80, 500)
  const queue = (at: number, wasHeld: boolean) => {
    line.arrived(80, INTERVAL, 500, at)
    line.wasHeld = wasHeld
    expect(line.arrived(80 + 200, INTERVAL, 500, at)).toBe(true)
  }
  const found = (at: number, wasHeld: boolean) => {
    queue(at, wasHeld)
    const known = line.byteWindow
    line.arrived(80, INTERVAL, 500, at + 10_001)
    return line.byteWindow - known
  }
  expect([found(1_000, true), found(20_000, false), found(40_000, true)]).toEqual([1_024, 4_096, 1_024])
  queue(60_000, true)
  line.restart(true)
  line.delivered(500, INTERVAL, 60_000)
  expect(found(61_000, false)).toBe(4_096)
})

test('of another line it is not known how much it takes: a frame may have twice what is delivered again', () => {
  const line = steady(80, 500)
  line.arrived(80 + 200, INTERVAL, 500, 600)
  line.restart(true)
  line.arrived(300, INTERVAL, 500, 700)
  line.delivered(500, INTERVAL, 700)
  expect(line.bytesIn(INTERVAL)).toBe(1_000)
  expect(line.byteWindow).toBe(10 * (300 + 2 * INTERVAL) + 32_768)
})

test('after a line that took no frame the next one begins with half, and after one that was not used with as much', () => {
  const line = new LineModel(INTERVAL)
  line.restart(false)
  expect([line.isWary, line.most, line.byteWindow]).toEqual([false, Number.POSITIVE_INFINITY, 32_768])
  line.restart(true)
  expect([line.isWary, line.most, line.byteWindow]).toEqual([true, 16_384, 16_384])
  line.arrived(900, INTERVAL, 100, 1_000)
  line.restart(true)
  expect([line.isWary, line.most]).toEqual([false, Number.POSITIVE_INFINITY])
})

test('however many lines took no frame, 1 KiB may be tried; each frame that arrives within a second doubles it', () => {
  const line = new LineModel(INTERVAL)
  for (let lines = 0; lines < 10; lines++) line.restart(true)
  expect(line.most).toBe(1_024)
  line.arrived(1_000, INTERVAL, 100, 1_000)
  expect(line.most).toBe(1_024)
  line.arrived(999, INTERVAL, 100, 2_000)
  expect(line.most).toBe(2_048)
})
