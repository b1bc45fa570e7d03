// What a page can know of its line: figures for a game to show, and to judge by.

export interface Stats {
  /** There and back on the line alone, smoothed; 0 until it is known. And how much that varies. */
  readonly rttMs: number
  readonly jitterMs: number
  /** How much older the newest state is than it would be on a line without queues. 0 in a room of turns. */
  readonly stateAgeMs: number
  /** How long the oldest input or message has waited that has not arrived, as far as is known; 0 for none. */
  readonly waitingMs: number
  /** Bytes that wait in the browser. */
  readonly bufferedAmount: number
  /** Since `join`, over all connections. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** Bytes a second that came and that left: over the last second, what is nearer counting for more. */
  readonly inPerSecond: number
  readonly outPerSecond: number
  readonly framesIn: number
  /** States a second that came, likewise: fewer while the line is too slow for all, or nobody looks at the page. */
  readonly sendRate: number
  /** States of the room that did not come for that. In a room of turns it cannot be told. */
  readonly skippedFrames: number
  /** Inputs on their way, which no state contains yet. */
  readonly inputsWaiting: number
  /** Inputs that were given up, for the line took none for too long, or was lost while they were on their way. */
  readonly droppedInputs: number
  /** How often an own entity was not where it was predicted. */
  readonly corrections: number
  /** How far the picture is to be behind what a state is that came without delay; it tunes itself to the line. Likewise 0 there. */
  readonly delayMs: number
  /** How often what this end held differed from the server's state, and was asked for as a whole. */
  readonly keyframes: number
}
