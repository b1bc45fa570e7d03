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
  /** States that came over the last second: fewer while the line is too slow for all, or nobody looks at the page. */
  readonly sendRate: number
  /**
   * States of the room that were not sent to this page, because the line was too slow for all or nobody looked at it.
   * In a room of turns it stays 0.
   */
  readonly skippedFrames: number
  /** Inputs on their way, which no state contains yet. */
  readonly inputsWaiting: number
  /** Inputs that were given up, because the line took none for too long, or broke while they were on their way. */
  readonly droppedInputs: number
  /** How often an own entity was not where it was predicted. */
  readonly corrections: number
  /**
   * How far the picture is meant to be behind a state that came without delay; it tunes itself. 0 in a room of turns.
   */
  readonly delayMs: number
  /** How often this end held another state than the server, and asked for the whole one. */
  readonly keyframes: number
}
