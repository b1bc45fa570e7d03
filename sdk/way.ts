// One direction of a simulated line, as TCP shows it to those above: nothing is lost or overtaken, it only comes later.
// What the line does is drawn from a source of chance, so that the same seed makes the same line.

import type { World } from './world.ts'

/**
 * How one direction of a line behaves. A change holds for what leaves from then on; of a `Net`, one to what cannot be
 * throws RangeError.
 */
export interface Line {
  /** Milliseconds from one end to the other. */
  latencyMs: number
  /**
   * Milliseconds that are added to the latency: the standard deviation of the bell curve whose upper half is drawn from. A
   * third of the frames come later by more.
   */
  jitterMs: number
  /**
   * The chance that a segment is lost on the way and has to be sent again, from 0 to below 1. It takes round trips: on a
   * line without latency it shows as nothing. Where all is to be lost there are `isHole` and `stall`.
   */
  loss: number
  /** Above 0; Infinity, as it is until set: no limit. */
  bytesPerSecond: number
  /**
   * What kernels and proxies hold for each of the two ends, above 0. Only what has no place there waits in the process.
   */
  queueBytes: number
}

/** Takes no time, loses nothing and has no limit. */
export const CLEAR: Line = {
  latencyMs: 0,
  jitterMs: 0,
  loss: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  queueBytes: 256 * 1024,
}

export type Chance = Pick<World, 'now' | 'after' | 'random'>

/** What all sockets over one line share in one direction. */
export interface Path {
  readonly line: Line
  /** Until when nothing gets through; what is sent meanwhile is sent again, ever more seldom. */
  outageEnds: number
  /** Everything vanishes, and nobody is told. A stream that lost something by it delivers nothing any more. */
  isHole: boolean
  /** The program at the far end takes in what arrives. */
  isRead: boolean
}

interface Parcel {
  readonly bytes: number
  readonly deliver: () => void
}

export const SEGMENT_BYTES = 1_400
/** How much longer than a round trip a sender waits before it believes that all is lost. */
export const PATIENCE_MS = 200
export const SMOOTHING = 1 / 8
/** Round trips until a lost segment is there after all, as senders of today (RFC 8985) find it. */
export const OVERTAKEN = 1.25
/** So often at most is a parcel sent again, as Linux does it: a large one would hardly ever get through whole. */
export const TRIES = 15

/** One direction of one socket. */
export class Way {
  readonly #path: Path
  readonly #chance: Chance
  readonly #roundTrip: () => number
  /** Sent, and not on the line yet. */
  readonly #waiting: Parcel[] = []
  /** On the line, in order. A timer rounds, so that a later one may be due first: whichever is, the first arrives. */
  readonly #underWay: Parcel[] = []
  /** Arrived, and not taken in yet. */
  readonly #unread: Parcel[] = []
  #isLeaving = false
  /** Something was swallowed. */
  #isTorn = false
  /** Bytes that were sent and have not arrived. */
  #held = 0
  #unreadBytes = 0
  #arrivesAt = 0
  /** When the first parcel of the last outage gets through. */
  #recoversAt = 0
  #sentAt = Number.NaN
  #gapMs = 0

  /** `roundTrip`: milliseconds there and back, for what has to be sent again. */
  constructor(path: Path, chance: Chance, roundTrip: () => number) {
    this.#path = path
    this.#chance = chance
    this.#roundTrip = roundTrip
  }

  /** Bytes that wait in the process: what kernels and proxies hold is not among them. */
  get bufferedAmount(): number {
    return Math.max(0, this.#held - this.#path.line.queueBytes)
  }

  /** `deliver` is called when the last byte is taken in at the far end. */
  send(bytes: number, deliver: () => void): void {
    const now = this.#chance.now()
    const gap = Number.isNaN(this.#sentAt) ? 0 : now - this.#sentAt
    this.#gapMs += (gap - this.#gapMs) * SMOOTHING
    this.#sentAt = now
    this.#held += bytes
    this.#waiting.push({ bytes, deliver })
    this.#pump()
  }

  /** The far end takes in again what has arrived. */
  read(): void {
    for (const { deliver } of this.#unread.splice(0)) deliver()
    this.#unreadBytes = 0
    this.#pump()
  }

  /** Puts on the line what can leave, one parcel after the other. */
  #pump(): void {
    const { bytesPerSecond, queueBytes } = this.#path.line
    while (!this.#isLeaving && this.#waiting.length > 0 && this.#unreadBytes < queueBytes) {
      const parcel = this.#waiting.shift() as Parcel
      const takesMs = (parcel.bytes * 1000) / bytesPerSecond
      if (takesMs === 0) this.#leave(parcel)
      else {
        this.#isLeaving = true
        this.#chance.after(takesMs, () => {
          this.#isLeaving = false
          this.#leave(parcel)
          this.#pump()
        })
      }
    }
  }

  #leave(parcel: Parcel): void {
    const { now, after } = this.#chance
    this.#arrivesAt = Math.max(this.#arrivesAt, this.#arrivalOf(parcel, now()))
    this.#underWay.push(parcel)
    after(this.#arrivesAt - now(), () => this.#arrive(this.#underWay.shift() as Parcel))
  }

  #arrive(parcel: Parcel): void {
    this.#held -= parcel.bytes
    // What was swallowed never comes again, and so nothing that follows it in the stream.
    this.#isTorn ||= this.#path.isHole
    if (this.#isTorn) return
    if (this.#path.isRead) return parcel.deliver()
    this.#unread.push(parcel)
    this.#unreadBytes += parcel.bytes
  }

  #arrivalOf({ bytes }: Parcel, now: number): number {
    const { latencyMs } = this.#path.line
    const arrival = now + latencyMs + this.#jitter() + this.#lossDelay(bytes)
    // All that follows a lost parcel waits until the sender hears that this one got through.
    if (now < this.#recoversAt) return Math.max(arrival, this.#recoversAt + this.#roundTrip() + latencyMs)
    if (now >= this.#path.outageEnds) return arrival
    this.#recoversAt = this.#firstTryAfter(now)
    return Math.max(arrival, this.#recoversAt + latencyMs)
  }

  #jitter(): number {
    const { jitterMs } = this.#path.line
    if (jitterMs === 0) return 0
    const { random } = this.#chance
    return Math.abs(Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())) * jitterMs
  }

  /** A loss shows when what was sent next has been acknowledged, and a quarter later it is no mere overtaking. */
  #lossDelay(bytes: number): number {
    const { loss } = this.#path.line
    if (loss === 0) return 0
    const roundTrip = this.#roundTrip()
    const isLost = 1 - (1 - loss) ** Math.ceil(bytes / SEGMENT_BYTES)
    let delay = 0
    for (let tries = 0; tries < TRIES && this.#chance.random() < isLost; tries++) {
      delay += OVERTAKEN * roundTrip + Math.min(this.#gapMs, roundTrip)
    }
    return delay
  }

  /** When what is lost now is sent again for the first time after the outage: the wait doubles each time. */
  #firstTryAfter(now: number): number {
    let wait = this.#roundTrip() + PATIENCE_MS
    let at = now
    while (at < this.#path.outageEnds) {
      at += wait
      wait *= 2
    }
    return at
  }
}
