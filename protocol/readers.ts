// The live values of a column, read and rounded for all rows at once.

import type { IntColumn } from './layout.ts'

/** A column as it was read: by row, the numbers as they are (NaN for what is none) and rounded (NaN: it does not fit). */
export class Reading {
  numbers = new Float64Array(0)
  wholes = new Float64Array(0)

  reserve(rows: number): void {
    if (rows <= this.numbers.length) return
    this.numbers = new Float64Array(rows * 2)
    this.wholes = new Float64Array(rows * 2)
  }

  /** Returns the value. */
  keep(row: number, value: unknown): unknown {
    this.numbers[row] = typeof value === 'number' ? value : Number.NaN
    return value
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

// One loop, many times. V8 learns at each place in the source which name is read, from which shape of object, and which
// function rounds it. A place that meets one column only is compiled to a load and a few instructions; one that meets
// them all, to two calls that box each number: FIGURES. Columns beyond these share.
const READERS: readonly ColumnReader[] = [
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
  (objects, { name, scalar }, into) => {
    for (let row = 0; row < objects.length; row++) into.wholes[row] = scalar.quantise(into.keep(row, objects[row]![name]))
  },
]
