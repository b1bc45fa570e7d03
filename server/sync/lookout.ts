// Interest management: what each session sees of its room, where that is not all of it. It sees entities near its
// focus, and those that the game lets it see. What it does not see is never encoded for it. Only which entities those
// are is kept for each client.

import type { Game } from '../../protocol/game.ts'
import type { LiveRows } from '../../protocol/live.ts'
import { RowList } from '../../protocol/row-list.ts'
import { type Snapshot, slotOf, type Table } from '../../protocol/snapshot.ts'
import { disown } from '../base/guard.ts'
import { Grid } from './grid.ts'
import { Marks } from './marks.ts'
import { type Place, Places } from './places.ts'
import type { Sight, Sights } from './sights.ts'
import { note } from './tables.ts'

/** How far around the focus of a session entities of one kind are seen, in the unit of their places. */
export interface Near<Field extends string = string> {
  /** The numeric fields of their place, neither `f64` nor hidden. */
  readonly x: Field
  readonly y: Field
  /** Of the rectangle that is seen. */
  readonly width: number
  readonly height: number
  /** What is in view stays so until it is this far outside, so that nothing flickers at the edge. 0 if left out. */
  readonly margin?: number
}

/** What a game says of one kind: a KindView of room/views.ts, whose types end here. */
interface View {
  readonly near?: Near
  visibleTo?(entity: never, onlooker: never): unknown
}

/** Whose view it is. */
export interface Onlooker {
  readonly id: number
  /** The middle of what it sees: an entity of the state, or any object with x and y. */
  readonly focus: object | null
}

/** The eyes of one room: looks around once for each state, then says what one session after the other sees of it. */
export class Lookout {
  readonly places: Places
  /** By kind: whether there is a view of it. */
  readonly isPartial: readonly boolean[]
  readonly #kinds: readonly (KindEyes | null)[]
  #whole!: Snapshot

  /**
   * `views`: those of the room, which must have been checked. Where it is `strict`, their `visibleTo` must return true or
   * false.
   */
  constructor(game: Game, views: object, rows: readonly LiveRows[], strict = true) {
    this.places = new Places(game, views, rows)
    this.#kinds = game.kinds.map((layout, kind) => {
      const view = (views as Readonly<Record<string, View>>)[layout.kind]
      return view ? new KindEyes(view, { index: kind, name: layout.kind, live: rows[kind]! }, strict) : null
    })
    this.isPartial = this.#kinds.map((eyes) => eyes !== null)
  }

  /** Turns to a snapshot, which was captured just now. */
  look(whole: Snapshot): void {
    this.#whole = whole
    for (let kind = 0; kind < this.#kinds.length; kind++) this.#kinds[kind]?.look(whole.tables[kind]!)
  }

  /** Adds to `sights`, which has what `onlooker` was sent before, what it sees now. */
  see(onlooker: Onlooker, sights: Sights): Sight {
    const before = sights.newest
    const place = this.places.of(onlooker.focus)
    const sight = sights.claim(this.#whole.tick)
    for (let kind = 0; kind < this.#kinds.length; kind++) {
      const rows = this.#kinds[kind]?.seenBy(onlooker, place, before)
      if (rows) note(this.#whole.tables[kind]!, rows, sight.seen[kind]!)
    }
    return sight
  }

  /** The rows of a kind that were seen last. Valid until somebody else sees. */
  rowsOf(kind: number): RowList | null {
    return this.#kinds[kind]?.seen ?? null
  }
}

interface Kind {
  readonly index: number
  readonly name: string
  readonly live: LiveRows
}

/** The rows of one kind, and who sees which of them. */
class KindEyes {
  readonly seen = new RowList()
  readonly #view: View
  readonly #kind: number
  readonly #name: string
  readonly #live: LiveRows
  readonly #strict: boolean
  readonly #near: Near | undefined
  readonly #grid: Grid
  #table!: Table
  #xs = new Float64Array(0)
  #ys = new Float64Array(0)
  /** The rows that have an owner. */
  readonly #owned = new RowList()
  readonly #marks = new Marks()

  constructor(view: View, { index, name, live }: Kind, strict: boolean) {
    this.#view = view
    this.#kind = index
    this.#name = name
    this.#live = live
    this.#strict = strict
    this.#near = view.near
    this.#grid = new Grid((view.near?.width ?? 4) / 4, (view.near?.height ?? 4) / 4)
  }

  look(table: Table): void {
    this.#table = table
    this.#gatherOwned(table)
    if (this.#near === undefined) return
    this.#locate(table, this.#near)
    this.#grid.fill(this.#xs, this.#ys, table.count)
  }

  /** The rows that `onlooker` sees, in their order. Valid until asked again. */
  seenBy(onlooker: Onlooker, place: Place | null, before: Sight): RowList {
    const { seen } = this
    seen.clear(this.#table.count * 2)
    if (this.#near === undefined) for (let row = 0; row < this.#table.count; row++) seen.push(row)
    else if (place !== null) this.#findNear(this.#near, place, before)
    if (this.#view.visibleTo) this.#keepVisible(onlooker)
    this.#addOwn(onlooker.id)
    this.#marks.order(seen, this.#table.count)
    return seen
  }

  #gatherOwned(table: Table): void {
    const owners = table.ints[0]!
    this.#owned.clear(table.count)
    for (let row = 0; row < table.count; row++) if (owners[row] !== 0) this.#owned.push(row)
  }

  #locate(table: Table, { x, y }: Near): void {
    if (table.count > this.#xs.length) {
      this.#xs = new Float64Array(table.count * 2)
      this.#ys = new Float64Array(table.count * 2)
    }
    for (let row = 0; row < table.count; row++) {
      const values = this.#valuesOf(row)
      this.#xs[row] = coordinate(values[x])
      this.#ys[row] = coordinate(values[y])
    }
  }

  #findNear({ width, height, margin = 0 }: Near, { x, y }: Place, before: Sight): void {
    const { seen } = this
    const [halfWidth, halfHeight] = [width / 2, height / 2]
    const reach = { x: halfWidth + margin, y: halfHeight + margin }
    this.#grid.find({ left: x - reach.x, right: x + reach.x, top: y - reach.y, bottom: y + reach.y }, seen)
    if (margin === 0) return
    let kept = 0
    for (let index = 0; index < seen.length; index++) {
      const row = seen.rows[index]!
      const isInside = Math.abs(this.#xs[row]! - x) <= halfWidth && Math.abs(this.#ys[row]! - y) <= halfHeight
      if (isInside || before.has(this.#kind, this.#table.ids[row]!)) seen.rows[kept++] = row
    }
    seen.length = kept
  }

  #keepVisible(onlooker: Onlooker): void {
    const { seen } = this
    let kept = 0
    for (let index = 0; index < seen.length; index++) {
      const row = seen.rows[index]!
      const verdict = this.#view.visibleTo!(this.#valuesOf(row) as never, onlooker as never)
      if (verdict === true || (verdict !== false && this.#counts(verdict))) seen.rows[kept++] = row
    }
    seen.length = kept
  }

  /** Whether it counts as true. An object never does: as a promise it would show everything to everyone. */
  #counts(verdict: unknown): boolean {
    disown(verdict)
    if (!this.#strict && Object(verdict) !== verdict) return Boolean(verdict)
    throw new TypeError(`visibleTo of ${this.#name} must return true or false, got ${String(verdict)}`)
  }

  #addOwn(id: number): void {
    const owners = this.#table.ints[0]!
    for (let index = 0; index < this.#owned.length; index++) {
      const row = this.#owned.rows[index]!
      if (owners[row] === id) this.seen.push(row)
    }
  }

  #valuesOf(row: number): Readonly<Record<string, unknown>> {
    const live = this.#live[slotOf(this.#table.ids[row]!)]
    if (live === undefined) throw new Error('visibleTo must not remove entities: it is asked while states are sent')
    return live.values as Readonly<Record<string, unknown>>
  }
}

/** NaN for what is no finite number: that lies nowhere. */
function coordinate(value: unknown): number {
  return Number.isFinite(value) ? (value as number) : Number.NaN
}
