// From the game's plain objects to a snapshot. Each value is made a whole number once, here, and compared with what was
// captured last; nothing is written back, so a drift slower than the quantum still adds up.

import { clamp } from './clamp.ts'
import type { Game } from './game.ts'
import { type BoxColumn, hasOwners, type IntColumn, type Layout } from './layout.ts'
import { TO_CLIENT } from './limits.ts'
import type { LiveRows } from './live.ts'
import { lineUp } from './matching.ts'
import { Memory } from './memory.ts'
import type { Wire } from './msgpack.ts'
import { pack } from './plain.ts'
import { keepNumber, type LiveValues, misfits, numbers, startReading } from './readers.ts'
import { type Snapshot, SnapshotRing, slotOf, type Table } from './snapshot.ts'
import { isUnchanged } from './unchanged.ts'
import { naming } from './vocabulary.ts'

export class Capture {
  readonly ring: SnapshotRing
  /** How many values did not fit their field and were made to, since the start. */
  clamped = 0
  readonly #game: Game
  readonly #strict: boolean
  readonly #memories: readonly Memory[]
  // A column on its way to the snapshot.
  #scratch = new Int32Array(0)
  #tick = 0
  #changes = Number.NaN
  /** Nothing changed but what the objects hold. */
  #isQuiet = false

  /** `strict`: a value that does not fit its field throws RangeError or TypeError instead of being clamped. */
  constructor(game: Game, strict: boolean) {
    this.ring = new SnapshotRing(game)
    this.#game = game
    this.#strict = strict
    this.#memories = game.kinds.map((layout) => new Memory(layout))
  }

  /**
   * Takes the snapshot of `tick`; `rows` holds the live objects by kind index. `changes`: a number that has
   * changed if any row came, went, changed hands or was revealed since; without it the rows are asked.
   */
  capture(rows: readonly LiveRows[], tick: number, changes: number = Number.NaN): Snapshot {
    const before = this.ring.newest
    const snapshot = this.ring.claim(tick)
    this.#tick = tick
    this.#isQuiet = changes === this.#changes
    for (let kind = 0; kind < rows.length; kind++) {
      const layout = this.#game.kinds[kind]!
      const table = snapshot.tables[kind]!
      this.#take({ layout, memory: this.#memories[kind]!, table, before: before.tables[kind]! }, rows[kind]!)
    }
    this.#changes = changes
    return snapshot
  }

  /** Ids may be those of others by now: what is there at the next capture is new, but for the rows that have been there. */
  forget(rows: readonly LiveRows[]): void {
    this.#changes = Number.NaN
    for (const [kind, memory] of this.#memories.entries()) memory.forget(rows[kind]!)
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
    const { memory, before } = kind
    const { ints, boxes } = kind.layout
    // In most ticks nobody comes or goes: a capture of 20,000 entities then takes three fifths of the time. Not after
    // one that failed midway: what is before is then a table that was never filled.
    if (memory.table === before && (this.#isQuiet || memory.knows(live))) this.#stay(kind)
    else this.#gather(kind, live)
    for (let column = hasOwners(kind.layout) ? 1 : 0; column < ints.length; column++) this.#fillInts(kind, column)
    for (let column = 0; column < boxes.length; column++) this.#fillBoxes(kind, column)
  }

  /** The same rows of the same owners. */
  #stay({ layout, memory, table, before }: Kind): void {
    memory.table = table
    if (memory.anyNew) {
      memory.isNew.fill(0)
      memory.anyNew = false
    }
    table.takeLineup(before)
    if (hasOwners(layout)) table.ints[0]!.set(before.ints[0]!)
  }

  #gather(kind: Kind, live: LiveRows): void {
    const { memory, table } = kind
    memory.reserve(live.length)
    table.resize(live.length)
    if (live.length > this.#scratch.length) this.#scratch = new Int32Array(live.length * 2)
    const { rows, objects, ids, reveals, owners } = memory
    let count = 0
    let anyOwned = 0
    for (let slot = 1; slot < live.length; slot++) {
      const row = live[slot]
      if (row === undefined) {
        ids[slot] = 0
        continue
      }
      const { id, values, owner } = row
      const isNew = ids[slot] !== id
      if (isNew || reveals[slot] !== row.reveals) {
        ids[slot] = id
        reveals[slot] = row.reveals
        memory.privateTick[slot] = this.#tick
      }
      table.ids[count] = id
      // Reading is cheaper than writing a reference, of which the collector must know.
      if (rows[count] !== row) rows[count] = row
      if (objects[count] !== values) objects[count] = values as LiveValues
      owners[count] = owner
      anyOwned |= owner
      memory.isNew[count] = isNew ? 1 : 0
      if (isNew) memory.anyNew = true
      count++
    }
    table.count = count
    memory.table = table
    memory.anyOwned = anyOwned !== 0
    // What is beyond the rows would otherwise be kept alive for nothing.
    if (objects.length > count) rows.length = objects.length = count
    lineUp(table, kind.before)
    if (hasOwners(kind.layout)) this.#fillOwners(kind)
  }

  #fillOwners({ memory, table }: Kind): void {
    const { owners } = memory
    const last = memory.ints[0]!
    const cells = table.ints[0]!
    for (let row = 0; row < table.count; row++) {
      const owner = owners[row]!
      const slot = slotOf(table.ids[row]!)
      cells[row] = owner
      if (owner === last[slot] && !memory.isNew[row]) continue
      last[slot] = owner
      memory.privateTick[slot] = memory.exactTick[slot] = this.#tick
    }
  }

  #fillInts(kind: Kind, index: number): void {
    const { layout, memory, table } = kind
    const column = layout.ints[index]!
    const isPlain = column.tolerance === 0 && column.audience === 'all' && !column.isStatic
    const cells = isPlain ? table.ints[index]! : this.#scratch
    const keepsNumbers = column.isExact && memory.anyOwned
    startReading(table.count, keepsNumbers)
    if (column.isStatic) this.#readNew(kind, index, keepsNumbers)
    else memory.readers[index]!.read(memory.objects, cells, keepsNumbers)
    if (misfits.length > 0) this.#refuse(kind, column, cells)
    if (!isPlain) this.#settle(kind, index)
    if (keepsNumbers) this.#keepExact(kind, index)
  }

  /** Reads a static column: a row that is not new keeps what it has, whatever its object says now. */
  #readNew({ layout, memory, table }: Kind, index: number, keepsNumbers: boolean): void {
    const column = layout.ints[index]!
    const { round } = memory.readers[index]!
    const last = memory.ints[index]!
    for (let row = 0; row < table.count; row++) {
      const values = memory.objects[row]!
      if (keepsNumbers && memory.owners[row]) keepNumber(values[column.name], row)
      this.#scratch[row] = memory.isNew[row] ? round(values[column.name], row) : last[slotOf(table.ids[row]!)]!
    }
  }

  #refuse({ layout, memory, table }: Kind, { name, scalar }: IntColumn, cells: Int32Array): void {
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
      const isNew = memory.isNew[row] !== 0
      const before = last[slot]!
      const read = this.#scratch[row]!
      const whole = !isNew && tolerance > 0 && apart(scalar, read, before) < tolerance ? before : read
      cells[row] = last[slot] = whole
      if (audience !== 'all' && (isNew || whole !== before)) memory.privateTick[slot] = this.#tick
    }
  }

  #keepExact({ layout, memory, table }: Kind, index: number): void {
    const { scalar } = layout.ints[index]!
    const exact = memory.exact[index]!
    for (let row = 0; row < table.count; row++) {
      if (memory.owners[row] === 0) continue
      const slot = slotOf(table.ids[row]!)
      const number = numbers[row]!
      const kept = Number.isFinite(number) ? number : (scalar.restore(table.ints[index]![row]!) as number)
      // -0 is told as well as 0: a rule may ask for the direction of it.
      if (Object.is(exact[slot], kept)) continue
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
      if (Object.is(wire, last[slot]) && !memory.isNew[row]) continue
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
    const before = memory.isNew[row] ? undefined : memory.boxes[index]![slot]
    if (before !== undefined) {
      if (isStatic || (type.isByReference ? Object.is(references[slot], value) : isUnchanged(type, value, before)))
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
    return naming(name, () => {
      const wire = type.pack(value)
      const bytes = mostBytes(wire) > TO_CLIENT.bytes ? pack(wire).length : 0
      if (bytes > TO_CLIENT.bytes) throw new RangeError(`must take at most ${TO_CLIENT.bytes} bytes, got ${bytes}`)
      return wire
    })
  }
}

/** The kind at hand: its columns, what was captured of it last, and where the snapshot keeps it. */
interface Kind {
  readonly layout: Layout
  readonly memory: Memory
  readonly table: Table
  /** The kind in the snapshot before. */
  readonly before: Table
}

/** In the field's own unit, as its tolerance is. */
function apart({ restore }: IntColumn['scalar'], a: number, b: number): number {
  return Math.abs((restore(a) as number) - (restore(b) as number))
}

/** As many as a value takes, or more. */
function mostBytes(wire: Wire): number {
  if (typeof wire === 'string') return 5 + 3 * wire.length
  if (wire instanceof Uint8Array) return 5 + wire.length
  if (Array.isArray(wire)) return wire.reduce<number>((sum, item) => sum + mostBytes(item), 5)
  return typeof wire === 'object' && wire !== null ? pack(wire).length : 9
}
