// Where things lie, for what depends on who is near: by the fields that a room's views name, else by `x` and `y`.

import type { Game } from '../../protocol/game.ts'
import type { LiveRows } from '../../protocol/live.ts'
import { slotOf } from '../../protocol/snapshot.ts'

export interface Place {
  readonly x: number
  readonly y: number
}

interface Axes {
  readonly x: string
  readonly y: string
}

/** Of a room's views, what says where entities lie. */
type PlacingViews = Readonly<Record<string, { readonly near?: Axes }>>

const PLAIN: Axes = { x: 'x', y: 'y' }

export class Places {
  readonly #axes: readonly (Axes | null)[]
  readonly #rows: readonly LiveRows[]
  /** Of entities that were looked from: one that is gone still lies where it was. */
  readonly #known = new WeakMap<object, Axes>()

  /** The views must have been checked. */
  constructor(game: Game, views: object, rows: readonly LiveRows[]) {
    this.#rows = rows
    this.#axes = game.kinds.map(({ kind, ints }) => {
      const isNumber = (name: string) => ints.some((column) => column.name === name && column.isExact)
      return (views as PlacingViews)[kind]?.near ?? (isNumber('x') && isNumber('y') ? PLAIN : null)
    })
  }

  /** An entity lies where its kind says; anything else at x and y. Null for what lies nowhere. */
  of(focus: object | null): Place | null {
    return focus && at(focus, this.#known.get(focus) ?? this.#axesOf(focus))
  }

  /** How far a row of a table is from there, along the longer axis: infinite for what lies nowhere. */
  distance(kind: number, id: number, from: Place): number {
    const axes = this.#axes[kind]
    const values = axes && this.#rows[kind]?.[slotOf(id)]?.values
    if (!values) return Number.POSITIVE_INFINITY
    const { [axes.x]: x, [axes.y]: y } = values as Readonly<Record<string, number>>
    const far = Math.max(Math.abs(x! - from.x), Math.abs(y! - from.y))
    return far >= 0 ? far : Number.POSITIVE_INFINITY
  }

  #axesOf(focus: object): Axes {
    const { id } = focus as { readonly id?: number }
    for (let kind = 0; id !== undefined && kind < this.#axes.length; kind++) {
      if (this.#rows[kind]?.[slotOf(id)]?.values !== focus) continue
      const axes = this.#axes[kind] ?? PLAIN
      this.#known.set(focus, axes)
      return axes
    }
    return PLAIN
  }
}

function at(object: object, axes: Axes): Place {
  const values = object as Readonly<Record<string, number>>
  return { x: values[axes.x]!, y: values[axes.y]! }
}
