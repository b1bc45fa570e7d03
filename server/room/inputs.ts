// A session's inputs on their way into the simulation, one a tick. A room says what becomes of late ones: caught up with,
// within a credit, so that nobody moves faster than time; or dropped, and what was known repeated in their place.

import { INPUTS_WAITING } from '../../protocol/limits.ts'
import type { RoomSettings } from './room.ts'

/** More than this many waiting inputs are a backlog: of fewer, the client works them off by going slower. */
const BACKLOG = 6
/**
 * In a strict room, where a tick takes one at most, this many seconds of inputs: a page that draws few pictures makes
 * the inputs of all ticks in between at once, and none of them is late.
 */
const BACKLOG_SECONDS = 0.2
/** Inputs that one tick takes of a backlog. */
const CATCH_UP = 3
/**
 * Inputs that may be saved up, in seconds of them, and what each tick adds: a little more than one, for the clocks of
 * two ends differ.
 */
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

interface Waiting<T> {
  readonly seq: number
  readonly input: T
  /** The tick, with its fraction, that the player saw when it was made. */
  readonly seenTick: number
}

const DONE = { done: true, value: undefined } as const

export class InputQueue<T = unknown> implements IterableIterator<T> {
  /** No rate is kept: a turn may take whatever waits. */
  readonly #isByTurns: boolean
  readonly #isStrict: boolean
  readonly #backlog: number
  readonly #mostCredit: number
  readonly #mostComing: number
  /** Inputs that may still come, and that may still be taken. */
  #coming: number
  #credit: number
  /** Inputs that this tick may still take. */
  #allowed = 0
  /** Those of them that waited when the tick began, and were not taken. */
  #offered = 0
  readonly #queue: Waiting<T>[] = []
  #newest = 0
  #taken = 0
  #seenTick = 0
  #last: T | undefined
  /** Ticks that were given the last input again, because their own had not come. */
  #owed = 0
  #spare = INPUTS_WAITING

  constructor({ tickRate, lateInputs }: Pick<RoomSettings, 'tickRate' | 'lateInputs'>) {
    this.#isByTurns = tickRate === 0
    this.#isStrict = tickRate > 0 && lateInputs === 'strict'
    this.#backlog = this.#isStrict ? Math.max(BACKLOG, Math.ceil(tickRate * BACKLOG_SECONDS)) : BACKLOG
    this.#mostCredit = Math.max(CATCH_UP, tickRate * CREDIT_SECONDS)
    this.#mostComing = this.#isByTurns ? Number.POSITIVE_INFINITY : INPUTS_WAITING + tickRate * COMING_SECONDS
    this.#credit = this.#mostCredit
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
    return this.#queue.length
  }

  /** How many inputs waited when a tick wanted one, at the least, since the last call; below 0: so many were late. */
  takeSpare(): number {
    const spare = this.#spare
    this.#spare = INPUTS_WAITING
    return spare
  }

  /** How many of a frame's inputs, the first of which is number `firstSeq`, came before. */
  known(firstSeq: number, count: number): number {
    return Math.min(count, Math.max(0, this.#newest + 1 - firstSeq))
  }

  /**
   * Counts new inputs against what may come. Returns how many, the oldest first, are beyond that and not worth a look.
   */
  spend(count: number): number {
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
      this.#queue.push({ seq, input: inputs[index] as T, seenTick: seenTick - (inputs.length - 1 - index) })
      this.#newest = seq
    }
    const late = Math.min(this.#owed, this.waiting)
    this.#owed -= late
    return this.#drop(late) + this.#drop(this.waiting - INPUTS_WAITING)
  }

  /** A tick begins: settles how many inputs it may take. Returns how many are given up, for there is no credit left. */
  begin(): number {
    this.#spare = Math.min(this.#spare, this.#isStrict ? this.waiting - 1 - this.#owed : Math.max(0, this.waiting - 1))
    if (this.#isByTurns) {
      this.#allowed = this.waiting
      return 0
    }
    this.#credit = Math.min(this.#mostCredit, this.#credit + CREDIT_PER_TICK)
    this.#coming = Math.min(this.#mostComing, this.#coming + COMING_PER_TICK)
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

  /** Takes the next input that this tick may have. */
  next(): IteratorResult<T> {
    const isMissing = this.waiting === 0
    if (this.#allowed === 0 || (isMissing && !this.#mayRepeat)) return DONE
    this.#allowed--
    this.#credit--
    if (isMissing) return { done: false, value: this.#repeat() }
    this.#offered--
    return { done: false, value: this.#shift() }
  }

  /** Counting starts again at 1. What the player saw before says nothing of what it sees next. */
  reset(): void {
    this.#queue.length = 0
    this.#newest = this.#taken = this.#owed = this.#offered = this.#seenTick = 0
  }

  /**
   * Drops what the tick before could have taken and did not: who is out of the game for a while must not make up for it
   * later.
   */
  #passOver(): void {
    this.#credit -= this.#drop(Math.min(this.#offered, this.waiting))
  }

  /**
   * Whether a missing input is replaced by the last one. After a longer silence nobody knows what the player wants, and
   * a tick is given nothing.
   */
  get #mayRepeat(): boolean {
    return this.#isStrict && this.#newest > 0 && this.#owed < REPEATS
  }

  #repeat(): T {
    this.#owed++
    return this.#last as T
  }

  #drop(count: number): number {
    for (let index = 0; index < count; index++) this.#shift()
    return Math.max(0, count)
  }

  #shift(): T {
    const { seq, input, seenTick } = this.#queue.shift() as Waiting<T>
    this.#taken = seq
    this.#seenTick = seenTick
    this.#last = input
    return input
  }
}
