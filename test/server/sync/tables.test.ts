import { expect, test } from 'vitest'
import { Capture } from '../../../protocol/capture.ts'
import { defineGame } from '../../../protocol/game.ts'
import { seenFirst } from '../../../protocol/part.ts'
import type { RowList } from '../../../protocol/row-list.ts'
import { makeId, Snapshot, type Table } from '../../../protocol/snapshot.ts'
import { text, u8 } from '../../../protocol/vocabulary.ts'
import { LiveState } from '../../../server/room/state.ts'
import { Sight } from '../../../server/sync/sights.ts'
import { note, takeAll, takeRows, takeSeen, takeState } from '../../../server/sync/tables.ts'
import { listOf } from '../../support/lists.ts'

const game = defineGame({ entities: { crate: { weight: u8(), label: text(8) }, lamp: { watts: u8() } } })
const [KIND, LAMP] = [2, 3]

/** A state of crates with these labels, whose weights count up from 1. */
function crates(...labels: readonly string[]): Snapshot {
  const live = new LiveState(game)
  const { crate, lamp } = live.state as { readonly [kind in 'crate' | 'lamp']: { add(values: object): void } }
  for (const watts of [60, 75]) lamp.add({ watts })
  labels.forEach((label, index) => void crate.add({ label, weight: index + 1 }))
  return new Capture(game, true).capture(live.rows, 7)
}

const tableOf = (state: Snapshot) => state.tables[KIND] as Table

function seen({ count, ids, ints, boxes }: Table): unknown[] {
  return Array.from({ length: count }, (_, row) => [ids[row], ints[1]?.[row], boxes[0]?.[row]])
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

test('what was seen of a state is taken: those entities of a kind of which that is a part, and all of the others', () => {
  const from = crates('a', 'b', 'c', 'd')
  const sight = new Sight(game)
  const ids = tableOf(from).ids
  // Of whatever age.
  sight.seen[KIND]?.clear(2)
  for (const [row, age] of [
    [1, 3],
    [3, 1],
  ] as const)
    sight.seen[KIND]?.push((ids[row] as number) + age * 2 ** 24)
  const into = crates('p', 'q', 'r')
  into.tick = 3
  const was = tableOf(into).lineup
  expect(takeSeen(from, sight, [false, false, true, false], into)).toBe(into)
  expect([into.tick, seen(tableOf(into))]).toEqual([
    7,
    [
      [ids[1], 2, 'b'],
      [ids[3], 4, 'd'],
    ],
  ])
  expect([was, tableOf(from).lineup]).not.toContain(tableOf(into).lineup)
  const [all, lamps] = [from, into].map(({ tables }) => tables[LAMP] as Table) as [Table, Table]
  expect([lamps.count, lamps.lineup, [...(lamps.ints[1]?.subarray(0, 2) ?? [])]]).toEqual([2, all.lineup, [60, 75]])
})

test('of a kind that everyone sees all is taken, whatever a sight says of it', () => {
  const from = crates('a', 'b')
  const into = takeSeen(from, new Sight(game), [false, false, false, true], new Snapshot(game))
  expect([seen(tableOf(into)), into.tables[LAMP]?.count]).toEqual([seen(tableOf(from)), 0])
})

test('taking what was seen twice gives states whose rows are not thought the same', () => {
  const from = crates('a', 'b')
  const states = [0, 1].map((row) => {
    const sight = new Sight(game)
    note(tableOf(from), listOf([row]), sight.seen[KIND] as RowList)
    return tableOf(takeSeen(from, sight, [false, false, true, true], new Snapshot(game)))
  })
  expect(states.map(({ boxes }) => boxes[0]?.[0])).toEqual(['a', 'b'])
  expect(states[0]?.lineup).not.toBe(states[1]?.lineup)
})

test('rows are noted by their ids, as seen for the first time, in place of what was noted before', () => {
  const table = tableOf(crates('a', 'b', 'c'))
  table.ids.set([4, makeId(6, 255), 9])
  const noted = listOf([11, 12, 13, 14])
  note(table, listOf([1, 2]), noted)
  expect([...noted.rows.subarray(0, noted.length)]).toEqual([makeId(6, 255), 9].map(seenFirst))
  note(table, listOf([]), noted)
  expect(noted.length).toBe(0)
})
