import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { expect, test } from 'vitest'
import { defineGame, u8 } from '../../../protocol/index.ts'
import { slotOf } from '../../../protocol/snapshot.ts'
import type { Session } from '../../../server/room/session.ts'
import { LiveState, type Owner, ROUND, type State } from '../../../server/room/state.ts'
import { arena } from '../../support/arena.ts'

function fresh() {
  const live = new LiveState(arena)
  return { live, state: live.state as State<typeof arena> }
}

/** Of a session only the id is used here. */
const sessionOf = (player: Owner) => player as Session<typeof arena>

test('[G6] fields that are left out start at zero, and values that are given stand', () => {
  const { state } = fresh()
  const ship = state.ship.add({ x: 5 })
  expect(ship).toEqual({ id: 1, x: 5, y: 0, fuel: 0, cargo: 0 })
  expect(state.room).toMatchObject({ phase: 0 })
})

test('a field of the room that is called owner is there from the start', () => {
  const hosted = defineGame({ room: { owner: u8() }, entities: { ship: { x: u8() } } })
  const state = new LiveState(hosted).state as State<typeof hosted>
  expect(state.room.owner).toBe(0)
  expect(state.ship.add()).toEqual({ id: 1, x: 0 })
})

test('a field that the definition does not have is refused, and nothing is added', () => {
  const { state } = fresh()
  expect(() => state.ship.add({ z: 5 } as never)).toThrow('ship has no field z')
  expect(state.ship.size).toBe(0)
  expect(state.ship.add({ y: 5 }).id).toBe(1)
})

test('[G4] an entity is found by its id until it is removed, and its id is not found again', () => {
  const { state } = fresh()
  const rock = state.rock.add({ size: 3 })
  expect(state.rock.get(rock.id)).toBe(rock)
  expect(state.rock.size).toBe(1)
  expect(state.rock.get(undefined as never)).toBeUndefined()
  expect(state.rock.remove(rock)).toBe(true)
  expect(state.rock.get(rock.id)).toBeUndefined()
  expect(state.rock.size).toBe(0)
})

test('what has gone already is not removed again, nor is what has its place by then', () => {
  const { live, state } = fresh()
  const ada = live.players.add()
  const [bomb, ship] = [state.rock.add({ owner: sessionOf(ada) }), state.ship.add({ owner: sessionOf(ada) })]
  live.removePlayer(ada.id)
  for (let count = 0; count < 64; count++) state.rock.remove(state.rock.add())
  const next = state.rock.add()
  expect(slotOf(next.id)).toBe(slotOf(bomb.id))
  expect([state.rock.remove(bomb), state.ship.remove(ship)]).toEqual([false, false])
  expect([...state.rock]).toEqual([next])
  expect([state.rock.remove(next), state.rock.remove(next)]).toEqual([true, false])
})

test('what never was in a list is refused, be it that it looks like an entity of it', () => {
  const { state } = fresh()
  const rock = state.rock.add({ size: 3 })
  const elsewhere = fresh().state.rock.add()
  for (const one of [{ ...rock }, state.ship.add(), elsewhere]) {
    const complaint = new TypeError('remove takes a rock of this room, got another object')
    expect(() => state.rock.remove(one as never)).toThrow(complaint)
  }
  for (const [one, got] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [rock.id, `${rock.id}`],
  ] as const) {
    const complaint = new TypeError(`remove takes a rock of this room, got ${got}`)
    expect(() => state.rock.remove(one as never)).toThrow(complaint)
  }
  expect([...state.rock]).toEqual([rock])
})

test('an id cannot be written over, as by what was saved of an earlier day; other fields can, and a copy is a copy', () => {
  const { live, state } = fresh()
  for (const one of [state.rock.add(), live.players.add()]) {
    const { id } = one
    expect(() => Object.assign(one, { id: 70_000 })).toThrow(/^Cannot assign to read only property 'id'/)
    expect(one.id).toBe(id)
  }
  const rock = state.rock.add({ size: 3 })
  const saved = { ...rock, id: 70_000 }
  rock.size = 4
  expect([rock, saved]).toEqual([
    { id: 2, size: 4 },
    { id: 70_000, size: 3 },
  ])
  state.rock.remove(rock)
  expect(state.rock.size).toBe(1)
})

test('an entity of many fields is as fast an object as one of few', () => {
  setFlagsFromString('--allow-natives-syntax')
  const isFast = runInThisContext('(entity) => %HasFastProperties(entity)')
  for (const count of [1, 40]) {
    const fields = Object.fromEntries(Array.from({ length: count }, (_, index) => [`field${index}`, u8()]))
    const wide = defineGame({ entities: { ship: fields } })
    const { ship } = new LiveState(wide).state as State<typeof wide>
    expect(isFast(ship.add())).toBe(true)
  }
})

test('what is removed while a list is gone through is not visited any more', () => {
  const { state } = fresh()
  const rocks = [1, 2, 3, 4].map((size) => state.rock.add({ size }))
  const visited: number[] = []
  for (const rock of state.rock) {
    visited.push(rock.size)
    if (rock.size === 1) state.rock.remove(rocks[2] as (typeof rocks)[number])
  }
  expect(visited).toEqual([1, 2, 4])
})

test('[G4] an id of 24 bits comes again, but only after more than ten thousand others of its kind', () => {
  const { state } = fresh()
  const seen = new Map<number, number>()
  for (let count = 0; count < 20_000; count++) {
    const rock = state.rock.add()
    expect(rock.id).toBeLessThan(2 ** 24)
    expect(count - (seen.get(rock.id) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThan(10_000)
    seen.set(rock.id, count)
    state.rock.remove(rock)
  }
  expect(seen.size).toBeLessThan(20_000)
})

test('slots are used again, the oldest first, so that there are not many more than entities', () => {
  const { state } = fresh()
  const slots = Array.from({ length: 1_000 }, () => {
    const rock = state.rock.add()
    state.rock.remove(rock)
    return slotOf(rock.id)
  })
  expect(Math.max(...slots)).toBe(65)
  expect(slots.slice(65, 70)).toEqual([1, 2, 3, 4, 5])
})

test('[G4] there can be 65,535 of a kind, and not one more: the next in a slot is of another generation', () => {
  const { state } = fresh()
  for (let count = 0; count < 65_535; count++) state.rock.add()
  expect(() => state.rock.add()).toThrow('at most 65535 of rock')
  const [first] = state.rock
  if (first) state.rock.remove(first)
  expect(state.rock.add().id).toBe(65_536 + 1)
})

test('where places are few an id is back sooner, and counts as many changes as elsewhere', () => {
  const { live, state } = fresh()
  for (let count = 0; count < 65_535; count++) state.rock.add()
  let [rock] = state.rock as Iterable<{ readonly id: number }>
  const first = rock?.id
  const before = live.changes
  for (let count = 0; count < 256; count++) {
    state.rock.remove(rock as never)
    rock = state.rock.add()
  }
  expect(rock?.id).toBe(first)
  expect(live.changes - before).toBeGreaterThanOrEqual(ROUND)
})

test('what a player owns leaves with the player, unless it stays', () => {
  const { live, state } = fresh()
  const ada = live.players.add()
  const bob = live.players.add()
  state.ship.add({ owner: sessionOf(ada), x: 1 })
  const wreck = state.ship.add({ owner: sessionOf(ada), stays: true, x: 2 })
  state.ship.add({ owner: sessionOf(bob), x: 3 })
  state.ship.add({ x: 4 })
  live.removePlayer(ada.id)
  expect([...state.ship].map((ship) => ship.x)).toEqual([2, 3, 4])
  expect(live.rows[2]?.[slotOf(wreck.id)]?.owner).toBe(0)
  expect([...state.player].map((player) => player.id)).toEqual([bob.id])
})

test('what is revealed to one is not revealed to another, and is forgotten with the one', () => {
  const { live, state } = fresh()
  const ada = live.players.add()
  const ship = state.ship.add()
  const row = () => live.rows[2]?.[slotOf(ship.id)]
  expect(row()?.shownTo).toBeNull()
  live.reveal(ship, ada)
  expect(row()?.shownTo).toEqual(new Set([ada.id]))
  expect(row()?.reveals).toBe(1)
  live.removePlayer(ada.id)
  expect(row()?.shownTo).toEqual(new Set())
})

test('what is revealed to all stays so', () => {
  const { live, state } = fresh()
  const ada = live.players.add()
  const ship = state.ship.add()
  live.reveal(ship, 'all')
  live.reveal(ship, ada)
  expect(live.rows[2]?.[slotOf(ship.id)]?.shownTo).toBe('all')
})

test('the room and a player can be revealed, and a stranger cannot', () => {
  const { live, state } = fresh()
  const ada = live.players.add()
  expect(() => live.reveal(state.room, 'all')).not.toThrow()
  expect(() => live.reveal(ada, 'all')).not.toThrow()
  const wanted = 'reveal takes an entity, a player or the room of this state, got'
  expect(() => live.reveal({ id: 1 }, 'all')).toThrow(new RangeError(`${wanted} one that is not in it`))
  expect(() => live.reveal(undefined as never, 'all')).toThrow(new RangeError(`${wanted} undefined`))
})

test('what happens to the rows is counted, and what happens to their fields is not', () => {
  const { live, state } = fresh()
  const counted = (act: () => void) => {
    const before = live.changes
    act()
    return live.changes > before
  }
  const [ada, bob] = [live.players.add(), live.players.add()]
  const [ship, kept] = [
    state.ship.add({ owner: sessionOf(ada) }),
    state.ship.add({ owner: sessionOf(ada), stays: true }),
  ]
  expect(counted(() => state.ship.add())).toBe(true)
  expect(counted(() => live.give(ship, bob))).toBe(true)
  expect(counted(() => live.reveal(ship, ada))).toBe(true)
  expect(counted(() => live.reveal(state.room, 'all'))).toBe(true)
  expect(counted(() => live.forget(ada.id))).toBe(true)
  expect(live.ownerOf(kept)).toBe(0)
  expect(counted(() => live.forget(ada.id))).toBe(false)
  expect(counted(() => live.removePlayer(bob.id))).toBe(true)
  expect(counted(() => state.ship.remove(kept))).toBe(true)
  const other = state.ship.add()
  expect(counted(() => Object.assign(other, { x: 7 }))).toBe(false)
  expect(counted(() => [...state.ship, state.ship.get(other.id)])).toBe(false)
})

test('an entity has an owner who can be asked for and changed; nothing else has', () => {
  const { live, state } = fresh()
  const [ada, bob] = [live.players.add(), live.players.add()]
  const ship = state.ship.add({ owner: sessionOf(ada) })
  expect(live.ownerOf(ship)).toBe(ada.id)
  live.give(ship, bob)
  expect(live.ownerOf(ship)).toBe(bob.id)
  live.give(ship, null)
  expect(live.ownerOf(ship)).toBe(0)
  live.removePlayer(ada.id)
  expect([...state.ship]).toEqual([ship])
  const outside = 'takes an entity of this state, got one that is not in it'
  expect(() => live.ownerOf(bob)).toThrow(outside)
  expect(() => live.give(state.room, bob)).toThrow(outside)
  state.ship.remove(ship)
  expect(() => live.ownerOf(ship)).toThrow(outside)
  expect(() => live.ownerOf(undefined as never)).toThrow('ownerOf takes an entity of this state, got undefined')
  expect(() => live.give(null as never, bob)).toThrow('give takes an entity of this state, got null')
})

test("[G4] the room's one row has id 1, and a player's row the id of the player", () => {
  const { live, state } = fresh()
  const [, bob] = [live.players.add(), live.players.add()]
  const idsOf = (kind: number) => live.rows[kind]?.map((row) => row?.id)
  expect([idsOf(0), idsOf(1)]).toEqual([
    [undefined, 1],
    [undefined, 1, 2],
  ])
  expect(state.player.get(2)).toBe(bob)
})
