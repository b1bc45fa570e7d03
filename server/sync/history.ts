// States that a client may still go on from, though the ring has turned since: of each client the last one that it
// acknowledged, and while it is here the last one that was sent. So whoever comes back within the resume window, or
// behind whom a line stalled, is told what changed meanwhile, and nothing else.

import type { Game } from '../../protocol/game.ts'
import { SNAPSHOT_RING } from '../../protocol/limits.ts'
import { type Baseline, Snapshot, type SnapshotRing } from '../../protocol/snapshot.ts'
import { takeState } from './tables.ts'

/** States kept beside the ring, at most: no more than a full ring of a room takes. */
export const MOST_KEPT = SNAPSHOT_RING

export class History {
  readonly ring: SnapshotRing
  /** What a whole state is made from. */
  readonly nothing: Baseline
  readonly #game: Game
  readonly #places: number
  readonly #isNeeded: (tick: number) => boolean
  /** Oldest first. */
  #kept: Snapshot[] = []

  /** `places`: how many states the ring has. `isNeeded`: whether somebody may still go on from the state of that tick. */
  constructor(game: Game, ring: SnapshotRing, places: number, isNeeded: (tick: number) => boolean) {
    this.#game = game
    this.ring = ring
    this.nothing = { base: ring.at(0) as Snapshot, earlier: null }
    this.#places = places
    this.#isNeeded = isNeeded
  }

  /** How many are kept beside the ring. */
  get size(): number {
    return this.#kept.length
  }

  /** To be called before the ring takes the place of its oldest state for another one: if need be it stays here. */
  turn(): void {
    if (this.size > 0) this.#kept = this.#kept.filter(({ tick }) => this.#isNeeded(tick))
    const oldest = this.ring.back(this.#places - 1)
    if (oldest === undefined || !this.#isNeeded(oldest.tick)) return
    this.#kept.push(takeState(oldest, new Snapshot(this.#game)))
    if (this.size > MOST_KEPT) this.#kept.shift()
  }

  /** The state of just that tick, if it is there; tick 0 is the empty one. */
  at(tick: number): Snapshot | undefined {
    return this.ring.at(tick) ?? this.#kept.find((snapshot) => snapshot.tick === tick)
  }
}
