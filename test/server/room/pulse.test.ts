import { expect, test } from 'vitest'
import { HEARTBEAT_MS } from '../../../protocol/limits.ts'
import { Pulse } from '../../../server/room/pulse.ts'
import { virtualShared } from '../../support/server.ts'

function pulse(tickRate: number, sendRate = tickRate) {
  const shared = virtualShared()
  const seen = { steps: [] as number[], sends: [] as number[] }
  const beating: Pulse = new Pulse(
    shared,
    { tickRate, sendRate },
    {
      step: (dt) => void seen.steps.push(dt),
      send: () => void seen.sends.push(beating.tick),
      leapt: () => {},
    },
  )
  return { beating, seen, clock: shared.world.clock }
}

test('by the clock it steps at the tick rate, and sends at the send rate', () => {
  const { beating, seen, clock } = pulse(60, 20)
  beating.start()
  clock.advance(200)
  expect(seen.steps).toEqual(Array.from({ length: 12 }, () => 1 / 60))
  expect(seen.sends).toEqual([3, 6, 9, 12])
  beating.stir()
  beating.stop()
  clock.advance(200)
  expect(seen.steps.length).toBe(12)
})

test('it tells how long the last step took, and the sending behind it', () => {
  const shared = virtualShared()
  const { clock } = shared.world
  const before: number[] = []
  const step = () => {
    before.push(beating.tickMs)
    clock.advance(2)
  }
  const beating: Pulse = new Pulse(
    shared,
    { tickRate: 50, sendRate: 25 },
    {
      step,
      send: () => clock.advance(3),
      leapt: () => {},
    },
  )
  expect(beating.tickMs).toBe(0)
  beating.start()
  clock.advance(20)
  expect([beating.tick, beating.tickMs]).toEqual([1, 2])
  clock.advance(20)
  expect([beating.tick, beating.tickMs]).toEqual([2, 5])
  clock.advance(20)
  // Asked within a step, it is the one before.
  expect(before).toEqual([0, 2, 5])
})

for (const stepMs of [90, 150, 300, 310]) {
  test(`ticks keep to the time, and states to the send rate, in a room whose steps take ${stepMs} ms`, () => {
    const shared = virtualShared()
    const { clock } = shared.world
    const seen = { steps: 0, leaps: 0, sent: [0] }
    const beating: Pulse = new Pulse(
      shared,
      { tickRate: 60, sendRate: 20 },
      {
        step: () => {
          seen.steps++
          clock.advance(stepMs)
        },
        send: () => void seen.sent.push(beating.tick),
        leapt: () => void seen.leaps++,
      },
    )
    beating.start()
    clock.advance(30_000)
    expect(beating.tick).toBe(seen.steps + shared.stats.droppedTicks)
    // What is not given up yet is less than what a loop has patience for, and a step.
    expect(Math.abs(beating.tick - (clock.now() * 60) / 1_000)).toBeLessThan(15 + (stepMs * 60) / 1_000 + 1)
    // Each step takes longer than it is from one state to the next.
    expect(seen.sent.length).toBeGreaterThan(seen.steps / 4)
    if (stepMs >= 300) expect(seen.sent.length).toBeGreaterThan(seen.steps - 2)
    expect(seen.leaps).toBeGreaterThan(5)
    expect(seen.sent).toEqual([...new Set(seen.sent)].sort((a, b) => a - b))
  })
}

test('a turn follows what stirred it, once, and is sent', () => {
  const { beating, seen, clock } = pulse(0)
  beating.start()
  clock.advance(500)
  expect(seen).toEqual({ steps: [], sends: [] })
  beating.stir()
  beating.stir()
  clock.advance(1)
  expect(seen).toEqual({ steps: [0], sends: [1] })
  beating.stop()
  beating.stir()
  clock.advance(1)
  expect(seen.steps).toEqual([0])
})

test('what stirs a room of turns before it has begun is followed by a turn when it has', () => {
  const { beating, seen, clock } = pulse(0)
  beating.stir()
  clock.advance(500)
  expect([seen.steps, clock.waiting]).toEqual([[], 0])
  beating.start()
  clock.advance(1)
  expect(seen).toEqual({ steps: [0], sends: [1] })
})

test('a room of turns that is stirred again and again steps each time, and sends at once, then at its send rate', () => {
  const { beating, seen, clock } = pulse(0, 20)
  beating.start()
  for (let turn = 0; turn < 120; turn++) {
    beating.stir()
    clock.advance(1)
  }
  expect(seen.steps).toHaveLength(120)
  expect(seen.sends).toEqual([1, 50, 100])
  // The last turn is not forgotten.
  clock.advance(50)
  expect(seen.sends).toEqual([1, 50, 100, 120])
  clock.advance(500)
  beating.stir()
  clock.advance(1)
  expect(seen.sends).toEqual([1, 50, 100, 120, 121])
})

test('a room of turns that ends while a state waits for its time sends it no more, and has one timer for it at most', () => {
  const { beating, seen, clock } = pulse(0, 20)
  beating.start()
  for (let turn = 0; turn < 30; turn++) {
    beating.stir()
    clock.advance(1)
  }
  expect([seen.steps.length, seen.sends, clock.waiting]).toEqual([30, [1], 1])
  beating.stop()
  clock.advance(500)
  expect([seen.sends, clock.waiting]).toEqual([[1], 0])
})

test('a room of turns sends another state to who needs it without a turn, and with one for what stirs it meanwhile', () => {
  const { beating, seen, clock } = pulse(0, 20)
  beating.start()
  beating.refresh()
  clock.advance(1)
  expect(seen).toEqual({ steps: [], sends: [1] })
  clock.advance(1_000)
  beating.refresh()
  beating.stir()
  clock.advance(1)
  expect(seen).toEqual({ steps: [0], sends: [1, 2] })
})

test('what a turn itself brings about has another turn', () => {
  const shared = virtualShared()
  let steps = 0
  const step = () => {
    if (++steps < 3) beating.stir()
  }
  const beating: Pulse = new Pulse(shared, { tickRate: 0, sendRate: 20 }, { step, send: () => {}, leapt: () => {} })
  beating.start()
  beating.stir()
  shared.world.clock.advance(500)
  expect(steps).toBe(3)
})

test('a heartbeat of a room of turns takes as long as its sending, however many there were', () => {
  const shared = virtualShared()
  const { clock } = shared.world
  const work = { step: () => clock.advance(2), send: () => clock.advance(3), leapt: () => {} }
  const beating = new Pulse(shared, { tickRate: 0, sendRate: 20 }, work)
  beating.start()
  beating.stir()
  clock.advance(10)
  expect(beating.tickMs).toBe(5)
  for (let beat = 0; beat < 10; beat++) {
    clock.advance(HEARTBEAT_MS)
    beating.beat()
    clock.advance(10)
  }
  expect(beating.tickMs).toBe(3)
})

test('a heartbeat sends at once, also while a state waits for its time; by the clock it does nothing', () => {
  const { beating, seen, clock } = pulse(0, 1)
  beating.start()
  for (let turn = 0; turn < 2; turn++) {
    beating.stir()
    clock.advance(100)
  }
  expect(seen).toEqual({ steps: [0, 0], sends: [1] })
  beating.beat()
  clock.advance(1)
  expect(seen).toEqual({ steps: [0, 0], sends: [1, 3] })
  clock.advance(999)
  expect(seen.sends).toEqual([1, 3])
  const timed = pulse(60)
  timed.beating.beat()
  timed.clock.advance(100)
  expect(timed.seen.sends).toEqual([])
})
