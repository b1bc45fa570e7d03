// The live values of a column, read and rounded for all rows at once.

import type { IntColumn } from './layout.ts'
import { RowList } from './row-list.ts'

/** Where a column is read to. */
export class Reading {
  /** By row, as whole numbers; 0 for what does not fit, whose rows are in `misfits`. */
  cells: Int32Array = new Int32Array(0)
  readonly misfits = new RowList()
  /** Whether the numbers are wanted as they are, too: NaN for what is none. */
  keepsNumbers = false
  numbers = new Float64Array(0)

  /** Starts to read as many rows to `cells`. */
  open(rows: number, cells: Int32Array, keepsNumbers: boolean): void {
    this.cells = cells
    this.keepsNumbers = keepsNumbers
    this.misfits.clear(rows)
    if (keepsNumbers && rows > this.numbers.length) this.numbers = new Float64Array(rows * 2)
  }

  /** Returns the value. */
  keep(row: number, value: unknown): unknown {
    if (this.keepsNumbers) this.numbers[row] = typeof value === 'number' ? value : Number.NaN
    return value
  }

  put(row: number, whole: number): void {
    if (Number.isNaN(whole)) this.misfits.push(row)
    this.cells[row] = whole
  }
}

/** A game's own object. */
export type LiveValues = Readonly<Record<string, unknown>>

/** Reads a column of as many rows as there are objects. */
export type ColumnReader = (objects: readonly LiveValues[], column: IntColumn, into: Reading) => void

const readers = new WeakMap<IntColumn, ColumnReader>()
let given = 0

/** The reader that a column keeps: one of its own, as long as there are any. */
export function readerOf(column: IntColumn): ColumnReader {
  const found = readers.get(column) ?? (READERS[given++ % READERS.length] as ColumnReader)
  readers.set(column, found)
  return found
}

// One loop, many times. V8 learns at each place in the source which name is read, from objects of which shape, and which
// function rounds it. A place that meets one column alone is compiled to a load and a few instructions; at one that
// meets them all a capture takes 2.4 times as long, and leaves two boxed numbers behind for each cell. Columns beyond
// these share.
const READERS: readonly ColumnReader[] = [
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.put(row, scalar.quantise(into.keep(row, objects[row]![name])))
  },
]
