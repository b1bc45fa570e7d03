// Reliable messages in one direction: counted from 1, kept until acknowledged, sent again after a resume.
// Within an epoch each is handed to the game exactly once and in order.

import { badMessage } from './errors.ts'
import { REPLAY_BYTES, REPLAY_MESSAGES } from './limits.ts'

/** The sending end. Holds the encoded messages that the peer has not acknowledged. */
export class Outbox {
  #frames: Uint8Array[] = []
  #bytes = 0
  #acknowledged = 0

  /** How many messages were accepted so far: the newest sequence number. */
  get sent(): number {
    return this.#acknowledged + this.#frames.length
  }

  /** What waits for an acknowledgement. */
  get waiting(): number {
    return this.#frames.length
  }

  /**
   * Gives the message a sequence number and keeps it: the next one, or that of an earlier message that was never sent
   * and whose place it takes. Null when the buffer is full: then nothing has changed, and it is certainly not
   * delivered.
   */
  accept(encode: (seq: number) => Uint8Array, seq: number = this.sent + 1): Uint8Array | null {
    const place = seq - this.#acknowledged - 1
    if (place >= REPLAY_MESSAGES) return null
    const frame = encode(seq)
    const bytes = this.#bytes + frame.length - (this.#frames[place]?.length ?? 0)
    if (bytes > REPLAY_BYTES) return null
    this.#frames[place] = frame
    this.#bytes = bytes
    return frame
  }

  /**
   * The peer handed all up to `seq` to its game. Returns whether that is news. Throws ProtocolError for a number that was
   * never sent.
   */
  acknowledge(seq: number): boolean {
    const count = seq - this.#acknowledged
    if (count <= 0) return false
    if (seq > this.sent) throw badMessage('out of order')
    for (const frame of this.#frames.splice(0, count)) this.#bytes -= frame.length
    this.#acknowledged = seq
    return true
  }

  /** Whether a peer that has received up to `seq` can be given all the rest. */
  canResumeFrom(seq: number): boolean {
    return seq >= this.#acknowledged && seq <= this.sent
  }

  /** The frames to send again, oldest first. */
  pending(): readonly Uint8Array[] {
    return this.#frames
  }
}

/** The receiving end. */
export class Inbox {
  #received = 0

  /** The last message that was handed to the game. */
  get received(): number {
    return this.#received
  }

  /** Whether to hand message `seq` to the game: false for one that came before. Throws ProtocolError for a gap. */
  admit(seq: number): boolean {
    if (seq <= this.#received) return false
    if (seq !== this.#received + 1) throw badMessage('out of order')
    this.#received = seq
    return true
  }
}
