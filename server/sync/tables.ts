// Tables made from others, for states that one client alone is sent.

import { Matching } from '../../protocol/matching.ts'
import type { Wire } from '../../protocol/msgpack.ts'
import { idOf, seenFirst } from '../../protocol/part.ts'
import { RowList } from '../../protocol/row-list.ts'
import { newLineup, type Snapshot, slotOf, type Table } from '../../protocol/snapshot.ts'
import type { Sight } from './sights.ts'

/** Makes a state the same as another one, and returns it. */
export function takeState({ tick, tables }: Snapshot, into: Snapshot): Snapshot {
  into.tick = tick
  for (let kind = 0; kind < tables.length; kind++) takeAll(tables[kind]!, into.tables[kind]!)
  return into
}

/** Makes a state what was seen of another one: of the kinds of which that is a part, those entities. */
export function takeSeen(
  { tick, tables }: Snapshot,
  { seen }: Sight,
  isPartial: readonly boolean[],
  into: Snapshot,
): Snapshot {
  into.tick = tick
  for (let kind = 0; kind < tables.length; kind++) {
    const table = into.tables[kind]!
    if (isPartial[kind]) takeRows(tables[kind]!, rowsOf(tables[kind]!, seen[kind]!), table)
    else takeAll(tables[kind]!, table)
    if (isPartial[kind]) table.lineup = newLineup()
  }
  return into
}

/** Notes that some rows are seen. */
export function note({ ids }: Table, rows: RowList, seen: RowList): void {
  seen.clear(rows.length)
  for (let index = 0; index < rows.length; index++) seen.push(seenFirst(ids[rows.at(index)]!))
}

/** Scratch, reused by every call. */
const found = new RowList()

function rowsOf(table: Table, seen: RowList): RowList {
  found.clear(seen.length)
  let row = -1
  let slot = 0
  for (let index = 0; index < seen.length; index++) {
    const id = idOf(seen.at(index))
    // Most slots are taken: the next slot but n is most often the next row but n.
    row = near(table, id, row + slotOf(id) - slot)
    slot = slotOf(id)
    found.push(row)
  }
  return found
}

/** Scratch, reused by every call. */
const all = new Matching()

/** Makes a table the same as another one. */
export function takeAll(from: Table, into: Table): void {
  into.takeLineup(from)
  all.keepAll(from.count)
  into.copyRows(from, all)
}

/** Makes a table that of some rows of another one, which may be the same, in their order. Its lineup is not set. */
export function takeRows(from: Table, rows: RowList, into: Table): void {
  into.resize(rows.length)
  pickNumbers(from.ids, rows, into.ids)
  for (let column = 0; column < from.ints.length; column++) pickNumbers(from.ints[column]!, rows, into.ints[column]!)
  for (let column = 0; column < from.boxes.length; column++) pickBoxes(from.boxes[column]!, rows, into.boxes[column]!)
}

function pickNumbers(from: Int32Array, { rows, length }: RowList, into: Int32Array): void {
  for (let row = 0; row < length; row++) into[row] = from[rows[row]!]!
}

function pickBoxes(from: readonly Wire[], { rows, length }: RowList, into: Wire[]): void {
  for (let row = 0; row < length; row++) into[row] = from[rows[row]!]
}

/** The row of an entity, or -1; most likely it is `guess`. */
function near(table: Table, id: number, guess: number): number {
  return guess < table.count && table.ids[guess] === id ? guess : table.indexOf(id)
}
