// Tables made from others, for states that one client alone is sent.

import type { Wire } from '../protocol/msgpack.ts'
import type { RowList } from '../protocol/row-list.ts'
import type { Snapshot, Table } from '../protocol/snapshot.ts'

/** Makes a state the same as another one, and returns it. */
export function takeState({ tick, tables }: Snapshot, into: Snapshot): Snapshot {
  into.tick = tick
  for (let kind = 0; kind < tables.length; kind++) takeAll(tables[kind]!, into.tables[kind]!)
  return into
}

/** Makes a table the same as another one. */
export function takeAll(from: Table, into: Table): void {
  into.takeLineup(from)
  for (let column = 0; column < from.ints.length; column++) into.ints[column]!.set(from.ints[column]!)
  for (let column = 0; column < from.boxes.length; column++) {
    const cells = into.boxes[column]!
    for (let row = 0; row < from.count; row++) cells[row] = from.boxes[column]![row]
  }
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
