import { describe, expect, test } from 'vitest'
import { Capture } from '../../protocol/capture.ts'
import { defineGame } from '../../protocol/game.ts'
import type { LiveRow } from '../../protocol/live.ts'
import { makeId } from '../../protocol/snapshot.ts'
import { u8 } from '../../protocol/vocabulary.ts'

const game = defineGame({ entities: { ship: { hp: u8(), model: u8().static(), fuel: u8().owner() } } })

interface Ship extends LiveRow {
  owner: number
  reveals: number
  readonly values: { hp: number; model: number; fuel: number }
}

const ship = (id: number, owner = 0): Ship => ({
  id,
  values: { hp: id & 0xff, model: id & 0xff, fuel: 9 },
  owner,
  shownTo: null,
  reveals: 0,
})

/** Captures at 1, 2, 3…, and tells what is there. */
function fleet(...ships: (Ship | undefined)[]) {
  const capture = new Capture(game, true)
  const rows: (Ship | undefined)[] = [undefined, ...ships]
  let tick = 0
  const take = (changes?: number) => {
    const table = capture.capture([[], [], rows], ++tick, changes).tables[2]
    if (!table) throw new Error('no table')
    const { ids, count, ints, lineup } = table
    const [owner, hp, model] = ints.map((cells) => [...cells.subarray(0, count)])
    return { ids: [...ids.subarray(0, count)], owner, hp, model, lineup }
  }
  return { capture, rows, take, privateTick: (slot: number) => capture.privateTick(2, slot) }
}

describe('exact values', () => {
  const exactOf = (capture: Capture, slot: number) => [1, 2, 3].map((column) => capture.exact(2, column, slot))

  test('are those of owned rows, wherever they stand', () => {
    const [one, other] = [ship(1, 5), ship(3)]
    one.values.hp = 7.25
    const { capture, take } = fleet(one, ship(2), other)
    take()
    expect(exactOf(capture, 1)).toEqual([7.25, 1, 9])
    one.values.hp = 7.125
    take()
    expect(exactOf(capture, 1)).toEqual([7.125, 1, 9])
    expect([1, 3].map((slot) => capture.exactTick(2, slot))).toEqual([2, 1])
  })

  test('count as changed when an entity takes the place of one that was like it, with the same owner', () => {
    const { capture, rows, take } = fleet(ship(1, 5))
    take()
    rows[1] = ship(makeId(1, 1), 5)
    Object.assign(rows[1].values, ship(1).values)
    take()
    expect(capture.exactTick(2, 1)).toBe(2)
  })
})

describe('what was captured last', () => {
  test('stays known when more come than there was room for', () => {
    const ships = Array.from({ length: 12 }, (_, index) => ship(index + 1, 5))
    ships[11]!.reveals = 2
    const { capture, rows, take, privateTick } = fleet(...ships)
    take()
    ships[0]!.values.model = 99
    for (let slot = 13; slot <= 60; slot++) rows.push(ship(slot))
    const all = take()
    expect(all.model?.slice(0, 12)).toEqual(ships.map(({ id }) => id))
    expect([1, 12, 13, 60].map(privateTick)).toEqual([1, 1, 2, 2])
    // The owner is told of a static number exactly, too.
    expect([1, 12].map((slot) => [capture.exact(2, 1, slot), capture.exactTick(2, slot)])).toEqual([
      [1, 2],
      [12, 1],
    ])
  })

  test('is forgotten of all rows but those that have been there since', () => {
    const [stays, goes] = [ship(1, 5), ship(2, 5)]
    const { capture, rows, take, privateTick } = fleet(stays, goes)
    take(7)
    for (const { values } of [stays, goes]) values.model = 99
    const other = ship(2, 5)
    other.values.model = 50
    rows[2] = other
    capture.forget([[], [], rows])
    expect(take(7)).toMatchObject({ ids: [1, 2], model: [1, 50] })
    expect([1, 2].map(privateTick)).toEqual([1, 2])
  })
})

describe('rows that are there again', () => {
  test('are told as they are now, in one lineup', () => {
    const [one, other] = [ship(1, 5), ship(3)]
    const { take } = fleet(one, undefined, other)
    const first = take()
    expect(first).toMatchObject({ ids: [1, 3], owner: [5, 0], hp: [1, 3], model: [1, 3] })
    Object.assign(one.values, { hp: 77, model: 78 })
    expect(take()).toEqual({ ...first, hp: [77, 3] })
  })

  test('are new to nobody once they were captured', () => {
    const { take, privateTick } = fleet(ship(1, 5))
    take()
    take()
    take()
    expect(privateTick(1)).toBe(1)
  })

  test('belong to another one from the tick at which they were given away', () => {
    const one = ship(1, 5)
    const { take, privateTick } = fleet(one)
    take()
    one.owner = 6
    expect(take().owner).toEqual([6])
    expect(privateTick(1)).toBe(2)
    expect(take().owner).toEqual([6])
    expect(privateTick(1)).toBe(2)
  })

  test('count as changed when something of them was revealed', () => {
    const one = ship(1)
    const { take, privateTick } = fleet(one)
    take()
    one.reveals++
    take()
    expect(privateTick(1)).toBe(2)
  })

  test('are told from others in the same slots, and from fewer and more', () => {
    const { rows, take } = fleet(ship(1), ship(2))
    const first = take()
    rows[2] = ship(makeId(2, 1))
    const again = take()
    expect(again).toMatchObject({ ids: [1, makeId(2, 1)], model: [1, 2] })
    rows[2] = undefined
    expect(take().ids).toEqual([1])
    rows.push(ship(3))
    expect(take().ids).toEqual([1, 3])
    expect(again.lineup).not.toBe(first.lineup)
  })

  test('are not asked any more once they went, whatever their objects hold then', () => {
    const [one, other] = [ship(1), ship(2)]
    const { rows, take } = fleet(one, other)
    take()
    rows.pop()
    other.values.hp = Number.NaN
    expect(take()).toMatchObject({ ids: [1], hp: [1] })
    expect(take()).toMatchObject({ ids: [1], hp: [1] })
  })

  test('are told from rows of the same ids whose objects are others', () => {
    const { rows, take } = fleet(ship(1))
    take()
    rows[1] = { ...ship(1), values: { hp: 50, model: 51, fuel: 0 } }
    expect(take()).toMatchObject({ hp: [50], model: [1] })
  })

  test('are not asked while the number of changes stays, and are when it is another one', () => {
    const one = ship(1, 5)
    const { take } = fleet(one)
    take(7)
    one.owner = 6
    one.values.hp = 50
    expect(take(7)).toMatchObject({ owner: [5], hp: [50] })
    expect(take(8)).toMatchObject({ owner: [6], hp: [50] })
    one.owner = 5
    expect(take().owner).toEqual([5])
  })

  test('are asked after a capture that failed, whatever the number', () => {
    const one = ship(1, 5)
    const { rows, take } = fleet(one)
    take(7)
    rows.push(ship(2))
    one.values.hp = Number.NaN
    expect(() => take(8)).toThrow('ship 1: hp')
    one.values.hp = 1
    rows.push(ship(3))
    expect(take(8)).toMatchObject({ ids: [1, 2, 3], owner: [5, 0, 0], hp: [1, 2, 3] })
  })

  test('are whole after the ring was cleared', () => {
    const { capture, take } = fleet(ship(1, 5), ship(2))
    take()
    capture.ring.clear()
    expect(take()).toMatchObject({ ids: [1, 2], owner: [5, 0], hp: [1, 2] })
  })
})
