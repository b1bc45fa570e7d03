// State frames to the seats of one room. What everyone sees is encoded once for each baseline there is and shared: all
// that are in step have one. A client's own part is a few bytes; one that is behind costs none, and one whose line takes
// only a part is sent the part that matters most to it.

import { columnDigests } from '../../protocol/column-digests.ts'
import { digest } from '../../protocol/digest.ts'
import { writeExtHeader } from '../../protocol/ext.ts'
import { FrameWriter, STATE, type StateHeader, writeStateHeader } from '../../protocol/frames.ts'
import { writePrivate } from '../../protocol/private.ts'
import type { Baseline, Snapshot } from '../../protocol/snapshot.ts'
import type { Shared } from '../base/shared.ts'
import { Body, type Source } from './body.ts'
import type { Feed } from './feed.ts'
import { OwnStates, wholeBytes } from './own-states.ts'
import { sendInterval } from './rates.ts'
import type { Recipient } from './recipient.ts'
import { areSame, type Ticks, ticksOf } from './ticks.ts'

/** Baselines that are encoded from in one tick: a room full of stragglers must not cost more. */
const BODIES = 8
/** How many of them may be for clients that were skipped each in its own way. */
const COURSES = 4

/** For how long a room of turns, which has no interval, may be busy with clients that are short of room. */
const TURN_MS = 100

/** Bytes of the two lists of a frame when both are empty: each is only the 0 that ends it. */
const NOTHING = 2

type Header = { -readonly [Field in keyof StateHeader]: StateHeader[Field] }

export class StateSender {
  readonly #source: Source
  readonly #shared: Shared
  readonly #frame = new FrameWriter()
  readonly #header: Header = { tick: 0, baseTick: 0, isSteady: false, inputSeq: 0, received: 0 }
  readonly #bodies = Array.from({ length: BODIES }, () => new Body())
  readonly #own: OwnStates
  #bodiesUsed = 0
  /** Of the snapshot at hand, once somebody needed it. */
  #hash: number | undefined
  /** The place of the seat that comes first with the next state. */
  #turn = 1

  constructor(source: Source, shared: Shared) {
    this.#source = source
    this.#shared = shared
    this.#own = new OwnStates(source)
  }

  /** The state of that tick as the seat was sent it, if it is known (still). Good until the next call. */
  stateAt({ feed }: Recipient, tick: number): Snapshot | undefined {
    return this.#own.stateAt(feed, tick)
  }

  /** Sends the snapshot that was captured last to every seat that can take it. */
  sendAll(seats: readonly Recipient[]): void {
    const [some] = seats
    if (some === undefined) return
    const snapshot = this.#source.capture.ring.newest
    const own = this.#own
    this.#bodiesUsed = 0
    this.#hash = undefined
    own.begin(snapshot, sendInterval(some.home.settings) || TURN_MS)
    // Each time another seat comes first, so that none is always the last to hear: one for which there was no time.
    let next = 1
    for (let index = 0; index < seats.length; index++) {
      const seat = seats[(index + this.#turn) % seats.length] as Recipient
      const wasSpent = own.isSpent
      if (seat.isReady) this.#offer(seat, snapshot)
      if (own.isSpent && !wasSpent && index + 1 < seats.length) next = index + 1
    }
    this.#turn = (this.#turn + next) % seats.length
  }

  #offer(seat: Recipient, snapshot: Snapshot): void {
    const { flow } = seat.feed
    // The time is asked anew for each seat, as that of its last frame was: a room may take most of an interval to send
    // to all.
    const now = this.#shared.world.now()
    if (!flow.pace.isDue(now)) return
    // Most have nothing under way: what is known of their lines is not even looked at.
    if (flow.inFlight > 0) flow.line.waited(now - flow.waitingSince(now))
    const waiting = seat.connection?.bufferedAmount ?? 0
    const room = Math.min(flow.room, this.#freeBytes(waiting))
    const body = room > 0 ? this.#bodyFor(seat, snapshot, room) : undefined
    if (body) return this.#send(seat, snapshot, body)
    seat.feed.isBehind = true
    flow.held()
    this.#shared.stats.skippedFrames++
  }

  /** How many bytes more may wait in the process: a reader that stopped must not cost more. */
  #freeBytes(waiting: number): number {
    return waiting === 0 ? Number.POSITIVE_INFINITY : this.#shared.limits.skipBytes - waiting
  }

  #send(seat: Recipient, snapshot: Snapshot, { ticks: { base, last }, bytes, isWhole }: Body): void {
    const { tick } = snapshot
    const { world, limits } = this.#shared
    const { feed } = seat
    // What it took to encode is none of the line's time.
    const now = world.now()
    const header = this.#header
    header.tick = tick
    header.baseTick = base
    header.isSteady = last > 0
    header.inputSeq = seat.inputQueue.taken
    header.received = seat.mail.received
    header.hash = feed.isHashDue(now, limits.hashMs) ? this.#hashFor(feed, snapshot) : undefined
    header.timing = seat.timing(now)
    writeStateHeader(this.#frame.open(), header)
    this.#frame.append(bytes)
    const shared = this.#frame.length
    writePrivate(this.#frame, this.#source, feed.viewFrom(base))
    const ownBytes = this.#frame.length - shared
    if (this.#isIdle(seat, bytes.length + ownBytes, now)) return
    feed.toldInput = header.inputSeq
    feed.toldReceived = header.received
    const frame = this.#closed()
    feed.flow.sent(tick, now, frame.length, ownBytes)
    feed.sent(isWhole, now)
    seat.connection?.send(frame, now)
  }

  /** The frame at hand; good until the next one. */
  #closed(): Uint8Array {
    const { bytes, length } = this.#frame
    return bytes.subarray(writeExtHeader(bytes, length, STATE), length)
  }

  /** Whether the frame at hand tells nothing at all. Where states are steps of a movement, that too is told. */
  #isIdle({ home, feed, mail }: Recipient, bytes: number, now: number): boolean {
    const { viewer, isBehind, flow } = feed
    if (home.settings.tickRate > 0 || bytes > NOTHING || isBehind || viewer.part) return false
    // What a message tells of is seen when a state of its tick, or of a later one, is there.
    if (mail.saidAt > flow.base) return false
    const { inputSeq, received, hash } = this.#header
    const isNews = hash !== undefined || feed.toldInput !== inputSeq || feed.toldReceived !== received
    return !isNews && !feed.isQuiet(now)
  }

  #hashFor(feed: Feed, snapshot: Snapshot): number {
    const { game } = this.#source
    if (feed.viewer.part) return digest(columnDigests(game, this.#own.stateAt(feed, snapshot.tick)!))
    this.#hash ??= digest(columnDigests(game, snapshot))
    return this.#hash
  }

  /** What the seat is sent, of at most `room` bytes. Undefined when that is nothing this time. */
  #bodyFor(seat: Recipient, snapshot: Snapshot, room: number): Body | undefined {
    const { history } = this.#source
    const { flow } = seat.feed
    const own = this.#own
    own.settle(seat)
    if (own.isFor(seat)) return own.bodyFor(seat, snapshot, room)
    const body = this.#find(flow) ?? this.#body(flow.baselineIn(history) ?? history.nothing, snapshot)
    return body && body.bytes.length > wholeBytes(flow, room) ? own.bodyFor(seat, snapshot, room) : body
  }

  /** The delta from that baseline. Undefined when there are too many of them this time. */
  #body(baseline: Baseline, snapshot: Snapshot): Body | undefined {
    const { base, earlier } = baseline
    const found = this.#find(ticksOf(baseline))
    if (found) return found
    // Whoever was skipped has a course of its own; when there are many of those, what they have in common is the base.
    if (earlier !== null && this.#bodiesUsed >= COURSES) return this.#body({ base, earlier: null }, snapshot)
    const body = this.#bodies[this.#bodiesUsed]
    if (body === undefined) return undefined
    this.#bodiesUsed++
    return body.fill(this.#source.game, baseline, snapshot)
  }

  /** The one from the baseline of these ticks. */
  #find(ticks: Ticks): Body | undefined {
    for (let index = 0; index < this.#bodiesUsed; index++) {
      const body = this.#bodies[index]!
      if (areSame(body.ticks, ticks)) return body
    }
    return undefined
  }
}
