// A WebSocket client written by hand over a bare TCP socket: it may break every rule, and tells byte for byte how it was
// answered.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Opcodes of RFC 6455. */
export const OP = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 }

/** A frame that the peer sent. */
export interface Frame {
  readonly opcode: number
  readonly body: Buffer
  /** Whether it has neither a mask nor a reserved bit. */
  readonly isBare: boolean
}

export interface FrameShape {
  /** Default: true. */
  readonly isLast?: boolean
  /** The three reserved bits. Default: 0. */
  readonly reserved?: number
  /** Default: a random one; null: none. */
  readonly mask?: Buffer | null
  /** What the header says, if that is not the truth. */
  readonly length?: number
  /** The length is written in so many bytes: 1, 2 or 8. */
  readonly lengthBytes?: number
}

/** A client's frame. */
export function frame(opcode: number, body: Uint8Array | string = '', shape: FrameShape = {}): Buffer {
  const { isLast = true, reserved = 0, mask = randomBytes(4) } = shape
  const bytes = Buffer.from(body)
  const length = shape.length ?? bytes.length
  const size = shape.lengthBytes ?? (length < 126 ? 1 : length < 0x10000 ? 2 : 8)
  const masked = mask === null ? 0 : 0x80
  const head = Buffer.alloc(1 + (size === 1 ? 1 : 1 + size))
  head[0] = (isLast ? 0x80 : 0) | (reserved << 4) | opcode
  head[1] = masked | (size === 1 ? length : size === 2 ? 126 : 127)
  if (size === 2) head.writeUInt16BE(length, 2)
  if (size === 8) head.writeBigUInt64BE(BigInt(length), 2)
  if (mask === null) return Buffer.concat([head, bytes])
  return Buffer.concat([head, mask, bytes.map((byte, at) => byte ^ (mask[at & 3] as number))])
}

/** A close frame. */
export function closeFrame(code: number, reason: string | Uint8Array = ''): Buffer {
  return frame(OP.close, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]))
}

export class RawSocket {
  readonly socket: Socket
  readonly frames: Frame[] = []
  /** Who takes its frames as they come; without one they are kept. */
  onFrame: ((frame: Frame) => void) | null = null
  /** Resolves when the TCP connection is over. */
  readonly ended: Promise<void>
  #bytes: Buffer = Buffer.alloc(0)
  #isUpgraded = false
  #head = ''

  constructor(port: number, localAddress = '127.0.0.1') {
    this.socket = connect({ port, host: '127.0.0.1', localAddress })
    this.socket.setNoDelay(true).on('error', () => {})
    this.ended = new Promise((resolve) => this.socket.on('close', () => resolve()))
    this.socket.on('data', (bytes: Buffer) => this.#take(bytes))
  }

  /** A socket whose handshake is done. */
  static async open(port: number, localAddress?: string, headers: Readonly<Record<string, string>> = {}) {
    const raw = new RawSocket(port, localAddress)
    await raw.upgrade(headers)
    return raw
  }

  /** Asks for the upgrade; resolves with the status of the answer, or 0 when there was none. */
  async upgrade(headers: Readonly<Record<string, string>> = {}): Promise<number> {
    const all = {
      Host: 'localhost',
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      'Sec-WebSocket-Version': '13',
      ...headers,
    }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
    this.write(['GET /ws HTTP/1.1', ...lines, '', ''].join('\r\n'))
    while (this.#head === '' && !this.socket.destroyed) await Promise.race([once(this.socket, 'data'), this.ended])
    return Number(/^HTTP\/1.1 (\d+)/.exec(this.#head)?.[1] ?? 0)
  }

  /** The answer to the handshake. */
  get head(): string {
    return this.#head
  }

  write(bytes: Uint8Array | string): void {
    if (this.socket.writable) this.socket.write(bytes)
  }

  /** The code with which the peer closed: 1005 for none in its frame, 1006 for no such frame. */
  async code(): Promise<number> {
    const close = await this.next(OP.close)
    if (!close) return 1006
    return close.body.length < 2 ? 1005 : close.body.readUInt16BE(0)
  }

  /** The first frame of that sort, of those that come or came; undefined when the socket ends without it. */
  async next(opcode: number): Promise<Frame | undefined> {
    for (;;) {
      const found = this.frames.find((candidate) => candidate.opcode === opcode)
      if (found || this.socket.destroyed) return found
      await Promise.race([once(this.socket, 'data'), this.ended])
    }
  }

  #take(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes])
    if (!this.#isUpgraded) {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      this.#isUpgraded = true
      this.#head = this.#bytes.toString('latin1', 0, end)
      this.#bytes = this.#bytes.subarray(end + 4)
    }
    while (this.#readFrame());
  }

  #readFrame(): boolean {
    const [first, second] = this.#bytes
    if (first === undefined || second === undefined) return false
    const size = second < 126 ? 0 : second === 126 ? 2 : 8
    if (this.#bytes.length < 2 + size) return false
    const length =
      size === 0 ? second : size === 2 ? this.#bytes.readUInt16BE(2) : Number(this.#bytes.readBigUInt64BE(2))
    const end = 2 + size + length
    if (this.#bytes.length < end) return false
    const body = Buffer.from(this.#bytes.subarray(2 + size, end))
    const got = { opcode: first & 15, body, isBare: (first & 0x70) === 0 && second < 0x80 }
    if (this.onFrame) this.onFrame(got)
    else this.frames.push(got)
    this.#bytes = this.#bytes.subarray(end)
    // Who was told to go does not make the peer wait.
    if ((first & 15) === OP.close) this.socket.end()
    return true
  }
}
