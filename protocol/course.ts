// What is expected of a kind's rows at a later tick, on both ends alike: steady columns go on as they went, everything
// else stays. A delta then says only what came differently, so that what moves straight costs nothing but its bit.

import { type Layout, STEADY_RANGE } from './layout.ts'
import { shiftOf, wrapOf } from './rows.ts'
import type { Baseline, Table } from './snapshot.ts'

/** Movements that were scaled beyond this lead out of any steady range, and differ from any real movement. */
const FAR = STEADY_RANGE * 2

/** The rows of one kind in a baseline, and where they are heading. */
export class Course {
  before!: Table
  #layout!: Layout
  #last: Table | null = null
  #first: Table | null = null
  // How many times the last movement the next one is, and the last one the movement before it, as fractions.
  #ticks = 0
  #lastTicks = 0
  #firstTicks = 0
  readonly #columns: Int32Array[] = []

  /** Turns to a kind of `baseline`, which `tick` follows. What was expected of another one is lost. */
  follow(layout: Layout, kind: number, { base, earlier }: Baseline, tick: number): void {
    this.#layout = layout
    this.before = base.tables[kind]!
    this.#last = earlier && earlier[0].tables[kind]!
    this.#first = earlier && earlier[1].tables[kind]!
    if (earlier === null) return
    this.#ticks = tick - base.tick
    this.#lastTicks = base.tick - earlier[0].tick
    this.#firstTicks = earlier[0].tick - earlier[1].tick
  }

  /** Whether a column of whole numbers may be expected to differ from that of the base. */
  movesOn(index: number): boolean {
    return this.#last !== null && this.#layout.ints[index]!.isSteady
  }

  /** A column of whole numbers as expected, by the rows of the base. Valid until the course turns to another kind. */
  column(index: number): Int32Array {
    if (!this.movesOn(index)) return this.before.ints[index]!
    const expected = this.#scratch(index + 2)
    this.moveOn(index, expected)
    return expected
  }

  /**
   * Fills in a column that moves on: linear prediction with a guard. Where going on was no better than standing still
   * the last time, the value stays.
   */
  moveOn(index: number, expected: Int32Array): void {
    const { scalar } = this.#layout.ints[index]!
    const least = scalar.least | 0
    const most = scalar.most | 0
    const wrap = wrapOf(scalar)
    const shift = shiftOf(scalar)
    const values = this.before.ints[index]!
    const last = this.#align(this.#last!, index, values)
    const first = this.#align(this.#first!, index, last)
    const ticks = this.#ticks
    const lastTicks = this.#lastTicks
    const firstTicks = this.#firstTicks
    const { count } = this.before
    if (ticks === lastTicks && ticks === firstTicks) {
      for (let row = 0; row < count; row++) {
        const now = values[row]!
        const was = last[row]!
        const moved = ((now - was) << shift) >> shift
        const before = ((was - first[row]!) << shift) >> shift
        const next = now + goesOn(moved, before, moved)
        expected[row] = Math.min(Math.max(next & wrap, least), most)
      }
      return
    }
    for (let row = 0; row < count; row++) {
      const now = values[row]!
      const was = last[row]!
      const moved = ((now - was) << shift) >> shift
      const before = ((was - first[row]!) << shift) >> shift
      const next = now + goesOn(moved, scaled(before, lastTicks, firstTicks), scaled(moved, ticks, lastTicks))
      expected[row] = Math.min(Math.max(next & wrap, least), most)
    }
  }

  /** A column of an earlier table by the rows of the base: one that was not there yet is as it was `later`. */
  #align(table: Table, index: number, later: Int32Array): Int32Array {
    const cells = table.ints[index]!
    const { ids, count, lineup, ints } = this.before
    if (table.lineup === lineup) return cells
    const aligned = this.#scratch(later === ints[index] ? 0 : 1)
    // Rows are in one order in both: where one is, the next one follows.
    let found = -1
    for (let row = 0; row < count; row++) {
      found = table.near(ids[row]!, found + 1)
      aligned[row] = found < 0 ? later[row]! : cells[found]!
    }
    return aligned
  }

  #scratch(index: number): Int32Array {
    const { count } = this.before
    let found = this.#columns[index]
    if (!found || found.length < count) found = this.#columns[index] = new Int32Array(count * 2)
    return found
  }
}

// All ones where going on would have been better, else 0: a branch would often be guessed wrong.
function goesOn(moved: number, before: number, next: number): number {
  return next & ((Math.abs(moved - before) - Math.abs(moved)) >> 31)
}

/** A movement over some ticks, for another number of ticks; halves are rounded up. */
function scaled(moved: number, ticks: number, perTicks: number): number {
  if (ticks === perTicks) return moved
  return Math.min(Math.max(Math.floor((moved * ticks) / perTicks + 0.5), -FAR), FAR)
}
