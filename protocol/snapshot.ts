// State at a tick, as columns of whole numbers and plain values; never changed after capture. Snapshots are kept in a
// ring that reuses the oldest, so that a running room makes no garbage for them.

import type { Game } from './game.ts'
import type { Layout } from './layout.ts'
import { MAX_SLOT, SNAPSHOT_RING } from './limits.ts'
import type { Wire } from './msgpack.ts'
import type { RowList } from './row-list.ts'

/** The place of an entity among its kind. Ids of entities that follow each other in one place differ. */
export const slotOf = (id: number): number => id & MAX_SLOT
export const generationOf = (id: number): number => id >>> 16
export const makeId = (slot: number, generation: number): number => (generation << 16) | slot

/** What a client knows of the private columns of a row. */
export const KNOWS_OWNER = 1
export const KNOWS_HIDDEN = 2
/** And that the row's entity was there before the client saw it. */
export const ENTERED = 4

let lineups = 0

/** A number that no table has yet. */
export function newLineup(): number {
  return ++lineups
}

/**
 * How many rows two tables share, and where those are in the one and in the other. `old === now`, one list for both,
 * says that they share all rows, in the same places.
 */
export interface Kept {
  readonly kept: number
  readonly old: Int32Array
  readonly now: Int32Array
}

/** Copies the cells of the rows that two tables share. */
export function copyNumbers(from: Int32Array, to: Int32Array, { kept, old, now }: Kept): void {
  for (let index = 0; index < kept; index++) to[now[index]!] = from[old[index]!]!
}

/** Of tables that never had a row: most kinds of most snapshots. */
const NO_NUMBERS = new Int32Array(0)
export const LEAST_ROWS = 8

/** The rows of one kind, in the order of their slots. */
export class Table {
  count = 0
  ids = NO_NUMBERS
  /** Tables with the same number have the same ids in the same places. */
  lineup = 0
  /** On a client: which private columns of the row it was told, as KNOWS_… bits, and ENTERED. */
  known = NO_NUMBERS
  /** On a client: the ids of rows of the base that are not here because they left its view. */
  readonly left: number[] = []
  declare ints: Int32Array[]
  declare readonly boxes: Wire[][]
  /** All the columns of numbers, one after the other: one with memory of its own would take a hundred bytes more. */
  #cells = NO_NUMBERS
  /** Where a row was looked for the last time. */
  #row = 0

  constructor(layout: Layout) {
    this.ints = layout.ints.map(() => NO_NUMBERS)
    this.boxes = layout.boxes.map(() => [])
  }

  /** Makes room for `count` rows. What the rows held before is lost. */
  resize(count: number): void {
    this.count = count
    if (count > this.ids.length) this.#allocate(Math.max(LEAST_ROWS, count, this.ids.length * 2))
  }

  /** Becomes a table of the same rows as another one, whose cells are not set yet. */
  takeLineup(from: Table): void {
    // Tables of the same size can be copied as they are.
    if (from.ids.length !== this.ids.length) this.#allocate(from.ids.length)
    this.count = from.count
    this.lineup = from.lineup
    this.ids.set(from.ids)
  }

  /** Takes over the cells of the rows that both have. */
  copyRows(from: Table, kept: Kept): void {
    if (kept.old === kept.now) this.#cells.set(from.#cells)
    else {
      copyNumbers(from.known, this.known, kept)
      for (let column = 0; column < from.ints.length; column++)
        copyNumbers(from.ints[column]!, this.ints[column]!, kept)
    }
    for (let column = 0; column < from.boxes.length; column++) {
      for (let index = 0; index < kept.kept; index++)
        this.boxes[column]![kept.now[index]!] = from.boxes[column]![kept.old[index]!]
    }
  }

  /** Makes rows those of entities of which nothing is known yet but what `known` says of each. */
  startRows(rows: RowList, known: RowList): void {
    for (let index = 0; index < rows.length; index++) {
      const row = rows.at(index)
      this.known[row] = known.at(index)
      for (const cells of this.ints) cells[row] = 0
      for (const cells of this.boxes) cells[row] = null
    }
  }

  /** The row of an entity, or -1. Found at once where it is the one that was looked for last, or follows it. */
  indexOf(id: number): number {
    return this.#isAt(this.#row + +(this.ids[this.#row] !== id), id) || this.#isAt(this.firstFrom(slotOf(id)), id)
      ? this.#row
      : -1
  }

  #isAt(row: number, id: number): boolean {
    this.#row = row
    return this.ids[row] === id && row < this.count
  }

  /** The first row whose slot is `slot` or more. */
  firstFrom(slot: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >> 1
      if (slotOf(this.ids[middle] as number) < slot) low = middle + 1
      else high = middle
    }
    return low
  }

  #allocate(capacity: number): void {
    this.#cells = new Int32Array(capacity * (this.ints.length + 2))
    let end = 0
    const next = () => {
      end += capacity
      return this.#cells.subarray(end - capacity, end)
    }
    this.ids = next()
    this.known = next()
    this.ints = this.ints.map(next)
  }
}

export class Snapshot {
  tick = 0
  /** By kind index. */
  declare readonly tables: readonly Table[]

  constructor(game: Game) {
    this.tables = game.kinds.map((layout) => new Table(layout))
  }
}

/** The room's own states where a view was taken; undefined when there is none of the base's tick (any more). */
export interface Surroundings {
  readonly before: Snapshot | undefined
  readonly now: Snapshot
}

/** What a delta is made from. With `earlier`, the two snapshots before the base, latest first, movement goes on. */
export interface Baseline {
  readonly base: Snapshot
  readonly earlier: readonly [Snapshot, Snapshot] | null
  /** For a view: then a delta tells what came and went from what was only met or lost sight of. */
  readonly around?: Surroundings
}

/** The latest snapshots, by tick. */
export class SnapshotRing {
  /** How many there may be. */
  most: number
  readonly #empty: Snapshot
  readonly #game: Game
  /** Latest first. */
  readonly #snapshots: Snapshot[] = []

  constructor(game: Game, most: number = SNAPSHOT_RING) {
    this.most = most
    this.#empty = new Snapshot(game)
    this.#game = game
  }

  /** The latest snapshot; the empty one of tick 0 when there is none. */
  get newest(): Snapshot {
    return this.#snapshots[0] ?? this.#empty
  }

  /** The snapshot before the latest by `steps`, or undefined when it is not there (any more). */
  back(steps: number): Snapshot | undefined {
    return this.#snapshots[steps]
  }

  /** The snapshot of just that tick; tick 0 is the empty one. */
  at(tick: number): Snapshot | undefined {
    return tick ? this.#snapshots.find((snapshot) => snapshot.tick === tick) : this.#empty
  }

  /**
   * What a delta from the snapshot of `tick` is made from: with the two before it when `isSteady`. Undefined when one of
   * them is not there (any more).
   */
  baseline(tick: number, isSteady: boolean): Baseline | undefined {
    const base = this.at(tick)
    if (!base || !isSteady) return base && { base, earlier: null }
    const steps = this.#snapshots.indexOf(base)
    const [, last, first] = this.#snapshots.slice(steps, steps + 3)
    // Where the first is, the other is, too.
    return first && { base, earlier: [last!, first] }
  }

  /** A snapshot to fill in, which becomes the latest. The oldest of a full ring is used again. */
  claim(tick: number): Snapshot {
    const snapshot = this.back(this.most - 1) ? this.pop()! : new Snapshot(this.#game)
    snapshot.tick = tick
    this.#snapshots.unshift(snapshot)
    return snapshot
  }

  /** Takes out the oldest. */
  pop(): Snapshot | undefined {
    return this.#snapshots.pop()
  }

  clear(): void {
    this.#snapshots.length = 0
  }
}
