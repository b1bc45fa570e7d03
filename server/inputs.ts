// A session's inputs on their way into the simulation. Normally one is taken a tick; after a stall, up to three, within
// a credit, so that what was late is caught up and nobody moves faster than time. Without an input there is no step.

import { INPUTS_WAITING } from '../protocol/limits.ts'

/** More than this many waiting inputs are a backlog. */
const BACKLOG = 3
/** Inputs that one tick takes of a backlog. */
const CATCH_UP = 3
/** Seconds of inputs that may be saved up, and what a tick adds to them: as much as the clocks of two ends may differ. */
const CREDIT_SECONDS = 0.25
const CREDIT_PER_TICK = 1.002

export class InputQueue<T = unknown> implements IterableIterator<T> {
  readonly #most: number
  #credit: number
  #allowed = 0
  readonly #inputs: T[] = []
  readonly #seqs: number[] = []
  readonly #seen: number[] = []
  #newest = 0
  #taken = 0
  #seenTick = 0
  readonly #result: { done?: boolean; value: T | undefined } = { done: true, value: undefined }

  /** `tickRate` 0: no rate is kept; a turn may take whatever waits. */
  constructor(tickRate: number) {
    this.#most = tickRate === 0 ? Number.POSITIVE_INFINITY : Math.max(CATCH_UP, tickRate * CREDIT_SECONDS)
    this.#credit = this.#most
  }

  /** The sequence number of the last input that was taken or dropped; 0 for none. */
  get taken(): number {
    return this.#taken
  }

  /** The tick, with its fraction, that the player saw when the last input that was taken was made. */
  get seenTick(): number {
    return this.#seenTick
  }

  get waiting(): number {
    return this.#inputs.length
  }

  /**
   * Takes in what is new of a frame whose first input is number `firstSeq`, and at whose last one the player saw
   * `seenTick`. Returns how many old ones had to go.
   */
  add(firstSeq: number, inputs: readonly T[], seenTick = 0): number {
    for (let index = 0; index < inputs.length; index++) {
      const seq = firstSeq + index
      // What came before came again; what is missing in between was given up by the client.
      if (seq <= this.#newest) continue
      this.#inputs.push(inputs[index] as T)
      this.#seqs.push(seq)
      this.#seen.push(seenTick - (inputs.length - 1 - index))
      this.#newest = seq
    }
    const excess = Math.max(0, this.waiting - INPUTS_WAITING)
    for (let index = 0; index < excess; index++) this.#shift()
    return excess
  }

  /** A tick begins: settles how many inputs it may take. */
  begin(): void {
    this.#credit = Math.min(this.#most, this.#credit + CREDIT_PER_TICK)
    const wanted = this.#most === Number.POSITIVE_INFINITY ? this.waiting : this.waiting > BACKLOG ? CATCH_UP : 1
    this.#allowed = Math.min(wanted, Math.floor(this.#credit))
  }

  [Symbol.iterator](): this {
    return this
  }

  /** Takes the next input that this tick may have. The result object is used again by the next call. */
  next(): IteratorResult<T> {
    const result = this.#result
    result.done = this.#allowed === 0 || this.waiting === 0
    result.value = undefined
    if (!result.done) {
      this.#allowed--
      this.#credit--
      result.value = this.#shift()
    }
    return result as IteratorResult<T>
  }

  /** Counting starts again at 1. */
  reset(): void {
    this.#inputs.length = this.#seqs.length = this.#seen.length = 0
    this.#newest = this.#taken = 0
  }

  #shift(): T | undefined {
    this.#taken = this.#seqs.shift() ?? this.#taken
    this.#seenTick = this.#seen.shift() ?? this.#seenTick
    return this.#inputs.shift()
  }
}
