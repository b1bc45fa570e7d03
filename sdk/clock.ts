// The room's time. States tell now and then how many of our frames the server had heard, and for how long it had held the
// last one: each is the echo of a frame that left anyway, so no probe is needed, not even from spectators.

import type { Timing } from '../protocol/frames.ts'

/** How long an echo counts: clocks drift apart. */
export const WINDOW_MS = 6_000
/** Of these, the share with the shortest round trips counts: hardly anything waited on its way (NTP's clock filter). */
export const BEST = 0.2
/**
 * An error is worked off over this time, by at most this many milliseconds a millisecond: so the clock never goes back.
 */
export const FOLLOW_MS = 500
export const SLEW = 0.1
/** A clock that is further off than this leaps instead, unless the echo took as much longer: then that may be what is off. */
export const LEAP_MS = 3_000

export class Clock {
  /** When frames left, by their number modulo 256. */
  readonly #sentAt = new Float64Array(256)
  #sent = 0
  #echoes: { readonly at: number; readonly rtt: number; readonly offset: number }[] = []
  /** The room's time less ours, in milliseconds, as echoes tell it and as it is shown. */
  #goal = Number.NaN
  #offset = Number.NaN
  #at = 0
  /** Milliseconds there and back, smoothed, and how much they vary; 0 before the first echo. */
  rttMs = 0
  jitterMs = 0

  /** Another connection, and maybe another room. */
  restart(): void {
    this.#sent = 0
    this.#echoes = []
  }

  /** A frame left. */
  sent(now: number): void {
    this.#sentAt[++this.#sent & 255] = now
  }

  /** A state brought an echo; `now` is when it arrived. */
  told({ heard, held, time }: Timing, now: number): void {
    // What is worked off until now goes by the echoes before: while a page stood still it may be seconds.
    this.timeAt(now)
    const rtt = Math.max(0, now - held - (this.#sentAt[heard] as number))
    this.jitterMs += this.rttMs && (Math.abs(rtt - this.rttMs) - this.jitterMs) / 8
    this.rttMs += (rtt - this.rttMs) / (this.rttMs ? 8 : 1)
    this.#echoes = this.#echoes.filter(({ at }) => now - at < WINDOW_MS)
    this.#echoes.push({ at: now, rtt, offset: time + rtt / 2 - now })
    const best = this.#echoes.sort((one, other) => one.rtt - other.rtt).slice(0, Math.ceil(this.#echoes.length * BEST))
    this.#goal = best.reduce((sum, { offset }) => sum + offset, 0) / best.length
    // At the first echo, in another room, and where this clock stood still while the machine slept.
    if (!(Math.abs(this.#goal - this.#offset) < LEAP_MS + rtt)) this.#offset = this.#goal
  }

  /** The room's time, in milliseconds; NaN before the first echo. */
  timeAt(now: number): number {
    const most = (now - this.#at) * SLEW
    const error = (this.#goal - this.#offset) * Math.min(1, (now - this.#at) / FOLLOW_MS)
    this.#at = now
    this.#offset += Math.min(most, Math.max(-most, error))
    return now + this.#offset
  }
}
