import { describe, expect, test } from 'vitest'
import { WINDOW_FRAMES } from '../../../protocol/limits.ts'
import type { Snapshot } from '../../../protocol/snapshot.ts'
import { Flow, flowStats } from '../../../server/sync/flow.ts'

const INTERVAL = 50

/** A line on which each frame takes its time: what is due is sent, what has arrived is acknowledged. */
class Line {
  readonly flow = new Flow(INTERVAL)
  now = 0
  readonly #underWay: { tick: number; at: number }[] = []
  #freeAt = 0
  #tick = 0
  readonly roundTripMs: number
  readonly bytesPerSecond: number
  most = 0

  constructor(roundTripMs: number, bytesPerSecond = Number.POSITIVE_INFINITY) {
    this.roundTripMs = roundTripMs
    this.bytesPerSecond = bytesPerSecond
  }

  run(ms: number, bytes: number): void {
    for (const end = this.now + ms; this.now < end; this.now += 5) {
      while (this.#underWay[0] && this.#underWay[0].at <= this.now) {
        this.flow.acknowledge(this.#underWay.shift()!.tick, this.now)
      }
      if (this.now % INTERVAL === 0 && this.flow.pace.isDue(this.now)) this.#offer(bytes)
    }
  }

  #offer(bytes: number): void {
    if (this.flow.room < bytes) return this.flow.held()
    this.flow.sent(++this.#tick, this.now, bytes)
    this.#freeAt = Math.max(this.#freeAt, this.now) + (bytes * 1000) / this.bytesPerSecond
    this.#underWay.push({ tick: this.#tick, at: this.#freeAt + this.roundTripMs })
    this.most = Math.max(this.most, this.flow.inFlight)
  }
}

test('the ticks of the two frames before the last one are known once there were three on this connection', () => {
  const flow = new Flow(INTERVAL)
  const known = () => [flow.first, flow.last, flow.base]
  for (const tick of [3, 6]) flow.sent(tick, tick, 100)
  expect(known()).toEqual([0, 0, 6])
  flow.sent(9, 9, 100)
  expect(known()).toEqual([3, 6, 9])
  flow.restart(9)
  flow.sent(12, 12, 100)
  expect(known()).toEqual([0, 0, 12])
})

test('after a leap over ticks movement is expected to go on from frames that were sent since, and from no earlier one', () => {
  const flow = new Flow(INTERVAL)
  for (const tick of [3, 6, 9, 12]) flow.sent(tick, tick, 100)
  expect([flow.first, flow.last, flow.base]).toEqual([6, 9, 12])
  flow.leapt()
  expect([flow.first, flow.last, flow.base]).toEqual([0, 0, 12])
  flow.sent(72, 72, 100)
  expect([flow.first, flow.last, flow.base]).toEqual([0, 0, 72])
  flow.sent(75, 75, 100)
  // The one before the leap only says whether it still moves as it did.
  expect([flow.first, flow.last, flow.base]).toEqual([12, 72, 75])
})

describe('before anything is known of the line', () => {
  test('six frames may be under way, and more when one is acknowledged', () => {
    const flow = new Flow(INTERVAL)
    for (let tick = 1; tick <= 6; tick++) {
      expect(flow.room).toBeGreaterThan(100)
      flow.sent(tick, tick, 100)
    }
    expect(flow.room).toBe(0)
    expect(flow.acknowledge(1, 100)).toBe(true)
    expect(flow.room).toBeGreaterThan(100)
  })

  test('what a frame has for its client alone leaves the next one less for what all see, until a frame has less', () => {
    const flow = new Flow(INTERVAL)
    const whole = flow.share
    flow.sent(1, 0, 5_000, 3_000)
    expect([flow.share, flow.room]).toEqual([whole - 3_000, 32 * 1024 - 5_000 - 3_000])
    flow.sent(2, 50, 2_000, 0)
    expect([flow.share, flow.room]).toEqual([whole, 32 * 1024 - 7_000])
    // However much it was: the line that is empty takes a frame.
    flow.sent(3, 100, 100_000, 99_000)
    flow.acknowledge(3, 200)
    expect(flow.room).toBe(Number.POSITIVE_INFINITY)
    expect(flow.share).toBeGreaterThan(0)
  })

  test('32 KiB may be under way, or one frame of whatever size', () => {
    const flow = new Flow(INTERVAL)
    expect(flow.room).toBe(Number.POSITIVE_INFINITY)
    flow.sent(1, 0, 16_384)
    expect(flow.room).toBe(16_384)
    flow.sent(2, 0, 16_384)
    expect(flow.room).toBe(0)
    flow.acknowledge(2, 10)
    flow.sent(3, 20, 1_000_000)
    expect(flow.room).toBe(0)
    flow.acknowledge(3, 30)
    expect(flow.room).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the window', () => {
  test('follows the round trip, from two frames to sixteen', () => {
    const windows = [0, 100, 200, 400, 2000].map((roundTripMs) => {
      const line = new Line(roundTripMs)
      line.run(20_000, 300)
      return line.flow.line.window
    })
    expect(windows).toEqual([4, 5, 7, 11, WINDOW_FRAMES])
  })

  for (const bytes of [100, 1_500, 8_000]) {
    test(`lets every frame of ${bytes} bytes through on a line that can take them`, () => {
      for (const roundTripMs of [10, 50, 100, 200, 300]) {
        const line = new Line(roundTripMs)
        line.run(2_000, bytes)
        const before = line.flow.skipped
        line.run(30_000, bytes)
        expect(line.flow.skipped - before, `${roundTripMs} ms`).toBe(0)
      }
    })
  }

  test('of bytes holds what the line delivers in its shortest round trip and two intervals', () => {
    const line = new Line(80, 60_000)
    line.run(20_000, 4_000)
    expect(line.flow.line.bytesPerSecond).toBeGreaterThan(35_000)
    expect(line.flow.line.bytesPerSecond).toBeLessThan(66_000)
    // Two hundred milliseconds and what one frame takes besides, and one frame more of what is being tried.
    expect(line.flow.line.byteWindow).toBeLessThan(60 * (80 + 67 + 100) + 8_000)
    expect(line.most).toBeLessThanOrEqual(8)
  })

  test('does not grow by the queue that it makes: after ten minutes the round trip is what it was', () => {
    const line = new Line(80, 60_000)
    line.run(20_000, 8_000)
    line.run(580_000, 8_000)
    expect(line.flow.line.rttMs).toBeLessThan(400)
    expect(line.flow.bytesInFlight).toBeLessThanOrEqual(24_000)
  })

  test('opens when a line becomes fast, and the rate climbs back', () => {
    const line = new Line(80, 20_000)
    line.run(20_000, 4_000)
    expect(line.flow.pace.rate).toBeLessThan(20)
    const fast = Object.assign(line, { bytesPerSecond: 10_000_000 })
    fast.run(30_000, 4_000)
    expect(fast.flow.pace.rate).toBe(20)
    const before = fast.flow.skipped
    fast.run(10_000, 4_000)
    expect(fast.flow.skipped - before).toBe(0)
  })

  test('of a room of turns is sixteen frames, whatever their bytes', () => {
    const flow = new Flow(0)
    flow.sent(1, 0, 10)
    flow.acknowledge(1, 50)
    for (let tick = 2; tick < 2 + WINDOW_FRAMES; tick++) {
      expect(flow.room).toBe(Number.POSITIVE_INFINITY)
      flow.sent(tick, 60, 50_000)
    }
    expect(flow.room).toBe(0)
  })
})

test('in a room of turns a frame may be of any size, before anything is known of the line and after', () => {
  const flow = new Flow(0)
  expect(flow.share).toBe(Number.POSITIVE_INFINITY)
  flow.sent(1, 0, 10)
  flow.acknowledge(1, 1_000)
  expect(flow.share).toBe(Number.POSITIVE_INFINITY)
})

test('a delta is made from the last frame and the two before it, or else from what was acknowledged, or from nothing', () => {
  const flow = new Flow(INTERVAL)
  for (const tick of [3, 6, 9, 12]) flow.sent(tick, tick, 100)
  flow.acknowledge(6, 50)
  /** What it is made from where the states of these ticks are still known. */
  const from = (...known: readonly number[]) => {
    const at = (tick: number) => (known.includes(tick) ? ({ tick } as Snapshot) : undefined)
    const baseline = flow.baselineIn({ at })
    return baseline && [baseline.base.tick, baseline.earlier?.map(({ tick }) => tick) ?? null]
  }
  expect(from(6, 9, 12)).toEqual([12, [9, 6]])
  expect([from(9, 12), from(6, 12)]).toEqual([
    [12, null],
    [12, null],
  ])
  expect([from(6, 9), from(3, 9)]).toEqual([[6, null], undefined])
  flow.forgetBefore(7)
  expect(from(6, 9)).toBeUndefined()
})

test('who comes back to less than it acknowledged is not taken to hold that any more', () => {
  const after = (lastTick: number) => {
    const flow = new Flow(INTERVAL)
    for (const tick of [3, 6, 9]) flow.sent(tick, tick, 100)
    flow.acknowledge(6, 50)
    flow.restart(lastTick)
    return [flow.base, flow.acknowledgedTick, flow.mayNeed(6)]
  }
  expect([9, 6, 3, 7].map(after)).toEqual([
    [9, 6, true],
    [6, 6, true],
    [3, 0, false],
    [0, 0, false],
  ])
})

test('a frame that found no room wants frames less often where its share did, and else is said to be cut', () => {
  const flow = new Flow(INTERVAL)
  const told: string[] = []
  flow.pace.held = () => void told.push('held')
  flow.pace.trimmed = () => void told.push('trimmed')
  const held = () => {
    flow.line.wasHeld = false
    flow.held()
    return [told.splice(0), flow.line.wasHeld]
  }
  // Nothing is known of the line: its share is 32 KiB, and so much less is left of them.
  flow.sent(1, 0, 1_000)
  expect(held()).toEqual([['trimmed'], true])
  flow.least = 40_000
  expect(held()).toEqual([['held'], true])
  flow.acknowledge(1, 50)
  flow.least = 160
  flow.sent(2, 50, 1_000)
  expect(flow.room).toBeGreaterThan(flow.share)
  expect(held()).toEqual([['held'], true])
  // No other frame may leave, whatever its bytes.
  flow.pace.isProbing = true
  expect(held()).toEqual([[], false])
  expect(flow.skipped).toBe(4)
  flow.line.wasHeld = false
  flow.trimmed()
  expect([told, flow.line.wasHeld]).toEqual([['trimmed'], true])
})

test('a frame that left while the line was empty says how long that is, though it was shorter lately', () => {
  for (const isProbing of [true, false]) {
    const flow = new Flow(INTERVAL)
    flow.sent(1, 0, 100)
    flow.acknowledge(1, 20)
    flow.pace.isProbing = isProbing
    flow.sent(2, 100, 100)
    flow.acknowledge(2, 400)
    expect([flow.line.window, flow.pace.isProbing]).toEqual([isProbing ? 16 : 10, false])
  }
})

test('what a line delivers is not measured by the time in which nothing was under way', () => {
  const flow = new Flow(INTERVAL)
  for (const tick of [1, 2]) {
    flow.sent(tick, tick * 10_000, 1_000)
    flow.acknowledge(tick, tick * 10_000 + (tick === 1 ? 100 : 50))
  }
  expect(flow.line.bytesPerSecond).toBe(20_000)
})

test('one acknowledgement for several frames measures the last of them alone', () => {
  const flow = new Flow(INTERVAL)
  for (const tick of [1, 2, 3]) flow.sent(tick, tick * 50, 1_000)
  flow.acknowledge(3, 250)
  expect([flow.line.rttMs, flow.line.bytesPerSecond]).toEqual([100, 15_000])
})

test('on another connection the least that is worth sending is what it was at first', () => {
  const flow = new Flow(INTERVAL)
  flow.sent(1, 0, 30_000, 32_768)
  expect(flow.share).toBe(160)
  flow.least = 5_000
  expect(flow.share).toBe(5_000)
  flow.restart(0)
  flow.sent(2, 100, 30_000, 32_768)
  expect(flow.share).toBe(160)
})

test('the base is the frame sent last', () => {
  const flow = new Flow(INTERVAL)
  expect(flow.base).toBe(0)
  flow.sent(3, 0, 1)
  flow.sent(9, 0, 1)
  expect(flow.base).toBe(9)
})

test('an acknowledgement stands for all before it, and measures the round trip', () => {
  const flow = new Flow(INTERVAL)
  flow.sent(3, 1_000, 10)
  flow.sent(6, 1_050, 20)
  expect(flow.bytesInFlight).toBe(30)
  flow.acknowledge(6, 1_130)
  expect([flow.inFlight, flow.bytesInFlight]).toEqual([0, 0])
  expect(flow.line.rttMs).toBe(80)
})

test('an acknowledgement of a tick that was not sent yet is refused; an old one says nothing', () => {
  const flow = new Flow(INTERVAL)
  expect(flow.acknowledge(0, 0)).toBe(true)
  expect(flow.acknowledge(1, 0)).toBe(false)
  flow.sent(3, 0, 1)
  expect(flow.acknowledge(4, 0)).toBe(false)
  expect(flow.acknowledge(3, 0)).toBe(true)
  expect(flow.acknowledge(2, 0)).toBe(true)
  expect(flow.inFlight).toBe(0)
})

test('a new connection goes on from a tick that was really sent, and else from nothing', () => {
  const flow = new Flow(INTERVAL)
  for (const tick of [3, 6, 9]) flow.sent(tick, 0, 1)
  flow.restart(6)
  expect(flow.base).toBe(6)
  expect([flow.inFlight, flow.bytesInFlight]).toEqual([0, 0])
  flow.restart(7)
  expect(flow.base).toBe(0)
  flow.restart(0)
  expect(flow.base).toBe(0)
})

test('once the client was said to hold nothing, a new connection goes on only from what it was sent since', () => {
  const flow = new Flow(INTERVAL)
  for (const tick of [3, 6]) flow.sent(tick, 0, 1)
  flow.forget()
  flow.restart(6)
  expect(flow.base).toBe(0)
  flow.sent(9, 0, 1)
  flow.restart(9)
  expect(flow.base).toBe(9)
})

test('who holds nothing may not go on from what it acknowledged', () => {
  const flow = new Flow(INTERVAL)
  flow.sent(3, 0, 1)
  flow.acknowledge(3, 10)
  flow.forget()
  expect([flow.acknowledgedTick, flow.mayNeed(3)]).toEqual([0, false])
})

test('a queue in the line is told to the pace of its states, and no queue is not', () => {
  const flow = new Flow(INTERVAL)
  let queued = 0
  flow.pace.queued = () => void queued++
  const after = [100, 100, 400].map((rtt, index) => {
    flow.sent(index + 1, index * 1_000, 100)
    flow.acknowledge(index + 1, index * 1_000 + rtt)
    return queued
  })
  expect(after).toEqual([0, 0, 0])
  // Two frames one after the other, of which the second is late by more than the silence before it.
  flow.sent(4, 5_000, 300)
  flow.sent(5, 5_050, 300)
  flow.acknowledge(4, 5_350)
  flow.acknowledge(5, 5_400)
  expect(queued).toBe(1)
})

test('a frame may have what the line takes until the window lets the next one through, on a long line later than it is due', () => {
  const shareAfter = (rtt: number) => {
    const flow = new Flow(10)
    flow.sent(1, 0, 8_000)
    flow.acknowledge(1, rtt)
    return flow.share
  }
  // Twice what is delivered, for there was no queue.
  expect(shareAfter(160)).toBe((2 * 10 * 8_000) / 160)
  expect(shareAfter(640)).toBe((2 * 40 * 8_000) / 640)
})

test('a new connection is another line, of which nothing is known', () => {
  const line = new Line(80, 20_000)
  line.run(20_000, 4_000)
  line.flow.sent(1_000_000, 0, 4_000, 3_000)
  line.flow.restart(0)
  expect(line.flow.share).toBe(32_768)
  expect([line.flow.line.window, line.flow.line.byteWindow, line.flow.line.rttMs, line.flow.pace.rate]).toEqual([
    6, 32_768, 0, 20,
  ])
})

describe('a connection that ended before one frame arrived', () => {
  /** Of connections that each ended after one frame. */
  function afterDeaf(connections: number, intervalMs = INTERVAL): Flow {
    const flow = new Flow(intervalMs)
    for (let tick = 1; tick <= connections; tick++) {
      flow.sent(tick, 0, 32_768)
      flow.restart(0)
    }
    return flow
  }

  test('halves what the next one begins with, down to a KiB', () => {
    expect([0, 1, 2, 5, 9].map((connections) => afterDeaf(connections).share)).toEqual([
      32_768, 16_384, 8_192, 1_024, 1_024,
    ])
    expect(afterDeaf(2).line.byteWindow).toBe(8_192)
  })

  test('says nothing of one that carried none, or one of which something arrived', () => {
    const flow = new Flow(INTERVAL)
    flow.restart(0)
    flow.sent(1, 0, 100)
    flow.acknowledge(1, 3_000)
    flow.restart(1)
    expect(flow.share).toBe(32_768)
  })

  test('bounds a room of turns, too, which else has no bounds, to one frame at a time', () => {
    expect([afterDeaf(0, 0).share, afterDeaf(1, 0).share]).toEqual([Number.POSITIVE_INFINITY, 16_384])
    const flow = afterDeaf(1, 0)
    expect([afterDeaf(0, 0).line.most, flow.line.most]).toEqual([Number.POSITIVE_INFINITY, 16_384])
    flow.least = 20_000
    expect(flow.share).toBe(20_000)
    flow.sent(2, 0, 10_000)
    expect(flow.room).toBe(0)
  })

  test('is forgotten by frames that arrive in a second, and by none that take longer', () => {
    const flow = afterDeaf(3, 0)
    const shares = [900, 1_000, 999].map((rtt, index) => {
      flow.sent(10 + index, 0, 100)
      flow.acknowledge(10 + index, rtt)
      return flow.share
    })
    expect(shares).toEqual([8_192, 8_192, 16_384])
  })
})

test('waiting counts from the oldest frame that is not acknowledged', () => {
  const flow = new Flow(INTERVAL)
  expect(flow.waitingSince(77)).toBe(77)
  flow.sent(1, 10, 1)
  flow.sent(2, 20, 1)
  expect(flow.waitingSince(77)).toBe(10)
  flow.acknowledge(1, 30)
  expect(flow.waitingSince(77)).toBe(20)
})

test('what the client is not to go on from it cannot go on from later, either', () => {
  const flow = new Flow(INTERVAL)
  for (const tick of [3, 6, 9, 12]) flow.sent(tick, 0, 1)
  flow.forget()
  flow.sent(15, 0, 1)
  flow.forgetBefore(6)
  flow.restart(12)
  expect(flow.base).toBe(0)
  flow.restart(15)
  expect(flow.base).toBe(15)
})

test('the game may know the line', () => {
  const flow = new Flow(INTERVAL)
  flow.sent(1, 0, 1_000)
  flow.acknowledge(1, 100)
  flow.sent(2, 150, 500)
  expect(flowStats(flow, 200)).toEqual({
    rttMs: 100,
    jitterMs: 50,
    stateAgeMs: 200,
    framesInFlight: 1,
    bytesInFlight: 500,
    waitingMs: 50,
    window: 9,
    bytesPerSecond: 10_000,
    sendRate: 20,
    skippedFrames: 0,
  })
  flow.held()
  expect(flowStats(flow, 200).skippedFrames).toBe(1)
  expect(flowStats(new Flow(INTERVAL), 200)).toMatchObject({ stateAgeMs: 0, waitingMs: 0, rttMs: 0, sendRate: 20 })
})

test('a client may go on from what it acknowledged last and from what is under way, and from nothing else', () => {
  const flow = new Flow(INTERVAL)
  for (const tick of [3, 6, 9, 12]) flow.sent(tick, tick * 10, 100)
  flow.acknowledge(6, 200)
  expect([3, 6, 7, 9, 12, 15].filter((tick) => flow.mayNeed(tick))).toEqual([6, 9, 12])
  flow.restart(9)
  expect([3, 6, 7, 9, 12, 15].filter((tick) => flow.mayNeed(tick))).toEqual([6])
})
