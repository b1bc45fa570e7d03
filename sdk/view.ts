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
    this.#kinds = game.kinds.map((layout, kind) => new ShownKind(layout, kind, (id) => this.#whyGone(kind, id)))
    for (const { layout, list } of this.#kinds) this.view[layout.kind] = list
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
    if (tick === 0) return
    for (let kind = 0; kind < this.#kinds.length; kind++) this.#updateKind(kind, moment)
    this.view.serverTick = tick
    const { from, to, share } = moment
    this.view.shownTick = mixLinear(from.tick, to.tick, share)
    for (const shown of this.#kinds) shown.tell()
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
      if (table.indexOf(id) >= 0) return steps > 0 ? 'destroyed' : 'left'
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
      const isMoved = isPredicted && this.#prediction.isPredicted(kind, top.ints[0]![row] === me)
      const isAhead = isMoved && newest.indexOf(top.ids[row]!) < 0
      if (!isAhead) shown.addRow(top, row, moment, me)
    }
    shown.finish()
  }
}
