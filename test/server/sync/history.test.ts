import { expect, test } from 'vitest'
import { SnapshotRing } from '../../../protocol/snapshot.ts'
import { History, MOST_KEPT } from '../../../server/sync/history.ts'
import { arena } from '../../support/arena.ts'

/** A history of a ring of four, after so many states whose ticks are 10, 20, 30… */
function after(states: number, needed: ReadonlySet<number>): History {
  const history = new History(new SnapshotRing(arena, 4), (tick) => needed.has(tick))
  for (let tick = 10; tick <= states * 10; tick += 10) take(history, tick)
  return history
}

function take(history: History, tick: number): void {
  history.turn()
  history.ring.claim(tick)
}

test('what somebody may still go on from is kept beside the ring, which turns as before', () => {
  const needed = new Set([20])
  const history = after(2, needed)
  for (let tick = 30; tick <= 200; tick += 10) take(history, tick)
  expect([history.at(20)?.tick, history.size]).toEqual([20, 1])
  expect([10, 30, 160, 170, 200, 0].map((tick) => history.at(tick)?.tick)).toEqual([
    undefined,
    undefined,
    undefined,
    170,
    200,
    0,
  ])
})

test('what nobody needs any more is let go at the next turn', () => {
  const needed = new Set([20])
  const history = after(10, needed)
  needed.clear()
  take(history, 110)
  expect([history.size, history.at(20)]).toEqual([0, undefined])
})

test('nothing is kept while the ring has it', () => {
  expect(after(4, new Set([10, 20, 30, 40])).size).toBe(0)
})

test('no more is kept than may be: the oldest goes first', () => {
  const all = new Set(Array.from({ length: 100 }, (_, index) => (index + 1) * 10))
  const history = after(100, all)
  expect(history.size).toBe(MOST_KEPT)
  expect([history.at((96 - MOST_KEPT) * 10), history.at((97 - MOST_KEPT) * 10)?.tick]).toEqual([
    undefined,
    (97 - MOST_KEPT) * 10,
  ])
})
