import { expect, test } from 'vitest'
import { columnDigests } from '../../../protocol/column-digests.ts'
import { SnapshotRing } from '../../../protocol/snapshot.ts'
import { Roster } from '../../../server/room/roster.ts'
import type { Seat } from '../../../server/room/seat.ts'
import { Snapshots } from '../../../server/room/snapshots.ts'
import { LiveState } from '../../../server/room/state.ts'
import { Arena, arena } from '../../support/arena.ts'
import { virtualShared } from '../../support/server.ts'

interface Ship {
  x: number
}

function room(strict: boolean) {
  const live = new LiveState(arena)
  const ship = (live.state as { ship: { add(values: Ship): Ship } }).ship.add({ x: 1 })
  return { ship, snapshots: new Snapshots({ game: arena, room: Arena, strict }, live, new Roster(), virtualShared()) }
}

test('count what did not fit and was clamped, each time, and throw for it in a strict room', () => {
  const { ship, snapshots } = room(false)
  expect(snapshots.take(1)).toBe(0)
  ship.x = Number.NaN
  expect([snapshots.take(2), snapshots.take(3)]).toEqual([1, 1])
  const strict = room(true)
  expect(strict.snapshots.take(1)).toBe(0)
  strict.ship.x = Number.NaN
  expect(() => strict.snapshots.take(2)).toThrow('x cannot be NaN')
})

test('tell where a client holds something else, of a state that is kept and in a strict room alone', () => {
  const nothing = columnDigests(arena, new SnapshotRing(arena).newest)
  const seat = { feed: { own: null } } as unknown as Seat
  const told = ({ snapshots }: ReturnType<typeof room>, tick: number) => {
    snapshots.take(5)
    return snapshots.differenceOf(seat, tick, nothing)
  }
  expect(told(room(true), 5)).toBe('which rooms there are')
  expect(told(room(true), 4)).toBeUndefined()
  expect(told(room(false), 5)).toBeUndefined()
})
