// What one client alone is told beside the delta: fields for the owner's eyes, fields revealed to it, and the exact
// values of its own entities that it moves by itself. Values are absolute, so they depend on no baseline; an entity
// that is not mentioned is as it was.
//
// Entries of (kind + 1, slot, parts, the parts' cells); a 0 ends them.

import { bitsToFloat, floatBits, type Reader, type Writer } from './bytes.ts'
import type { Capture, LiveRow, LiveRows } from './capture.ts'
import { badMessage } from './errors.ts'
import { type Game, PLAYER_KIND } from './game.ts'
import type { ColumnSet, IntColumn, Layout } from './layout.ts'
import { MAX_SLOT } from './limits.ts'
import type { Wire } from './msgpack.ts'
import { readBox, readInt, writeBox, writeInt } from './rows.ts'
import { KNOWS_HIDDEN, KNOWS_OWNER, type Snapshot, slotOf, type Table } from './snapshot.ts'

export interface Viewer {
  /** Its player id. */
  readonly player: number
  /** The kinds whose entities it moves by itself. */
  readonly predicts: ReadonlySet<number>
  /** What changed after this tick is told. */
  readonly since: number
  /** Likewise for exact values: 0 when the viewer just asked for them. */
  readonly exactSince: number
}

const EXACT = 4

// How an exact value is told: as the rounded one, in single or in double precision.
const ROUNDED = 0
const SINGLE = 1
const DOUBLE = 2

/** Writes what `viewer` alone is told of the snapshot that was captured last. */
export function writePrivate(
  writer: Writer,
  source: { readonly game: Game; readonly capture: Capture; readonly rows: readonly LiveRows[] },
  viewer: Viewer,
): void {
  const { game, capture, rows } = source
  game.kinds.forEach((layout, kind) => {
    if (!layout.hasPrivate && !viewer.predicts.has(kind)) return
    const table = capture.ring.newest.tables[kind] as Table
    for (let index = 0; index < table.count; index++) {
      const slot = slotOf(table.ids[index] as number)
      const row = rows[kind]?.[slot]
      if (row === undefined) continue
      const parts = partsFor(layout, kind, row, viewer, capture)
      if (parts === 0) continue
      writer.varint(kind + 1)
      writer.varint(slot)
      writer.u8(parts)
      if (parts & KNOWS_OWNER) writeCells(writer, layout, layout.owners, table, index)
      if (parts & KNOWS_HIDDEN) writeCells(writer, layout, layout.hidden, table, index)
      if (parts & EXACT) writeExact(writer, layout, kind, slot, capture)
    }
  })
  writer.varint(0)
}

/** Reads what `writePrivate` wrote into the snapshot; exact values go to `onExact`, by the layout's int columns. */
export function readPrivate(
  reader: Reader,
  game: Game,
  into: Snapshot,
  onExact: (kind: number, id: number, values: Float64Array) => void,
): void {
  for (;;) {
    const kind = reader.count(game.kinds.length, 'a kind') - 1
    if (kind < 0) return
    const layout = game.kinds[kind] as Layout
    const table = into.tables[kind] as Table
    const slot = reader.count(MAX_SLOT, 'a slot')
    const row = table.firstFrom(slot)
    if (row >= table.count || slotOf(table.ids[row] as number) !== slot) throw badMessage(`slot ${slot} is empty`)
    const parts = reader.u8()
    if (parts === 0 || parts > 7) throw badMessage(`the parts of a private entry must be 1 to 7, got ${parts}`)
    if (parts & KNOWS_OWNER) readCells(reader, layout, layout.owners, table, row)
    if (parts & KNOWS_HIDDEN) readCells(reader, layout, layout.hidden, table, row)
    table.known[row] = (table.known[row] as number) | (parts & (KNOWS_OWNER | KNOWS_HIDDEN))
    if (parts & EXACT) onExact(kind, table.ids[row] as number, readExact(reader, layout, table, row))
  }
}

function partsFor(layout: Layout, kind: number, row: LiveRow, viewer: Viewer, capture: Capture): number {
  const slot = slotOf(row.id)
  const isOwner = viewer.player === (kind === PLAYER_KIND ? row.id : row.owner)
  let parts = 0
  if (layout.hasPrivate && capture.privateTick(kind, slot) > viewer.since) {
    const isShown = row.shownTo === 'all' || row.shownTo?.has(viewer.player)
    if (isOwner && !isEmpty(layout.owners)) parts |= KNOWS_OWNER
    if (isShown && !isEmpty(layout.hidden)) parts |= KNOWS_HIDDEN
  }
  if (isOwner && viewer.predicts.has(kind) && capture.exactTick(kind, slot) > viewer.exactSince) parts |= EXACT
  return parts
}

function isEmpty(columns: ColumnSet): boolean {
  return columns.ints.length + columns.boxes.length === 0
}

function writeCells(writer: Writer, layout: Layout, columns: ColumnSet, table: Table, row: number): void {
  for (const column of columns.ints) {
    const { scalar } = layout.ints[column] as IntColumn
    writeInt(writer, scalar, table.ints[column]?.[row] as number, 0)
  }
  for (const column of columns.boxes) writeBox(writer, table.boxes[column]?.[row])
}

function readCells(reader: Reader, layout: Layout, columns: ColumnSet, table: Table, row: number): void {
  for (const column of columns.ints) {
    const { scalar } = layout.ints[column] as IntColumn
    ;(table.ints[column] as Int32Array)[row] = readInt(reader, scalar, 0)
  }
  for (const column of columns.boxes) {
    ;(table.boxes[column] as Wire[])[row] = readBox(reader, layout.boxes[column] as Layout['boxes'][number])
  }
}

/** Two bits a numeric column that say how its value is told, then the values. */
function writeExact(writer: Writer, layout: Layout, kind: number, slot: number, capture: Capture): void {
  const codes = writer.blank((layout.ints.length + 3) >> 2)
  const table = capture.ring.newest.tables[kind] as Table
  const row = table.firstFrom(slot)
  layout.ints.forEach((column, index) => {
    if (!column.isNumeric) return
    const value = capture.exact(kind, index, slot)
    const code = precisionOf(column, value, table.ints[index]?.[row] as number)
    if (code & 1) writer.setBit(codes, index * 2)
    if (code & 2) writer.setBit(codes, index * 2 + 1)
    if (code === SINGLE) writer.raw32(floatBits(value))
    if (code === DOUBLE) writer.f64(value)
  })
}

function readExact(reader: Reader, layout: Layout, table: Table, row: number): Float64Array {
  const values = new Float64Array(layout.ints.length)
  const codes = reader.skip((layout.ints.length + 3) >> 2)
  layout.ints.forEach((column, index) => {
    if (!column.isNumeric) return
    const code = (reader.bit(codes, index * 2) ? 1 : 0) | (reader.bit(codes, index * 2 + 1) ? 2 : 0)
    const value =
      code === ROUNDED
        ? (column.scalar.restore(table.ints[index]?.[row] as number) as number)
        : code === SINGLE
          ? bitsToFloat(reader.raw32())
          : reader.f64()
    if (!Number.isFinite(value)) throw badMessage(`${column.name} must be finite, got ${value}`)
    values[index] = value
  })
  return values
}

function precisionOf(column: IntColumn, value: number, whole: number): number {
  if (Object.is(column.scalar.restore(whole), value)) return ROUNDED
  return Object.is(Math.fround(value), value) ? SINGLE : DOUBLE
}
