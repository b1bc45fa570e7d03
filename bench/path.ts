// A TCP path that is long, may be too narrow on the way to the client, and can break: what a proxy in front of a bad line
// looks like. Like one, it takes in 64 KiB ahead; kernels hold more.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

const AHEAD = 64 * 1024
const SLICE = 1_400

export interface PathOptions {
  /** The port that it leads to. */
  readonly target: number
  /** One way, in milliseconds. */
  readonly delayMs: number
  /** To the client; to the server there is no limit. Default: none. */
  readonly bytesPerSecond?: number
}

interface Slice {
  readonly dueAt: number
  /** Null where the connection ends, behind all that was sent before. */
  readonly bytes: Uint8Array | null
}

/** A connection through the path: both its ends, and whether what they write still gets anywhere. */
interface Pair {
  readonly near: Socket
  readonly far: Socket
  isLive: boolean
}

export class Path {
  readonly #server: Server
  readonly #options: PathOptions
  readonly #pairs = new Set<Pair>()
  readonly #waiting = new Set<Socket>()
  #state: 'up' | 'down' | 'hole' = 'up'
  /** Bytes that came in from either end, on connections that are live. */
  carried = 0

  constructor(options: PathOptions) {
    this.#options = options
    this.#server = createServer({ noDelay: true }, (near) => this.#admit(near))
  }

  /** Of this machine, `host` is one more address. */
  async listen(host = '127.0.0.1'): Promise<number> {
    this.#server.listen(0, host)
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** Every connection is reset, and so is each new one, until `mend`. */
  cut(): void {
    this.#state = 'down'
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.resetAndDestroy()
  }

  /**
   * From now on nothing gets through and nobody is told, as when a router forgets its connections: what was open stays so
   * and is dead for good. New connections wait for `mend`.
   */
  swallow(): void {
    this.#state = 'hole'
    for (const pair of this.#pairs) pair.isLive = false
  }

  mend(): void {
    this.#state = 'up'
    for (const near of this.#waiting) if (!near.destroyed) this.#join(near)
    this.#waiting.clear()
  }

  /** For good: who listens would keep the process alive. */
  close(): void {
    this.cut()
    this.#server.close()
  }

  #admit(near: Socket): void {
    near.on('error', () => {})
    if (this.#state === 'up') this.#join(near)
    else if (this.#state === 'down') near.resetAndDestroy()
    else this.#waiting.add(near)
  }

  #join(near: Socket): void {
    const { target, delayMs, bytesPerSecond = Number.POSITIVE_INFINITY } = this.#options
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
    far.on('error', () => {})
    const pair: Pair = { near, far, isLive: true }
    this.#pairs.add(pair)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('data', (bytes) => {
        if (pair.isLive) this.carried += bytes.length
      })
      socket.on('close', () => {
        if (other.destroyed) this.#pairs.delete(pair)
      })
    }
    carry(pair, 'up', { delayMs, bytesPerSecond: Number.POSITIVE_INFINITY })
    carry(pair, 'down', { delayMs, bytesPerSecond })
  }
}

/** Hands on what comes, slice by slice, each when the line has taken it and it has travelled. */
function carry(
  pair: Pair,
  way: 'up' | 'down',
  line: { readonly delayMs: number; readonly bytesPerSecond: number },
): void {
  const [from, to] = way === 'up' ? [pair.near, pair.far] : [pair.far, pair.near]
  const slices: Slice[] = []
  let held = 0
  let freeAt = 0
  let isWaiting = false
  from.on('data', (bytes: Buffer) => {
    for (let start = 0; start < bytes.length; start += SLICE) {
      const slice = bytes.subarray(start, start + SLICE)
      freeAt = Math.max(freeAt, performance.now()) + (slice.length * 1000) / line.bytesPerSecond
      slices.push({ dueAt: freeAt + line.delayMs, bytes: slice })
    }
    held += bytes.length
    if (held > AHEAD) from.pause()
    wait()
  })
  from.on('close', () => {
    slices.push({ dueAt: Math.max(freeAt, performance.now()) + line.delayMs, bytes: null })
    wait()
  })

  function wait(): void {
    const [first] = slices
    if (first === undefined || isWaiting) return
    isWaiting = true
    setTimeout(handOn, Math.max(0, first.dueAt - performance.now()))
  }
  function handOn(): void {
    isWaiting = false
    while (slices[0] && slices[0].dueAt <= performance.now() + 0.5) {
      const { bytes } = slices.shift() as Slice
      held -= bytes?.length ?? 0
      if (!pair.isLive) continue
      if (bytes === null) to.destroySoon()
      else if (to.writable) to.write(bytes)
    }
    if (held <= AHEAD) from.resume()
    wait()
  }
}
