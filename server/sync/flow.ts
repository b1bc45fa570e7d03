// Congestion control for one client: how far it has come with the state frames that were sent to it, and so whether it
// may have another one, and made from what. A client that falls behind is skipped, not queued: its next delta spans the
// gap. What counts is what it acknowledged, and what the line to it takes.

import { SNAPSHOT_RING, WINDOW_FRAMES } from '../../protocol/limits.ts'
import type { Baseline } from '../../protocol/snapshot.ts'
import type { History } from './history.ts'
import { LineModel } from './line-model.ts'
import { Pace } from './pace.ts'

/** A frame of less would be all header. */
const LEAST_BYTES = 160

/** What is kept of a frame under way: its tick, when it was sent, its bytes, what had been delivered then, and since when. */
const TICK = 0
const SENT_AT = 1
const BYTES = 2
const DELIVERED = 3
const DELIVERED_AT = 4
const CELLS = 5

export class Flow {
  /**
   * Tick of the last frame sent, 0 for none. The stream is ordered: what was sent counts as received until the
   * connection breaks.
   */
  base = 0
  /** Tick of the newest frame that the client acknowledged, on whatever connection; 0 for none. */
  acknowledgedTick = 0
  skipped = 0
  /** When the newest state left that the client acknowledged; NaN for none. */
  knownAt = Number.NaN
  /** Bytes from which on a frame that tells a part of the state is worth its while, or possible at all. */
  least = LEAST_BYTES
  readonly line: LineModel
  readonly pace: Pace
  /** Milliseconds between two frames of the room; 0 in a room of turns. */
  readonly #intervalMs: number
  /** The tick of the newest frame, on whatever connection, and of the two before the one of `base`; 0 for none. */
  #newest = 0
  #last = 0
  #first = 0
  /** The ticks of frames, by the number of the frame modulo the size: looked through for a client that comes back. */
  readonly #ticks = new Float64Array(SNAPSHOT_RING)
  /**
   * Likewise what is kept of the frames under way, in a single array: with many clients, each array more is another
   * miss of the cache.
   */
  readonly #underWay = new Float64Array(WINDOW_FRAMES * CELLS)
  /** No delta is made from a state before this tick. */
  #oldest = 0
  #sent = 0
  #acknowledged = 0
  /** Frames sent on the connection at hand; once its room leapt over ticks, those since then and the one before. */
  #sentHere = 0
  #bytesInFlight = 0
  #ownBytes = 0
  #delivered = 0
  #acknowledgedAt = 0
  /** The number of the frame that left while the line was empty, to find out how long it is; -1 for none. */
  #probe = -1

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
    this.line = new LineModel(intervalMs)
    this.pace = new Pace(intervalMs)
  }

  /** The tick of the frame before the one of `base`; 0 unless three were sent in a row on this connection. */
  get last(): number {
    return this.#sentHere < 3 ? 0 : this.#last
  }

  /** And of the one before that. */
  get first(): number {
    return this.#sentHere < 3 ? 0 : this.#first
  }

  /** Of the states that the next ones may be made from, the tick of the oldest; Infinity for none. */
  get since(): number {
    const waiting = this.inFlight > 0 ? this.#underWay[placeOf(this.#acknowledged) + TICK]! : this.base
    const known = this.acknowledgedTick || waiting || Number.POSITIVE_INFINITY
    return Math.min(known, this.first || known)
  }

  get inFlight(): number {
    return this.#sent - this.#acknowledged
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight
  }

  /**
   * How many bytes the shared part of the next frame may have for the line to take it now: Infinity while nothing is
   * under way, 0 when the frame has to wait.
   */
  get room(): number {
    if (this.inFlight === 0) return Number.POSITIVE_INFINITY
    if (this.#isFull) return 0
    if (this.#intervalMs === 0) return this.line.isWary ? 0 : Number.POSITIVE_INFINITY
    return Math.max(0, this.line.byteWindow - this.#bytesInFlight - this.#ownBytes)
  }

  /** How many bytes the shared part of a frame may have for the line to be done with it when the next one is due. */
  get share(): number {
    const { line, pace } = this
    if (this.#intervalMs === 0) return Math.max(this.least, line.most)
    return Math.max(this.least, line.bytesIn(Math.max(1000 / pace.rate, line.spacingMs)) - this.#ownBytes)
  }

  /** A frame found no room. Where its share did, or is as small as it can be, the line wants frames less often. */
  held(): void {
    this.skipped++
    if (this.#isFull) return
    this.line.wasHeld = true
    const { share } = this
    if (this.room >= share || share <= this.least) this.pace.held()
    else this.pace.trimmed()
  }

  /** A frame found room for a part of it. */
  trimmed(): void {
    this.line.wasHeld = true
    this.pace.trimmed()
  }

  /** When the oldest frame was sent that is not acknowledged, or `now` when there is none. */
  waitingSince(now: number): number {
    return this.inFlight === 0 ? now : this.#underWay[placeOf(this.#acknowledged) + SENT_AT]!
  }

  /** `ownBytes` of the frame were for this client alone: they come on top of the shared part. */
  sent(tick: number, now: number, bytes: number, ownBytes = 0): void {
    const at = placeOf(this.#sent)
    const isAlone = this.inFlight === 0
    this.#ticks[this.#sent % SNAPSHOT_RING] = tick
    this.#underWay[at + TICK] = tick
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
    this.#first = this.#last
    this.#last = this.base
    this.base = this.#newest = tick
    this.pace.sent(now)
  }

  /** The client applied the state of `tick`. False for a tick that no frame so far was of. */
  acknowledge(tick: number, now: number): boolean {
    if (tick > this.#newest) return false
    while (this.inFlight > 0) {
      const at = placeOf(this.#acknowledged)
      const frame = this.#underWay[at + TICK]!
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
    this.line.restart(this.#sentHere > 0)
    this.pace.restart()
    this.#acknowledged = this.#sent
    this.#sentHere = 0
    this.#bytesInFlight = this.#ownBytes = 0
    this.#probe = -1
    this.least = LEAST_BYTES
  }

  /** Whether a next state may be made from that one: from what it acknowledged, what is under way, or by how that moved. */
  mayNeed(tick: number): boolean {
    if (tick === this.acknowledgedTick || tick === this.last || tick === this.first) return true
    for (let frame = this.#acknowledged; frame < this.#sent; frame++) {
      if (this.#underWay[placeOf(frame) + TICK] === tick) return true
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

  /** The client holds no state that a delta could be made from, also not when it comes back. */
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

  /** No other frame may leave before one of those under way has arrived, or all of them have. */
  get #isFull(): boolean {
    return this.inFlight >= this.line.window || this.pace.isProbing
  }

  #wasSent(tick: number): boolean {
    return tick >= this.#oldest && this.#ticks.subarray(0, this.#sent).includes(tick)
  }

  /** Learns from the acknowledgement of the frame that is kept in that place. */
  #measure(at: number, now: number): void {
    const { line, pace } = this
    const underWay = this.#underWay
    if (this.#acknowledged === this.#probe) {
      line.ranEmpty()
      pace.probed(now)
    }
    const rtt = now - underWay[at + SENT_AT]!
    line.delivered(this.#delivered - underWay[at + DELIVERED]!, now - underWay[at + DELIVERED_AT]!, now)
    if (line.arrived(rtt, now - this.#acknowledgedAt, underWay[at + BYTES]!, now)) pace.queued()
    pace.measured(this.#delivered, line.bytesPerSecond, now)
  }
}

/** Where the frame of that number is kept while it is under way. */
function placeOf(frame: number): number {
  return (frame % WINDOW_FRAMES) * CELLS
}

/** What a game may know of it: SessionStats, but for what the seat itself adds. */
export function flowStats(flow: Flow, now: number) {
  const { rttMs, jitterMs, window, bytesPerSecond } = flow.line
  return {
    rttMs,
    jitterMs,
    // Nothing was acknowledged yet: NaN.
    stateAgeMs: now - flow.knownAt || 0,
    framesInFlight: flow.inFlight,
    bytesInFlight: flow.bytesInFlight,
    waitingMs: now - flow.waitingSince(now),
    window,
    bytesPerSecond,
    sendRate: flow.pace.rate,
    skippedFrames: flow.skipped,
  }
}
