// The server's side of one socket: bytes come in, are decoded, and go to whoever holds the connection. Whatever a peer
// does wrong is caught here, in one place, and closes this socket and no other.

import type { Reader } from '../../protocol/bytes.ts'
import { badMessage, CLOSE, type CloseReason, ProtocolError } from '../../protocol/errors.ts'
import { readFrame } from '../../protocol/ext.ts'
import { Lately } from '../../protocol/lately.ts'
import { HELLO_BYTES } from '../../protocol/limits.ts'
import { type ClientMessage, decodeClientMessage } from '../../protocol/messages.ts'
import { Bucket } from './bucket.ts'
import type { Shared } from './shared.ts'
import type { Socket } from './world.ts'

/** Who is behind a connection: at first the host, which waits for a hello; then a seat. */
export interface Holder {
  /** Both may throw ProtocolError. */
  message(message: ClientMessage, connection: Connection): void | Promise<void>
  frame(type: number, body: Reader): void
  /** The socket is gone, whoever closed it. */
  lost(): void
}

const REASON_BYTES = 123
/**
 * A socket that is closed for one of these reasons is terminated so soon, whether its peer has agreed to the close or
 * not.
 */
const CUT_MS = 500
const CUT: ReadonlySet<CloseReason> = new Set(['HELLO_TIMEOUT', 'TOO_FAST'])

export class Connection {
  holder: Holder
  /** When it was opened, and when the peer last showed a sign of life. */
  readonly openedAt: number
  heardAt: number
  /** How many messages came, and when the last of them did. */
  messages = 0
  messageAt = 0
  /** Bytes. */
  readonly incoming = new Lately()
  readonly outgoing = new Lately()
  readonly #socket: Socket
  readonly #shared: Shared
  readonly #onGone: (reason?: CloseReason) => void
  readonly #frames: Bucket
  readonly #bytes: Bucket
  readonly #controls: Bucket
  #isDead = false

  /** `onGone` is called once, when nothing more goes in or out, with the reason if the server had one. */
  constructor(socket: Socket, holder: Holder, shared: Shared, onGone: (reason?: CloseReason) => void) {
    const { world, limits } = shared
    this.holder = holder
    this.#socket = socket
    this.#shared = shared
    this.#onGone = onGone
    this.openedAt = this.heardAt = world.now()
    this.#frames = new Bucket(limits.framesPerSecond, limits.frameBurst, this.openedAt)
    this.#bytes = new Bucket(limits.bytesPerSecond, limits.byteBurst, this.openedAt)
    this.#controls = new Bucket(limits.controlsPerSecond, limits.controlBurst, this.openedAt)
  }

  /** Nothing more goes in or out. */
  get isDead(): boolean {
    return this.#isDead
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount
  }

  /** A binary frame came in. */
  receive(bytes: Uint8Array): void {
    // A socket delivers what it had read already, even after it was closed or terminated.
    if (this.#isDead) return
    this.heard()
    this.messages++
    this.messageAt = this.heardAt
    this.#guard(() => {
      this.#count(bytes.length)
      const frame = readFrame(bytes)
      if (frame) return this.holder.frame(frame.type, frame.body)
      const message = decodeClientMessage(bytes)
      if (message.type !== 'message') this.#countControl()
      if (message.type === 'hello' && !message.resume && bytes.length > HELLO_BYTES)
        throw new ProtocolError('TOO_BIG', `a first hello must be at most ${HELLO_BYTES} bytes, got ${bytes.length}`)
      return this.holder.message(message, this)
    })
  }

  /** A ping or a pong came in. */
  receiveSignal(): void {
    this.heard()
    this.#guard(() => this.#countControl())
  }

  /** A text frame came in. */
  receiveText(): void {
    this.close('NOT_BINARY', 'frames must be binary')
  }

  /** The peer showed a sign of life. */
  heard(): void {
    this.heardAt = this.#shared.world.now()
  }

  /** The socket is gone. */
  closed(reason?: CloseReason): void {
    if (this.#isDead) return
    this.#isDead = true
    this.#onGone(reason)
    this.holder.lost()
  }

  /** Takes the bytes as they are: they may be changed afterwards. */
  send(bytes: Uint8Array, now: number = this.#shared.world.now()): void {
    if (this.#isDead) return
    const { stats, limits } = this.#shared
    if (this.#socket.bufferedAmount > limits.queuedBytes) {
      return this.close('TOO_SLOW', `more than ${limits.queuedBytes} bytes wait to be read`)
    }
    stats.framesOut++
    stats.bytesOut += bytes.length
    this.outgoing.add(bytes.length, now)
    this.#socket.send(bytes)
  }

  close(reason: CloseReason, message = ''): void {
    if (this.#isDead) return
    this.#shared.stats.closed[reason]++
    this.#socket.close(CLOSE[reason], clip(message))
    if (CUT.has(reason)) this.#shared.world.after(CUT_MS, () => this.#socket.terminate())
    this.closed(reason)
  }

  /** The frames themselves are broken: whoever reads them has ended the socket, and told the peer. */
  broken(isTooBig: boolean): void {
    if (this.#isDead) return
    const { stats } = this.#shared
    if (isTooBig) stats.closed.TOO_BIG++
    else stats.brokenFrames++
    this.closed()
  }

  /** The path is dead: nothing more can be said on it. */
  giveUp(): void {
    if (this.#isDead) return
    this.#shared.stats.silent++
    this.#socket.terminate()
    this.closed()
  }

  #count(bytes: number): void {
    const { stats, limits } = this.#shared
    const now = this.heardAt
    stats.framesIn++
    stats.bytesIn += bytes
    this.incoming.add(bytes, now)
    // The edge refuses these before they are read; a socket without that edge must not get round it.
    if (bytes > limits.frameBytes)
      throw new ProtocolError('TOO_BIG', `a frame must be at most ${limits.frameBytes} bytes`)
    if (!this.#frames.take(1, now))
      throw new ProtocolError('TOO_FAST', `more than ${limits.framesPerSecond} frames a second`)
    if (!this.#bytes.take(bytes, now))
      throw new ProtocolError('TOO_FAST', `more than ${limits.bytesPerSecond} bytes a second`)
  }

  #countControl(): void {
    const { limits } = this.#shared
    if (!this.#controls.take(1, this.heardAt))
      throw new ProtocolError('TOO_FAST', `more than ${limits.controlsPerSecond} control messages a second`)
  }

  #guard(work: () => void | Promise<void>): void {
    try {
      work()?.catch((error: unknown) => this.#refuse(error))
    } catch (error) {
      this.#refuse(error)
    }
  }

  #refuse(error: unknown): void {
    if (error instanceof ProtocolError) return this.close(error.reason, error.message)
    this.#shared.log('a connection failed', error)
    this.close('ROOM_FAILED', 'the server could not handle this frame')
  }
}

/** The answer to anything but a hello on a new connection. */
export function notYet(): ProtocolError {
  return badMessage('the first frame must be a hello')
}

const utf8 = new TextEncoder()

/** As much of a text as a close frame can carry, cut between characters. */
export function clip(text: string): string {
  let clipped = ''
  let bytes = 0
  for (const character of text) {
    bytes += utf8.encode(character).length
    if (bytes > REASON_BYTES) return clipped
    clipped += character
  }
  return clipped
}
