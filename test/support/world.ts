// Random lives in a game's state: objects that are added, changed and removed, for the tests of the state path.

import { mixLinear } from '../../protocol/blend.ts'
import type { Game } from '../../protocol/game.ts'
import type { IntColumn, Layout } from '../../protocol/layout.ts'
import type { LiveRow, LiveRows } from '../../protocol/live.ts'
import { mixQuat } from '../../protocol/quat.ts'
import { zeroValues } from '../../protocol/rows.ts'
import { makeId } from '../../protocol/snapshot.ts'
import { between, pick } from './random.ts'

interface Row extends LiveRow {
  readonly values: Record<string, unknown>
}

/** Live objects that are added, changed and removed at random. */
export class RandomWorld {
  readonly rows: (Row | undefined)[][]
  readonly #game: Game
  readonly #random: () => number
  readonly #generations = new Map<string, number>()

  constructor(game: Game, random: () => number) {
    this.#game = game
    this.#random = random
    this.rows = game.kinds.map(() => [undefined])
    this.#put(0, 1)
  }

  get live(): readonly LiveRows[] {
    return this.rows
  }

  /** A few random additions, removals and assignments. */
  step(): void {
    const random = this.#random
    for (let edit = between(random, 0, 6); edit > 0; edit--) {
      const kind = between(random, 1, this.#game.kinds.length - 1)
      const slot = between(random, 1, 12)
      if (this.rows[kind]?.[slot]) {
        if (random() < 0.5) (this.rows[kind] as unknown[])[slot] = undefined
      } else {
        this.#put(kind, slot)
      }
    }
    this.rows.forEach((rows, kind) => {
      for (const row of rows) if (row) this.#change(kind, row)
    })
  }

  #put(kind: number, slot: number): void {
    const key = `${kind}/${slot}`
    const generation = ((this.#generations.get(key) ?? -1) + 1) & 255
    this.#generations.set(key, generation)
    const layout = this.#game.kinds[kind]
    if (!layout) throw new RangeError(`no kind ${kind}`)
    const id = makeId(slot, generation)
    const owner = kind > 1 ? between(this.#random, 0, 3) : 0
    const row: Row = { id, values: zeroValues(layout), owner, shownTo: null, reveals: 0 }
    const rows = this.rows[kind] as (Row | undefined)[]
    while (rows.length < slot) rows.push(undefined)
    rows[slot] = row
    for (let times = 0; times < 4; times++) this.#change(kind, row)
  }

  #change(kind: number, row: Row): void {
    const random = this.#random
    const names = Object.keys(row.values)
    if (random() < 0.4) return
    const name = pick(random, names)
    row.values[name] = randomValue(this.#game.kinds[kind] as Layout, name, random, row.values[name])
  }
}

/** Another value for a field, which is not always far from the one before. */
export function randomValue(layout: Layout, name: string, random: () => number, before: unknown): unknown {
  const column = layout.ints.find((candidate) => candidate.name === name)
  return column ? randomScalar(column, random, before) : randomBox(name, random)
}

function randomScalar({ scalar }: IntColumn, random: () => number, before: unknown): unknown {
  if (scalar.mix === mixQuat) return [random() - 0.5, random() - 0.5, random() - 0.5, random()]
  if (scalar.coding === 'pattern') return (random() - 0.5) * 1e6
  // Small steps are the usual case and values off the grid the rule.
  if (scalar.mix === mixLinear && random() < 0.7) return Math.min(Math.max((before as number) + random() * 3, 0), 90)
  return scalar.restore(between(random, scalar.least, scalar.most))
}

function randomBox(name: string, random: () => number): unknown {
  switch (name) {
    case 'winner':
      return random() < 0.5 ? undefined : `w${between(random, 0, 9)}`
    case 'hand':
      return Array.from({ length: between(random, 0, 5) }, () => between(random, 0, 255))
    case 'exact':
      // The two zeros are two values.
      return pick(random, [0, -0, random() * 1e9])
    case 'at':
      return { row: between(random, 0, 255), note: pick(random, ['', 'ä', 'abcd']) }
    case 'raw':
      return Uint8Array.from({ length: between(random, 0, 6) }, () => between(random, 0, 255))
    case 'extra':
      return random() < 0.5 ? { a: between(random, 0, 9) } : [null, true, 'x']
    default:
      return pick(random, ['', 'née', '🚀', 'plain'])
  }
}
