// A session's inputs on their way into the simulation, one a tick. A room says what becomes of late ones: caught up with,
// within a credit, so that nobody moves faster than time; or dropped, and what was known repeated in their place.

import { INPUTS_WAITING } from '../../protocol/limits.ts'
import type { RoomSettings } from './room.ts'

/** More than this many waiting inputs are a backlog: of fewer, the client works them off by going slower. */
const BACKLOG = 6
/**
 * And where ticks take no more than one, of these: a page that draws few pictures makes the inputs of all ticks in
 * between at once, and none of them is late.
 */
const BACKLOG_SECONDS = 0.2
/** Inputs that one tick takes of a backlog. */
const CATCH_UP = 3
/** Seconds of inputs that may be saved up, and what a tick adds to them: as much as the clocks of two ends may differ. */
const CREDIT_SECONDS = 0.4
const CREDIT_PER_TICK = 1.002
/** How often the last input is repeated for one that is late. */
const REPEATS = 6
/**
 * Inputs that may come for each tick in the long run, and seconds of them at once, beside as many as may wait: far more
 * than are ever taken, and all that a path which stalled for as long as a live one may delivers.
 */
const COMING_PER_TICK = 2
const COMING_SECONDS = 6

export class InputQueue<T = unknown> implements IterableIterator<T> {
  readonly #most: number
  readonly #isStrict: boolean
  readonly #backlog: number
  readonly #mostComing: number
  #coming: number
  #credit: number
  #allowed = 0
  /** Those of them that waited when the tick began, and were not taken. */
  #offered = 0
  readonly #inputs: T[] = []
  readonly #seqs: number[] = []
  readonly #seen: number[] = []
  #newest = 0
  #taken = 0
  #seenTick = 0
  #last: T | undefined
  /** Ticks that something else was given than the input that was meant for them. */
  #owed = 0
  #spare = Number.POSITIVE_INFINITY
  readonly #result: { done?: boolean; value: T | undefined } = { done: true, value: undefined }

  /** `tickRate` 0: no rate is kept; a turn may take whatever waits. */
  constructor({ tickRate, lateInputs }: Pick<RoomSettings, 'tickRate' | 'lateInputs'>) {
    this.#most = tickRate === 0 ? Number.POSITIVE_INFINITY : Math.max(CATCH_UP, tickRate * CREDIT_SECONDS)
    this.#isStrict = tickRate > 0 && lateInputs === 'strict'
    this.#backlog = this.#isStrict ? Math.max(BACKLOG, Math.ceil(tickRate * BACKLOG_SECONDS)) : BACKLOG
    this.#credit = this.#most
    this.#mostComing = tickRate === 0 ? Number.POSITIVE_INFINITY : INPUTS_WAITING + tickRate * COMING_SECONDS
    this.#coming = this.#mostComing
  }

  /** The sequence number of the last input that was taken or dropped; 0 for none. */
  get taken(): number {
    return this.#taken
  }

  /** The tick, with its fraction, that the player saw when the last input that was taken was made; 0 for none. */
  get seenTick(): number {
    return this.#seenTick
  }

  get waiting(): number {
    return this.#inputs.length
  }

  /** How many inputs waited when a tick wanted one, at the least, since the last call; below 0: so many were late. */
  takeSpare(): number {
    const spare = Math.min(this.#spare, INPUTS_WAITING)
    this.#spare = Number.POSITIVE_INFINITY
    return spare
  }

  /** How many of a frame's inputs, the first of which is number `firstSeq`, came before. */
  known(firstSeq: number, count: number): number {
    return Math.min(count, Math.max(0, this.#newest + 1 - firstSeq))
  }

  /** How many of so many new inputs, the oldest first, are not worth a look: they come faster than any are ever taken. */
  surplus(count: number): number {
    const surplus = Math.max(0, count - Math.floor(this.#coming))
    this.#coming -= count - surplus
    return surplus
  }

  /**
   * Takes in what is new of a frame whose first input is number `firstSeq`, and at whose last one the player saw
   * `seenTick`. Returns how many had to go: late ones, and old ones beyond the limit.
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
    const late = Math.min(this.#owed, this.waiting)
    this.#owed -= late
    return this.#drop(late) + this.#drop(this.waiting - INPUTS_WAITING)
  }

  /** A tick begins: settles how many inputs it may take. Returns how many are given up, for there is no credit left. */
  begin(): number {
    this.#spare = Math.min(this.#spare, this.#isStrict ? this.waiting - 1 - this.#owed : Math.max(0, this.waiting - 1))
    this.#credit = Math.min(this.#most, this.#credit + CREDIT_PER_TICK)
    this.#coming = Math.min(this.#mostComing, this.#coming + COMING_PER_TICK)
    if (this.#most === Number.POSITIVE_INFINITY) {
      this.#allowed = this.waiting
      return 0
    }
    this.#passOver()
    const isBacklog = this.waiting > this.#backlog
    const mayCatchUp = !this.#isStrict && this.#credit >= CATCH_UP
    this.#allowed = Math.min(isBacklog && mayCatchUp ? CATCH_UP : 1, Math.floor(this.#credit))
    const dropped = isBacklog && !mayCatchUp ? this.#drop(this.waiting - this.#backlog) : 0
    this.#offered = Math.min(this.#allowed, this.waiting)
    return dropped
  }

  [Symbol.iterator](): this {
    return this
  }

  /** Takes the next input that this tick may have. The result object is used again by the next call. */
  next(): IteratorResult<T> {
    const result = this.#result
    const isMissing = this.waiting === 0
    result.done = this.#allowed === 0 || (isMissing && !this.#mayRepeat)
    result.value = undefined
    if (!result.done) {
      this.#allowed--
      this.#credit--
      if (!isMissing) this.#offered--
      result.value = isMissing ? this.#repeat() : this.#shift()
    }
    return result as IteratorResult<T>
  }

  /** Counting starts again at 1. What the player saw before says nothing of what it sees next. */
  reset(): void {
    this.#inputs.length = this.#seqs.length = this.#seen.length = 0
    this.#newest = this.#taken = this.#owed = this.#offered = this.#seenTick = 0
  }

  /** What the tick before could have and did not take: who is out of the game for a while must not make up for it later. */
  #passOver(): void {
    this.#credit -= this.#drop(Math.min(this.#offered, this.waiting))
  }

  /** Of a player who has not been heard of for longer nobody knows what it wants: then a tick is given nothing. */
  get #mayRepeat(): boolean {
    return this.#isStrict && this.#newest > 0 && this.#owed < REPEATS
  }

  #repeat(): T | undefined {
    this.#owed++
    return this.#last
  }

  #drop(count: number): number {
    for (let index = 0; index < count; index++) this.#shift()
    return Math.max(0, count)
  }

  #shift(): T {
    this.#taken = this.#seqs.shift() as number
    this.#seenTick = this.#seen.shift() as number
    const input = this.#inputs.shift() as T
    this.#last = input
    return input
  }
}
