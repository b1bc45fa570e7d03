// What was captured last of one kind.

import type { Layout } from './layout.ts'
import type { LiveRow, LiveRows } from './live.ts'
import type { Wire } from './msgpack.ts'
import { type ColumnReader, type LiveValues, readerOf } from './readers.ts'
import { slotOf, type Table } from './snapshot.ts'

export class Memory {
  /** The table that it was captured into. */
  table: Table | null = null
  /** The live rows and their objects, without the gaps; of each, its owner, and whether it was new in its slot. */
  readonly rows: LiveRow[] = []
  readonly objects: LiveValues[] = []
  owners = new Int32Array(0)
  isNew = new Uint8Array(0)
  anyNew = false
  anyOwned = false
  readonly readers: readonly ColumnReader[]
  // From here on by slot.
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
    this.readers = layout.ints.map(readerOf)
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
    this.owners = new Int32Array(capacity)
    this.isNew = new Uint8Array(capacity)
    this.privateTick = grown(this.privateTick, new Float64Array(capacity))
    this.exactTick = grown(this.exactTick, new Float64Array(capacity))
    for (let column = 0; column < this.ints.length; column++) {
      this.ints[column] = grown(this.ints[column] as Int32Array, new Int32Array(capacity))
      this.exact[column] = grown(this.exact[column] as Float64Array, new Float64Array(capacity))
    }
  }

  /** What is there at the next capture is new, whatever its ids, but for the rows that have been there since. */
  forget(live: LiveRows): void {
    const stayed = this.rows.filter((row) => live[slotOf(row.id)] === row)
    this.table = null
    this.ids.fill(0)
    for (const { id } of stayed) this.ids[slotOf(id)] = id
  }

  /** Whether the same rows are there, of the same owners, and nothing was revealed since. */
  knows(live: LiveRows): boolean {
    const { rows, owners, reveals } = this
    let count = 0
    for (let slot = 1; slot < live.length; slot++) {
      const row = live[slot]
      if (row === undefined) continue
      if (row !== rows[count] || row.owner !== owners[count] || row.reveals !== reveals[slot]) return false
      count++
    }
    return count === rows.length
  }
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from)
  return to
}
