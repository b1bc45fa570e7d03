// What a room's clients must hold, reckoned anew and plainly from the game's own objects at each capture, by none of the
// code that captures, compares and sends them.

import type { BoxColumn, IntColumn } from '../../protocol/layout.ts'
import type { LiveRow, LiveRows } from '../../protocol/live.ts'
import type { Wire } from '../../protocol/msgpack.ts'
import { quantise } from '../../protocol/scalars.ts'
import { slotOf } from '../../protocol/snapshot.ts'
import { zoo } from './zoo.ts'

/** A row as it must be told. */
export interface Told {
  readonly id: number
  readonly owner: number
  readonly shownTo: ReadonlySet<number> | 'all' | null
  /** By column, whoever may see it. */
  readonly ints: readonly number[]
  readonly boxes: readonly Wire[]
  /** By column of whole numbers, the number behind it. */
  readonly numbers: readonly unknown[]
}

type Values = Readonly<Record<string, unknown>>

/** The rows by kind, in the order of their slots. */
export type Telling = readonly (readonly Told[])[]

export class Truth {
  #before: ReadonlyMap<string, Told> = new Map()

  /** To be called at each capture. */
  tell(live: readonly LiveRows[]): Telling {
    const told = new Map<string, Told>()
    const telling = zoo.kinds.map((_, kind) => {
      const rows = (live[kind] as LiveRows).filter((row) => row !== undefined)
      return rows
        .sort((one, other) => slotOf(one.id) - slotOf(other.id))
        .map((row) => {
          const key = `${kind} ${row.id}`
          const one = this.#row(kind, row, this.#before.get(key))
          told.set(key, one)
          return one
        })
    })
    this.#before = told
    return telling
  }

  #row(kind: number, { id, owner, shownTo, values }: LiveRow, before: Told | undefined): Told {
    const { ints, boxes } = zoo.kinds[kind] as (typeof zoo.kinds)[number]
    const whole = (column: IntColumn, index: number) =>
      column.name === 'owner' && kind > 1 ? owner : wholeOf(column, values as Values, before?.ints[index])
    return {
      id,
      owner: kind === 1 ? id : owner,
      shownTo: shownTo instanceof Set ? new Set(shownTo) : shownTo,
      ints: ints.map(whole),
      boxes: boxes.map((column, index) => boxOf(column, values as Values, before?.boxes[index])),
      numbers: ints.map(({ name }) => (values as Values)[name]),
    }
  }
}

function wholeOf({ name, scalar, isStatic, tolerance }: IntColumn, values: Values, before: number | undefined): number {
  const whole = quantise(scalar, values[name])
  if (before === undefined) return whole
  if (isStatic) return before
  return tolerance > 0 && Math.abs(Number(scalar.restore(whole)) - Number(scalar.restore(before))) < tolerance
    ? before
    : whole
}

function boxOf({ name, type, isStatic }: BoxColumn, values: Values, before: Wire): Wire {
  return isStatic && before !== undefined ? before : type.pack(values[name])
}

/** Whether two plain values are the same. */
export function sameWire(a: Wire, b: Wire): boolean {
  if (Object.is(a, b)) return true
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  if (!(Array.isArray(a) && Array.isArray(b)) || a.length !== b.length) return false
  return a.every((item, index) => sameWire(item, b[index]))
}
