// How far one client has come with the state frames that were sent to it, and so whether it may have another one. A
// client that falls behind is skipped, not queued: its next delta spans the gap. What counts is what it acknowledged:
// kernels and proxies hold seconds' worth of bytes of which no socket tells. The model is that of BBR (Cardwell et al.,
// 2016): the best delivery rate of late times the shortest round trip of late, for which the line is left to run empty.

import { ACK_MS, SNAPSHOT_RING, WINDOW_FRAMES } from '../../protocol/limits.ts'
import type { Baseline } from '../../protocol/snapshot.ts'
import type { History } from './history.ts'
import { Pace } from './pace.ts'
import { Recent } from './recent.ts'

/** Share of a new sample in the smoothed round trip, and in how much it varies, as TCP has them (RFC 6298). */
const SMOOTHING = 1 / 8
const VARYING = 1 / 4
/** Frames that may be under way before anything is known of the line, and bytes until there is a queue in it. */
const FIRST_FRAMES = 6
const FIRST_BYTES = 32 * 1024
/** A frame that is late by less than this many times the silence before it was held up by a stall. */
const STALL = 1.25
/** Send intervals' worth of frames that may wait in the line. */
const SLACK = 2
/** A frame of less would be all header. */
const LEAST_BYTES = 160
/** The first frame on a line that took none so far is not made smaller than this, ... */
const LEAST_FIRST_BYTES = 1024
/** ... and may be larger again with each one that arrives in this time. */
const PROMPT_MS = 1_000
/** Frames that are cut to measure use this share of what the line delivers, so that its queue shrinks. */
const KEPT = 0.95
/** And so much more while nothing waits, to find out whether the line has become a better one. */
const MORE = 1 / 4

/** What is kept of a frame under way: when it was sent, its bytes, what had been delivered then, and since when. */
const SENT_AT = 0
const BYTES = 1
const DELIVERED = 2
const DELIVERED_AT = 3
const CELLS = 4

export class Flow {
  /** Tick of the last frame sent. The stream is ordered, so sent counts as received until it breaks. 0: none. */
  base = 0
  /** Tick of the newest frame that the client acknowledged, on whatever connection; 0 for none. */
  acknowledgedTick = 0
  /** The round trip, smoothed, and how much it varies; 0 before the first. */
  rttMs = 0
  jitterMs = 0
  skipped = 0
  /** When the newest state left that the client acknowledged; NaN for none. */
  knownAt = Number.NaN
  /** A frame that tells a part of the state is worth its while, or possible at all, from so many bytes on. */
  least = LEAST_BYTES
  readonly pace: Pace
  /** Milliseconds between two frames of the room; 0 in a room of turns. */
  readonly #intervalMs: number
  /** By number of the frame, modulo the size: its tick. */
  readonly #ticks = new Float64Array(SNAPSHOT_RING)
  /** Of those under way, likewise, in one array: what a client's frame needs is fetched from memory each time anew. */
  readonly #underWay = new Float64Array(WINDOW_FRAMES * CELLS)
  readonly #roundTrips = new Recent()
  /** Milliseconds a byte. */
  readonly #costs = new Recent()
  /** Before this tick nothing can be gone on from. */
  #oldest = 0
  #sent = 0
  #acknowledged = 0
  /** Frames sent on the connection at hand; once its room leapt over ticks, those since then and the one before. */
  #sentHere = 0
  #bytesInFlight = 0
  #ownBytes = 0
  #delivered = 0
  #acknowledgedAt = 0
  #probe = -1
  /** Bytes that may leave before anything is known of the line: fewer after connections that ended before one frame arrived. */
  #first = FIRST_BYTES
  /** Bytes beyond the bandwidth-delay product that the line was found to take. */
  #found = FIRST_BYTES
  #wasHeld = false
  /** A queue was seen: how much the line takes is known. */
  #hasQueued = false

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
    this.pace = new Pace(intervalMs)
  }

  /** The tick of the frame before the one of `base`; 0 unless three were sent in a row on this connection. */
  get last(): number {
    return this.#earlier(2)
  }

  /** And of the one before that. */
  get first(): number {
    return this.#earlier(3)
  }

  get inFlight(): number {
    return this.#sent - this.#acknowledged
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight
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

  /** Bytes that may be under way: the bandwidth-delay product of the line, and a little more. */
  get byteWindow(): number {
    const cost = this.#costs.least
    if (cost === Number.POSITIVE_INFINITY) return this.#found
    return (this.#roundTrips.least + SLACK * this.#intervalMs) / cost + this.#found
  }

  /**
   * How many bytes of what all see the next frame may have for the line to take it now: Infinity while nothing is under
   * way, 0 when the frame has to wait.
   */
  get room(): number {
    if (this.inFlight === 0) return Number.POSITIVE_INFINITY
    if (this.inFlight >= this.window || this.pace.isProbing) return 0
    if (this.#intervalMs === 0) return this.#isWary ? 0 : Number.POSITIVE_INFINITY
    return Math.max(0, this.byteWindow - this.#bytesInFlight - this.#ownBytes)
  }

  /** How many bytes of what all see any frame may have: few where connections ended before one arrived. */
  get most(): number {
    return this.#isWary ? this.#first : Number.POSITIVE_INFINITY
  }

  /** How many bytes of what all see a frame may have for the line to be done with it when the next one is due. */
  get share(): number {
    if (this.#intervalMs === 0) return this.#isWary ? Math.max(this.least, this.#first) : Number.POSITIVE_INFINITY
    return Math.max(this.least, this.#wholeShare - this.#ownBytes)
  }

  /** A frame found no room. Where its share did, or is as small as it can be, the line wants frames less often. */
  held(): void {
    this.skipped++
    if (this.inFlight >= this.window || this.pace.isProbing) return
    this.#wasHeld = true
    const { share } = this
    if (this.room >= share || share <= this.least) this.pace.held()
    else this.pace.trimmed()
  }

  /** A frame found room for a part of it. */
  trimmed(): void {
    this.#wasHeld = true
    this.pace.trimmed()
  }

  /** When the oldest frame was sent that is not acknowledged, or `now` when there is none. */
  waitingSince(now: number): number {
    return this.inFlight === 0 ? now : this.#underWay[placeOf(this.#acknowledged) + SENT_AT]!
  }

  /** `ownBytes` of the frame were for this client alone: they come on top of what it is given of what all see. */
  sent(tick: number, now: number, bytes: number, ownBytes = 0): void {
    const at = placeOf(this.#sent)
    const isAlone = this.inFlight === 0
    this.#ticks[this.#sent % SNAPSHOT_RING] = tick
    this.#underWay[at + SENT_AT] = now
    this.#underWay[at + BYTES] = bytes
    this.#underWay[at + DELIVERED] = this.#delivered
    if (isAlone) this.#acknowledgedAt = now
    this.#underWay[at + DELIVERED_AT] = this.#acknowledgedAt
    if (this.pace.isProbing && isAlone) this.#probe = this.#sent
    this.#sent++
    this.#sentHere++
    this.#bytesInFlight += bytes
    this.#ownBytes = ownBytes
    this.base = tick
    this.pace.sent(now)
  }

  /** The client applied the state of `tick`. False for a tick that no frame so far was of. */
  acknowledge(tick: number, now: number): boolean {
    if (tick > this.#newest) return false
    while (this.inFlight > 0) {
      const at = placeOf(this.#acknowledged)
      const frame = this.#ticks[this.#acknowledged % SNAPSHOT_RING] as number
      if (frame > tick) break
      const bytes = this.#underWay[at + BYTES]!
      this.#delivered += bytes
      this.#bytesInFlight -= bytes
      if (frame === tick) this.#measure(at, now)
      this.#acknowledgedAt = now
      this.acknowledgedTick = frame
      this.knownAt = this.#underWay[at + SENT_AT]!
      this.#acknowledged++
    }
    return true
  }

  /** Another connection: it has what the client claims, if that was really sent to it; otherwise nothing. */
  restart(lastTick: number): void {
    this.base = this.#wasSent(lastTick) ? lastTick : 0
    if (this.acknowledgedTick > this.base) this.acknowledgedTick = 0
    // A frame that takes longer than a client waits for a sign of life would be lost with each connection anew.
    if (this.#sentHere > 0 && this.rttMs === 0) this.#first = Math.max(LEAST_FIRST_BYTES, this.#first / 2)
    this.#acknowledged = this.#sent
    this.#sentHere = 0
    this.#bytesInFlight = this.#ownBytes = 0
    this.rttMs = this.jitterMs = 0
    this.#roundTrips.clear()
    this.#costs.clear()
    this.#probe = -1
    this.#found = this.#first
    this.#hasQueued = false
    this.least = LEAST_BYTES
    this.pace.restart()
  }

  /** Whether the client may go on from the state of that tick: it acknowledged it last, or it is under way. */
  mayHold(tick: number): boolean {
    if (tick === this.acknowledgedTick) return true
    for (let frame = this.#acknowledged; frame < this.#sent; frame++) {
      if (this.#ticks[frame % SNAPSHOT_RING] === tick) return true
    }
    return false
  }

  /** Nothing moved in the ticks that follow the last frame: how it moved before says nothing of the next ones. */
  leapt(): void {
    this.#sentHere = Math.min(1, this.#sentHere)
  }

  /** What was sent before that tick is no longer known. */
  forgetBefore(tick: number): void {
    this.#oldest = Math.max(this.#oldest, tick)
  }

  /** The client holds nothing that could be gone on from, also when it comes back. */
  forget(): void {
    this.base = this.acknowledgedTick = this.#sentHere = 0
    this.forgetBefore(this.#newest + 1)
  }

  /**
   * What the next delta is made from: the last frame, and the two before it if there were two on this connection.
   * When the last frame is lost, what the client acknowledged; undefined when that is, too.
   */
  baselineIn(history: Pick<History, 'at'>): Baseline | undefined {
    const base = history.at(this.base)
    if (base === undefined) {
      if (this.acknowledgedTick < this.#oldest) return undefined
      const acknowledged = history.at(this.acknowledgedTick)
      return acknowledged && { base: acknowledged, earlier: null }
    }
    const last = this.last === 0 ? undefined : history.at(this.last)
    const first = last && history.at(this.first)
    return { base, earlier: last && first ? [last, first] : null }
  }

  /** Connections ended before one frame arrived, or it took long. */
  get #isWary(): boolean {
    return this.#first < FIRST_BYTES
  }

  /** By how much a round trip may be longer than the shortest, and no queue that matters: acknowledgements come late, too. */
  get #slackMs(): number {
    return Math.max(SLACK * this.#intervalMs, this.#intervalMs + ACK_MS)
  }

  get #wholeShare(): number {
    const cost = this.#costs.least
    if (cost === Number.POSITIVE_INFINITY) return this.#found
    const bytes = 1000 / this.pace.rate / cost
    if (this.#hasQueued) return KEPT * bytes + Math.min(MORE * bytes, this.#found)
    return bytes + Math.min(bytes, this.#found)
  }

  get #newest(): number {
    return this.#sent === 0 ? 0 : this.#sentBefore(1)
  }

  /** The tick of the last frame, or of one before it. */
  #sentBefore(back: number): number {
    return this.#ticks[(this.#sent - back) % SNAPSHOT_RING] as number
  }

  #earlier(back: number): number {
    return this.#sentHere < 3 ? 0 : this.#sentBefore(back)
  }

  #wasSent(tick: number): boolean {
    return tick >= this.#oldest && this.#ticks.subarray(0, this.#sent).includes(tick)
  }

  /** Learns from the acknowledgement of the frame that is kept in that place. */
  #measure(at: number, now: number): void {
    const rtt = now - this.#underWay[at + SENT_AT]!
    if (rtt < PROMPT_MS) this.#first = Math.min(FIRST_BYTES, this.#first * 2)
    if (this.rttMs === 0) this.jitterMs = rtt / 2
    else this.jitterMs += (Math.abs(rtt - this.rttMs) - this.jitterMs) * VARYING
    this.rttMs += this.rttMs === 0 ? rtt : (rtt - this.rttMs) * SMOOTHING
    if (this.#acknowledged === this.#probe) {
      // The line was empty: what was measured while it was not says nothing of how long it is.
      this.#roundTrips.clear()
      this.pace.probed(now)
    }
    this.#roundTrips.add(rtt, now)
    this.#search(rtt - this.#roundTrips.least, now - this.#acknowledgedAt, this.#underWay[at + BYTES]!)
    const delivered = this.#delivered - this.#underWay[at + DELIVERED]!
    const tookMs = now - this.#underWay[at + DELIVERED_AT]!
    if (delivered > 0 && tookMs > 0) this.#costs.add(tookMs / delivered, now)
    this.pace.measured(this.#delivered, this.bytesPerSecond, now)
  }

  /**
   * A line that was never full does not show what it can take. While frames are held and those under way find no queue,
   * there is room for more; a queue ends the search. Nothing comes out of a line that stalled; of a queue it does.
   */
  #search(queueMs: number, silentMs: number, bytes: number): void {
    if (queueMs > Math.max(this.#slackMs, STALL * silentMs)) {
      this.#found = 0
      this.#hasQueued = true
      this.pace.queued()
    } else if (this.#wasHeld && queueMs <= this.#intervalMs / 2) this.#found += bytes
    this.#wasHeld = false
  }
}

/** Where the frame of that number is kept while it is under way. */
function placeOf(frame: number): number {
  return (frame % WINDOW_FRAMES) * CELLS
}

/** What a game may know of it: SessionStats, but for what the seat itself adds. */
export function flowStats(flow: Flow, now: number) {
  const { rttMs, jitterMs, bytesInFlight, window, bytesPerSecond } = flow
  return {
    rttMs,
    jitterMs,
    // Nothing was acknowledged yet: NaN.
    stateAgeMs: now - flow.knownAt || 0,
    framesInFlight: flow.inFlight,
    bytesInFlight,
    waitingMs: now - flow.waitingSince(now),
    window,
    bytesPerSecond,
    sendRate: flow.pace.rate,
    skippedFrames: flow.skipped,
  }
}
