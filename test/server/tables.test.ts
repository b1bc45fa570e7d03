import { expect, test } from 'vitest'
import { Capture } from '../../protocol/capture.ts'
import { defineGame } from '../../protocol/game.ts'
import { RowList } from '../../protocol/row-list.ts'
import { Snapshot, type Table } from '../../protocol/snapshot.ts'
import { text, u8 } from '../../protocol/vocabulary.ts'
import { LiveState } from '../../server/state.ts'
import { takeAll, takeRows, takeState } from '../../server/tables.ts'

const game = defineGame({ entities: { crate: { weight: u8(), label: text(8) } } })
const KIND = 2

/** A state of crates with these labels, whose weights count up from 1. */
function crates(...labels: readonly string[]): Snapshot {
  const live = new LiveState(game)
  const { crate } = live.state as { readonly crate: { add(values: object): void } }
  labels.forEach((label, index) => void crate.add({ label, weight: index + 1 }))
  return new Capture(game, true).capture(live.rows, 7)
}

const tableOf = (state: Snapshot) => state.tables[KIND] as Table

function seen({ count, ids, ints, boxes }: Table): unknown[] {
  return Array.from({ length: count }, (_, row) => [ids[row], ints[1]?.[row], boxes[0]?.[row]])
}

function listOf(rows: readonly number[]): RowList {
  const list = new RowList()
  list.clear(rows.length)
  for (const row of rows) list.push(row)
  return list
}

test('a whole table is taken with its lineup, into one that held more', () => {
  const from = tableOf(crates('a', 'b'))
  const into = tableOf(crates('p', 'q', 'r'))
  takeAll(from, into)
  expect(seen(into)).toEqual(seen(from))
  expect(into.lineup).toBe(from.lineup)
})

test('a state is taken with its tick, and is one of its own', () => {
  const from = crates('a', 'b')
  const into = takeState(from, new Snapshot(game))
  tableOf(from).ints[1]![0] = 99
  expect([into.tick, seen(tableOf(into)).map((row) => (row as unknown[])[1])]).toEqual([7, [1, 2]])
})

test('some rows are taken in their order, into another table or in place', () => {
  const from = tableOf(crates('a', 'b', 'c', 'd'))
  const wanted = seen(from).filter((_, row) => row !== 2)
  const into = tableOf(new Snapshot(game))
  takeRows(from, listOf([0, 1, 3]), into)
  expect(seen(into)).toEqual(wanted)
  takeRows(from, listOf([0, 1, 3]), from)
  expect(seen(from)).toEqual(wanted)
})
