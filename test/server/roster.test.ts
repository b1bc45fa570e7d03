import { expect, test } from 'vitest'
import { Roster } from '../../server/roster.ts'
import type { Seat } from '../../server/seat.ts'

test('a seat counts from the way in until it leaves, and is a session in between', () => {
  const roster = new Roster()
  const [ada, bob] = [{} as Seat, {} as Seat]
  for (const seat of [ada, bob]) roster.entering.add(seat)
  roster.settle(ada)
  expect([roster.size, roster.order, roster.all]).toEqual([2, [ada], [ada, bob]])
  expect(roster.sessions.has(bob)).toBe(false)
  roster.settle(bob)
  roster.leave(ada)
  expect([roster.size, [...roster.sessions]]).toEqual([1, [bob]])
  expect(roster.order[0]).toBe(bob)
})
