// One object's fields as numbers and plain values: how inputs travel, and the cells that state frames are made of.

import { mixLinear } from './blend.ts'
import type { Reader, Writer } from './bytes.ts'
import { badMessage } from './errors.ts'
import type { Scalar } from './fields.ts'
import type { BoxColumn, ColumnSet, Layout } from './layout.ts'
import { TO_CLIENT } from './limits.ts'
import { unpack, type Wire } from './msgpack.ts'
import { pack } from './plain.ts'
import type { RowList } from './row-list.ts'
import { quantise } from './scalars.ts'
import type { Table } from './snapshot.ts'
import { naming } from './vocabulary.ts'

export interface Row {
  readonly ints: Int32Array
  readonly boxes: Wire[]
}

/** The row of an object that has not been touched yet. */
export function zeroRow(layout: Layout): Row {
  return packRow(layout, zeroValues(layout))
}

/** A fresh object whose fields are zero, empty or absent. */
export function zeroValues(layout: Layout): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const { name, scalar, zero } of layout.ints) values[name] = scalar.restore(quantise(scalar, zero))
  for (const { name, type } of layout.boxes) values[name] = type.zero()
  return values
}

/** Throws TypeError or RangeError, naming the field, for a value that does not fit. */
export function packRow(layout: Layout, values: Readonly<Record<string, unknown>>): Row {
  const ints = Int32Array.from(layout.ints, ({ name, scalar }) => {
    const whole = quantise(scalar, values[name])
    if (Number.isNaN(whole)) throw new RangeError(`${name} cannot be ${String(values[name])}`)
    return whole
  })
  const boxes = layout.boxes.map(({ name, type }) => naming(name, () => type.pack(values[name])))
  return { ints, boxes }
}

export function unpackRow(layout: Layout, row: Row): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  layout.ints.forEach(({ name, scalar }, index) => {
    values[name] = scalar.restore(row.ints[index] as number)
  })
  layout.boxes.forEach(({ name, type }, index) => {
    values[name] = type.unpack(row.boxes[index])
  })
  return values
}

/** What differs from `before`: a mask of columns, then their cells. */
export function writeRow(writer: Writer, layout: Layout, row: Row, before: Row): void {
  const { ints, boxes } = layout
  const mask = writer.blank((ints.length + boxes.length + 7) >> 3)
  ints.forEach((column, index) => {
    if (Object.is(row.ints[index], before.ints[index])) return
    writer.setBit(mask, index)
    writeInt(writer, column.scalar, row.ints[index] as number, before.ints[index] as number)
  })
  boxes.forEach((_, index) => {
    if (Object.is(row.boxes[index], before.boxes[index])) return
    writer.setBit(mask, ints.length + index)
    writeBox(writer, row.boxes[index])
  })
}

export function readRow(reader: Reader, layout: Layout, before: Row): Row {
  const { ints, boxes } = layout
  const row: Row = { ints: before.ints.slice(), boxes: before.boxes.slice() }
  const mask = reader.skip((ints.length + boxes.length + 7) >> 3)
  ints.forEach((column, index) => {
    if (reader.bit(mask, index)) row.ints[index] = readInt(reader, column.scalar, before.ints[index] as number)
  })
  boxes.forEach((column, index) => {
    if (reader.bit(mask, ints.length + index)) row.boxes[index] = readBox(reader, column)
  })
  return row
}

export const EXPONENT = 0x7f800000

// A cell is a number `least` to `most` after `& wrap`. Differences are of 32 bits less `shift`: shifted up and down
// again they go the shorter way round a circle.

/** The mask that wraps a sum: on a circle its number of steps less 1, otherwise -1, all 32 bits. */
export function wrapOf({ coding, most }: Scalar<unknown>): number {
  return coding === 'circle' ? most : -1
}

/** How many bits a circle does not use. */
export function shiftOf({ coding, most }: Scalar<unknown>): number {
  return coding === 'circle' ? Math.clz32(most) : 0
}

/** One cell of a column of whole numbers, as its change since `before`. */
export function writeInt(writer: Writer, scalar: Scalar<unknown>, value: number, before: number): void {
  const shift = shiftOf(scalar)
  if (scalar.coding === 'pattern') writer.raw32(value)
  else writer.zigzag(((value - before) << shift) >> shift)
}

export function readInt(reader: Reader, scalar: Scalar<unknown>, before: number): number {
  if (scalar.coding === 'pattern') return readPattern(reader, scalar)
  const value = (before + reader.zigzag()) & wrapOf(scalar)
  if (!fits(scalar, value)) throw badMessage('out of range')
  return value
}

/** 32 bits as they are. Throws ProtocolError for a single that is not finite. */
export function readPattern(reader: Reader, { mix }: Scalar<unknown>): number {
  const bits = reader.raw32()
  // In what is not finite all bits of the exponent are set.
  if (mix === mixLinear && (bits & EXPONENT) === EXPONENT) throw badMessage('not finite')
  return bits
}

/** Whether a cell is within its range. A range of all 32 bits cannot be left, and its upper half reads negative. */
export function fits({ least, most }: Scalar<unknown>, value: number): boolean {
  return (value >= least && value <= most) || most - least === 0xffffffff
}

/** Some rows of a table. */
export interface Cells {
  readonly layout: Layout
  readonly table: Pick<Table, 'ints' | 'boxes'>
  readonly rows: RowList
}

/** Whole cells, column by column, for a peer that has none of them yet: each is written against zero. */
export function writeCells(writer: Writer, { layout, table, rows }: Cells, columns: ColumnSet): void {
  for (const column of columns.ints) {
    const { scalar } = layout.ints[column]!
    const cells = table.ints[column]!
    for (let index = 0; index < rows.length; index++) writeInt(writer, scalar, cells[rows.at(index)]!, 0)
  }
  for (const column of columns.boxes) {
    const cells = table.boxes[column]!
    for (let index = 0; index < rows.length; index++) writeBox(writer, cells[rows.at(index)])
  }
}

export function readCells(reader: Reader, { layout, table, rows }: Cells, columns: ColumnSet): void {
  for (const column of columns.ints) {
    const { scalar } = layout.ints[column]!
    const cells = table.ints[column]!
    for (let index = 0; index < rows.length; index++) cells[rows.at(index)] = readInt(reader, scalar, 0)
  }
  for (const column of columns.boxes) {
    const cells = table.boxes[column]!
    for (let index = 0; index < rows.length; index++) cells[rows.at(index)] = readBox(reader, layout.boxes[column]!)
  }
}

export function writeBox(writer: Writer, wire: Wire): void {
  writer.region(pack(wire))
}

export function readBox(reader: Reader, column: BoxColumn): Wire {
  const wire = unpack(reader.region(), TO_CLIENT)
  // What the field refuses must not get any further.
  column.type.unpack(wire)
  return wire
}
