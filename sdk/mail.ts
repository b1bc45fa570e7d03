// Reliable messages both ways, as the client sees them: exactly once and in order within an epoch, over any resume.
// There is one way out, for new messages, for those that waited, and for those that are sent again.

import { badMessage } from '../protocol/errors.ts'
import { FRAME_BYTES, REPLAY_MESSAGES } from '../protocol/limits.ts'
import { encodeClientMessage, type Said } from '../protocol/messages.ts'
import { Inbox, Outbox } from '../protocol/reliable.ts'
import type { Questions } from '../protocol/requests.ts'
import { FRESH_BYTES } from './input.ts'
import { Listeners } from './listeners.ts'

/** Bytes in the browser's buffer beyond which messages wait in ours, where a resume can still save them. */
export const BUFFERED_LIMIT = 4_096
/**
 * The pace that a server allows [F4], less what inputs need: in the long run messages leave so far apart, large ones as
 * far as so many bytes a millisecond have it. A full outbox may leave at once: PACE_MS for each of REPLAY_MESSAGES.
 */
export const PACE_MS = 16
export const PACE_BYTES = 40
export const BURST_MS = 8_192
/** Half of that burst is kept for messages that wait: a volatile one may not use it. */
export const SPARED_MS = 4_096

/** How a message is sent. */
export interface SendOptions {
  /**
   * `reliable`, the default: each arrives, in order. `latest`: of those of a key that have not left yet only the newest is
   * kept, in the place of the first; one leaves at once when all before it have arrived, else with the next state.
   * `volatile`: now or never.
   */
  readonly as?: 'reliable' | 'latest' | 'volatile' | undefined
  /** What a `latest` message takes the place of: the one before of the same key. Default: the message's name. */
  readonly key?: string | undefined
}

/** Where the frames go. */
export interface Outlet {
  readonly isOpen: boolean
  readonly bufferedAmount: number
  readonly now: number
  /** Of the newest state. */
  readonly tick: number
  send(bytes: Uint8Array): void
}

export class Mail {
  readonly #outlet: Outlet
  #outbox = new Outbox()
  #inbox = new Inbox()
  declare questions: Questions | undefined
  /** Nothing that was accepted waits any more. */
  readonly drained = new Listeners<void>()
  /** When messages were accepted, by their number modulo as many as can wait. */
  readonly #acceptedAt: number[] = []
  /** The last message that was written to the present socket. */
  #written = 0
  /**
   * When the next one would be due if all had left at the pace: the theoretical arrival time of a GCRA, a token bucket.
   */
  #dueAt = Number.NEGATIVE_INFINITY
  /** By key, the number of its newest `latest` message. */
  readonly #latest = new Map<string, number>()
  /** Something was accepted since the game was last told that nothing waits. */
  #hasToDrain = false

  constructor(outlet: Outlet) {
    this.#outlet = outlet
  }

  /** The last message of the server that was handed to the game. */
  get received(): number {
    return this.#inbox.received
  }

  /** The number of the last message that was accepted. */
  get sent(): number {
    return this.#outbox.sent
  }

  /** When the oldest message was accepted that has not arrived; infinite when all have. */
  get waitingSince(): number {
    const { sent, waiting } = this.#outbox
    return waiting ? this.#acceptedAt[(sent - waiting + 1) % REPLAY_MESSAGES]! : Number.POSITIVE_INFINITY
  }

  /** Whether accepted messages are not written yet. */
  get isWaiting(): boolean {
    return this.#written < this.#outbox.sent
  }

  /**
   * `sent`: written to the socket. `queued`: it waits and will be. `full`: it was not accepted, or could not leave now as
   * a volatile one must. Throws RangeError for a message that is longer than a server takes, and for no way to send it.
   */
  send(said: Said, { as = 'reliable', key = '' }: SendOptions = {}): 'sent' | 'queued' | 'full' {
    const outlet = this.#outlet
    const outbox = this.#outbox
    const isLatest = as === 'latest'
    const waiting = (isLatest && this.#latest.get(key)) || 0
    const place = waiting > this.#written ? waiting : outbox.sent + 1
    const encode = (seq: number) => {
      const frame = encodeClientMessage({ type: 'message', seq, tick: outlet.tick, ...said })
      if (frame.length <= FRAME_BYTES) return frame
      throw new RangeError(`a message must be at most ${FRAME_BYTES} bytes, got ${frame.length}`)
    }
    if (as === 'volatile') {
      return outlet.bufferedAmount <= FRESH_BYTES && this.#leaves(encode(0), SPARED_MS) ? 'sent' : 'full'
    }
    if (as !== 'reliable' && !isLatest) throw new RangeError(`as cannot be ${as}`)
    if (!outbox.accept(encode, place)) return 'full'
    this.#hasToDrain = true
    this.#acceptedAt[place % REPLAY_MESSAGES] = outlet.now
    if (isLatest) this.#latest.set(key, place)
    if (!isLatest || outbox.waiting === 1) this.flush()
    return this.isWaiting ? 'queued' : 'sent'
  }

  /** Writes what waits, as far as the socket takes it. */
  flush(): void {
    const outlet = this.#outlet
    const outbox = this.#outbox
    while (
      this.isWaiting &&
      outlet.bufferedAmount < BUFFERED_LIMIT &&
      // Counted from the end.
      this.#leaves(outbox.pending().at(this.#written - outbox.sent) as Uint8Array, 0)
    );
    if (!this.isWaiting) this.#latest.clear()
    if (this.#hasToDrain && outlet.isOpen && !outbox.waiting) {
      this.#hasToDrain = false
      this.drained.tell()
    }
  }

  /**
   * Sends a message, if its share of the pace leaves `sparedMs` to others: a volatile one, or the next that waits, which
   * leaves them nothing. False: it must not leave now.
   */
  #leaves(bytes: Uint8Array, sparedMs: number): boolean {
    const { isOpen, now } = this.#outlet
    if (this.#dueAt + sparedMs > now || !isOpen) return false
    this.#dueAt = Math.max(this.#dueAt, now - BURST_MS) + Math.max(PACE_MS, bytes.length / PACE_BYTES)
    // First: a socket of the game's own may bring its acknowledgement before `send` returns.
    if (!sparedMs) this.#written++
    this.#outlet.send(bytes)
    return true
  }

  /** `flush` has to follow, for what waited on it. Throws ProtocolError for a number that was never sent. */
  acknowledge(seq: number): void {
    this.#outbox.acknowledge(seq)
    // A server may know more than this socket carried.
    this.#written = Math.max(this.#written, seq)
  }

  /** Whether to hand message `seq` to the game. */
  admit(seq: number): boolean {
    return this.#inbox.admit(seq)
  }

  /** The same streams over a new socket; the server has received up to `seq`. Throws ProtocolError if that cannot be. */
  resume(seq: number): void {
    if (!this.#outbox.canResumeFrom(seq)) throw badMessage('out of order')
    this.#outbox.acknowledge(seq)
    this.#written = seq
    // A server counts what comes over each socket by itself.
    this.#dueAt = Number.NEGATIVE_INFINITY
  }

  /** New streams. Returns how many messages were accepted and never acknowledged. */
  restart(): number {
    const lost = this.#outbox.waiting
    this.questions?.end()
    this.#outbox = new Outbox()
    this.#inbox = new Inbox()
    this.#latest.clear()
    this.#written = 0
    return lost
  }
}
