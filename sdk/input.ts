// One player's inputs on their way to the server: taken each client tick, kept until a state contains them, and sent no
// faster than the line takes them. Both ends use the same quantised values.

import type { Game } from '../protocol/game.ts'
import type { Layout } from '../protocol/layout.ts'
import { INPUTS_PER_FRAME } from '../protocol/limits.ts'
import { packRow, type Row, unpackRow, zeroRow } from '../protocol/rows.ts'

export type Values = Record<string, unknown>

export interface Input {
  readonly seq: number
  readonly row: Row
  /** What both ends hand to the game's rules. */
  readonly values: Values
  readonly takenAt: number
  /** The tick, with its fraction, of the picture that the player saw then; not finite, or left out, if not known. */
  readonly shownTick?: number | undefined
}

/** Milliseconds between two frames of inputs: 30 a second, less what the timing of pictures varies by. */
export const FRAME_INTERVAL_MS = 1000 / 30 - 1
/** While the browser has more than so many bytes to write, nothing leaves that is to be fresh. */
export const FRESH_BYTES = 256
/** After a wait, or a cut, older inputs stay behind: nobody wants to see them played late. */
export const YOUNG_MS = 250
/** Inputs that may wait on the server beside the one that a tick takes: with more we slow down; late ones speed us up. */
export const SPARE = 1.5
/**
 * By how much the rate changes for each input too many or too few, and its bounds: quick to gain, slow to give back.
 */
export const URGE = 0.02
export const FASTER = 0.05
export const SLOWER = 0.02
/** A shortage counts at once; that it is over is believed only over this many reports. */
export const EASE = 16

export class Inputs {
  readonly #layout: Layout
  readonly #flags: readonly number[]
  /** In a room of turns an input counts however late it is. */
  isByTurns = false
  #wanted: Row
  /** The last input, as text: its plain values may be the game's own, which it changes. */
  #last = ''
  /** Flags that were set since the last tick, by column. */
  readonly #pressed: Int32Array
  #pending: Input[] = []
  /** How many were given up. */
  dropped = 0
  #newest = 0
  #sent = 0
  #frameAt = Number.NEGATIVE_INFINITY
  #hadToWait = false
  #spare = 0
  /** How fast client ticks are to follow one another, in their own time: so that inputs come neither late nor early. */
  rate = 1

  constructor(game: Game) {
    this.#layout = game.input
    this.#flags = this.#layout.ints.flatMap(({ zero }, column) => (typeof zero === 'boolean' ? [column] : []))
    this.#wanted = zeroRow(this.#layout)
    this.#pressed = new Int32Array(this.#layout.ints.length)
  }

  /** Those that no state contains yet, oldest first. */
  get pending(): readonly Input[] {
    return this.#pending
  }

  /** The sequence number of the newest. */
  get newest(): number {
    return this.#newest
  }

  /** What the player wants from now on. Throws RangeError or TypeError, naming the field, for what does not fit. */
  want(intent: Readonly<Values>): void {
    this.#wanted = packRow(this.#layout, intent)
    for (const column of this.#flags) this.#pressed[column]! |= this.#wanted.ints[column] as number
  }

  /** Whether an input now would be another one than the last, or a flag was set since. */
  get isNews(): boolean {
    return this.#pressed.includes(1) || JSON.stringify(this.#wanted) !== this.#last
  }

  /** The input of one client tick. */
  take(now: number, shownTick?: number): Input {
    const row: Row = { ints: this.#wanted.ints.slice(), boxes: this.#wanted.boxes }
    for (const column of this.#flags) row.ints[column]! |= this.#pressed[column] as number
    this.#pressed.fill(0)
    this.#last = JSON.stringify(row)
    const input: Input = {
      seq: ++this.#newest,
      row,
      // The rule runs on it again and again.
      values: Object.freeze(unpackRow(this.#layout, row)),
      takenAt: now,
      shownTick,
    }
    this.#pending.push(input)
    return input
  }

  /** The inputs that may leave now, in one frame; none while the line is full or the last frame just left. */
  leaving(now: number, bufferedAmount: number): readonly Input[] {
    if (this.#sent === this.#newest || now - this.#frameAt < FRAME_INTERVAL_MS) return []
    if (bufferedAmount > FRESH_BYTES) {
      this.#hadToWait = true
      return []
    }
    if (this.#hadToWait) this.#dropOld(now)
    this.#hadToWait = false
    return this.#pending.filter(({ seq }) => seq > this.#sent).slice(0, INPUTS_PER_FRAME)
  }

  /** All up to `last` left. */
  left(last: Input, now: number): void {
    this.#sent = last.seq
    this.#frameAt = now
  }

  /** A state contains all up to `last`. */
  acknowledge(last: number): void {
    this.#pending = this.#pending.filter(({ seq }) => seq > last)
  }

  /** The server said how many inputs waited there beyond the one that a tick took, at the least, lately. */
  told(spare: number): void {
    this.#spare += (spare - this.#spare) / (spare < this.#spare ? 1 : EASE)
    const missing = this.#spare < 0 ? -this.#spare : Math.min(0, SPARE - this.#spare)
    this.rate = 1 + Math.min(FASTER, Math.max(-SLOWER, missing * URGE))
  }

  /** A new socket to the same session: the young ones are sent again. What was pressed counts only if some left lately. */
  resume(now: number): void {
    if (!this.isByTurns && now - this.#frameAt > YOUNG_MS) this.#pressed.fill(0)
    this.#sent = 0
    this.#dropOld(now)
  }

  /** A new session: counted from 1 again. */
  restart(): void {
    this.#pending = []
    this.#last = ''
    this.#newest = this.#sent = 0
    this.#pressed.fill(0)
  }

  #dropOld(now: number): void {
    if (this.isByTurns) return
    // The last input may be among them: whatever is wanted next counts as new.
    this.#last = ''
    // What is not kept is counted.
    this.#pending = this.#pending.filter(
      ({ seq, takenAt }) => seq <= this.#sent || now - takenAt <= YOUNG_MS || !++this.dropped,
    )
  }
}
