import { describe, expect, test } from 'vitest'
import { defineGame } from '../../protocol/game.ts'
import type { Layout } from '../../protocol/layout.ts'
import { compareRows, lineUp, Matching, mergeRows, rowIn } from '../../protocol/matching.ts'
import { makeId, newLineup, Table } from '../../protocol/snapshot.ts'
import { u8 } from '../../protocol/vocabulary.ts'
import { listOf, numbersIn } from '../support/lists.ts'

const layout = defineGame({ entities: { thing: { hp: u8() } } }).kinds[2] as Layout

function tableOf(ids: readonly number[]): Table {
  const table = new Table(layout)
  table.resize(ids.length)
  table.ids.set(ids)
  table.lineup = newLineup()
  return table
}

const outcome = ({ gone, came, kept, old, now }: Matching) => ({
  gone: numbersIn(gone),
  came: numbersIn(came),
  old: [...old.subarray(0, kept)],
  now: [...now.subarray(0, kept)],
})

const before = [1, 2, 4, 7]
const after = [2, 3, makeId(4, 1), 7, 9]
const between = { gone: [0, 2], came: [1, 2, 4], old: [1, 3], now: [0, 3] }

describe('two tables', () => {
  test('are matched by id: a slot with another generation went and came', () => {
    const matching = new Matching()
    compareRows(tableOf(before), tableOf(after), matching)
    expect(outcome(matching)).toEqual(between)
  })

  test('of one lineup have all rows in the same places', () => {
    const matching = new Matching()
    compareRows(tableOf(before), tableOf(after), matching)
    const [table, same] = [tableOf(before), tableOf(before)]
    lineUp(same, table)
    compareRows(table, same, matching)
    expect(outcome(matching)).toEqual({ gone: [], came: [], old: [0, 1, 2, 3], now: [0, 1, 2, 3] })
  })

  test('are of one lineup if and only if they have the same ids', () => {
    for (const [ids, isSame] of [
      [before, true],
      [after, false],
      [[1, 2, 4], false],
      [[1, 2, 4, 8], false],
    ] as const) {
      const [table, other] = [tableOf(before), tableOf(ids)]
      lineUp(other, table)
      expect(other.lineup === table.lineup).toBe(isSame)
    }
  })

  test('are merged as they were compared', () => {
    const matching = new Matching()
    matching.gone.clear(2)
    matching.gone.push(0)
    matching.gone.push(2)
    const into = new Table(layout)
    mergeRows(tableOf(before), listOf([3, makeId(4, 1), 9]), into, matching)
    expect([...into.ids.subarray(0, into.count)]).toEqual(after)
    expect(outcome(matching)).toEqual(between)
  })

  test('cannot be merged when a slot is taken', () => {
    const matching = new Matching()
    expect(() => mergeRows(tableOf(before), listOf([makeId(7, 1)]), new Table(layout), matching)).toThrow('bad slot')
  })
})

test('a row is found by its slot, whatever its generation, and none in a slot between rows or behind the last', () => {
  const table = tableOf([1, makeId(4, 3), 7])
  expect([1, 4, 7].map((slot) => rowIn(table, slot))).toEqual([0, 1, 2])
  for (const slot of [0, 2, 5, 8, 65_535]) expect(() => rowIn(table, slot)).toThrow('bad slot')
  expect(() => rowIn(tableOf([]), 1)).toThrow('bad slot')
})
