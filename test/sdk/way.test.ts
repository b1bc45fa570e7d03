import { describe, expect, test } from 'vitest'
import { CLEAR, type Line, type Path, Way } from '../../sdk/way.ts'
import { VirtualClock } from '../support/clock.ts'
import { percentile } from '../support/percentile.ts'
import { seeded } from '../support/random.ts'

function lay(change: Partial<Line>, seed = 1) {
  const clock = new VirtualClock()
  const path: Path = { line: { ...CLEAR, ...change }, outageEnds: 0, isHole: false, isRead: true }
  const { now, after } = clock
  const way = new Way(path, { now, after, random: seeded(seed) }, () => 2 * path.line.latencyMs)
  const arrivals: number[] = []
  /** Notes when the parcel with this number arrives. */
  const send = (bytes: number, name = arrivals.length) =>
    way.send(bytes, () => {
      arrivals[name] = clock.now()
    })
  return { clock, path, way, arrivals, send }
}

interface Run {
  /** How much later than the fastest each parcel came. */
  readonly late: readonly number[]
  /** How often nothing came for more than two intervals. */
  readonly gaps: number
}

/** Parcels of 300 bytes, for a minute. */
function lateness(change: Partial<Line>, rate: number, seed: number): Run {
  const { clock, arrivals, send } = lay(change, seed)
  const sent: number[] = []
  for (let index = 0; index < rate * 60; index++) {
    sent.push(clock.now())
    send(300, index)
    clock.advance(1000 / rate)
  }
  clock.advance(10_000)
  const delays = arrivals.map((at, index) => at - (sent[index] as number))
  const least = Math.min(...delays)
  const gaps = arrivals.filter((at, index) => index > 0 && at - (arrivals[index - 1] as number) > 2000 / rate).length
  return { late: delays.map((delay) => delay - least), gaps }
}

test('a parcel takes the latency, and a limited line as long as its bytes need besides', () => {
  const { clock, arrivals, send } = lay({ latencyMs: 40, bytesPerSecond: 10_000 })
  send(1000, 0)
  send(500, 1)
  clock.advance(1000)
  expect(arrivals).toEqual([140, 190])
})

test('a clear line delivers at once, but never from within send', () => {
  const { clock, arrivals, send } = lay({})
  send(100)
  expect(arrivals).toEqual([])
  clock.advance(0)
  expect(arrivals).toEqual([0])
})

test('jitter never lets one parcel overtake another, seed 4', () => {
  const { clock, arrivals, send } = lay({ latencyMs: 20, jitterMs: 50 }, 4)
  for (let index = 0; index < 500; index++) {
    send(100, index)
    clock.advance(1)
  }
  clock.advance(1000)
  expect(arrivals).toHaveLength(500)
  expect([...arrivals].sort((a, b) => a - b)).toEqual(arrivals)
  expect(new Set(arrivals).size).toBeGreaterThan(5)
})

test('the same seed makes the same line, and another seed another one', () => {
  const bad = { latencyMs: 100, jitterMs: 20, loss: 0.02 }
  expect(lateness(bad, 20, 7)).toEqual(lateness(bad, 20, 7))
  expect(lateness(bad, 20, 7)).not.toEqual(lateness(bad, 20, 8))
})

test('the process is told only of what kernels and proxies have no place for', () => {
  const { clock, way, send } = lay({ latencyMs: 10, bytesPerSecond: 1000, queueBytes: 2000 })
  send(1500)
  expect(way.bufferedAmount).toBe(0)
  send(1500)
  expect(way.bufferedAmount).toBe(1000)
  clock.advance(1511)
  expect(way.bufferedAmount).toBe(0)
})

test('an end that does not read fills its own queue, then the one before it, then the process', () => {
  const { clock, path, way, arrivals, send } = lay({ queueBytes: 2000 })
  path.isRead = false
  for (let index = 0; index < 6; index++) {
    send(1000, index)
    clock.advance(10)
  }
  expect(arrivals).toEqual([])
  expect(way.bufferedAmount).toBe(2000)
  path.isRead = true
  way.read()
  clock.advance(0)
  expect(arrivals).toEqual([60, 60, 60, 60, 60, 60])
  expect(way.bufferedAmount).toBe(0)
})

describe('an outage', () => {
  test('is over when the sender tries again, in steps that double, and the rest follows a round trip later', () => {
    const { clock, path, arrivals, send } = lay({ latencyMs: 50 })
    path.outageEnds = 1000
    send(100, 0)
    clock.advance(500)
    send(100, 1)
    clock.advance(1500)
    // Tried again after 300, 900 and 2,100 ms.
    expect(arrivals).toEqual([])
    clock.advance(1000)
    expect(arrivals).toEqual([2150, 2250])
  })

  test('hastens nothing that would have come later anyway, in it or after it', () => {
    const { clock, path, arrivals, send } = lay({ latencyMs: 50 })
    path.outageEnds = 1000
    send(100, 0)
    clock.advance(1500)
    path.line.jitterMs = 1_000_000
    send(100, 1)
    clock.advance(10_000_000)
    expect(arrivals[0]).toBe(2150)
    expect(arrivals[1]).toBeGreaterThan(10_000)
    const other = lay({ latencyMs: 50, jitterMs: 1_000_000 })
    other.path.outageEnds = 1000
    other.send(100, 0)
    other.clock.advance(10_000_000)
    expect(other.arrivals[0]).toBeGreaterThan(10_000)
  })

  test('is not noticed by what is sent before and after it', () => {
    const { clock, path, arrivals, send } = lay({ latencyMs: 50 })
    send(100, 0)
    path.outageEnds = 1000
    clock.advance(1000)
    send(100, 1)
    clock.advance(100)
    expect(arrivals).toEqual([50, 1050])
  })
})

test('a loss of one that is alone on the line costs no more than two round trips and a quarter', () => {
  const { clock, arrivals, send } = lay({ latencyMs: 50, loss: 0.5 })
  const late = Array.from({ length: 40 }, (_, index) => {
    const began = clock.now()
    send(100, index)
    clock.advance(10_000)
    return arrivals[index]! - began - 50
  }).slice(1)
  expect(late.filter((ms) => Math.abs(ms / 225 - Math.round(ms / 225)) > 1e-6)).toEqual([])
  expect(Math.max(...late)).toBeGreaterThan(225)
})

test('a parcel of which some segment is always lost gets through after fifteen tries, and the line goes on', () => {
  const { clock, path, arrivals, send } = lay({ latencyMs: 50, loss: 0.9 })
  // No chance is left that all of its 715 segments get through at once.
  send(1_000_000, 0)
  clock.advance(10_000)
  expect(arrivals).toEqual([50 + 15 * 125])
  path.line.loss = 0
  send(100, 1)
  clock.advance(50)
  expect(arrivals[1]).toBe(10_050)
})

test('what is lost in a black hole no longer waits anywhere', () => {
  const { clock, path, way, send } = lay({ latencyMs: 10, queueBytes: 1 })
  path.isHole = true
  send(100)
  expect(way.bufferedAmount).toBe(99)
  clock.advance(10)
  expect(way.bufferedAmount).toBe(0)
})

test('what is in a black hole never arrives, nor what follows it in the stream: TCP leaves nothing out', () => {
  const { clock, path, arrivals, send } = lay({ latencyMs: 10 })
  path.isHole = true
  send(100, 0)
  clock.advance(100)
  path.isHole = false
  send(100, 1)
  clock.advance(1_000)
  expect(arrivals).toEqual([])
})

test('a black hole in which there was nothing leaves no trace', () => {
  const { clock, path, arrivals, send } = lay({ latencyMs: 10 })
  send(100, 0)
  clock.advance(50)
  path.isHole = true
  clock.advance(50)
  path.isHole = false
  send(100, 1)
  clock.advance(50)
  expect(arrivals).toEqual([10, 110])
})

// Measured on a Linux kernel's TCP between two network namespaces, frames of 300 bytes, one run of a minute each. Such
// runs scatter by a third; ours are the means of twenty.
describe('lateness is that of real TCP', () => {
  for (const [name, line, rate, measured] of [
    ['40 ms there and back, jitter 3', { latencyMs: 20, jitterMs: 3 }, 30, [6, 8, 0]],
    ['100 ms, jitter 10', { latencyMs: 50, jitterMs: 10 }, 20, [20, 26, 0]],
    ['100 ms, 1 % lost, 20 frames a second', { latencyMs: 50, loss: 0.01 }, 20, [3, 150, 13]],
    ['100 ms, 1 % lost, 30 frames a second', { latencyMs: 50, loss: 0.01 }, 30, [34, 135, 22]],
    ['100 ms, 1 % lost, 60 frames a second', { latencyMs: 50, loss: 0.01 }, 60, [63, 129, 49]],
    ['100 ms, jitter 10, 2 % lost', { latencyMs: 50, jitterMs: 10, loss: 0.02 }, 30, [93, 160, 34]],
    [
      '200 ms, jitter 20, 2 % lost, 20 frames a second',
      { latencyMs: 100, jitterMs: 20, loss: 0.02 },
      20,
      [223, 323, 30],
    ],
    [
      '200 ms, jitter 20, 2 % lost, 60 frames a second',
      { latencyMs: 100, jitterMs: 20, loss: 0.02 },
      60,
      [267, 313, 416],
    ],
  ] as const) {
    test(`${name}: p95 and p99 within 10 % and 15 ms, gaps within a third, seeds 1 to 20`, () => {
      const runs = Array.from({ length: 20 }, (_, index) => lateness(line, rate, index + 1))
      const mean = (of: (run: Run) => number) => runs.reduce((sum, run) => sum + of(run), 0) / runs.length
      const p95 = mean(({ late }) => percentile(late, 0.95))
      const p99 = mean(({ late }) => percentile(late, 0.99))
      const gaps = mean((run) => run.gaps)
      const figures = [p95, p99, gaps].map((value, index) => `${value.toFixed(0)} (${measured[index]})`)
      console.log(`${name}: p95 ${figures[0]} ms, p99 ${figures[1]} ms, gaps ${figures[2]} a minute`)
      expect(Math.abs(p95 - measured[0])).toBeLessThan(0.1 * measured[0] + 15)
      expect(Math.abs(p99 - measured[1])).toBeLessThan(0.1 * measured[1] + 15)
      expect(Math.abs(gaps - measured[2])).toBeLessThan(measured[2] / 3 + 1)
    })
  }
})
