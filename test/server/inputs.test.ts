import { expect, test } from 'vitest'
import { InputQueue } from '../../server/inputs.ts'

/** What one tick takes. */
function tick(queue: InputQueue<number>): number[] {
  queue.begin()
  return [...queue]
}

test('one input is taken a tick, and each is given once', () => {
  const queue = new InputQueue<number>(60)
  queue.add(1, [10, 20])
  queue.begin()
  expect([...queue]).toEqual([10])
  expect([...queue]).toEqual([])
  expect(queue.taken).toBe(1)
  expect(tick(queue)).toEqual([20])
  expect(queue.taken).toBe(2)
})

test('without an input there is no step, and nothing is repeated', () => {
  const queue = new InputQueue<number>(60)
  queue.add(1, [10])
  tick(queue)
  expect(tick(queue)).toEqual([])
  expect(queue.taken).toBe(1)
})

test('up to three wait their turn; of a fourth on, three are taken a tick', () => {
  const three = new InputQueue<number>(60)
  three.add(1, [1, 2, 3])
  expect(tick(three)).toEqual([1])
  const four = new InputQueue<number>(60)
  four.add(1, [1, 2, 3, 4])
  expect(tick(four)).toEqual([1, 2, 3])
  expect(tick(four)).toEqual([4])
})

test('a sender that is always too fast gains less than a hundredth in a minute', () => {
  const queue = new InputQueue<number>(60)
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

test('after a stall of a quarter of a second all that was late is caught up, also the next time', () => {
  const queue = new InputQueue<number>(60)
  let seq = 1
  for (let stall = 0; stall < 10; stall++) {
    for (let now = 0; now < 15; now++) tick(queue)
    queue.add(
      seq,
      Array.from({ length: 15 }, () => 1),
    )
    seq += 15
    for (let now = 0; now < 30; now++) {
      queue.add(seq++, [1])
      tick(queue)
    }
    expect(queue.waiting, `stall ${stall}`).toBeLessThanOrEqual(3)
  }
})

test('inputs that came before are not taken again, and a gap is passed over', () => {
  const queue = new InputQueue<number>(60)
  queue.add(1, [1, 2])
  queue.add(2, [2, 3])
  queue.add(6, [6])
  const all = [1, 2, 3, 4].flatMap(() => tick(queue))
  expect(all).toEqual([1, 2, 3, 6])
  expect(queue.taken).toBe(6)
})

test('of more than 64 the oldest are dropped, and count as taken', () => {
  const queue = new InputQueue<number>(60)
  const inputs = Array.from({ length: 64 }, (_, index) => index + 1)
  expect(queue.add(1, inputs)).toBe(0)
  expect(queue.add(65, [65, 66])).toBe(2)
  expect(queue.taken).toBe(2)
  expect(tick(queue)).toEqual([3, 4, 5])
})

test('after a reset counting starts at 1 again', () => {
  const queue = new InputQueue<number>(60)
  queue.add(1, [1, 2, 3])
  tick(queue)
  queue.reset()
  expect(queue.taken).toBe(0)
  expect(tick(queue)).toEqual([])
  queue.add(1, [7])
  expect(tick(queue)).toEqual([7])
})

test('a turn takes all that waits', () => {
  const queue = new InputQueue<number>(0)
  queue.add(1, [1, 2, 3, 4, 5])
  expect(tick(queue)).toEqual([1, 2, 3, 4, 5])
})
