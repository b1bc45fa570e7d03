// Fresh on a bad line: both ends whole, on virtual time, in front of lines that are too slow, too long, or gone for a while.

import { describe, expect, test } from 'vitest'
import { Crowd, type Load } from '../support/crowd.ts'
import { percentile } from '../support/percentile.ts'

const INTERVAL = 50
const SAMPLE = 10
const MINUTE = 60_000
const DEEP = 4_000_000
const NEAR = { latencyMs: 10 }

/** A line of so many bytes a second whose buffers swallow seconds of them, as those of kernels and proxies do. */
const slow = (bytesPerSecond: number) => ({ latencyMs: 40, bytesPerSecond, queueBytes: DEEP })

async function watch(load: Load, bytesPerSecond: number): Promise<Crowd> {
  const crowd = new Crowd(load)
  await crowd.watch(NEAR)
  await crowd.watch({ latencyMs: 40 }, slow(bytesPerSecond))
  await crowd.run(2_000)
  crowd.forget()
  return crowd
}

/** Bytes a second that a watcher on a good line is sent. */
async function offered(load: Load): Promise<number> {
  const crowd = new Crowd(load)
  await crowd.watch(NEAR)
  const before = crowd.rooms[0]!.stats.bytesIn
  await crowd.run(5_000)
  return (crowd.rooms[0]!.stats.bytesIn - before) / 5
}

describe('behind a line that is too slow for 500 moving entities 20 times a second', () => {
  for (const [what, load, rate] of [
    ['60 kB/s', { movers: 500 }, 60_000],
    ['60 kB/s, a load of 8 kB besides', { movers: 500, bytes: 8_000 }, 60_000],
    ['40 % of what is offered', { movers: 500 }, 0],
  ] as const) {
    test(`${what}: the state is at most 0.35 s old at p50 and 0.5 s at p95, and nobody is disconnected`, async () => {
      const crowd = await watch(load, rate || 0.4 * (await offered(load)))
      await crowd.run(MINUTE)
      expect(percentile(crowd.ages[1]!, 0.5)).toBeLessThanOrEqual(350)
      expect(percentile(crowd.ages[1]!, 0.95)).toBeLessThanOrEqual(500)
      expect(crowd.server.stats.accepted).toBe(2)
      expect(crowd.rooms.map(({ state }) => state.name)).toEqual(['open', 'open'])
    })
  }

  test('the rate falls, and rises again when the line is a better one', async () => {
    const crowd = await watch({ bytes: 8_000 }, 60_000)
    await crowd.run(6_000)
    expect(crowd.lines[1]!.stats.sendRate).toBe(5)
    expect(crowd.lines[0]!.stats.sendRate).toBe(20)
    crowd.nets[1]!.down.line.bytesPerSecond = 1_000_000
    await crowd.run(20_000)
    expect(crowd.lines[1]!.stats.sendRate).toBe(20)
    const { skippedFrames } = crowd.lines[1]!.stats
    await crowd.run(10_000)
    expect(crowd.lines[1]!.stats.skippedFrames).toBe(skippedFrames)
  })
})

describe('frames that are cut to measure', () => {
  test('grow with a line that becomes a better one, and are whole again when it takes them', async () => {
    const crowd = await watch({ movers: 500 }, 4_000)
    await crowd.run(30_000)
    // Of a second, in which there may be a frame more than fits it.
    expect(crowd.rooms[1]!.stats.inPerSecond).toBeLessThan(4_500)
    crowd.nets[1]!.down.line.bytesPerSecond = 9_000
    await crowd.run(MINUTE)
    expect(crowd.rooms[1]!.stats.inPerSecond).toBeGreaterThan(7_000)
    crowd.nets[1]!.down.line.bytesPerSecond = 1_000_000
    await crowd.run(20_000)
    expect(crowd.rooms[1]!.stats.inPerSecond).toBeGreaterThan(0.95 * crowd.rooms[0]!.stats.inPerSecond)
  })
})

describe('a clean line of 100 ms there and back, with 10 ms of jitter', () => {
  for (const bytes of [1_500, 8_000]) {
    test(`is sent every state of ${bytes} bytes in a minute`, async () => {
      const crowd = new Crowd({ bytes })
      await crowd.watch({ latencyMs: 50, jitterMs: 10 })
      await crowd.run(MINUTE)
      expect(crowd.lines[0]!.stats.skippedFrames).toBe(0)
      expect(crowd.lines[0]!.stats.sendRate).toBe(20)
      expect(crowd.rooms[0]!.stats.framesIn).toBeGreaterThan(1_200)
    })
  }
})

describe('after an outage', () => {
  for (const [forMs, roundTripMs] of [
    [1_000, 40],
    [3_000, 40],
    [3_000, 100],
    [3_000, 300],
  ] as const) {
    test(`of ${forMs} ms at most 16 stale frames come, and the newest a round trip of ${roundTripMs} ms and an interval later`, async () => {
      const crowd = new Crowd({ movers: 50, bytes: 1_500 })
      await crowd.watch({ latencyMs: roundTripMs / 2 })
      await crowd.run(5_000)
      crowd.forget()
      crowd.nets[0]!.stall(forMs)
      const began = crowd.clock.now()
      await crowd.run(forMs * 3)
      const fresh = roundTripMs / 2 + INTERVAL
      const late = crowd.arrivals[0]!.filter(({ at }) => at > began + fresh)
      const first = late[0]!.at
      const newest = late.find(({ at, tick }) => crowd.madeAt(tick) >= at - fresh - SAMPLE)!
      const stale = late.filter(({ at }) => at < newest.at).reduce((sum, { frames }) => sum + frames, 0)
      expect(first - began).toBeGreaterThan(forMs)
      expect(stale).toBeGreaterThan(0)
      expect(stale).toBeLessThanOrEqual(16)
      expect(newest.at - first).toBeLessThanOrEqual(roundTripMs + INTERVAL + SAMPLE)
      // A socket that is silent for three seconds is raced by another one.
      expect(crowd.server.stats.accepted).toBeLessThanOrEqual(forMs < 3_000 ? 1 : 2)
    })
  }
})

describe('a reader that stops', () => {
  async function stop(crowd: Crowd, place: number): Promise<number> {
    let most = 0
    crowd.nets[place]!.isRead = false
    for (let ms = 0; ms < 4_500; ms += 100) {
      await crowd.run(100)
      most = Math.max(most, crowd.lines[place]!.stats.queuedBytes)
    }
    return most
  }

  for (const bytes of [1_500, 8_000, 16_000]) {
    test(`costs at most 64 KiB with states of ${bytes} bytes, is given up after five seconds at most, and comes back`, async () => {
      const crowd = new Crowd({ bytes })
      await crowd.watch({ latencyMs: 10, queueBytes: 4_096 })
      const { me } = crowd.rooms[0]!
      expect(await stop(crowd, 0)).toBeLessThanOrEqual(64 * 1024)
      await crowd.run(1_500)
      expect(crowd.server.stats.accepted).toBe(2)
      crowd.nets[0]!.isRead = true
      await crowd.run(2_000)
      expect(crowd.rooms[0]!.state.name).toBe('open')
      expect([crowd.rooms[0]!.me, crowd.server.stats.resumed]).toEqual([me, 1])
      expect(crowd.ages[0]!.at(-1)).toBeLessThan(100)
    })
  }

  test('and one behind a slow line take nothing from the others: what these get, and when, is the same to the tick', async () => {
    const alone = new Crowd({ movers: 100, bytes: 2_000 })
    await alone.watch(NEAR)
    await alone.run(2_000)
    const crowd = new Crowd({ movers: 100, bytes: 2_000 })
    await crowd.watch(NEAR)
    await crowd.watch(NEAR, slow(10_000))
    await crowd.watch(NEAR)
    for (const each of [alone, crowd]) each.forget()
    await stop(crowd, 2)
    await alone.run(4_500)
    expect(crowd.lines[1]!.stats.skippedFrames).toBeGreaterThan(20)
    expect(crowd.arrivals[0]).toEqual(alone.arrivals[0])
    expect(crowd.ages[0]).toEqual(alone.ages[0])
  })
})
