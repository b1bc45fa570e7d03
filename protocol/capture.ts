// From the game's plain objects to a snapshot. Each value is made a whole number once, here, and compared with what was
// captured last; nothing is written back, so a drift slower than the quantum still adds up.

import { clamp } from './clamp.ts'
import type { Game } from './game.ts'
import type { BoxColumn, IntColumn, Layout } from './layout.ts'
import { lineUp } from './matching.ts'
import type { Wire } from './msgpack.ts'
import { type LiveValues, Reading, readerOf } from './readers.ts'
import { type Snapshot, SnapshotRing, slotOf, type Table } from './snapshot.ts'
import { isUnchanged } from './unchanged.ts'
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
  /** The live objects, without the gaps. */
  readonly objects: LiveValues[] = []
  ids = new Int32Array(0)
  reveals = new Int32Array(0)
  /** The tick at which a private column changed last, and at which the exact values of an owned row did. */
  privateTick = new Float64Array(0)
  exactTick = new Float64Array(0)
  readonly ints: Int32Array[]
  readonly exact: Float64Array[]
  readonly boxes: Wire[][]
  /** The values of the boxes that are compared by reference. */
  readonly references: unknown[][]

  constructor(layout: Layout) {
    this.ints = layout.ints.map(() => new Int32Array(0))
    this.exact = layout.ints.map(() => new Float64Array(0))
    this.boxes = layout.boxes.map(() => [])
    this.references = layout.boxes.map(() => [])
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
  // By row of the kind at hand: its owner, and whether it is new in its slot.
  #owners = new Int32Array(0)
  #isNew = new Uint8Array(0)
  #anyOwned = false
  // A column on its way to the snapshot.
  #scratch = new Int32Array(0)
  readonly #reading = new Reading()
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
    const before = this.ring.newest
    const snapshot = this.ring.claim(tick)
    this.#tick = tick
    for (let kind = 0; kind < rows.length; kind++) {
      const layout = this.#game.kinds[kind]!
      const table = snapshot.tables[kind]!
      this.#take({ layout, memory: this.#memories[kind]!, table, before: before.tables[kind]! }, rows[kind]!)
    }
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

  #take(kind: Kind, live: LiveRows): void {
    this.#gather(kind, live)
    lineUp(kind.table, kind.before)
    const { ints, boxes } = kind.layout
    for (let column = 0; column < ints.length; column++) this.#fillInts(kind, column)
    for (let column = 0; column < boxes.length; column++) this.#fillBoxes(kind, column)
  }

  #gather({ memory, table }: Kind, live: LiveRows): void {
    memory.reserve(live.length)
    table.resize(live.length)
    this.#reserve(live.length)
    const { objects, ids, reveals } = memory
    const owners = this.#owners
    const news = this.#isNew
    let count = 0
    let anyOwned = 0
    for (let slot = 1; slot < live.length; slot++) {
      const row = live[slot]
      if (row === undefined) continue
      const { id, values, owner } = row
      const isNew = ids[slot] !== id
      if (isNew || reveals[slot] !== row.reveals) {
        ids[slot] = id
        reveals[slot] = row.reveals
        memory.privateTick[slot] = this.#tick
      }
      table.ids[count] = id
      // Reading is cheaper than writing a reference, of which the collector must know.
      if (objects[count] !== values) objects[count] = values as LiveValues
      owners[count] = owner
      anyOwned |= owner
      news[count] = isNew ? 1 : 0
      count++
    }
    table.count = count
    this.#anyOwned = anyOwned !== 0
    // What is beyond the rows would otherwise be kept alive for nothing.
    if (objects.length > count) objects.length = count
  }

  #reserve(rows: number): void {
    if (rows <= this.#owners.length) return
    this.#scratch = new Int32Array(rows * 2)
    this.#owners = new Int32Array(rows * 2)
    this.#isNew = new Uint8Array(rows * 2)
  }

  #fillInts(kind: Kind, index: number): void {
    const { layout, memory, table } = kind
    const column = layout.ints[index]!
    if (column.name === 'owner') return this.#fillOwners(kind, index)
    const isPlain = column.tolerance === 0 && column.audience === 'all' && !column.isStatic
    this.#reading.open(table.count, isPlain ? table.ints[index]! : this.#scratch, column.isExact && this.#anyOwned)
    if (column.isStatic) this.#readNew(kind, index)
    else readerOf(column)(memory.objects, column, this.#reading)
    if (this.#reading.misfits.length > 0) this.#refuse(kind, column)
    if (!isPlain) this.#settle(kind, index)
    if (this.#reading.keepsNumbers) this.#keepExact(kind, index)
  }

  #fillOwners({ memory, table }: Kind, index: number): void {
    const last = memory.ints[index]!
    const cells = table.ints[index]!
    const owners = this.#owners
    for (let row = 0; row < table.count; row++) {
      const owner = owners[row]!
      const slot = slotOf(table.ids[row]!)
      cells[row] = owner
      if (owner === last[slot] && !this.#isNew[row]) continue
      last[slot] = owner
      memory.privateTick[slot] = memory.exactTick[slot] = this.#tick
    }
  }

  /** Reads a static column: a row that is not new keeps what it has, whatever its object says now. */
  #readNew({ layout, memory, table }: Kind, index: number): void {
    const { name, scalar } = layout.ints[index]!
    const last = memory.ints[index]!
    const reading = this.#reading
    for (let row = 0; row < table.count; row++) {
      const isNew = this.#isNew[row]
      const value = isNew || this.#owners[row] ? reading.keep(row, memory.objects[row]![name]) : undefined
      reading.put(row, isNew ? scalar.quantise(value) : last[slotOf(table.ids[row]!)]!)
    }
  }

  #refuse({ layout, memory, table }: Kind, { name, scalar }: IntColumn): void {
    const { cells, misfits } = this.#reading
    for (let index = 0; index < misfits.length; index++) {
      const row = misfits.at(index)
      const value = memory.objects[row]![name]
      if (this.#strict) throw new RangeError(`${layout.kind} ${table.ids[row]}: ${name} cannot be ${String(value)}`)
      this.clamped++
      cells[row] = clamp(scalar, value)
    }
  }

  /** From the reading to the snapshot, but for changes that are too small to tell. */
  #settle({ layout, memory, table }: Kind, index: number): void {
    const { scalar, tolerance, audience } = layout.ints[index]!
    const last = memory.ints[index]!
    const cells = table.ints[index]!
    for (let row = 0; row < table.count; row++) {
      const slot = slotOf(table.ids[row]!)
      const isNew = this.#isNew[row] !== 0
      const before = last[slot]!
      const read = this.#reading.cells[row]!
      const whole = !isNew && tolerance > 0 && apart(scalar, read, before) < tolerance ? before : read
      cells[row] = last[slot] = whole
      if (audience !== 'all' && (isNew || whole !== before)) memory.privateTick[slot] = this.#tick
    }
  }

  #keepExact({ layout, memory, table }: Kind, index: number): void {
    const { scalar } = layout.ints[index]!
    const exact = memory.exact[index]!
    const { numbers } = this.#reading
    for (let row = 0; row < table.count; row++) {
      if (this.#owners[row] === 0) continue
      const slot = slotOf(table.ids[row]!)
      const number = numbers[row]!
      const kept = Number.isFinite(number) ? number : (scalar.restore(table.ints[index]![row]!) as number)
      if (exact[slot] === kept) continue
      exact[slot] = kept
      memory.exactTick[slot] = this.#tick
    }
  }

  #fillBoxes(kind: Kind, index: number): void {
    const { layout, memory, table } = kind
    const column = layout.boxes[index]!
    const last = memory.boxes[index]!
    const cells = table.boxes[index]!
    for (let row = 0; row < table.count; row++) {
      const slot = slotOf(table.ids[row]!)
      const wire = this.#pack(kind, index, row)
      cells[row] = wire
      if (wire === last[slot] && !this.#isNew[row]) continue
      last[slot] = wire
      if (column.audience !== 'all') memory.privateTick[slot] = this.#tick
    }
    cells.length = table.count
  }

  #pack({ layout, memory, table }: Kind, index: number, row: number): Wire {
    const { name, type, isStatic } = layout.boxes[index]!
    const slot = slotOf(table.ids[row]!)
    const value = memory.objects[row]![name]
    const references = memory.references[index]!
    const before = this.#isNew[row] ? undefined : memory.boxes[index]![slot]
    if (before !== undefined) {
      if (isStatic || (type.isByReference ? references[slot] === value : isUnchanged(type, value, before)))
        return before
    }
    if (type.isByReference) references[slot] = value
    try {
      return this.#packed(type, `${layout.kind} ${table.ids[row]}: ${name}`, value)
    } catch (error) {
      if (this.#strict) throw error
      this.clamped++
      return before ?? type.pack(type.zero())
    }
  }

  // On its own, so that only what changed pays for the closure.
  #packed(type: BoxColumn['type'], name: string, value: unknown): Wire {
    return naming(name, () => type.pack(value))
  }
}

/** The kind at hand: its columns, what was captured of it last, and where the snapshot keeps it. */
interface Kind {
  readonly layout: Layout
  readonly memory: Memory
  readonly table: Table
  /** What was captured of it last. */
  readonly before: Table
}

/** In the field's own unit, as its tolerance is. */
function apart({ restore }: IntColumn['scalar'], a: number, b: number): number {
  return Math.abs((restore(a) as number) - (restore(b) as number))
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}
