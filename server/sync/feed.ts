// What one client is sent of the state: how far it has come, what it was told and when, and what its line is too slow for.

import { HEARTBEAT_MS } from '../../protocol/limits.ts'
import type { Viewer } from '../../protocol/private.ts'
import { Flow } from './flow.ts'
import type { History } from './history.ts'
import { type Rates, sendInterval } from './rates.ts'
import type { Shortage } from './shortage.ts'
import type { Sights } from './sights.ts'

type Viewing = { -readonly [Field in keyof Viewer]-?: Viewer[Field] }

/** How often a state tells of time. */
const TIMING_MS = 240
/** A frame leaves this long before the heartbeat is due, for the host looks only now and then. */
const MARGIN_MS = 500

/** One for all clients that predict nothing. */
const NONE: ReadonlySet<number> = new Set()

export class Feed {
  readonly flow: Flow
  readonly viewer: Viewing
  /** The kinds of which its page shows everyone's entities where they are going to be, and not where they were. */
  ahead: ReadonlySet<number> = NONE
  /** What it was sent of its room's states, where that is a part of them. */
  sights: Sights | null = null
  /** The states that it was sent, where they are not as its room was. */
  own: History | null = null
  /** Its line is too slow for all that it sees. */
  shortage: Shortage | null = null
  /** What its last state told of its own input and messages. */
  toldInput = -1
  toldReceived = -1
  /** It was skipped, and has not had a state since. */
  isBehind = false
  #asksExact = false
  #timedAt = Number.NEGATIVE_INFINITY
  #hashedIn = -1
  /** When its last state left. */
  #toldAt = 0

  constructor(player: number, rates: Rates) {
    this.flow = new Flow(sendInterval(rates))
    this.viewer = { player, predicts: NONE, since: 0, exactSince: 0, part: null }
  }

  /** On another connection. The first state there comes, whatever it tells. */
  attach(): void {
    this.toldInput = -1
    this.#timedAt = Number.NEGATIVE_INFINITY
  }

  /** Goes on from the state of that tick, which the client says it has. */
  resume(lastTick: number): void {
    this.flow.restart(lastTick)
    // The frame that told exact values last may have been lost with the socket.
    this.#asksExact = true
  }

  /** The client holds nothing. */
  restart(): void {
    this.flow.restart(0)
    this.predict([])
  }

  /** The client moves its own entities of these kinds, and is to be told their exact values; everyone's, if named twice. */
  predict(kinds: readonly number[]): void {
    this.viewer.predicts = kinds.length > 0 ? new Set(kinds) : NONE
    this.ahead = new Set(kinds.filter((kind, index) => kinds.indexOf(kind) < index))
    this.#asksExact = true
  }

  /** How the client sees what changed since `base`. */
  viewFrom(base: number): Viewer {
    this.viewer.since = base
    this.viewer.exactSince = this.#asksExact ? 0 : base
    return this.viewer
  }

  /** It was told nothing for so long that its client would soon begin to worry. */
  isQuiet(now: number): boolean {
    return now - this.#toldAt >= HEARTBEAT_MS - MARGIN_MS
  }

  /** Whether the state that leaves now is to tell of time. Asking counts: the next time is TIMING_MS later. */
  isTimingDue(now: number): boolean {
    if (now < this.#timedAt + TIMING_MS) return false
    this.#timedAt = now
    return true
  }

  /**
   * Whether the state that leaves now is to say its hash: once in each period, which is the same for all clients of a
   * process, so that they share it. Asking counts: in that period the answer is no from then on.
   */
  isHashDue(now: number, everyMs: number): boolean {
    const period = Math.floor(now / everyMs)
    const isDue = period !== this.#hashedIn
    this.#hashedIn = period
    return isDue
  }

  /** A state left, which tells all that there is or a part of it. */
  sent(isWhole: boolean, now: number): void {
    this.#toldAt = now
    if (!isWhole) this.flow.trimmed()
    this.#asksExact = false
    this.isBehind = !isWhole
  }
}
