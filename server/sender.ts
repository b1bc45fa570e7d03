// State frames to the seats of one room. What everyone sees is encoded once for each baseline there is and shared: all
// that are in step share one that lets movement go on. A client's own part is a few bytes; one that is behind costs none.

import { Writer } from '../protocol/bytes.ts'
import type { Capture, LiveRows } from '../protocol/capture.ts'
import { writeDelta } from '../protocol/delta.ts'
import { FrameWriter, STATE, writeStateHeader } from '../protocol/frames.ts'
import type { Game } from '../protocol/game.ts'
import { writePrivate } from '../protocol/private.ts'
import type { Snapshot } from '../protocol/snapshot.ts'
import type { Shared } from './connection.ts'
import type { Seat } from './seat.ts'

/** Baselines that are encoded from in one tick: a room full of stragglers must not cost more. */
const BODIES = 8

/** Of what there is to send. */
export interface Source {
  readonly game: Game
  readonly capture: Capture
  readonly rows: readonly LiveRows[]
}

/** A delta that several clients are sent. */
interface Body {
  base: number
  isSteady: boolean
  readonly writer: Writer
  bytes: Uint8Array
}

function emptyBody(): Body {
  return { base: 0, isSteady: false, writer: new Writer(), bytes: new Uint8Array(0) }
}

export class StateSender {
  readonly #source: Source
  readonly #shared: Shared
  readonly #frame = new FrameWriter()
  readonly #header = { tick: 0, baseTick: 0, isSteady: false, inputSeq: 0, received: 0 }
  readonly #bodies = Array.from({ length: BODIES }, emptyBody)
  #bodiesUsed = 0
  #turn = 0

  constructor(source: Source, shared: Shared) {
    this.#source = source
    this.#shared = shared
  }

  /** Sends the snapshot that was captured last to every seat that can take it. */
  sendAll(seats: readonly Seat[]): void {
    const snapshot = this.#source.capture.ring.newest
    this.#bodiesUsed = 0
    // Each time another seat comes first, so that none is always the last to hear.
    this.#turn++
    for (let index = 0; index < seats.length; index++) {
      const seat = seats[(index + this.#turn) % seats.length] as Seat
      if (seat.isReady) this.#offer(seat, snapshot)
    }
  }

  #offer(seat: Seat, snapshot: Snapshot): void {
    const { stats, limits } = this.#shared
    const hasRoom = seat.flow.isOpen && (seat.connection?.bufferedAmount ?? 0) < limits.skipBytes
    const isSteady = seat.flow.isInStep(this.#source.capture.ring)
    const body = hasRoom ? this.#body(seat.flow.base, isSteady, snapshot) : undefined
    if (body) return this.#send(seat, snapshot.tick, body)
    seat.isBehind = true
    seat.flow.skipped++
    stats.skippedFrames++
  }

  #send(seat: Seat, tick: number, { base, isSteady, bytes }: Body): void {
    const header = this.#header
    header.tick = tick
    header.baseTick = base
    header.isSteady = isSteady
    header.inputSeq = seat.inputQueue.taken
    header.received = seat.received
    writeStateHeader(this.#frame.open(), header)
    this.#frame.append(bytes)
    writePrivate(this.#frame, this.#source, seat.viewFrom(base))
    seat.stateSent(tick, this.#shared.world.now())
    seat.connection?.send(this.#frame.close(STATE))
  }

  /** The delta from that baseline, or from nothing if it is gone. Undefined when there are too many of them this time. */
  #body(baseTick: number, isSteady: boolean, snapshot: Snapshot): Body | undefined {
    for (let index = 0; index < this.#bodiesUsed; index++) {
      const body = this.#bodies[index]
      if (body?.base === baseTick && body.isSteady === isSteady) return body
    }
    const baseline = this.#source.capture.ring.baseline(baseTick, isSteady)
    if (baseline === undefined) return this.#body(0, false, snapshot)
    const body = this.#bodies[this.#bodiesUsed]
    if (body === undefined) return undefined
    this.#bodiesUsed++
    body.base = baseTick
    body.isSteady = isSteady
    body.writer.reset()
    writeDelta(body.writer, this.#source.game, baseline, snapshot)
    body.bytes = body.writer.view()
    return body
  }
}
