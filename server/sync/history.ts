// States that a client may still go on from, though the ring has turned since: of each client the last one that it
// acknowledged, and while it is here the last one that was sent. So whoever comes back within the resume window, or
// behind whom a line stalled, is told what changed meanwhile, and nothing else.

import { SNAPSHOT_RING } from '../../protocol/limits.ts'
import type { Baseline, Snapshot, SnapshotRing } from '../../protocol/snapshot.ts'

/** States kept beside the ring, at most: as many as a client keeps. */
export const MOST_KEPT = SNAPSHOT_RING

export class History {
  readonly ring: SnapshotRing
  /** What a whole state is made from. */
  readonly nothing: Baseline
  readonly #isNeeded: (tick: number) => boolean
  /** Oldest first. */
  #kept: Snapshot[] = []

  /** `isNeeded`: whether somebody may still go on from the state of that tick. */
  constructor(ring: SnapshotRing, isNeeded: (tick: number) => boolean) {
    this.ring = ring
    this.nothing = { base: ring.at(0) as Snapshot, earlier: null }
    this.#isNeeded = isNeeded
  }

  /** How many are kept beside the ring. */
  get size(): number {
    return this.#kept.length
  }

  /** To be called before the ring takes another state: of those that leave it for it, what is needed stays here. */
  turn(): void {
    const { ring } = this
    if (this.size > 0) this.#kept = this.#kept.filter(({ tick }) => this.#isNeeded(tick))
    while (ring.back(ring.most)) this.#keep(ring.pop() as Snapshot)
    const oldest = ring.back(ring.most - 1)
    // One that nobody needs is left for the ring to use again.
    if (oldest && this.#isNeeded(oldest.tick)) this.#keep(ring.pop() as Snapshot)
  }

  #keep(snapshot: Snapshot): void {
    if (this.#isNeeded(snapshot.tick)) this.#kept.push(snapshot)
    if (this.size > MOST_KEPT) this.#kept.shift()
  }

  /** The state of just that tick, if it is there; tick 0 is the empty one. */
  at(tick: number): Snapshot | undefined {
    return this.ring.at(tick) ?? this.#kept.find((snapshot) => snapshot.tick === tick)
  }
}
