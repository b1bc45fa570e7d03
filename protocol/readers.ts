// The live values of a column, read and rounded for all rows at once.

import type { IntColumn } from './layout.ts'
import { RowList } from './row-list.ts'

/** The rows whose values did not fit when a column was read last; their cells are 0. */
export const misfits = new RowList()
/** By row, the values before they were rounded, where they are wanted; NaN for what is no number. */
export let numbers = new Float64Array(0)

/** To be called before a column of as many rows is read. */
export function startReading(rows: number, keepsNumbers: boolean): void {
  misfits.clear(rows)
  if (keepsNumbers && rows > numbers.length) numbers = new Float64Array(rows * 2)
}

/** Notes a row's value among `numbers`. */
export function keepNumber(value: unknown, row: number): void {
  numbers[row] = typeof value === 'number' ? value : Number.NaN
}

/** A game's own object. */
export type LiveValues = Readonly<Record<string, unknown>>

type Round = (value: unknown, row: number) => number
type Loop = (objects: readonly LiveValues[], name: string, round: Round, cells: Int32Array) => void

/** How one column is read. */
export class ColumnReader {
  /** The cell for the value of a row. A value that does not fit is noted among the misfits, and its cell is 0. */
  readonly round: Round
  readonly #roundAndKeep: Round
  readonly #name: string
  // One loop for each of the two rounding functions: a loop that meets both is as slow as one that meets all columns.
  #loop: Loop | undefined
  #keepingLoop: Loop | undefined

  constructor({ name, scalar }: IntColumn) {
    const { least, most, measure } = scalar
    const beyond = most + 1
    const round: Round = (value, row) => {
      const place = measure(value)
      // The unrounded number is compared, so that the processor need not wait for the rounding.
      if (place >= least && place < beyond) return Math.floor(place)
      misfits.push(row)
      return 0
    }
    this.round = round
    this.#roundAndKeep = (value, row) => {
      keepNumber(value, row)
      return round(value, row)
    }
    this.#name = name
  }

  /** Reads the values of all objects to `cells`, and if they are wanted, their numbers as they are to `numbers`. */
  read(objects: readonly LiveValues[], cells: Int32Array, keepsNumbers: boolean): void {
    if (objects.length === 0) return
    if (keepsNumbers) {
      this.#keepingLoop ??= nextLoop()
      this.#keepingLoop(objects, this.#name, this.#roundAndKeep, cells)
    } else {
      this.#loop ??= nextLoop()
      this.#loop(objects, this.#name, this.round, cells)
    }
  }
}

let given = 0

function nextLoop(): Loop {
  return LOOPS[given++ % LOOPS.length] as Loop
}

const readers = new WeakMap<IntColumn, ColumnReader>()

/**
 * A column's reader, each time the same. It takes a loop of its own, while there are any, when its first row is read.
 */
export function readerOf(column: IntColumn): ColumnReader {
  const found = readers.get(column) ?? new ColumnReader(column)
  readers.set(column, found)
  return found
}

// One loop, many times: inline caches are per call site. V8 learns at each place in the source which name is read, from
// objects of which shape, and which function rounds it. A place that meets one column alone is compiled to a load and a
// few instructions; at one that meets them all a capture takes 4.7 times as long, and leaves two boxed numbers behind
// for each cell. Columns beyond these share.
const LOOPS: readonly Loop[] = [
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
  (objects, name, round, cells) => {
    for (let row = 0; row < objects.length; row++) cells[row] = round(objects[row]![name], row)
  },
]
