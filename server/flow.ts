// How far one client has come with the state frames that were sent to it, and so whether it may have another one. A
// client that falls behind is skipped, not queued: its next delta spans the gap.

import { SNAPSHOT_RING, WINDOW_FRAMES } from '../protocol/limits.ts'
import type { SnapshotRing } from '../protocol/snapshot.ts'

/** Share of a new sample in the smoothed round trip. */
const SMOOTHING = 1 / 8

export class Flow {
  /** Tick of the last frame sent. The stream is ordered, so sent counts as received until it breaks. 0: none. */
  base = 0
  rttMs = 0
  skipped = 0
  /** By number of the frame, modulo the size: its tick and when it was sent. */
  readonly #ticks = new Float64Array(SNAPSHOT_RING)
  readonly #times = new Float64Array(SNAPSHOT_RING)
  #sent = 0
  #acknowledged = 0
  /** Frames sent on the connection at hand. */
  #sentHere = 0

  get inFlight(): number {
    return this.#sent - this.#acknowledged
  }

  get isOpen(): boolean {
    return this.inFlight < WINDOW_FRAMES
  }

  /** When the oldest frame was sent that is not acknowledged, or `now` when there is none. */
  waitingSince(now: number): number {
    return this.inFlight === 0 ? now : (this.#times[this.#acknowledged % SNAPSHOT_RING] as number)
  }

  sent(tick: number, now: number): void {
    this.#ticks[this.#sent % SNAPSHOT_RING] = tick
    this.#times[this.#sent % SNAPSHOT_RING] = now
    this.#sent++
    this.#sentHere++
    this.base = tick
  }

  /** The client applied the state of `tick`. False for a tick that no frame so far was of. */
  acknowledge(tick: number, now: number): boolean {
    if (tick > this.#newest) return false
    while (this.inFlight > 0) {
      const at = this.#acknowledged % SNAPSHOT_RING
      const frame = this.#ticks[at] as number
      if (frame > tick) break
      if (frame === tick) this.#measure(now - (this.#times[at] as number))
      this.#acknowledged++
    }
    return true
  }

  /** Another connection: it has what the client claims, if that was really sent to it; otherwise nothing. */
  restart(lastTick: number): void {
    this.base = this.#wasSent(lastTick) ? lastTick : 0
    this.#acknowledged = this.#sent
    this.#sentHere = 0
  }

  /** Whether the last three frames were of just the three snapshots before the latest: then the client is in step. */
  isInStep(ring: SnapshotRing): boolean {
    if (this.#sentHere < 3) return false
    for (let back = 1; back <= 3; back++) if (ring.back(back)?.tick !== this.#sentBefore(back)) return false
    return true
  }

  get #newest(): number {
    return this.#sent === 0 ? 0 : this.#sentBefore(1)
  }

  /** The tick of the last frame, or of one before it. */
  #sentBefore(back: number): number {
    return this.#ticks[(this.#sent - back) % SNAPSHOT_RING] as number
  }

  #wasSent(tick: number): boolean {
    return this.#ticks.subarray(0, this.#sent).includes(tick)
  }

  #measure(rtt: number): void {
    this.rttMs += this.rttMs === 0 ? rtt : (rtt - this.rttMs) * SMOOTHING
  }
}
