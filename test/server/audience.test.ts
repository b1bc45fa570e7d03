import { expect, test } from 'vitest'
import { type BroadcastOptions, isMeant } from '../../server/audience.ts'
import type { Seat } from '../../server/seat.ts'

const seat = { focus: { x: 100, y: 100 }, topics: new Set(['red']) } as unknown as Seat
const lost = { focus: null, topics: new Set() } as unknown as Seat

const CASES: readonly (readonly [string, BroadcastOptions, boolean, boolean])[] = [
  ['everyone', {}, true, true],
  ['everyone but one', { except: seat as never }, false, true],
  ['a topic', { to: 'red' }, true, false],
  ['another topic', { to: 'blue' }, false, false],
  ['those within a radius', { near: { x: 103, y: 104, radius: 5 } }, true, false],
  ['those nearer', { near: { x: 103, y: 104, radius: 4.99 } }, false, false],
  ['those of a topic who are near', { to: 'blue', near: { x: 100, y: 100, radius: 5 } }, false, false],
]

for (const [who, how, ...expected] of CASES) {
  test(`a broadcast to ${who} is for ${expected.filter(Boolean).length} of the two`, () => {
    expect([isMeant(seat, how), isMeant(lost, how)]).toEqual(expected)
  })
}
