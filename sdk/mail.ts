// Reliable messages both ways, as the client sees them: exactly once and in order within an epoch, over any resume.
// There is one way out, for new messages, for those that waited, and for those that are sent again.

import { badMessage } from '../protocol/errors.ts'
import { TO_SERVER } from '../protocol/limits.ts'
import { encodeClientMessage, type Said } from '../protocol/messages.ts'
import { Inbox, Outbox } from '../protocol/reliable.ts'
import { Listeners } from './listeners.ts'

/** Bytes in the browser's buffer beyond which messages wait in ours, where a resume can still save them. */
const BUFFERED_LIMIT = 64 * 1024

/** Where the frames go. */
export interface Outlet {
  readonly isOpen: boolean
  readonly bufferedAmount: number
  /** Of the newest state. */
  readonly tick: number
  send(bytes: Uint8Array): void
}

export class Mail {
  readonly #outlet: Outlet
  readonly #outbox = new Outbox()
  readonly #inbox = new Inbox()
  /** All that was accepted has arrived. */
  readonly drained = new Listeners<void>()
  /** The last message that was written to the present socket. */
  #written = 0

  constructor(outlet: Outlet) {
    this.#outlet = outlet
  }

  /** The last message of the server that was handed to the game. */
  get received(): number {
    return this.#inbox.received
  }

  /** Whether accepted messages are not written yet. */
  get isWaiting(): boolean {
    return this.#written < this.#outbox.sent
  }

  /**
   * `sent`: written to the socket. `queued`: it waits and will be. `full`: it was not accepted. Throws RangeError for a
   * message that is longer than a server takes.
   */
  send(said: Said): 'sent' | 'queued' | 'full' {
    const kept = this.#outbox.accept((seq) => {
      const frame = encodeClientMessage({ type: 'message', seq, tick: this.#outlet.tick, ...said })
      if (frame.length <= TO_SERVER.bytes) return frame
      throw new RangeError(`a message must be at most ${TO_SERVER.bytes} bytes, got ${frame.length}`)
    })
    if (kept === null) return 'full'
    this.flush()
    return this.isWaiting ? 'queued' : 'sent'
  }

  /** Writes what waits, as far as the socket takes it. */
  flush(): void {
    const outbox = this.#outbox
    const first = outbox.sent - outbox.waiting + 1
    const frames = outbox.pending()
    while (this.isWaiting && this.#outlet.isOpen && this.#outlet.bufferedAmount < BUFFERED_LIMIT) {
      this.#outlet.send(frames[++this.#written - first] as Uint8Array)
    }
  }

  /** Throws ProtocolError for a number that was never sent. */
  acknowledge(seq: number): void {
    const had = this.#outbox.waiting
    this.#outbox.acknowledge(seq)
    // A server may know more than this socket carried.
    this.#written = Math.max(this.#written, seq)
    if (had > 0 && this.#outbox.waiting === 0) this.drained.tell()
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
  }

  /** New streams. Returns how many messages were accepted and never acknowledged. */
  restart(): number {
    const lost = this.#outbox.waiting
    this.#outbox.reset()
    this.#inbox.reset()
    this.#written = 0
    return lost
  }
}
