import { expect, test } from 'vitest'
import { defineGame, u8 } from '../../../protocol/index.ts'
import { MAX_SLOT } from '../../../protocol/limits.ts'
import { makeId, Table } from '../../../protocol/snapshot.ts'
import { Shortage, Waiting } from '../../../server/sync/shortage.ts'

const { kinds } = defineGame({ entities: { ship: { hp: u8() } } })

/** A table whose last row stands in that slot. */
function tableTo(slot: number): Table {
  const table = new Table(kinds[2]!)
  table.resize(1)
  table.ids[0] = makeId(slot, 3)
  return table
}

test('who waits is known by kind and slot, and stays known when slots are added', () => {
  const waiting = new Waiting()
  waiting.of(2, tableTo(9))[9] = 4
  waiting.of(3, tableTo(9))[9] = 5
  expect(waiting.of(2, tableTo(5_000))[9]).toBe(4)
  expect(waiting.of(3, tableTo(1))[9]).toBe(5)
  expect(waiting.of(2, tableTo(MAX_SLOT)).length).toBe(MAX_SLOT + 1)
  expect(waiting.of(4, new Table(kinds[2]!)).length).toBeGreaterThan(0)
})

test('a shortage is over after three whole states in a row, and began with the first of them', () => {
  const shortage = new Shortage(7)
  const told = [false, true, true, false, true, true, true].map((isWhole, index) => {
    shortage.sent(10 + index, isWhole)
    return shortage.isOver
  })
  expect(told).toEqual([false, false, false, false, false, false, true])
  expect([shortage.since, shortage.wholeSince]).toEqual([7, 14])
})
