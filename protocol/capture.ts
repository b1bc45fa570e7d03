// From the game's plain objects to a snapshot. Each value is made a whole number once, here, and compared with what was
// captured last; nothing is written back, so a drift slower than the quantum still adds up.

import type { Game } from './game.ts'
import type { BoxColumn, IntColumn, Layout } from './layout.ts'
import type { Wire } from './msgpack.ts'
import { type Snapshot, SnapshotRing, type Table } from './snapshot.ts'
import { naming } from './vocabulary.ts'

/** A live object of the game, as its room keeps it. */
export interface LiveRow {
  readonly id: number
  /** The game's own object. */
  readonly values: object
  /** The owner's player id; 0 for none. */
  readonly owner: number
  /** To whom its hidden fields were revealed: player ids, or everyone. */
  readonly shownTo: ReadonlySet<number> | 'all' | null
  /** How often something was revealed: a change of it makes the private fields count as changed. */
  readonly reveals: number
}

/** The live objects of one kind, by slot. Slot 0 is never used. */
export type LiveRows = readonly (LiveRow | undefined)[]

/** What was captured last of one kind, by slot. */
class Memory {
  ids = new Int32Array(0)
  reveals = new Int32Array(0)
  /** The tick at which a private column changed last, and at which the exact values of an owned row did. */
  privateTick = new Float64Array(0)
  exactTick = new Float64Array(0)
  readonly ints: Int32Array[]
  readonly exact: Float64Array[]
  readonly boxes: Wire[][]

  constructor(layout: Layout) {
    this.ints = layout.ints.map(() => new Int32Array(0))
    this.exact = layout.ints.map(() => new Float64Array(0))
    this.boxes = layout.boxes.map(() => [])
  }

  reserve(slots: number): void {
    if (slots <= this.ids.length) return
    const capacity = Math.max(16, slots, this.ids.length * 2)
    this.ids = grown(this.ids, new Int32Array(capacity))
    this.reveals = grown(this.reveals, new Int32Array(capacity))
    this.privateTick = grown(this.privateTick, new Float64Array(capacity))
    this.exactTick = grown(this.exactTick, new Float64Array(capacity))
    for (let column = 0; column < this.ints.length; column++) {
      this.ints[column] = grown(this.ints[column] as Int32Array, new Int32Array(capacity))
      this.exact[column] = grown(this.exact[column] as Float64Array, new Float64Array(capacity))
    }
  }
}

export class Capture {
  readonly ring: SnapshotRing
  /** How many values did not fit their field and were made to, since the start. */
  clamped = 0
  readonly #game: Game
  readonly #strict: boolean
  readonly #memories: readonly Memory[]
  // The live rows of the kind at hand, without the gaps, and whether each is new in its slot.
  readonly #rows: LiveRow[] = []
  readonly #slots: number[] = []
  readonly #isNew: boolean[] = []
  #tick = 0

  /** `strict`: a value that does not fit its field throws RangeError or TypeError instead of being clamped. */
  constructor(game: Game, strict: boolean) {
    this.ring = new SnapshotRing(game)
    this.#game = game
    this.#strict = strict
    this.#memories = game.kinds.map((layout) => new Memory(layout))
  }

  /** Takes the snapshot of `tick`; `rows` holds the live objects by kind index. */
  capture(rows: readonly LiveRows[], tick: number): Snapshot {
    const snapshot = this.ring.claim(tick)
    this.#tick = tick
    this.#game.kinds.forEach((layout, kind) => {
      const memory = this.#memories[kind] as Memory
      const table = snapshot.tables[kind] as Table
      this.#gather(memory, rows[kind] as LiveRows)
      this.#fill({ layout, memory, table })
    })
    return snapshot
  }

  /** The tick at which a private column of the row changed last. */
  privateTick(kind: number, slot: number): number {
    return this.#memories[kind]?.privateTick[slot] ?? 0
  }

  /** The tick at which the exact value of a column of an owned row changed last. */
  exactTick(kind: number, slot: number): number {
    return this.#memories[kind]?.exactTick[slot] ?? 0
  }

  /** The live value of a numeric column of an owned row, unrounded. */
  exact(kind: number, column: number, slot: number): number {
    return this.#memories[kind]?.exact[column]?.[slot] ?? 0
  }

  #gather(memory: Memory, live: LiveRows): void {
    this.#rows.length = this.#slots.length = this.#isNew.length = 0
    memory.reserve(live.length)
    for (let slot = 1; slot < live.length; slot++) {
      const row = live[slot]
      if (row === undefined) continue
      const isNew = memory.ids[slot] !== row.id
      if (isNew || memory.reveals[slot] !== row.reveals) memory.privateTick[slot] = this.#tick
      memory.ids[slot] = row.id
      memory.reveals[slot] = row.reveals
      this.#rows.push(row)
      this.#slots.push(slot)
      this.#isNew.push(isNew)
    }
  }

  #fill(kind: Kind): void {
    const { layout, table } = kind
    table.resize(this.#rows.length)
    for (let row = 0; row < this.#rows.length; row++) table.ids[row] = (this.#rows[row] as LiveRow).id
    for (let column = 0; column < layout.ints.length; column++) {
      this.#fillInts(kind, column)
      if (layout.ints[column]?.isExact) this.#keepExact(kind, column)
    }
    for (let column = 0; column < layout.boxes.length; column++) this.#fillBoxes(kind, column)
  }

  #fillInts({ layout, memory, table }: Kind, index: number): void {
    const column = layout.ints[index] as IntColumn
    const last = memory.ints[index] as Int32Array
    const cells = table.ints[index] as Int32Array
    const isOwner = column.name === 'owner'
    const isPrivate = column.audience !== 'all'
    for (let row = 0; row < this.#rows.length; row++) {
      const slot = this.#slots[row] as number
      const isNew = this.#isNew[row] as boolean
      const before = last[slot] as number
      let whole = before
      if (isNew || !column.isStatic) {
        const live = this.#rows[row] as LiveRow
        whole = isOwner ? live.owner : this.#quantise(layout, column, live)
        if (!isNew && Math.abs(whole - before) < column.tolerance) whole = before
      }
      cells[row] = whole
      if (whole === before && !isNew) continue
      last[slot] = whole
      if (isOwner || isPrivate) memory.privateTick[slot] = this.#tick
      if (isOwner) memory.exactTick[slot] = this.#tick
    }
  }

  #quantise(layout: Layout, column: IntColumn, row: LiveRow): number {
    const value = (row.values as Record<string, unknown>)[column.name]
    const whole = column.scalar.quantise(value)
    if (!Number.isNaN(whole)) return whole | 0
    if (this.#strict) throw new RangeError(`${layout.kind} ${row.id}: ${column.name} cannot be ${String(value)}`)
    this.clamped++
    return column.scalar.clamp(value) | 0
  }

  #keepExact({ layout, memory }: Kind, index: number): void {
    const column = layout.ints[index] as IntColumn
    const exact = memory.exact[index] as Float64Array
    for (let row = 0; row < this.#rows.length; row++) {
      const live = this.#rows[row] as LiveRow
      if (live.owner === 0) continue
      const slot = this.#slots[row] as number
      const value = (live.values as Record<string, number>)[column.name] as number
      const kept = Number.isFinite(value) ? value : (column.scalar.restore(memory.ints[index]?.[slot] ?? 0) as number)
      if (exact[slot] === kept) continue
      exact[slot] = kept
      memory.exactTick[slot] = this.#tick
    }
  }

  #fillBoxes({ layout, memory, table }: Kind, index: number): void {
    const column = layout.boxes[index] as BoxColumn
    const last = memory.boxes[index] as Wire[]
    const cells = table.boxes[index] as Wire[]
    for (let row = 0; row < this.#rows.length; row++) {
      const slot = this.#slots[row] as number
      const before = this.#isNew[row] ? undefined : last[slot]
      const wire = this.#pack(layout, column, this.#rows[row] as LiveRow, before)
      cells[row] = wire
      if (wire === before) continue
      last[slot] = wire
      if (column.audience !== 'all') memory.privateTick[slot] = this.#tick
    }
    // What is beyond the rows would otherwise be kept alive for nothing.
    cells.length = this.#rows.length
  }

  /** `before`: what was captured last of this row; undefined for a new one. */
  #pack(layout: Layout, { name, type, isStatic }: BoxColumn, row: LiveRow, before: Wire): Wire {
    const isNew = before === undefined
    const value = (row.values as Record<string, unknown>)[name]
    if (!isNew && (isStatic || type.same(value, before))) return before
    try {
      return naming(`${layout.kind} ${row.id}: ${name}`, () => type.pack(value))
    } catch (error) {
      if (this.#strict) throw error
      this.clamped++
      return isNew ? type.pack(type.zero()) : before
    }
  }
}

/** The kind at hand: its columns, what was captured of it last, and where the snapshot keeps it. */
interface Kind {
  readonly layout: Layout
  readonly memory: Memory
  readonly table: Table
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}
