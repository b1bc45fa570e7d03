// What is expected of a kind's rows at a later tick, on both ends alike: steady columns go on as they went, everything
// else stays. A delta then says only what came differently, so that what moves straight costs nothing but its bit.

import type { IntColumn, Layout } from './layout.ts'
import type { Baseline, Table } from './snapshot.ts'

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
  /** Of each row, its place in the two snapshots before the base, or -1. */
  readonly #lastRows: number[] = []
  readonly #firstRows: number[] = []
  readonly #expected: Int32Array[] = []

  /** Turns to a kind of `baseline`, which `tick` follows. What was expected of another one is lost. */
  follow(layout: Layout, kind: number, { base, earlier }: Baseline, tick: number): void {
    this.#layout = layout
    this.before = base.tables[kind] as Table
    this.#last = earlier && (earlier[0].tables[kind] as Table)
    this.#first = earlier && (earlier[1].tables[kind] as Table)
    if (earlier === null) return
    this.#ticks = tick - base.tick
    this.#lastTicks = base.tick - earlier[0].tick
    this.#firstTicks = earlier[0].tick - earlier[1].tick
    this.#findRows()
  }

  /** A column of whole numbers as expected, by the rows of the base. Valid until the course turns to another kind. */
  column(index: number): Int32Array {
    const { scalar, isSteady } = this.#layout.ints[index] as IntColumn
    const values = this.before.ints[index] as Int32Array
    if (!isSteady || this.#last === null || this.#first === null) return values
    const last = this.#last.ints[index] as Int32Array
    const first = this.#first.ints[index] as Int32Array
    const expected = this.#scratch(index)
    for (let row = 0; row < this.before.count; row++) {
      const now = values[row] as number
      const lastRow = this.#lastRows[row] as number
      const firstRow = this.#firstRows[row] as number
      expected[row] =
        lastRow < 0 || firstRow < 0 ? now : this.#goOn(scalar, now, last[lastRow] as number, first[firstRow] as number)
    }
    return expected
  }

  // Linear prediction with a guard: where going on was worse than standing still the last time, the value stays.
  #goOn(scalar: IntColumn['scalar'], now: number, last: number, first: number): number {
    const moved = difference(scalar, now, last)
    if (moved === 0) return now
    const before = scaled(difference(scalar, last, first), this.#lastTicks, this.#firstTicks)
    if (Math.abs(moved - before) >= Math.abs(moved)) return now
    const next = now + scaled(moved, this.#ticks, this.#lastTicks)
    if (scalar.coding === 'circle') return next & scalar.most
    return Math.min(Math.max(next, scalar.least), scalar.most)
  }

  #findRows(): void {
    const { ids, count } = this.before
    for (let row = 0; row < count; row++) {
      this.#lastRows[row] = (this.#last as Table).near(ids[row] as number, row)
      this.#firstRows[row] = (this.#first as Table).near(ids[row] as number, row)
    }
  }

  #scratch(index: number): Int32Array {
    const found = this.#expected[index]
    if (found && found.length >= this.before.count) return found
    const fresh = new Int32Array(this.before.count * 2)
    this.#expected[index] = fresh
    return fresh
  }
}

/** From one value to another; on a circle the shorter way round. */
function difference({ coding, most }: IntColumn['scalar'], to: number, from: number): number {
  if (coding !== 'circle') return to - from
  const wrapped = (to - from) & most
  return wrapped <= most / 2 ? wrapped : wrapped - most - 1
}

/** A movement over some ticks, for another number of ticks; halves are rounded up. */
function scaled(moved: number, ticks: number, perTicks: number): number {
  return ticks === perTicks ? moved : Math.floor((moved * ticks) / perTicks + 0.5)
}
