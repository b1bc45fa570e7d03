// What of a state goes into a frame that is too small for all of it. It is chosen by how wrong the client is about it, how
// near it is, and how long it has waited (the priority accumulator of Fiedler's "State Synchronization"), so that nobody
// waits for ever. The rest is held.

import { Course } from '../../protocol/course.ts'
import { type Game, PLAYER_KIND, ROOM_KIND } from '../../protocol/game.ts'
import type { Layout } from '../../protocol/layout.ts'
import { compareRows, Matching } from '../../protocol/matching.ts'
import { pack } from '../../protocol/plain.ts'
import { shiftOf } from '../../protocol/rows.ts'
import { type Baseline, type Snapshot, slotOf, type Table } from '../../protocol/snapshot.ts'
import { Candidates, MUST, type Ration } from './candidates.ts'
import { HeldRows } from './held-rows.ts'
import type { Place, Places } from './places.ts'
import type { Waiting } from './shortage.ts'

/** Whose frame it is. */
export interface Receiver {
  /** Its player id. The room's row and the player's are always told, and before all others what is its own. */
  readonly player: number
  readonly place: Place | null
  readonly waiting: Waiting
}

/** A frame has a header and what its client alone is told; each kind that differs has counts and masks. */
const FRAME_BYTES = 24
const KIND_BYTES = 8
/** A row that came: its slot and its generation. */
const CAME_BYTES = 4
/** All is told if it takes at most this many times the ration, and there is room. */
const LITTLE = 2
/** Errors count by their bits, up to this many; a row that is not there counts for as many. */
const MOST_BITS = 8
/** What is nearest counts for this many times what is farthest. */
const NEAR = 4
/** What is the client's own counts for more than anything of another's can. */
const OWN = 64 * MOST_BITS
const MOST_FRAMES = 0xffff

/** Bytes of a difference, as a zigzag varint. */
function sizeOf(steps: number): number {
  return ((38 - Math.clz32(((steps << 1) ^ (steps >> 31)) | 1)) / 7) | 0
}

export class Rations {
  readonly #game: Game
  readonly #places: Places
  readonly #course = new Course()
  readonly #matching = new Matching()
  readonly #found = new Candidates()
  readonly #held: HeldRows
  #distances = new Float64Array(0)
  /** By place in the matching: the bits that a row costs, and those in which its cells are wrong. */
  #costs = new Float64Array(0)
  #errors = new Int32Array(0)
  /** Bytes that the frame has beside those of the rows. */
  overhead = 0
  /** Bytes that the frame would have needed, where the answer was `none`. */
  needed = 0

  constructor(game: Game, places: Places) {
    this.#game = game
    this.#places = places
    this.#held = new HeldRows(game)
  }

  /**
   * Takes out of `view` what does not fit into a frame that is made from `baseline`. `all`: nothing had to be; `some`:
   * rows are held; `none`: what is to be told next does not fit, and `view` is of no use.
   */
  share(view: Snapshot, baseline: Baseline, receiver: Receiver, ration: Ration): 'all' | 'some' | 'none' {
    this.#weigh(view, baseline, receiver)
    this.#favourOwn(ration.bytes)
    this.#rank(view, receiver)
    const found = this.#found
    const all = this.overhead + Math.ceil(found.bits / 8)
    // A stall leaves less room than a line that is full, and takes more at once afterwards.
    const bytes = all <= Math.min(ration.whole ?? ration.most, LITTLE * ration.bytes) ? all : ration.bytes
    const { least = 0 } = ration
    this.needed = least
    if (bytes < Math.min(all, least)) return 'none'
    const told = found.choose({ ...ration, bytes }, this.overhead)
    this.needed = found.needed
    if (told < 0) return 'none'
    this.#count(view, receiver.waiting)
    if (told === found.count) return 'all'
    this.#held.takeOut(view, baseline, found)
    return 'some'
  }

  /** Finds the rows that are not as the client expects them. */
  #weigh(view: Snapshot, baseline: Baseline, receiver: Receiver): void {
    let rows = 0
    for (const { count } of view.tables) rows += count
    this.#found.clear(rows)
    this.overhead = FRAME_BYTES
    for (let kind = 0; kind < this.#game.kinds.length; kind++) {
      const layout = this.#game.kinds[kind]!
      const table = view.tables[kind]!
      this.#course.follow(layout, kind, baseline, view.tick)
      compareRows(this.#course.before, table, this.#matching)
      this.#startCosts()
      const before = this.#found.count
      for (const column of layout.moving.ints) this.#compareInts(layout, column, table)
      for (const column of layout.moving.boxes) this.#compareBoxes(column, table)
      this.#addKept(kind, layout, table, receiver)
      this.#addCame(kind, layout, table, receiver)
      const { kept, came, gone } = this.#matching
      if (this.#found.count > before || gone.length + came.length > 0)
        this.overhead += KIND_BYTES + ((kept + 7) >> 3) + 2 * gone.length
    }
  }

  #startCosts(): void {
    const { kept } = this.#matching
    if (kept > this.#costs.length) {
      this.#costs = new Float64Array(kept * 2)
      this.#errors = new Int32Array(kept * 2)
    }
    this.#costs.fill(0, 0, kept)
    this.#errors.fill(0, 0, kept)
  }

  #compareInts({ ints }: Layout, column: number, table: Table): void {
    const { kept, old, now } = this.#matching
    const { scalar } = ints[column]!
    const shift = shiftOf(scalar)
    const isPattern = scalar.coding === 'pattern'
    const was = this.#course.column(column)
    const is = table.ints[column]!
    for (let place = 0; place < kept; place++) {
      const steps = ((is[now[place]!]! - was[old[place]!]!) << shift) >> shift
      if (steps === 0) continue
      this.#costs[place]! += isPattern ? 32 : 8 * sizeOf(steps)
      this.#errors[place]! |= isPattern || !ints[column]!.isSteady ? -1 : Math.abs(steps)
    }
  }

  #compareBoxes(column: number, table: Table): void {
    const { kept, old, now } = this.#matching
    const was = this.#course.before.boxes[column]!
    const is = table.boxes[column]!
    for (let place = 0; place < kept; place++) {
      const wire = is[now[place]!]
      if (Object.is(was[old[place]!], wire)) continue
      this.#costs[place]! += 8 * (2 + pack(wire).length)
      this.#errors[place] = -1
    }
  }

  #addKept(kind: number, { moving }: Layout, table: Table, receiver: Receiver): void {
    const { kept, old, now } = this.#matching
    const waiting = receiver.waiting.of(kind, table)
    const found = this.#found
    // Each row that is told has a bit in the mask of each column.
    const bits = moving.ints.length + moving.boxes.length
    for (let place = 0; place < kept; place++) {
      const row = now[place]!
      const error = this.#errors[place]!
      if (error === 0) {
        waiting[slotOf(table.ids[row]!)] = 0
        continue
      }
      const index = found.count++
      found.kinds[index] = kind
      found.rows[index] = row
      found.olds[index] = old[place]!
      found.costs[index] = this.#costs[place]! + bits
      found.weights[index] = owned(kind, table, row, receiver) ?? Math.min(MOST_BITS, 32 - Math.clz32(error))
    }
  }

  #addCame(kind: number, layout: Layout, table: Table, receiver: Receiver): void {
    const { came } = this.#matching
    const found = this.#found
    for (let place = 0; place < came.length; place++) {
      const row = came.at(place)
      const index = found.count++
      found.kinds[index] = kind
      found.rows[index] = row
      found.olds[index] = -1
      found.costs[index] = costOf(layout, table, row)
      found.weights[index] = owned(kind, table, row, receiver) ?? MOST_BITS
    }
  }

  /**
   * Of the client's own entities must be told what takes at most half of the frame, those that it has before those that
   * come. The others are worth the most: they wait for each other, and not for the rest of the room.
   */
  #favourOwn(bytes: number): void {
    const { count, olds, costs, weights } = this.#found
    let left = bytes * 4
    for (const comes of [false, true]) {
      for (let index = 0; index < count; index++) {
        if (weights[index] !== OWN || olds[index]! < 0 !== comes || costs[index]! > left) continue
        left -= costs[index]!
        weights[index] = MUST
      }
    }
  }

  /** What is wrong counts for more when it is near, and the longer it has waited. */
  #rank({ tables }: Snapshot, { place, waiting }: Receiver): void {
    const { count, kinds, rows, weights } = this.#found
    const farthest = place === null ? 0 : this.#measure(tables, place)
    for (let index = 0; index < count; index++) {
      const table = tables[kinds[index]!]!
      const waited = waiting.of(kinds[index]!, table)[slotOf(table.ids[rows[index]!]!)]!
      const nearness = farthest > 0 ? Math.max(0, 1 - this.#distances[index]! / farthest) : 0
      weights[index]! *= (waited + 1) * (1 + (NEAR - 1) * nearness)
    }
  }

  /** How far they all are from there; returns the most of it. */
  #measure(tables: readonly Table[], from: Place): number {
    const { count, kinds, rows } = this.#found
    if (count > this.#distances.length) this.#distances = new Float64Array(count * 2)
    let farthest = 0
    for (let index = 0; index < count; index++) {
      const kind = kinds[index]!
      const far = this.#places.distance(kind, tables[kind]!.ids[rows[index]!]!, from)
      this.#distances[index] = far
      if (far > farthest && far < Number.POSITIVE_INFINITY) farthest = far
    }
    return farthest
  }

  /** Who is held has waited for one frame more. */
  #count({ tables }: Snapshot, waiting: Waiting): void {
    const { count, kinds, rows, isTold } = this.#found
    for (let index = 0; index < count; index++) {
      const table = tables[kinds[index]!]!
      const frames = waiting.of(kinds[index]!, table)
      const slot = slotOf(table.ids[rows[index]!]!)
      frames[slot] = isTold[index] ? 0 : Math.min(MOST_FRAMES, frames[slot]! + 1)
    }
  }
}

/** How much a row matters for being the receiver's own; undefined for all others. */
function owned(kind: number, { ids, ints }: Table, row: number, { player }: Receiver): number | undefined {
  if (kind === ROOM_KIND || (kind === PLAYER_KIND && ids[row] === player)) return MUST
  return kind !== PLAYER_KIND && ints[0]![row] === player ? OWN : undefined
}

/** The bits of a row that comes. */
function costOf({ shared, ints }: Layout, table: Table, row: number): number {
  let bytes = CAME_BYTES
  for (const column of shared.ints) {
    bytes += ints[column]!.scalar.coding === 'pattern' ? 4 : sizeOf(table.ints[column]![row]!)
  }
  for (const column of shared.boxes) bytes += 2 + pack(table.boxes[column]![row]).length
  return 8 * bytes
}
