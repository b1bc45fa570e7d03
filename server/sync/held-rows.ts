// What becomes of rows that find no room in a frame: those that the client has go on as it expects by itself, and those that
// it has not come later.

import { Course } from '../../protocol/course.ts'
import type { Game } from '../../protocol/game.ts'
import type { Layout } from '../../protocol/layout.ts'
import { lineUp } from '../../protocol/matching.ts'
import { RowList } from '../../protocol/row-list.ts'
import type { Baseline, Snapshot, Table } from '../../protocol/snapshot.ts'
import type { Candidates } from './candidates.ts'
import { takeRows } from './tables.ts'

/**
 * The fate of a row is 0 if it is told, LATER if it came and is not told yet, and else, for one that is held, 1 more
 * than its place in the base.
 */
const LATER = -1

/** A state, what its delta is made from, and the rows that this could tell of. */
interface Frame {
  readonly view: Snapshot
  readonly baseline: Baseline
  readonly found: Candidates
}

export class HeldRows {
  readonly #game: Game
  readonly #course = new Course()
  /** By row of the kind at hand. */
  #fates = new Int32Array(0)
  readonly #stays = new RowList()

  constructor(game: Game) {
    this.#game = game
  }

  /** Makes `view` what the client will have when it is told those of `found` that are marked, in a delta from `baseline`. */
  takeOut(view: Snapshot, baseline: Baseline, found: Candidates): void {
    const frame = { view, baseline, found }
    let next = 0
    for (let kind = 0; kind < this.#game.kinds.length; kind++) next = this.#takeOutOf(kind, next, frame)
  }

  /** The same of one kind, whose rows were found from `first` on. Returns where the next kind's begin. */
  #takeOutOf(kind: number, first: number, { view, baseline, found }: Frame): number {
    const { count, kinds, rows, olds, isTold } = found
    const table = view.tables[kind]!
    if (table.count > this.#fates.length) this.#fates = new Int32Array(table.count * 2)
    this.#fates.fill(0, 0, table.count)
    let isWhole = true
    let next = first
    for (; next < count && kinds[next] === kind; next++) {
      if (isTold[next]) continue
      isWhole = false
      this.#fates[rows[next]!] = olds[next]! < 0 ? LATER : olds[next]! + 1
    }
    if (isWhole) return next
    const layout = this.#game.kinds[kind]!
    this.#course.follow(layout, kind, baseline, view.tick)
    this.#leaveOut(table)
    lineUp(table, this.#course.before)
    this.#hold(layout, table)
    return next
  }

  /** Rows that come later are not there yet. Those that stay keep their fates. */
  #leaveOut(table: Table): void {
    const stays = this.#stays
    const fates = this.#fates
    stays.clear(table.count)
    for (let row = 0; row < table.count; row++) {
      if (fates[row] === LATER) continue
      fates[stays.length] = fates[row]!
      stays.push(row)
    }
    if (stays.length < table.count) takeRows(table, stays, table)
  }

  /** Rows that are held are as the client expects them; what it alone is told of them, it is told. */
  #hold({ moving }: Layout, table: Table): void {
    const fates = this.#fates
    for (const column of moving.ints) {
      const expected = this.#course.column(column)
      const cells = table.ints[column]!
      for (let row = 0; row < table.count; row++) if (fates[row] !== 0) cells[row] = expected[fates[row]! - 1]!
    }
    for (const column of moving.boxes) {
      const was = this.#course.before.boxes[column]!
      const cells = table.boxes[column]!
      for (let row = 0; row < table.count; row++) if (fates[row] !== 0) cells[row] = was[fates[row]! - 1]
    }
  }
}
