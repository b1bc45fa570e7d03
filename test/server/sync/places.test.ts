import { expect, test } from 'vitest'
import { defineGame, fixed, text, u8 } from '../../../protocol/index.ts'
import { LiveState } from '../../../server/room/state.ts'
import { Places } from '../../../server/sync/places.ts'

const game = defineGame({
  entities: {
    ship: { x: fixed(0, 100, 1), y: fixed(0, 100, 1) },
    star: { across: u8(), down: u8() },
    note: { x: text(9), y: u8() },
    mine: { x: u8().hidden(), y: u8() },
  },
})

interface List {
  add(values: object): { readonly id: number }
  remove(entity: object): void
}

function setUp() {
  const live = new LiveState(game)
  const state = live.state as Readonly<Record<'ship' | 'star' | 'note' | 'mine', List>>
  const near = { x: 'across', y: 'down', width: 9, height: 9 } as const
  return { state, places: new Places(game, { star: { near } } as never, live.rows) }
}

test('an entity lies where the views of its kind say, else at its x and y', () => {
  const { state, places } = setUp()
  const here = { x: 10, y: 20 }
  const ship = state.ship.add({ x: 13, y: 15 })
  const star = state.star.add({ across: 40, down: 21 })
  expect(places.distance(2, ship.id, here)).toBe(5)
  expect(places.distance(3, star.id, here)).toBe(30)
  expect(places.of(ship)).toEqual({ x: 13, y: 15 })
  expect(places.of(star)).toEqual({ x: 40, y: 21 })
})

test('an entity that was looked from lies where it was when it is gone, by the same fields', () => {
  const { state, places } = setUp()
  const star = state.star.add({ across: 40, down: 21 })
  expect(places.of(star)).toEqual({ x: 40, y: 21 })
  state.star.remove(star)
  expect(places.of(star)).toEqual({ x: 40, y: 21 })
})

test('what has no numbers for a place is nowhere, and so is what is gone', () => {
  const { state, places } = setUp()
  const here = { x: 0, y: 0 }
  const note = state.note.add({ y: 3 })
  expect(places.distance(4, note.id, here)).toBe(Number.POSITIVE_INFINITY)
  expect(places.distance(2, 7, here)).toBe(Number.POSITIVE_INFINITY)
  expect(places.distance(0, 1, here)).toBe(Number.POSITIVE_INFINITY)
  const lost = state.ship.add({ x: Number.NaN, y: 3 })
  expect(places.distance(2, lost.id, here)).toBe(Number.POSITIVE_INFINITY)
})

test('by what is hidden nobody is near', () => {
  const { state, places } = setUp()
  const mine = state.mine.add({ x: 3, y: 4 })
  expect(places.distance(5, mine.id, { x: 0, y: 0 })).toBe(Number.POSITIVE_INFINITY)
})

test('anything with x and y is a place, and nothing is none', () => {
  const { places } = setUp()
  expect(places.of({ x: 1, y: 2 })).toEqual({ x: 1, y: 2 })
  expect(places.of(null)).toBeNull()
})
