// When the picture is: behind the server by as much as keeps a snapshot on both sides of it, on this line, nearly
// always (a jitter buffer). Its time does not jump for a small error: it goes a little slower or faster until it is
// where it should be.

import type { Snapshot, SnapshotRing } from '../protocol/snapshot.ts'

/** The share of time for which there may be no newer snapshot to draw towards: the smaller, the longer the delay. */
export const STARVED = { competitive: 0.02, balanced: 0.005, smooth: 0.001 } as const

export type Quality = keyof typeof STARVED

/** Ages are counted in bins of this many milliseconds: enough of them for a server that sends once a second. */
export const BIN_MS = 10
export const BINS = 200
/**
 * A state that is older than both this many milliseconds and this many send intervals means an outage, which no delay
 * covers.
 */
export const MOST_MS = 700
export const MOST_INTERVALS = 2
/** What happened longer ago counts less and less. */
export const MEMORY_MS = 30_000
/** The delay is the age that is hardly ever exceeded, plus this share of a send interval. */
export const MARGIN = 1 / 4
/** How fast the fastest frame is forgotten, in milliseconds a millisecond: more than clocks drift apart. */
export const LEAK = 0.005
/** How long movement goes on when no snapshot comes. */
export const EXTRAPOLATE_MS = 40
/**
 * An error of the picture's time is worked off over this time, at no more than this rate; over a larger one than
 * JUMP_MS it jumps.
 */
export const CORRECT_MS = 400
export const MOST_RATE = 0.1
export const JUMP_MS = 500

/** Which snapshots the picture lies between. */
export interface Moment {
  /** The snapshot that says which rows there are, and what fields hold that are not interpolated. */
  readonly top: Snapshot
  readonly from: Snapshot
  readonly to: Snapshot
  /** 0: at `from`, 1: at `to`, more: beyond. */
  readonly share: number
}

export class RenderClock {
  readonly #starved: number
  #tickMs = 0
  /**
   * Ticks from one state of the room to the next, rounded as a server does it: from the whole tick rate, or a half may
   * fall short.
   */
  #sendTicks = 0
  /** Our time less the server's, which counts ticks, by the fastest of the latest frames. */
  #offset = Number.POSITIVE_INFINITY
  #newest = 0
  #arrivedAt = 0
  /** By bin, for how many milliseconds the newest state was of that age. */
  readonly #ages = new Float64Array(BINS)
  /** How far the picture is to be behind the fastest frame, in milliseconds. */
  delayMs = 0
  /** States of the room that did not come: as far as ticks tell. */
  skippedFrames = 0
  /** The server's time that the picture showed at our time. */
  #shown = Number.NaN
  #at = 0
  /** No picture was drawn for a while (a hidden tab), and since the first new one no state has come yet. */
  #isAway = false

  constructor(quality: Quality) {
    this.#starved = STARVED[quality]
  }

  /** `tickMs` is 0 where ticks have no time: the newest snapshot is shown. */
  restart(tickMs: number, sendRate: number): void {
    this.#tickMs = tickMs
    this.#sendTicks = Math.max(1, Math.round(Math.round(1000 / tickMs) / sendRate))
    this.#ages.fill(0)
    this.#shown = Number.NaN
    this.forget()
  }

  /** The page reaches the server over another path now. The picture stands still until a state has come over it. */
  forget(): void {
    this.#offset = Number.POSITIVE_INFINITY
  }

  arrived(tick: number, now: number): void {
    this.#at ||= now
    const lasted = now - this.#arrivedAt
    const isFirst = this.#offset === Number.POSITIVE_INFINITY
    this.#offset = Math.min(now - tick * this.#tickMs, this.#offset + lasted * LEAK)
    if (!isFirst) this.skippedFrames += Math.max(0, Math.round((tick - this.#newest) / this.#sendTicks) - 1)
    const age = this.ageOf(this.#newest, now)
    // The states of a page that nobody looked at were late by agreement, and so is the first when it is seen again: it
    // delays no picture, and the next one leaps to where it should be.
    if (this.#isAway || now - this.#at > CORRECT_MS) {
      this.#isAway = false
      this.#shown = Number.NaN
    } else if (!isFirst && this.#tickMs > 0 && age < Math.max(MOST_MS, MOST_INTERVALS * this.#sendTicks * this.#tickMs))
      this.#count(age, lasted)
    this.#newest = tick
    this.#arrivedAt = now
  }

  /** How long the state of `tick` is out of date, compared with the fastest frames; 0 where ticks have no time. */
  ageOf(tick: number, now: number): number {
    return this.#tickMs && Math.max(0, now - this.#offset - tick * this.#tickMs)
  }

  /** The tick, with its fraction, that the last picture showed; not finite when there is no telling. */
  shownTick(): number {
    return this.#shown / this.#tickMs
  }

  /** Where the picture of `now` lies. */
  locate(ring: SnapshotRing, now: number): Moment {
    const { newest } = ring
    const moment = { top: newest, from: newest, to: newest, share: 1 }
    if (this.#offset < Number.POSITIVE_INFINITY) this.#advance(now)
    const tick = this.shownTick()
    if (!Number.isFinite(tick)) return moment
    let steps = 1
    let from = ring.back(steps)
    while (from && from.tick > tick) {
      moment.to = from
      from = ring.back(++steps)
    }
    moment.from = from ?? moment.to
    if (tick < newest.tick) moment.top = moment.from
    if (from) moment.share = (tick - from.tick) / (moment.to.tick - from.tick)
    return moment
  }

  /** Goes on with the picture's time; not further than movement goes on beyond the newest snapshot. */
  #advance(now: number): void {
    const elapsed = now - this.#at
    const goal = now - this.#offset - this.delayMs
    const onward = this.#shown + elapsed
    const error = goal - onward
    const rate = Math.min(MOST_RATE, Math.max(-MOST_RATE, error / CORRECT_MS))
    this.#isAway ||= elapsed > CORRECT_MS
    const next = !this.#isAway && Math.abs(error) <= JUMP_MS ? onward + elapsed * rate : goal
    // A delay that grew is waited for: what was shown is not shown again.
    this.#shown = Math.min(Math.max(this.#shown || next, next), this.#newest * this.#tickMs + EXTRAPOLATE_MS)
    this.#at = now
  }

  /**
   * When the next state came the newest one was `age` old, and had been the newest for `lasted`. Works out the delay
   * anew.
   */
  #count(age: number, lasted: number): void {
    const ages = this.#ages
    const kept = Math.exp(-lasted / MEMORY_MS)
    let left = 0
    for (let bin = 0; bin < BINS; bin++) {
      const low = bin * BIN_MS
      const since = Math.min(age, low + BIN_MS) - Math.max(age - lasted, low)
      ages[bin] = ages[bin]! * kept + Math.max(0, since)
      left += ages[bin]!
    }
    left *= this.#starved
    let bin = BINS
    while (bin > 0 && left >= 0) left -= ages[--bin]!
    this.delayMs = (bin + 1) * BIN_MS + MARGIN * this.#sendTicks * this.#tickMs
  }
}
