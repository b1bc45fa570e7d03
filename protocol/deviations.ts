// How far a room's state is from what is expected of it, found once for all clients that see a part of the room: what
// each of them is told is picked from it.

import { Course } from './course.ts'
import type { Layout } from './layout.ts'
import { compareRows, Matching } from './matching.ts'
import { shiftOf } from './rows.ts'
import type { Baseline, Snapshot, Table } from './snapshot.ts'

// Scratch, reused by every call.
const course = new Course()
const matching = new Matching()

/** How far the rows of one kind are from what is expected of them. */
export class Deviations {
  readonly kind: number
  readonly layout: Layout
  /** The base is the empty state. */
  isWhole = false
  before!: Table
  after!: Table
  /** By row of the state: its row in the base, or -1 for one that came. */
  baseRows = new Int32Array(0)
  /** By row: not 0 where any cell is not as expected. */
  changed = new Int32Array(0)
  /** Of each moving column of whole numbers, by row: how far the cell is from where it is expected. */
  readonly steps: Int32Array[]

  constructor(layout: Layout, kind: number) {
    this.layout = layout
    this.kind = kind
    this.steps = layout.moving.ints.map(() => this.changed)
  }

  fill(baseline: Baseline, { tick, tables }: Snapshot): void {
    course.follow(this.layout, this.kind, baseline, tick)
    this.isWhole = baseline.base.tick === 0
    this.before = course.before
    this.after = tables[this.kind]!
    compareRows(this.before, this.after, matching)
    this.#makeRoom(this.after.count)
    this.#takeRows()
    const { ints, moving } = this.layout
    for (let index = 0; index < moving.ints.length; index++) {
      const column = moving.ints[index]!
      this.#compare(this.steps[index]!, shiftOf(ints[column]!.scalar), course.column(column), this.after.ints[column]!)
    }
    for (const column of moving.boxes) this.#compareBoxes(column)
  }

  /** Whether a row that was there is not as it was in the base. */
  hasMoved(row: number): boolean {
    const { before, after } = this
    const { moving } = this.layout
    const old = this.baseRows[row]!
    return (
      moving.ints.some((column) => after.ints[column]![row] !== before.ints[column]![old]) ||
      moving.boxes.some((column) => !Object.is(after.boxes[column]![row], before.boxes[column]![old]))
    )
  }

  #makeRoom(count: number): void {
    if (count <= this.changed.length) return
    const capacity = count * 2
    this.baseRows = new Int32Array(capacity)
    this.changed = new Int32Array(capacity)
    for (let index = 0; index < this.steps.length; index++) this.steps[index] = new Int32Array(capacity)
  }

  #takeRows(): void {
    const { kept, old, now } = matching
    this.changed.fill(0, 0, this.after.count)
    this.baseRows.fill(-1, 0, this.after.count)
    for (let place = 0; place < kept; place++) this.baseRows[now[place]!] = old[place]!
  }

  #compare(steps: Int32Array, shift: number, expected: Int32Array, is: Int32Array): void {
    const { kept, old, now } = matching
    const { changed } = this
    for (let place = 0; place < kept; place++) {
      const row = now[place]!
      const step = ((is[row]! - expected[old[place]!]!) << shift) >> shift
      steps[row] = step
      changed[row] = changed[row]! | step
    }
  }

  #compareBoxes(column: number): void {
    const { kept, old, now } = matching
    const was = this.before.boxes[column]!
    const is = this.after.boxes[column]!
    for (let place = 0; place < kept; place++) {
      if (!Object.is(was[old[place]!], is[now[place]!])) this.changed[now[place]!] = 1
    }
  }
}
