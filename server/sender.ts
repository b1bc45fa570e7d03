// State frames to the seats of one room. What everyone sees is encoded once for each baseline there is and shared: all
// that are in step have one. A client's own part is a few bytes; one that is behind costs none.

import { Writer } from '../protocol/bytes.ts'
import type { Capture, LiveRows } from '../protocol/capture.ts'
import { writeDelta } from '../protocol/delta.ts'
import { columnDigests, digest } from '../protocol/digest.ts'
import { FrameWriter, STATE, type StateHeader, writeStateHeader } from '../protocol/frames.ts'
import type { Game } from '../protocol/game.ts'
import { writePrivate } from '../protocol/private.ts'
import { type Baseline, type Snapshot, SnapshotRing } from '../protocol/snapshot.ts'
import type { Shared } from './connection.ts'
import { History } from './history.ts'
import type { Seat } from './seat.ts'
import { type Lookout, VIEW_RING } from './views.ts'

/** Baselines that are encoded from in one tick: a room full of stragglers must not cost more. */
const BODIES = 8
/** Of these, so many may be for clients that were skipped each in its own way. */
const COURSES = 4

/** Of what there is to send. */
export interface Source {
  readonly game: Game
  readonly capture: Capture
  readonly history: History
  readonly rows: readonly LiveRows[]
  /** Null: everyone sees everything. */
  readonly lookout: Lookout | null
}

type Header = { -readonly [Field in keyof StateHeader]: StateHeader[Field] }

/** A delta that several clients are sent. */
interface Body {
  /** The ticks of its baseline: the base, and the two before it, or 0. */
  base: number
  last: number
  first: number
  readonly writer: Writer
  bytes: Uint8Array
}

function emptyBody(): Body {
  return { base: 0, last: 0, first: 0, writer: new Writer(), bytes: new Uint8Array(0) }
}

export class StateSender {
  readonly #source: Source
  readonly #shared: Shared
  readonly #frame = new FrameWriter()
  readonly #header: Header = { tick: 0, baseTick: 0, isSteady: false, inputSeq: 0, received: 0 }
  readonly #bodies = Array.from({ length: BODIES }, emptyBody)
  /** A delta for one client alone. */
  readonly #own = emptyBody()
  #bodiesUsed = 0
  /** Of the snapshot at hand, once somebody needed it. */
  #hash: number | undefined
  #turn = 0

  constructor(source: Source, shared: Shared) {
    this.#source = source
    this.#shared = shared
  }

  /** Sends the snapshot that was captured last to every seat that can take it. */
  sendAll(seats: readonly Seat[]): void {
    const snapshot = this.#source.capture.ring.newest
    this.#bodiesUsed = 0
    this.#hash = undefined
    this.#source.lookout?.look(snapshot)
    // Each time another seat comes first, so that none is always the last to hear.
    this.#turn++
    for (let index = 0; index < seats.length; index++) {
      const seat = seats[(index + this.#turn) % seats.length] as Seat
      if (seat.isReady) this.#offer(seat, snapshot)
    }
  }

  #offer(seat: Seat, snapshot: Snapshot): void {
    const { flow } = seat
    if (!flow.pace.isDue(this.#shared.world.now())) return
    const body = flow.mayHave() && this.#fits(seat, flow.lastBytes) ? this.#bodyFor(seat, snapshot) : undefined
    if (body && this.#fits(seat, body.bytes.length)) return this.#send(seat, snapshot, body)
    seat.isBehind = true
    flow.skipped++
    this.#shared.stats.skippedFrames++
  }

  /** Whether that much more may wait in the process: a reader that stopped must not cost more. */
  #fits(seat: Seat, bytes: number): boolean {
    const waiting = seat.connection?.bufferedAmount ?? 0
    return waiting === 0 || waiting + bytes <= this.#shared.limits.skipBytes
  }

  #send(seat: Seat, snapshot: Snapshot, { base, last, bytes }: Body): void {
    const { tick } = snapshot
    const now = this.#shared.world.now()
    const header = this.#header
    header.tick = tick
    header.baseTick = base
    header.isSteady = last > 0
    header.inputSeq = seat.inputQueue.taken
    header.received = seat.received
    header.hash = seat.isHashDue(now) ? this.#hashFor(seat, snapshot) : undefined
    header.timing = seat.timing(now)
    writeStateHeader(this.#frame.open(), header)
    this.#frame.append(bytes)
    writePrivate(this.#frame, this.#source, seat.viewFrom(base))
    const frame = this.#frame.close(STATE)
    seat.stateSent(tick, now, frame.length)
    seat.connection?.send(frame)
  }

  #hashFor({ viewer }: Seat, snapshot: Snapshot): number {
    const { game } = this.#source
    if (viewer.part) return digest(columnDigests(game, viewer.part.now))
    this.#hash ??= digest(columnDigests(game, snapshot))
    return this.#hash
  }

  #bodyFor(seat: Seat, snapshot: Snapshot): Body | undefined {
    const { lookout, history } = this.#source
    if (lookout === null) return this.#body(seat.flow.baselineIn(history) ?? history.nothing, snapshot)
    seat.seen ??= this.#historyOf(seat)
    seat.seen.turn()
    const now = lookout.take(seat, seat.seen.ring)
    const baseline = seat.flow.baselineIn(seat.seen) ?? seat.seen.nothing
    seat.viewer.part = { now, base: baseline.base }
    return this.#fill(this.#own, baseline, now)
  }

  #historyOf({ flow }: Seat): History {
    const { game } = this.#source
    return new History(game, new SnapshotRing(game, VIEW_RING), VIEW_RING, (tick) => flow.acknowledgedTick === tick)
  }

  /** The delta from that baseline. Undefined when there are too many of them this time. */
  #body(baseline: Baseline, snapshot: Snapshot): Body | undefined {
    const found = this.#find(baseline)
    if (found) return found
    const { base, earlier } = baseline
    // Whoever was skipped has a course of its own; when there are many of those, what they have in common is the base.
    if (earlier !== null && this.#bodiesUsed >= COURSES) return this.#body({ base, earlier: null }, snapshot)
    const body = this.#bodies[this.#bodiesUsed]
    if (body === undefined) return undefined
    this.#bodiesUsed++
    return this.#fill(body, baseline, snapshot)
  }

  #find({ base, earlier }: Baseline): Body | undefined {
    const last = earlier?.[0].tick ?? 0
    const first = earlier?.[1].tick ?? 0
    for (let index = 0; index < this.#bodiesUsed; index++) {
      const body = this.#bodies[index]
      if (body?.base === base.tick && body.last === last && body.first === first) return body
    }
    return undefined
  }

  #fill(body: Body, baseline: Baseline, snapshot: Snapshot): Body {
    body.base = baseline.base.tick
    body.last = baseline.earlier?.[0].tick ?? 0
    body.first = baseline.earlier?.[1].tick ?? 0
    body.writer.reset()
    writeDelta(body.writer, this.#source.game, baseline, snapshot)
    body.bytes = body.writer.bytes.subarray(0, body.writer.length)
    return body
  }
}
