import { describe, expect, test } from 'vitest'
import { InputQueue } from '../../../server/room/inputs.ts'

const makeQueue = (tickRate = 60, lateInputs: 'catch-up' | 'strict' = 'catch-up') =>
  new InputQueue<number>({ tickRate, lateInputs })

/** What one tick takes. */
function tick(queue: InputQueue<number>): number[] {
  queue.begin()
  return [...queue]
}

test('one input is taken a tick, and each is given once', () => {
  const queue = makeQueue()
  queue.add(1, [10, 20])
  queue.begin()
  expect([...queue]).toEqual([10])
  expect([...queue]).toEqual([])
  expect(queue.taken).toBe(1)
  expect(tick(queue)).toEqual([20])
  expect(queue.taken).toBe(2)
})

test('without an input there is no step, and nothing is repeated', () => {
  const queue = makeQueue()
  queue.add(1, [10])
  tick(queue)
  expect(tick(queue)).toEqual([])
  expect(queue.taken).toBe(1)
})

test('what a tick does not take is passed over: who was dead for a second does not then move for what was pressed', () => {
  for (const lateInputs of ['catch-up', 'strict'] as const) {
    const queue = makeQueue(60, lateInputs)
    for (let seq = 1; seq <= 60; seq++) {
      queue.add(seq, [seq])
      queue.begin()
    }
    expect(queue.taken).toBe(59)
    queue.add(61, [61])
    expect(tick(queue)).toEqual([61])
    expect(queue.waiting).toBe(0)
  }
})

test('an input that comes after a tick began is not passed over by it', () => {
  const queue = makeQueue()
  queue.begin()
  queue.add(1, [10])
  expect(tick(queue)).toEqual([10])
})

test('in a room of turns inputs wait for the turn that takes them', () => {
  const queue = makeQueue(0)
  queue.add(1, [10, 20])
  queue.begin()
  queue.begin()
  expect([...queue]).toEqual([10, 20])
})

test('up to six wait their turn; of a seventh on, three are taken a tick', () => {
  const six = makeQueue()
  six.add(1, [1, 2, 3, 4, 5, 6])
  expect(tick(six)).toEqual([1])
  const seven = makeQueue()
  seven.add(1, [1, 2, 3, 4, 5, 6, 7])
  expect(tick(seven)).toEqual([1, 2, 3])
  expect(tick(seven)).toEqual([4])
})

test('a sender that is always too fast gains less than a hundredth in a minute', () => {
  const queue = makeQueue()
  let seq = 1
  let taken = 0
  const seconds = 60
  for (let now = 0; now < seconds * 60; now++) {
    queue.add(seq, [1, 2, 3])
    seq += 3
    taken += tick(queue).length
  }
  const honest = seconds * 60
  expect(taken).toBeGreaterThan(honest)
  expect(taken).toBeLessThanOrEqual(honest * 1.01)
})

test('after a stall of 0.4 s all that was late is caught up, also the next time', () => {
  const queue = makeQueue()
  let seq = 1
  for (let stall = 0; stall < 10; stall++) {
    for (let now = 0; now < 24; now++) tick(queue)
    queue.add(
      seq,
      Array.from({ length: 24 }, () => 1),
    )
    seq += 24
    for (let now = 0; now < 30; now++) {
      queue.add(seq++, [1])
      expect(queue.begin()).toBe(0)
      expect([...queue].length).toBeGreaterThan(0)
    }
    expect(queue.waiting, `stall ${stall}`).toBeLessThanOrEqual(6)
    expect(queue.taken, `stall ${stall}`).toBe(seq - 1 - queue.waiting)
  }
})

test('inputs that came before are not taken again, and a gap is passed over', () => {
  const queue = makeQueue()
  queue.add(1, [1, 2])
  queue.add(2, [2, 3])
  queue.add(6, [6])
  const all = [1, 2, 3, 4].flatMap(() => tick(queue))
  expect(all).toEqual([1, 2, 3, 6])
  expect(queue.taken).toBe(6)
})

test('[S2] of more than 64 the oldest are dropped, and count as taken', () => {
  const queue = makeQueue()
  const inputs = Array.from({ length: 64 }, (_, index) => index + 1)
  expect(queue.add(1, inputs)).toBe(0)
  expect(queue.add(65, [65, 66])).toBe(2)
  expect(queue.taken).toBe(2)
  expect(tick(queue)).toEqual([3, 4, 5])
})

test('of a frame it is known how many came before', () => {
  const queue = makeQueue()
  expect(queue.known(1, 3)).toBe(0)
  queue.add(1, [1, 2, 3])
  expect([queue.known(1, 2), queue.known(2, 4), queue.known(4, 2), queue.known(9, 1)]).toEqual([2, 2, 0, 0])
})

test('beyond two a tick, and six seconds of them at once, the oldest are not even looked at', () => {
  const queue = makeQueue()
  const stalled = 6 * 60
  expect(queue.spend(stalled + 64)).toBe(0)
  expect(queue.spend(3)).toBe(3)
  for (let now = 0; now < 100; now++) {
    tick(queue)
    expect([queue.spend(2), queue.spend(1)]).toEqual([0, 1])
  }
  tick(queue)
  expect(queue.spend(64)).toBe(62)
  for (let now = 0; now < 1_000; now++) tick(queue)
  expect([queue.spend(stalled + 64), queue.spend(1)]).toEqual([0, 1])
})

test('in a room of turns all are worth a look: there they count however late they are', () => {
  const queue = makeQueue(0)
  expect(queue.spend(100_000)).toBe(0)
})

test('after a reset counting starts at 1 again, and nothing is known of what the player sees', () => {
  const queue = makeQueue()
  queue.add(1, [1, 2, 3], 90)
  tick(queue)
  expect([queue.taken, queue.seenTick]).toEqual([1, 88])
  queue.reset()
  expect([queue.taken, queue.seenTick]).toEqual([0, 0])
  expect(tick(queue)).toEqual([])
  queue.add(1, [7], 120)
  expect(tick(queue)).toEqual([7])
  expect([queue.taken, queue.seenTick]).toEqual([1, 120])
})

test('a turn takes all that waits', () => {
  const queue = makeQueue(0)
  queue.add(1, [1, 2, 3, 4, 5])
  expect(tick(queue)).toEqual([1, 2, 3, 4, 5])
})

test('what a stall leaves beyond the credit is given up: nobody wants to see it played late', () => {
  const queue = makeQueue()
  const inputs = Array.from({ length: 60 }, (_, index) => index + 1)
  queue.add(1, inputs)
  let given = 0
  for (let now = 0; now < 12; now++) {
    given += queue.begin()
    for (const _ of queue);
  }
  // Eleven ticks took three each.
  expect(given).toBe(60 - 33 - 6)
  expect(queue.waiting).toBe(5)
})

test('[S12] how many inputs were to spare is told, the least since the last time', () => {
  const queue = makeQueue()
  queue.add(1, [1, 2, 3, 4])
  tick(queue)
  expect(queue.takeSpare()).toBe(3)
  for (let now = 0; now < 5; now++) tick(queue)
  expect(queue.takeSpare()).toBe(0)
})

test('[S12] where no tick wanted any, as many were to spare as may wait', () => {
  expect(makeQueue().takeSpare()).toBe(64)
})

describe('a strict room', () => {
  const strict = () => makeQueue(60, 'strict')

  test('gives nothing before the first input', () => {
    expect(tick(strict())).toEqual([])
  })

  test('takes the last input six times more for late ones, and then none, for nobody made any', () => {
    const queue = strict()
    queue.add(1, [7])
    expect(Array.from({ length: 9 }, () => tick(queue))).toEqual([[7], [7], [7], [7], [7], [7], [7], [], []])
    expect(queue.taken).toBe(1)
    expect(queue.add(2, [2, 3, 4, 5, 6, 7, 8])).toBe(6)
    expect(tick(queue)).toEqual([8])
  })

  test('[S2] drops those that come too late, and takes the next in time', () => {
    const queue = strict()
    queue.add(1, [1])
    const given = [tick(queue), tick(queue), tick(queue)]
    expect(queue.takeSpare()).toBe(-2)
    expect(queue.add(2, [2, 3, 4])).toBe(2)
    expect(queue.taken).toBe(3)
    expect([...given, tick(queue)]).toEqual([[1], [1], [1], [4]])
  })

  test('takes one a tick, and keeps no more than a player who came back needs', () => {
    const queue = strict()
    queue.add(1, [1])
    for (let now = 0; now < 100; now++) tick(queue)
    expect(
      queue.add(
        2,
        Array.from({ length: 20 }, (_, index) => index + 2),
      ),
    ).toBe(6)
    expect(queue.begin()).toBe(2)
    expect([...queue]).toEqual([10])
  })

  for (const { tickRate, most } of [
    { tickRate: 20, most: 6 },
    { tickRate: 60, most: 12 },
    { tickRate: 128, most: 26 },
  ]) {
    test(`of ${tickRate} ticks a second keeps ${most} inputs that come at once, the newest of them`, () => {
      const queue = makeQueue(tickRate, 'strict')
      const burst = Array.from({ length: most }, (_, index) => index + 1)
      queue.add(1, burst)
      expect([queue.begin(), ...queue]).toEqual([0, 1])
      queue.add(most + 1, [most + 1, most + 2])
      expect([queue.begin(), ...queue]).toEqual([1, 3])
    })
  }

  test('takes nothing from new streams for what it owed to the ones before', () => {
    const queue = strict()
    queue.add(1, [1])
    for (let now = 0; now < 4; now++) tick(queue)
    queue.reset()
    expect([tick(queue), queue.add(1, [1, 2, 3])]).toEqual([[], 0])
    expect([tick(queue), queue.waiting]).toEqual([[1], 2])
  })
})
