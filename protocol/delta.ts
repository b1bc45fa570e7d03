// What turns one snapshot into another. Law: reading delta(b, s) onto b gives s, for every b, the empty one among
// them; so a full snapshot is a delta from the empty one, and there is no second path.
//
// Per kind that differs: its index + 1, the rows that went, the rows that came, the cells that changed. A 0 ends it.

import type { Reader, Writer } from './bytes.ts'
import { Changes } from './changes.ts'
import { Course } from './course.ts'
import { badMessage } from './errors.ts'
import type { Game } from './game.ts'
import type { BoxColumn, IntColumn, Layout } from './layout.ts'
import { MAX_SLOT } from './limits.ts'
import { compareRows, Matching, mergeRows, rowIn } from './matching.ts'
import type { Wire } from './msgpack.ts'
import { RowList } from './row-list.ts'
import { fits, readBox, readCells, readPattern, wrapOf, writeCells } from './rows.ts'
import {
  type Baseline,
  copyNumbers,
  ENTERED,
  generationOf,
  makeId,
  type Snapshot,
  slotOf,
  type Table,
} from './snapshot.ts'

// Scratch, reused by every call.
const course = new Course()
const matching = new Matching()
// A page writes no delta, and need not load this.
const changes = /* @__PURE__ */ new Changes(course, matching)
/** For the reader: the rows with a cell that is not as expected. */
const changed = new RowList()
const cameIds = new RowList()
/** Of each of them, ENTERED or 0. */
const cameMarks = new RowList()

/** What the delta of one kind is written from. */
interface KindDelta {
  readonly before: Table
  readonly after: Table
  readonly matching: Matching
  readonly changes: Changes
  /** The base is the empty state. */
  readonly isWhole: boolean
  /** For a view: the kind as the whole room has it now, and as it had it at the base, as far as that is still known. */
  readonly now: Table | undefined
  readonly earlier: Table | undefined
}

/** Writes the columns that everyone sees. */
export function writeDelta(writer: Writer, { kinds }: Game, baseline: Baseline, snapshot: Snapshot): void {
  const step = { from: baseline, to: snapshot }
  for (let kind = 0; kind < kinds.length; kind++) writeStep(writer, kind, kinds[kind]!, step)
  writer.varint(0)
}

/** From one state to another. */
export interface Step {
  readonly from: Baseline
  readonly to: Snapshot
}

/** Writes the part of a step that is about one kind: nothing, if the kind is as expected. */
export function writeStep(writer: Writer, kind: number, layout: Layout, { from, to }: Step): void {
  const after = to.tables[kind]!
  course.follow(layout, kind, from, to.tick)
  const { before } = course
  compareRows(before, after, matching)
  changes.find(layout, after)
  const now = from.around?.now.tables[kind]
  const earlier = from.around?.before?.tables[kind] ?? now
  writeKind(writer, kind, layout, { before, after, matching, changes, isWhole: from.base.tick === 0, now, earlier })
}

/** Reads into `into` what `writeDelta` wrote. Throws ProtocolError for a delta that does not fit its base. */
export function readDelta(reader: Reader, game: Game, baseline: Baseline, into: Snapshot): void {
  const { kinds } = game
  // The next kind that is told of, as its index + 1.
  let next = reader.count(kinds.length)
  for (let kind = 0; kind < kinds.length; kind++) {
    const layout = kinds[kind]!
    const table = into.tables[kind]!
    course.follow(layout, kind, baseline, into.tick)
    matching.gone.clear(0)
    cameIds.clear(0)
    table.left.length = 0
    if (next !== kind + 1) moveOn(layout, table)
    else {
      readKind(reader, layout, table)
      next = reader.count(kinds.length)
      if (next > 0 && next <= kind + 1) throw badMessage('bad kind')
    }
  }
}

export function writeKind(writer: Writer, kind: number, layout: Layout, delta: KindDelta): void {
  const { matching, changes } = delta
  if (matching.gone.length + matching.came.length + changes.length === 0) return
  writer.varint(kind + 1)
  writeGone(writer, delta)
  writeCame(writer, layout, delta)
  changes.write(writer, layout, delta.before, delta.after)
}

function writeGone(writer: Writer, { matching, before, now }: KindDelta): void {
  const { gone } = matching
  writer.varint(gone.length)
  let last = 0
  for (let index = 0; index < gone.length; index++) {
    const id = before.ids[gone.at(index)]!
    writeSlot(writer, slotOf(id) - last, has(now, id))
    last = slotOf(id)
  }
}

/**
 * Writes a slot as its distance from the one before, doubled, plus a bit. Of a row that went the bit says that it only
 * left the view; of one that came, that it only entered it.
 */
function writeSlot(writer: Writer, gap: number, bit: boolean): void {
  writer.varint(gap * 2 + (bit ? 1 : 0))
}

function has(table: Table | undefined, id: number): boolean {
  return table !== undefined && table.indexOf(id) >= 0
}

function writeCame(writer: Writer, layout: Layout, { matching, after, isWhole, earlier }: KindDelta): void {
  const { came } = matching
  writer.varint(came.length)
  if (came.length === 0) return
  let last = 0
  for (let index = 0; index < came.length; index++) {
    const id = after.ids[came.at(index)]!
    writeSlot(writer, slotOf(id) - last, isWhole || has(earlier, id))
    writer.u8(generationOf(id))
    last = slotOf(id)
  }
  writeCells(writer, { layout, table: after, rows: came }, layout.shared)
}

function readKind(reader: Reader, layout: Layout, into: Table): void {
  readGone(reader, course.before, into.left)
  readCame(reader)
  moveOn(layout, into)
  readCells(reader, { layout, table: into, rows: matching.came }, layout.shared)
  readChanged(reader, layout, into)
}

/** Fills `into` with what is expected: the rows that stay, moved on, and blank rows for those that came. */
function moveOn(layout: Layout, into: Table): void {
  mergeRows(course.before, cameIds, into, matching)
  into.copyRows(course.before, matching)
  into.startRows(matching.came, cameMarks)
  for (const column of layout.moving.ints) {
    if (!course.movesOn(column)) continue
    const cells = into.ints[column]!
    if (matching.old === matching.now) course.moveOn(column, cells)
    else copyNumbers(course.column(column), cells, matching)
  }
}

function readGone(reader: Reader, base: Table, left: number[]): void {
  const count = reader.count(base.count)
  matching.gone.clear(count)
  let slot = 0
  for (let index = 0; index < count; index++) {
    const marked = nextSlot(reader, slot)
    slot = marked >> 1
    const row = rowIn(base, slot)
    matching.gone.push(row)
    if (marked & 1) left.push(base.ids[row]!)
  }
}

function readCame(reader: Reader): void {
  const count = reader.count(Math.min(MAX_SLOT, reader.end - reader.at))
  cameIds.clear(count)
  cameMarks.clear(count)
  let slot = 0
  for (let index = 0; index < count; index++) {
    const marked = nextSlot(reader, slot)
    slot = marked >> 1
    cameMarks.push(marked & 1 && ENTERED)
    cameIds.push(makeId(slot, reader.u8()))
  }
}

/** The next slot, doubled, plus the bit that came with it. */
function nextSlot(reader: Reader, last: number): number {
  const marked = last * 2 + reader.varint()
  if (marked < last * 2 + 2 || marked > MAX_SLOT * 2 + 1) throw badMessage('bad slot')
  return marked
}

function readChanged(reader: Reader, layout: Layout, into: Table): void {
  const count = reader.count(matching.kept)
  if (count === 0) return
  const found = readChangedRows(reader)
  if (found !== count) throw badMessage('bad count')
  const { ints, boxes } = layout.moving
  const columns = reader.skip((ints.length + boxes.length + 7) >> 3)
  for (let index = 0; index < ints.length; index++) {
    const column = ints[index]!
    if (reader.bit(columns, index)) readInts(reader, layout.ints[column]!, into.ints[column]!)
  }
  for (let index = 0; index < boxes.length; index++) {
    const column = boxes[index]!
    if (reader.bit(columns, ints.length + index)) readBoxes(reader, layout.boxes[column]!, into.boxes[column]!)
  }
}

// Each row is written down and counts only if its bit is set: a branch would be predicted wrong half of the time.
function readChangedRows(reader: Reader): number {
  const { kept, now } = matching
  const bits = reader.skip((kept + 7) >> 3)
  const { bytes } = reader
  changed.clear(kept)
  const into = changed.rows
  let count = 0
  for (let place = 0; place < kept; place++) {
    into[count] = now[place]!
    count += (bytes[bits + (place >> 3)]! >> (place & 7)) & 1
  }
  changed.length = count
  return count
}

function readInts(reader: Reader, { scalar }: IntColumn, cells: Int32Array): void {
  const bits = reader.skip((changed.length + 7) >> 3)
  const isPattern = scalar.coding === 'pattern'
  const wrap = wrapOf(scalar)
  for (let index = 0; index < changed.length; index++) {
    if (!reader.bit(bits, index)) continue
    const row = changed.at(index)
    const value = isPattern ? readPattern(reader, scalar) : (cells[row]! + reader.zigzag()) & wrap
    if (!isPattern && !fits(scalar, value)) throw badMessage('out of range')
    cells[row] = value
  }
}

function readBoxes(reader: Reader, column: BoxColumn, cells: Wire[]): void {
  const bits = reader.skip((changed.length + 7) >> 3)
  for (let index = 0; index < changed.length; index++) {
    if (reader.bit(bits, index)) cells[changed.at(index)] = readBox(reader, column)
  }
}
