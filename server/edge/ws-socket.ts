// A WebSocket of ws's as the core's socket. ws shakes hands, reads and closes; what is sent goes past it, in one piece and
// one write: ws hands over a head and a body, which the process then puts together again for each frame.

import type { Duplex } from 'node:stream'
import { CLOSE } from '../../protocol/errors.ts'
import type { Socket } from '../base/world.ts'
import { Slab } from './slab.ts'

/**
 * The first byte of a whole binary message, and the second bytes that say that two, or eight, bytes of length follow.
 */
const BINARY = 0x82
const TWO_MORE = 126
const EIGHT_MORE = 127

/** What is asked of a WebSocket of ws's, whose own types nobody needs to install. */
interface Opened {
  readonly OPEN: number
  readonly readyState: number
  close(code: number, reason: string): void
  pause(): void
  terminate(): void
}

/** One for all sockets. */
const slab = new Slab()

export class WsSocket implements Socket {
  readonly #webSocket: Opened
  readonly #stream: Duplex

  /** `stream`: what the WebSocket was opened on. Messages must not be compressed. */
  constructor(webSocket: Opened, stream: Duplex) {
    this.#webSocket = webSocket
    this.#stream = stream
  }

  get bufferedAmount(): number {
    return this.#stream.writableLength
  }

  send(bytes: Uint8Array): void {
    // Behind a close frame nothing may follow, ours or the peer's.
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return
    const { length } = bytes
    const head = headBytes(length)
    const frame = this.#place(head + length)
    writeHead(frame, length)
    frame.set(bytes, head)
    this.#stream.write(frame)
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason)
    // Of a flood, what still comes would cost as much to read as what came.
    if (code === CLOSE.TOO_FAST) this.#webSocket.pause()
  }

  terminate(): void {
    this.#webSocket.terminate()
  }

  /** What waits for a reader must not keep a whole slab for so long. */
  #place(length: number): Buffer {
    return this.bufferedAmount > 0 ? Buffer.allocUnsafeSlow(length) : slab.take(length)
  }
}

/** Of a message's head, which a server does not mask (RFC 6455, 5.2). */
function headBytes(length: number): number {
  return length < TWO_MORE ? 2 : length < 0x10000 ? 4 : 10
}

function writeHead(frame: Buffer, length: number): void {
  frame[0] = BINARY
  if (length < TWO_MORE) frame[1] = length
  else if (length < 0x10000) {
    frame[1] = TWO_MORE
    frame[2] = length >> 8
    frame[3] = length
  } else {
    frame[1] = EIGHT_MORE
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
}
