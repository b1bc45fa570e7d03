import { expect, test } from 'vitest'
import { Roster } from '../../../server/room/roster.ts'
import type { Seat } from '../../../server/room/seat.ts'

test('a seat counts from the way in until it leaves, and is a session in between', () => {
  const roster = new Roster()
  const [ada, bob] = [{ id: 1 } as Seat, { id: 2 } as Seat]
  for (const seat of [ada, bob]) roster.admit(seat)
  roster.settle(ada)
  expect([roster.size, roster.order, roster.all]).toEqual([2, [ada], [ada, bob]])
  expect(roster.sessions.has(bob)).toBe(false)
  roster.settle(bob)
  roster.leave(ada)
  expect([roster.size, [...roster.sessions]]).toEqual([1, [bob]])
  expect(roster.order[0]).toBe(bob)
  // Until its last hook has run what it left behind is still its own.
  expect(roster.of(1)).toBe(ada)
  roster.forget(ada)
  expect([roster.of(1), roster.of(2)]).toEqual([undefined, bob])
})
