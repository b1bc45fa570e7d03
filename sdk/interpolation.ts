// When the picture is: a little behind the server, so that there are snapshots on both sides of it. The server's time is
// told by the fastest of the latest frames; the clock follows it slowly, so that nothing on the screen stutters.

import type { Snapshot, SnapshotRing } from '../protocol/snapshot.ts'

/** How many send intervals the picture is behind. */
const DELAY_INTERVALS = 2
/** How long movement goes on when no snapshot comes. */
const EXTRAPOLATE_MS = 100
/** A gap of more intervals means that nothing changed meanwhile: movement then takes only the last interval. */
const IDLE_INTERVALS = 4
/** The fastest frame counts for so many seconds. */
const WINDOW = 10
/** How fast the clock follows, in milliseconds a millisecond, and the error from which it jumps. */
const SLEW = 0.05
const JUMP_MS = 250

/** Which snapshots the picture lies between. */
export interface Moment {
  /** The snapshot whose rows exist and whose other fields are shown. */
  top: Snapshot
  from: Snapshot
  to: Snapshot
  /** 0: at `from`, 1: at `to`, more: beyond. */
  share: number
}

export class RenderClock {
  #tickMs = 0
  #intervalMs = 0
  /** By second, the least of (arrival − the server's time) and the second that it belongs to. */
  readonly #least = new Float64Array(WINDOW).fill(Number.POSITIVE_INFINITY)
  readonly #second = new Float64Array(WINDOW)
  #offset = Number.NaN
  #at = 0

  /** A tick rate of 0 has no time: the newest snapshot is shown. */
  restart(tickRate: number, sendRate: number): void {
    this.#tickMs = tickRate > 0 ? 1000 / tickRate : 0
    // The server sends after every so many whole ticks.
    this.#intervalMs = this.#tickMs * (Math.round(tickRate / (sendRate || tickRate)) || 1)
    this.forget()
  }

  /** The way to the server is another one. */
  forget(): void {
    this.#least.fill(Number.POSITIVE_INFINITY)
    this.#offset = Number.NaN
  }

  arrived(tick: number, now: number): void {
    const second = Math.floor(now / 1000)
    const place = second % WINDOW
    const offset = now - tick * this.#tickMs
    const isFresh = this.#second[place] === second
    this.#second[place] = second
    this.#least[place] = isFresh ? Math.min(this.#least[place] as number, offset) : offset
    this.#follow(now)
  }

  /** How long the state of `tick` is out of date, compared with the fastest frames. */
  ageOf(tick: number, now: number): number {
    return Number.isNaN(this.#offset) ? 0 : Math.max(0, now - this.#offset - tick * this.#tickMs)
  }

  /** The tick, with its fraction, that the picture of `now` shows; not finite when there is no telling. */
  tickAt(now: number): number {
    return (now - this.#offset - DELAY_INTERVALS * this.#intervalMs) / this.#tickMs
  }

  /** Sets `moment` to where the picture of `now` lies. */
  locate(moment: Moment, ring: SnapshotRing, now: number): void {
    const { newest } = ring
    moment.top = moment.from = moment.to = newest
    moment.share = 1
    if (this.#tickMs === 0 || Number.isNaN(this.#offset) || ring.size < 2) return
    this.#follow(now)
    const tick = this.tickAt(now)
    if (tick >= newest.tick) this.#goBeyond(moment, ring.back(1) as Snapshot, tick)
    else this.#liesBetween(moment, ring, tick)
  }

  #goBeyond(moment: Moment, before: Snapshot, tick: number): void {
    const most = EXTRAPOLATE_MS / this.#tickMs
    moment.from = before
    moment.share = 1 + Math.min(tick - moment.to.tick, most) / this.#span(before, moment.to)
  }

  #liesBetween(moment: Moment, ring: SnapshotRing, tick: number): void {
    let steps = 0
    let from: Snapshot | undefined = moment.to
    while (from !== undefined && from.tick > tick) {
      moment.to = from
      from = ring.back(++steps)
    }
    moment.top = moment.from = from ?? moment.to
    if (from === undefined) return
    moment.share = Math.max(0, 1 - (moment.to.tick - tick) / this.#span(from, moment.to))
  }

  /** The ticks that movement from one snapshot to the next takes. */
  #span(from: Snapshot, to: Snapshot): number {
    const interval = this.#intervalMs / this.#tickMs
    const gap = to.tick - from.tick
    return gap > IDLE_INTERVALS * interval ? interval : gap
  }

  #follow(now: number): void {
    const second = Math.floor(now / 1000)
    let goal = Number.POSITIVE_INFINITY
    for (let place = 0; place < WINDOW; place++) {
      if (second - (this.#second[place] as number) < WINDOW) goal = Math.min(goal, this.#least[place] as number)
    }
    const most = (now - this.#at) * SLEW
    this.#at = now
    if (goal === Number.POSITIVE_INFINITY) return
    const error = goal - this.#offset
    if (Math.abs(error) <= JUMP_MS) this.#offset += Math.min(most, Math.max(-most, error))
    else this.#offset = goal
  }
}
