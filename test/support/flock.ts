// A room of every type of field that many see a part of: most of it goes straight on and past north, some turns back, all
// of it comes and goes, and slots are used again.

import { Capture } from '../../protocol/capture.ts'
import { newLineup, Snapshot, type Table } from '../../protocol/snapshot.ts'
import { between } from './random.ts'
import { RandomWorld } from './world.ts'
import { zoo } from './zoo.ts'

const STEP = 1 / 8
const TURN = (2 * Math.PI) / 256

export class Flock {
  readonly capture = new Capture(zoo, true)
  readonly #world: RandomWorld
  readonly #random: () => number
  #tick = 0

  constructor(random: () => number) {
    this.#random = random
    this.#world = new RandomWorld(zoo, random)
  }

  /** The state of the next tick that is captured, which is up to three ticks on. */
  next(): Snapshot {
    const ticks = between(this.#random, 1, 3)
    this.#tick += ticks
    this.#world.step()
    for (const row of this.#world.rows[2] ?? []) {
      if (row === undefined) continue
      const { values, id } = row
      values.x = Math.abs((values.x as number) - (id % 7) * STEP * ticks)
      values.heading = (values.heading as number) + (id % 5) * TURN * ticks
    }
    for (const row of this.#world.rows[3] ?? []) {
      if (row) row.values.middle = (((row.values.middle as number) + (row.id % 3) * ticks + 0x8000) & 0xffff) - 0x8000
    }
    return this.capture.capture(this.#world.live, this.#tick)
  }
}

/** Of a state, the entities of these ids by kind, in a state of its own. */
export function partOf({ tick, tables }: Snapshot, idsByKind: readonly (readonly number[])[]): Snapshot {
  const part = new Snapshot(zoo)
  part.tick = tick
  tables.forEach((table, kind) => {
    copyRows(
      table,
      (idsByKind[kind] ?? []).map((id) => table.indexOf(id)),
      part.tables[kind] as Table,
    )
  })
  return part
}

/** As server/sync/tables.ts does it, written again: what is held against the server's code must not be made by it. */
function copyRows(from: Table, rows: readonly number[], into: Table): void {
  into.resize(rows.length)
  into.lineup = newLineup()
  rows.forEach((row, place) => {
    into.ids[place] = from.ids[row] as number
    from.ints.forEach((cells, column) => {
      ;(into.ints[column] as Int32Array)[place] = cells[row] as number
    })
    from.boxes.forEach((cells, column) => {
      ;(into.boxes[column] as unknown[])[place] = cells[row]
    })
  })
}

export const idsOf = ({ ids, count }: Table): number[] => [...ids.subarray(0, count)]
