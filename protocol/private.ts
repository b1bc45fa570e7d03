// What one client alone is told beside the delta: fields for the owner's eyes, fields revealed to it, and the exact
// values of its own entities that it moves by itself. Values are absolute, so they depend on no baseline; an entity
// that is not mentioned is as it was.
//
// Entries of (kind + 1, slot, parts, the parts' cells); a 0 ends them.

import { bitsToFloat, floatBits, type Reader, type Writer, writeDouble } from './bytes.ts'
import type { Capture } from './capture.ts'
import { badMessage } from './errors.ts'
import { type Game, PLAYER_KIND, ROOM_KIND } from './game.ts'
import type { ColumnSet, Layout } from './layout.ts'
import { MAX_SLOT } from './limits.ts'
import type { LiveRow, LiveRows } from './live.ts'
import { rowIn } from './matching.ts'
import { RowList } from './row-list.ts'
import { type Cells, readCells, writeCells } from './rows.ts'
import { KNOWS_HIDDEN, KNOWS_OWNER, type Snapshot, slotOf, type Table } from './snapshot.ts'

export interface Viewer {
  /** Its player id. */
  readonly player: number
  /** The kinds whose entities it moves by itself. */
  readonly predicts: ReadonlySet<number>
  /** What changed after this tick is told. */
  readonly since: number
  /** Of exact values what changed after this tick; 0 when the viewer just asked for them. */
  readonly exactSince: number
  /** What it sees, where that is not the whole room. */
  readonly part?: OwnView | null
}

/** What one client is sent of a state. */
export interface OwnView {
  /** By kind. */
  readonly tables: readonly Table[]
  /** The rows of a kind that it sees; null: all. */
  rowsOf(kind: number): RowList | null
  /** Whether it saw that entity at the base. */
  had(kind: number, id: number): boolean
}

/** A part that an entry may have, beside KNOWS_OWNER and KNOWS_HIDDEN: exact values. In `known` this bit is ENTERED. */
export const EXACT = 4

/** A room's state as it was captured last, and the live objects behind it by kind index. */
export interface Captured {
  readonly game: Game
  readonly capture: Capture
  readonly rows: readonly LiveRows[]
}

/** Writes what `viewer` alone is told of the snapshot that was captured last. */
export function writePrivate(writer: Writer, captured: Captured, viewer: Viewer): void {
  const { kinds } = captured.game
  for (let kind = 0; kind < kinds.length; kind++) {
    // The room itself is nobody's, whoever claims to move it.
    const isPredicted = kind !== ROOM_KIND && viewer.predicts.has(kind)
    if (isPrivate(kinds[kind]!) || isPredicted) writeKind(writer, kind, captured, viewer)
  }
  writer.varint(0)
}

function writeKind(writer: Writer, kind: number, { game, capture, rows }: Captured, viewer: Viewer): void {
  const layout = game.kinds[kind]!
  const table = (viewer.part ?? capture.ring.newest).tables[kind]!
  // Of a kind without private fields only the exact values of the viewer's own entities are told. The owners in the
  // snapshot tell which these are; the other live objects need not be looked at.
  const owners = isPrivate(layout) ? null : kind === PLAYER_KIND ? table.ids : table.ints[0]!
  const seen = viewer.part?.rowsOf(kind) ?? null
  const count = seen === null ? table.count : seen.length
  for (let index = 0; index < count; index++) {
    const row = seen === null ? index : seen.at(index)
    if (owners !== null && owners[row] !== viewer.player) continue
    const live = rows[kind]![slotOf(table.ids[row]!)]
    if (live && concerns(kind, live, viewer))
      writeEntry(writer, { kind, layout, table, row, rows: only(row), live, capture }, viewer)
  }
}

interface Entry extends Cells {
  readonly row: number
  readonly kind: number
  readonly live: LiveRow
  readonly capture: Capture
}

// Scratch, reused by every call.
const one = new RowList()

/** A list of that row alone. */
function only(row: number): RowList {
  one.clear(1)
  one.push(row)
  return one
}

function writeEntry(writer: Writer, entry: Entry, viewer: Viewer): void {
  const parts = partsFor(entry, viewer)
  if (parts === 0) return
  writer.varint(entry.kind + 1)
  writer.varint(slotOf(entry.live.id))
  writer.u8(parts)
  if (parts & KNOWS_OWNER) writeCells(writer, entry, entry.layout.owners)
  if (parts & KNOWS_HIDDEN) writeCells(writer, entry, entry.layout.hidden)
  if (parts & EXACT) writeExact(writer, entry)
}

/** Reads what `writePrivate` wrote into the snapshot; exact values go to `onExact`, by the layout's int columns. */
export function readPrivate(
  reader: Reader,
  game: Game,
  into: Snapshot,
  onExact: (kind: number, id: number, values: Float64Array) => void,
): void {
  for (;;) {
    const kind = reader.count(game.kinds.length) - 1
    if (kind < 0) return
    const layout = game.kinds[kind] as Layout
    const table = into.tables[kind] as Table
    const slot = reader.count(MAX_SLOT)
    const row = rowIn(table, slot)
    const parts = reader.u8()
    if (!parts || parts > 7) throw badMessage('bad parts')
    const cells = { layout, table, rows: only(row) }
    if (parts & KNOWS_OWNER) readCells(reader, cells, layout.owners)
    if (parts & KNOWS_HIDDEN) readCells(reader, cells, layout.hidden)
    table.known[row]! |= parts & (KNOWS_OWNER | KNOWS_HIDDEN)
    if (parts & EXACT) onExact(kind, table.ids[row] as number, readExact(reader, layout, table, row))
  }
}

function partsFor({ layout, kind, live, capture }: Entry, viewer: Viewer): number {
  const slot = slotOf(live.id)
  // What came into view is new to it, however long it has been there.
  const isNew = viewer.part && !viewer.part.had(kind, live.id)
  const isOwner = isOwnerOf(kind, live, viewer)
  let parts = 0
  if (isPrivate(layout) && capture.privateTick(kind, slot) > (isNew ? 0 : viewer.since)) {
    if (isOwner && !isEmpty(layout.owners)) parts |= KNOWS_OWNER
    if (isShownTo(live, viewer) && !isEmpty(layout.hidden)) parts |= KNOWS_HIDDEN
  }
  if (isOwner && viewer.predicts.has(kind) && capture.exactTick(kind, slot) > (isNew ? 0 : viewer.exactSince))
    parts |= EXACT
  return parts
}

/** Whether there may be anything to tell the viewer alone. */
function concerns(kind: number, live: LiveRow, viewer: Viewer): boolean {
  return isOwnerOf(kind, live, viewer) || isShownTo(live, viewer)
}

function isOwnerOf(kind: number, live: LiveRow, { player }: Viewer): boolean {
  return player === (kind === PLAYER_KIND ? live.id : live.owner)
}

function isShownTo({ shownTo }: LiveRow, { player }: Viewer): boolean {
  return shownTo !== null && (shownTo === 'all' || shownTo.has(player))
}

function isPrivate({ owners, hidden }: Layout): boolean {
  return !(isEmpty(owners) && isEmpty(hidden))
}

function isEmpty(columns: ColumnSet): boolean {
  return columns.ints.length + columns.boxes.length === 0
}

/**
 * Two bits a column, then the values that are not the rounded ones: the first bit says that it is told in single
 * precision, the second in double. Hidden columns are none of it.
 */
function writeExact(writer: Writer, { layout, table, row, kind, live, capture }: Entry): void {
  const codes = writer.blank((layout.ints.length + 3) >> 2)
  layout.ints.forEach((column, index) => {
    if (!column.isExact) return
    const value = capture.exact(kind, index, slotOf(live.id))
    if (Object.is(column.scalar.restore(table.ints[index]![row]!), value)) return
    const isSingle = Object.is(Math.fround(value), value)
    writer.setBit(codes, index * 2 + (isSingle ? 0 : 1))
    if (isSingle) writer.raw32(floatBits(value))
    else writeDouble(writer, value)
  })
}

function readExact(reader: Reader, layout: Layout, table: Table, row: number): Float64Array {
  const values = new Float64Array(layout.ints.length)
  const codes = reader.skip((layout.ints.length + 3) >> 2)
  layout.ints.forEach((column, index) => {
    if (!column.isExact) return
    let value = column.scalar.restore(table.ints[index]![row]!) as number
    if (reader.bit(codes, index * 2 + 1)) value = reader.f64()
    else if (reader.bit(codes, index * 2)) value = bitsToFloat(reader.raw32())
    if (!Number.isFinite(value)) throw badMessage('not finite')
    values[index] = value
  })
  return values
}
