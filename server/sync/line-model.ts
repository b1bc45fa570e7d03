// What the line to one client takes, as acknowledgements tell: kernels and proxies hold seconds' worth of bytes of which no
// socket does. The model is that of BBR (Cardwell et al., 2016): the best delivery rate of late times the shortest round
// trip of late, for which the line is left to run empty.

import { ACK_MS, WINDOW_FRAMES } from '../../protocol/limits.ts'
import { WindowedMin } from './windowed-min.ts'

/** Share of a new sample in the smoothed round trip, and in how much it varies, as TCP has them (RFC 6298). */
const SMOOTHING = 1 / 8
const VARYING = 1 / 4
/** Frames that may be under way before anything is known of the line, and bytes until there is a queue in it. */
const FIRST_FRAMES = 6
const FIRST_BYTES = 32 * 1024
/**
 * A frame that is late by less than this many times the silence before it counts as held up by a stall, not by a queue.
 */
const STALL = 1.25
/** So few bytes under way make no queue that matters: a frame behind them that is late was held up by the line itself. */
const FEW_BYTES = 400
/** Send intervals' worth of frames that may wait in the line. */
const SLACK = 2
/** The first frame on a line that took none so far is never cut below this. */
const LEAST_FIRST_BYTES = 1024
/**
 * A frame that arrives within this time doubles what a first frame may have, which was halved after connections that
 * took none.
 */
const PROMPT_MS = 1_000
/** Frames that are cut to measure use this share of what the line delivers, so that its queue shrinks. */
const KEPT = 0.95
/** After so long without a frame that was held or a queue, what a queue once said of the line says nothing any more. */
const FORGET_MS = 10_000
/** From so many bytes beyond the product on it is found out anew: a slow line must not take seconds for them. */
const ANEW_BYTES = 4 * 1024
/** And where a frame was held while there was a queue: that is hardly a stall, but a line that takes no more. */
const LEAST_ANEW_BYTES = 1024
/** Bytes beyond the product that may leave while what should have arrived has not: a queue is told only at its end. */
const LATE_BYTES = 8 * 1024
/** This share more, while nothing waits, finds out whether the line has become a better one. */
const MORE = 1 / 4

export class LineModel {
  /** The round trip, smoothed, and how much it varies; 0 before the first. */
  rttMs = 0
  jitterMs = 0
  /** Since the last frame arrived there was no room for one, or for all of it: it is worth trying whether more fits. */
  wasHeld = false
  /** Milliseconds between two frames of the room; 0 in a room of turns. */
  readonly #intervalMs: number
  readonly #roundTrips = new WindowedMin()
  /** Milliseconds a byte. */
  readonly #costs = new WindowedMin()
  /** Bytes that may leave before anything is known of the line: fewer after connections that ended before one frame arrived. */
  #first = FIRST_BYTES
  /** Bytes beyond the bandwidth-delay product that the line was found to take. */
  #found = FIRST_BYTES
  /** Bytes that were under way when the frame left that was delivered last, its own among them. */
  #underWay = Number.POSITIVE_INFINITY
  /** What should have arrived has not. */
  #isLate = false
  /** A queue was seen: how much the line takes is known. */
  #hasQueued = false
  /** Bytes beyond the product from which on it is found out anew, once the queue is forgotten. */
  #anew = ANEW_BYTES
  /** When a frame was held, or a queue seen, the last time. */
  #fullAt = 0

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  /** Bytes a second that the line delivered at its best, lately; 0 before anything was. */
  get bytesPerSecond(): number {
    const cost = this.#costs.least
    return cost === Number.POSITIVE_INFINITY ? 0 : 1000 / cost
  }

  /** Frames that may be under way. */
  get window(): number {
    const least = this.#roundTrips.least
    if (least === Number.POSITIVE_INFINITY) return FIRST_FRAMES
    if (this.#intervalMs === 0) return WINDOW_FRAMES
    const frames = Math.ceil((least + 4 * this.jitterMs + ACK_MS) / this.#intervalMs)
    return Math.min(WINDOW_FRAMES, frames + SLACK)
  }

  /** Milliseconds between two frames that the window lets through: more than an interval on a long line. */
  get spacingMs(): number {
    const least = this.#roundTrips.least
    return least === Number.POSITIVE_INFINITY ? 0 : least / this.window
  }

  /** Bytes that may be under way: the bandwidth-delay product of the line, and a little more. */
  get byteWindow(): number {
    const cost = this.#costs.least
    if (cost === Number.POSITIVE_INFINITY) return this.#found
    const found = this.#isLate && !this.#hasQueued ? Math.min(this.#found, LATE_BYTES) : this.#found
    return (this.#roundTrips.least + SLACK * this.#intervalMs) / cost + found
  }

  /** The oldest frame under way left so long ago. */
  waited(ms: number): void {
    this.#isLate = ms > this.#roundTrips.least + this.#slackMs
  }

  /** Connections ended before one frame arrived, or it took long. */
  get isWary(): boolean {
    return this.#first < FIRST_BYTES
  }

  /** How many bytes the shared part of any frame may have: few where connections ended before one arrived. */
  get most(): number {
    return this.isWary ? this.#first : Number.POSITIVE_INFINITY
  }

  /** How many bytes a frame may have for the line to be done with it in `ms`. */
  bytesIn(ms: number): number {
    const cost = this.#costs.least
    if (cost === Number.POSITIVE_INFINITY) return this.#found
    const bytes = ms / cost
    if (this.#hasQueued) return KEPT * bytes + Math.min(MORE * bytes, this.#found)
    return bytes + Math.min(bytes, this.#found)
  }

  /**
   * A frame of `bytes` is acknowledged, `silentMs` after the one before; what was delivered with it was told before. Returns
   * whether there is a queue in the line.
   */
  arrived(rtt: number, silentMs: number, bytes: number, now: number): boolean {
    if (rtt < PROMPT_MS) this.#first = Math.min(FIRST_BYTES, this.#first * 2)
    if (this.rttMs === 0) this.jitterMs = rtt / 2
    else this.jitterMs += (Math.abs(rtt - this.rttMs) - this.jitterMs) * VARYING
    this.rttMs += this.rttMs === 0 ? rtt : (rtt - this.rttMs) * SMOOTHING
    this.#roundTrips.add(rtt, now)
    return this.#search(rtt, silentMs, bytes, now)
  }

  /** With a frame, and those before it that were under way when it left, `bytes` were delivered in `tookMs`. */
  delivered(bytes: number, tookMs: number, now: number): void {
    this.#underWay = bytes
    if (bytes > 0 && tookMs > 0) this.#costs.add(tookMs / bytes, now)
  }

  /** The line was empty: what was measured while it was not says nothing of how long it is. */
  ranEmpty(): void {
    this.#roundTrips.clear()
  }

  /** Another line. `wasUsed`: frames were sent on the one before. */
  restart(wasUsed: boolean): void {
    // A frame that takes longer than a client waits for a sign of life would be lost with each connection anew.
    if (wasUsed && this.rttMs === 0) this.#first = Math.max(LEAST_FIRST_BYTES, this.#first / 2)
    this.rttMs = this.jitterMs = 0
    this.#roundTrips.clear()
    this.#costs.clear()
    this.#found = this.#first
    this.#anew = ANEW_BYTES
    this.#hasQueued = false
  }

  /**
   * By how much a round trip may exceed the shortest one without a queue that matters: acknowledgements come late, too.
   */
  get #slackMs(): number {
    return Math.max(SLACK * this.#intervalMs, this.#intervalMs + ACK_MS)
  }

  /**
   * A line that was never full does not show what it can take. While frames are held and those under way find no queue,
   * there is room for more; a queue ends the search. Nothing comes out of a line that stalled; of a queue it does.
   */
  #search(rtt: number, silentMs: number, bytes: number, now: number): boolean {
    const lateMs = rtt - this.#roundTrips.least
    const isQueue = this.#underWay >= FEW_BYTES && lateMs > Math.max(this.#slackMs, STALL * silentMs)
    // Nothing of ours was in front of a frame that was alone under way: it may be as late as clients acknowledge.
    const mostMs = Math.max(this.#intervalMs / 2, silentMs === rtt ? ACK_MS : 0)
    if (isQueue) {
      this.#found = 0
      this.#hasQueued = true
      if (this.wasHeld) this.#anew = LEAST_ANEW_BYTES
    } else if (this.wasHeld && lateMs <= mostMs) this.#found += bytes
    if (isQueue || this.wasHeld) this.#fullAt = now
    else if (this.#hasQueued && now - this.#fullAt > FORGET_MS) this.#forget()
    this.wasHeld = false
    return isQueue
  }

  /** What is delivered by now tells how little there is to send, not how much the line takes. */
  #forget(): void {
    this.#found = Math.max(this.#found, Math.min(this.#first, this.#anew))
    this.#anew = ANEW_BYTES
    this.#hasQueued = false
  }
}
