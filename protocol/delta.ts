// What turns one snapshot into another. Law: reading delta(b, s) onto b gives s, for every b, the empty one among
// them; so a full snapshot is a delta from the empty one, and there is no second path.
//
// Per kind that differs: its index + 1, the rows that went, the rows that came, the cells that changed. A 0 ends it.

import type { Reader, Writer } from './bytes.ts'
import { Course } from './course.ts'
import { badMessage } from './errors.ts'
import type { Game } from './game.ts'
import type { BoxColumn, IntColumn, Layout } from './layout.ts'
import { MAX_SLOT } from './limits.ts'
import type { Wire } from './msgpack.ts'
import { readBox, readInt, writeBox, writeInt } from './rows.ts'
import { type Baseline, generationOf, makeId, type Snapshot, slotOf, type Table } from './snapshot.ts'

/** Writes the columns that everyone sees. */
export function writeDelta(writer: Writer, game: Game, baseline: Baseline, snapshot: Snapshot): void {
  game.kinds.forEach((layout, kind) => {
    course.follow(layout, kind, baseline, snapshot.tick)
    const change = { layout, before: course.before, after: snapshot.tables[kind] as Table }
    match(change)
    findChanged(change)
    if (gone.length + came.length + changed.length === 0) return
    writer.varint(kind + 1)
    writeGone(writer, change)
    writeCame(writer, change)
    writeChanged(writer, change)
  })
  writer.varint(0)
}

/** The rows of one kind, then and now. */
interface Change {
  readonly layout: Layout
  readonly before: Table
  readonly after: Table
}

/** Reads what `writeDelta` wrote into `into`. Throws ProtocolError for a delta that does not fit its base. */
export function readDelta(reader: Reader, game: Game, baseline: Baseline, into: Snapshot): void {
  let kind = 0
  for (;;) {
    const next = reader.count(game.kinds.length, 'a kind')
    const until = next === 0 ? game.kinds.length : next - 1
    if (until < kind) throw badMessage(`kind ${until} comes after kind ${kind - 1}`)
    for (; kind < until; kind++) {
      const layout = game.kinds[kind] as Layout
      course.follow(layout, kind, baseline, into.tick)
      goOn(layout, into.tables[kind] as Table)
    }
    if (next === 0) return
    const layout = game.kinds[kind] as Layout
    course.follow(layout, kind, baseline, into.tick)
    readKind(reader, layout, into.tables[kind] as Table)
    kind++
  }
}

const course = new Course()

// Scratch lists, reused by each call: rows of the base that went, rows of the snapshot that came, and, for the rows
// that both have, their places in the base and in the snapshot. `changed` indexes the latter.
const gone: number[] = []
const came: number[] = []
const keptBefore: number[] = []
const keptAfter: number[] = []
const changed: number[] = []

function match({ before, after }: Change): void {
  gone.length = came.length = keptBefore.length = keptAfter.length = 0
  let old = 0
  let now = 0
  while (old < before.count || now < after.count) {
    const oldId = old < before.count ? (before.ids[old] as number) : Number.POSITIVE_INFINITY
    const nowId = now < after.count ? (after.ids[now] as number) : Number.POSITIVE_INFINITY
    const oldSlot = old < before.count ? slotOf(oldId) : Number.POSITIVE_INFINITY
    const nowSlot = now < after.count ? slotOf(nowId) : Number.POSITIVE_INFINITY
    if (oldId === nowId) {
      keptBefore.push(old++)
      keptAfter.push(now++)
    } else {
      if (oldSlot <= nowSlot) gone.push(old++)
      if (nowSlot <= oldSlot) came.push(now++)
    }
  }
}

// The moving columns of whole numbers as they are expected, in the order of `layout.moving.ints`.
const expected: Int32Array[] = []

function findChanged(change: Change): void {
  const { ints } = change.layout.moving
  changed.length = 0
  for (let index = 0; index < ints.length; index++) expected[index] = course.column(ints[index] as number)
  for (let kept = 0; kept < keptBefore.length; kept++) {
    if (differs(change, kept)) changed.push(kept)
  }
}

function differs({ layout, before, after }: Change, kept: number): boolean {
  const old = keptBefore[kept] as number
  const now = keptAfter[kept] as number
  const { ints, boxes } = layout.moving
  for (let index = 0; index < ints.length; index++) {
    const column = ints[index] as number
    if ((expected[index] as Int32Array)[old] !== (after.ints[column] as Int32Array)[now]) return true
  }
  for (let index = 0; index < boxes.length; index++) {
    const column = boxes[index] as number
    if ((before.boxes[column] as Wire[])[old] !== (after.boxes[column] as Wire[])[now]) return true
  }
  return false
}

function writeGone(writer: Writer, { before }: Change): void {
  writer.varint(gone.length)
  let last = 0
  for (const row of gone) {
    const slot = slotOf(before.ids[row] as number)
    writer.varint(slot - last)
    last = slot
  }
}

// Rows that came hold whole columns, so that each cell is written against zero.
function writeCame(writer: Writer, { layout, after }: Change): void {
  writer.varint(came.length)
  let last = 0
  for (const row of came) {
    const id = after.ids[row] as number
    writer.varint(slotOf(id) - last)
    writer.u8(generationOf(id))
    last = slotOf(id)
  }
  for (const column of layout.shared.ints) {
    const { scalar } = layout.ints[column] as IntColumn
    const cells = after.ints[column] as Int32Array
    for (const row of came) writeInt(writer, scalar, cells[row] as number, 0)
  }
  for (const column of layout.shared.boxes) {
    const cells = after.boxes[column] as Wire[]
    for (const row of came) writeBox(writer, cells[row])
  }
}

function writeChanged(writer: Writer, change: Change): void {
  writer.varint(changed.length)
  if (changed.length === 0) return
  const rows = writer.blank((keptBefore.length + 7) >> 3)
  for (const kept of changed) writer.setBit(rows, kept)
  const { ints, boxes } = change.layout.moving
  const columns = writer.blank((ints.length + boxes.length + 7) >> 3)
  ints.forEach((_, index) => {
    if (writeIntColumn(writer, change, index)) writer.setBit(columns, index)
  })
  boxes.forEach((column, index) => {
    if (writeBoxColumn(writer, change, column)) writer.setBit(columns, ints.length + index)
  })
}

/** A bit for each changed row, then the cells of those that have it. Writes nothing and returns false if none has. */
function writeIntColumn(writer: Writer, { layout, after }: Change, moving: number): boolean {
  const column = layout.moving.ints[moving] as number
  const { scalar } = layout.ints[column] as IntColumn
  const was = expected[moving] as Int32Array
  const is = after.ints[column] as Int32Array
  const start = writer.length
  const bits = writer.blank((changed.length + 7) >> 3)
  let some = false
  for (let index = 0; index < changed.length; index++) {
    const kept = changed[index] as number
    const old = was[keptBefore[kept] as number] as number
    const now = is[keptAfter[kept] as number] as number
    if (old === now) continue
    some = true
    writer.setBit(bits, index)
    writeInt(writer, scalar, now, old)
  }
  if (!some) writer.reset(start)
  return some
}

function writeBoxColumn(writer: Writer, { before, after }: Change, column: number): boolean {
  const was = before.boxes[column] as Wire[]
  const is = after.boxes[column] as Wire[]
  const start = writer.length
  const bits = writer.blank((changed.length + 7) >> 3)
  let some = false
  for (let index = 0; index < changed.length; index++) {
    const kept = changed[index] as number
    const now = is[keptAfter[kept] as number]
    if (was[keptBefore[kept] as number] === now) continue
    some = true
    writer.setBit(bits, index)
    writeBox(writer, now)
  }
  if (!some) writer.reset(start)
  return some
}

function readKind(reader: Reader, layout: Layout, into: Table): void {
  readGone(reader, course.before)
  readCame(reader)
  mergeRows(course.before, into)
  goOnKept(layout, into)
  for (const column of layout.shared.ints) {
    const { scalar } = layout.ints[column] as IntColumn
    const cells = into.ints[column] as Int32Array
    for (const row of came) cells[row] = readInt(reader, scalar, 0)
  }
  for (const column of layout.shared.boxes) {
    const cells = into.boxes[column] as Wire[]
    for (const row of came) cells[row] = readBox(reader, layout.boxes[column] as BoxColumn)
  }
  readChanged(reader, layout, into)
}

function readGone(reader: Reader, base: Table): void {
  gone.length = 0
  const count = reader.count(base.count, 'the number of rows that went')
  let slot = 0
  for (let index = 0; index < count; index++) {
    slot = nextSlot(reader, slot)
    const row = base.firstFrom(slot)
    if (row >= base.count || slotOf(base.ids[row] as number) !== slot) {
      throw badMessage(`slot ${slot} cannot go: nothing is there`)
    }
    gone.push(row)
  }
}

const cameIds: number[] = []

function readCame(reader: Reader): void {
  cameIds.length = 0
  const count = reader.count(Math.min(MAX_SLOT, reader.end - reader.at), 'the number of rows that came')
  let slot = 0
  for (let index = 0; index < count; index++) {
    slot = nextSlot(reader, slot)
    cameIds.push(makeId(slot, reader.u8()))
  }
}

function nextSlot(reader: Reader, last: number): number {
  const gap = reader.count(MAX_SLOT - last, 'a slot')
  if (gap === 0) throw badMessage(`slot ${last} comes twice`)
  return last + gap
}

/** Lays out the rows of `into`: those of the base that stay, with their cells, and places for those that came. */
function mergeRows(base: Table, into: Table): void {
  into.resize(base.count - gone.length + cameIds.length)
  came.length = keptBefore.length = keptAfter.length = 0
  let old = 0
  let nextGone = 0
  let nextCame = 0
  for (let row = 0; row < into.count; row++) {
    while (gone[nextGone] === old) {
      nextGone++
      old++
    }
    const oldId = old < base.count ? (base.ids[old] as number) : Number.POSITIVE_INFINITY
    const cameId = cameIds[nextCame] ?? Number.POSITIVE_INFINITY
    const isOld = cameId === Number.POSITIVE_INFINITY || (old < base.count && slotOf(oldId) < slotOf(cameId))
    if (isOld) {
      keptBefore.push(old)
      keptAfter.push(row)
      into.copyRow(base, old++, row)
    } else {
      if (old < base.count && slotOf(oldId) === slotOf(cameId)) throw badMessage(`slot ${slotOf(cameId)} is taken`)
      came.push(row)
      into.startRow(row, cameId)
      nextCame++
    }
  }
}

/** A kind that is not mentioned came as expected. */
function goOn(layout: Layout, into: Table): void {
  const { before } = course
  into.copy(before)
  for (const column of layout.moving.ints) {
    const values = course.column(column)
    if (values !== before.ints[column]) into.ints[column]?.set(values.subarray(0, before.count))
  }
}

function goOnKept(layout: Layout, into: Table): void {
  for (const column of layout.moving.ints) {
    const values = course.column(column)
    if (values === course.before.ints[column]) continue
    const cells = into.ints[column] as Int32Array
    for (let kept = 0; kept < keptAfter.length; kept++) {
      cells[keptAfter[kept] as number] = values[keptBefore[kept] as number] as number
    }
  }
}

function readChanged(reader: Reader, layout: Layout, into: Table): void {
  const count = reader.count(keptAfter.length, 'the number of rows that changed')
  changed.length = 0
  if (count === 0) return
  const rows = reader.skip((keptAfter.length + 7) >> 3)
  for (let kept = 0; kept < keptAfter.length; kept++)
    if (reader.bit(rows, kept)) changed.push(keptAfter[kept] as number)
  if (changed.length !== count) throw badMessage(`${count} rows should have changed, got ${changed.length}`)
  const { ints, boxes } = layout.moving
  const columns = reader.skip((ints.length + boxes.length + 7) >> 3)
  ints.forEach((column, index) => {
    if (reader.bit(columns, index)) readIntColumn(reader, layout, column, into)
  })
  boxes.forEach((column, index) => {
    if (reader.bit(columns, ints.length + index)) readBoxColumn(reader, layout, column, into)
  })
}

function readIntColumn(reader: Reader, layout: Layout, column: number, into: Table): void {
  const { scalar } = layout.ints[column] as IntColumn
  const cells = into.ints[column] as Int32Array
  const bits = reader.skip((changed.length + 7) >> 3)
  for (let index = 0; index < changed.length; index++) {
    const row = changed[index] as number
    if (reader.bit(bits, index)) cells[row] = readInt(reader, scalar, cells[row] as number)
  }
}

function readBoxColumn(reader: Reader, layout: Layout, column: number, into: Table): void {
  const cells = into.boxes[column] as Wire[]
  const bits = reader.skip((changed.length + 7) >> 3)
  for (let index = 0; index < changed.length; index++) {
    if (!reader.bit(bits, index)) continue
    cells[changed[index] as number] = readBox(reader, layout.boxes[column] as BoxColumn)
  }
}
