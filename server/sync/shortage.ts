// What is known of a client whose line is too slow for all that it sees: who waits, and since when.

import { MAX_SLOT } from '../../protocol/limits.ts'
import { slotOf, type Table } from '../../protocol/snapshot.ts'

/** How many frames in a row each row of one client has been held, by kind and slot. */
export class Waiting {
  readonly #kinds: Uint16Array[] = []

  /** The counts of a kind, with room for all slots of that table. */
  of(kind: number, { ids, count }: Table): Uint16Array {
    const slots = count === 0 ? 1 : slotOf(ids[count - 1]!) + 1
    const frames = this.#kinds[kind]
    if (frames && frames.length >= slots) return frames
    const grown = new Uint16Array(Math.min(MAX_SLOT + 1, slots * 2))
    if (frames) grown.set(frames)
    this.#kinds[kind] = grown
    return grown
  }
}

/** So many states in a row must have been whole before a client is sent what all are. */
const WHOLE_FRAMES = 3

export class Shortage {
  readonly waiting = new Waiting()
  /** The last state that it was sent as its room has it. */
  readonly since: number
  /** The tick of the first of those frames, the latest in a row, that held nothing back. */
  wholeSince = 0
  #wholeFrames = 0

  constructor(since: number) {
    this.since = since
  }

  /** Its line has taken all for a while. */
  get isOver(): boolean {
    return this.#wholeFrames >= WHOLE_FRAMES
  }

  /** The state of that tick was sent, as a whole or in part. */
  sent(tick: number, isWhole: boolean): void {
    if (!isWhole) this.#wholeFrames = 0
    else if (this.#wholeFrames++ === 0) this.wholeSince = tick
  }
}
