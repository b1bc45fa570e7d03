// The whole of what a game draws, brought up to date once a picture.

import { mixLinear } from '../protocol/blend.ts'
import {
  type Game,
  type KindOf,
  PLAYER_KIND,
  ROOM_KIND,
  type Seen,
  type SeenPlayer,
  type SeenRoom,
} from '../protocol/game.ts'
import type { SnapshotRing, Table } from '../protocol/snapshot.ts'
import type { Values } from './input.ts'
import type { Moment } from './interpolation.ts'
import type { Prediction } from './prediction.ts'
import { ShownKind } from './shown.ts'

/**
 * The room, the players and the entities of each kind, by the kind's name. The objects and arrays are the same ones each
 * time: look at them, keep them, do not change them.
 */
export type View<G extends Game> = {
  readonly room: SeenRoom<G>
  readonly player: readonly SeenPlayer<G>[]
  /** The tick of the newest state; 0 before the first. */
  readonly serverTick: number
  /** The tick, with its fraction, at which entities are shown that are not predicted; 0 before the first state. */
  readonly shownTick: number
} & { readonly [K in KindOf<G>]: readonly Seen<G, K>[] }

export class Scene {
  /** Has the shape of View. */
  readonly view: Values = {}
  readonly #ring: SnapshotRing
  readonly #prediction: Prediction
  readonly #kinds: readonly ShownKind[]

  constructor(game: Game, ring: SnapshotRing, prediction: Prediction) {
    this.#ring = ring
    this.#prediction = prediction
    this.#kinds = game.kinds.map((layout, kind) => {
      const shown = new ShownKind(layout, kind, (id) => this.#whyGone(kind, id))
      this.view[layout.kind] = shown.list
      return shown
    })
    this.clear()
  }

  clear(): void {
    // But for the room, which has no end: what its listeners heard last is what the next state is compared with.
    for (const shown of this.#kinds.slice(1)) shown.finish()
    this.view.room = this.#kinds[ROOM_KIND]!.blank()
    this.view.serverTick = this.view.shownTick = 0
  }

  /** Shows `moment`; the room and the players as they are now, and what is predicted ahead of it. */
  update(moment: Moment): void {
    const { tick } = this.#ring.newest
    if (tick) {
      const { from, to, share } = moment
      this.view.serverTick = tick
      this.view.shownTick = mixLinear(from.tick, to.tick, share)
      for (let kind = 0; kind < this.#kinds.length; kind++) this.#updateKind(kind, moment)
    }
    this.#prediction.count++
    for (const shown of this.#kinds) shown.tell()
    this.#prediction.count--
  }

  /** As ShownKind. Throws TypeError for a kind that is not in the game. */
  on(kind: string, what: string, listener: (...args: never[]) => void): () => void {
    const shown = this.#kinds.find(({ layout }) => layout.kind === kind)
    if (!shown) throw new TypeError(`there is no ${kind}`)
    return shown.on(what, listener)
  }

  /**
   * Why an entity is no longer shown. The newest state that mentions it decides: either it left the view with that
   * state, or it was there and has been destroyed since. 'left', too, if no state in the ring mentions it any more, or
   * if it is in the newest one: then the picture is only behind.
   */
  #whyGone(kind: number, id: number): 'left' | 'destroyed' {
    for (let steps = 0; ; steps++) {
      const table = this.#ring.back(steps)?.tables[kind]
      if (!table || table.left.includes(id)) return 'left'
      if (table.indexOf(id) >= 0) return steps ? 'destroyed' : 'left'
    }
  }

  /** Whether a rule moves it, by the newest state that has it. */
  #isMoved(kind: number, id: number): boolean {
    for (let steps = 0; ; steps++) {
      const table = this.#ring.back(steps)!.tables[kind]!
      const row = table.indexOf(id)
      if (row >= 0) return this.#prediction.isPredicted(kind, table.ints[0]![row] === this.#prediction.me)
    }
  }

  #updateKind(kind: number, moment: Moment): void {
    const shown = this.#kinds[kind] as ShownKind
    const newest = this.#ring.newest.tables[kind] as Table
    const top = kind > PLAYER_KIND ? (moment.top.tables[kind] as Table) : newest
    const { entities, alpha, me } = this.#prediction
    const isPredicted = this.#prediction.isPredicted(kind)
    for (const entity of entities) {
      if (isPredicted && entity.rule.kind === kind) shown.addPredicted(entity, alpha, me)
    }
    for (let row = 0; row < top.count; row++) {
      // What was shown as predicted and is gone by now: then its past is not shown either.
      const id = top.ids[row]!
      const isAhead = isPredicted && newest.indexOf(id) < 0 && this.#isMoved(kind, id)
      if (!isAhead) shown.addRow(top, row, moment, me)
    }
    shown.finish()
  }
}
