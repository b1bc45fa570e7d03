// A TCP path that is long, and too narrow on the way to the client: what a proxy in front of a slow line looks like. Like
// one, it takes in 64 KiB ahead; kernels hold more.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

const AHEAD = 64 * 1024
const SLICE = 1_400

export interface PathOptions {
  /** The port that it leads to. */
  readonly target: number
  /** One way, in milliseconds. */
  readonly delayMs: number
  /** To the client; to the server there is no limit. */
  readonly bytesPerSecond: number
}

interface Slice {
  readonly dueAt: number
  readonly bytes: Uint8Array
}

export class SlowPath {
  readonly #server: Server
  readonly #options: PathOptions
  readonly #sockets = new Set<Socket>()

  constructor(options: PathOptions) {
    this.#options = options
    this.#server = createServer({ noDelay: true }, (near) => this.#join(near))
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #join(near: Socket): void {
    const { target, delayMs, bytesPerSecond } = this.#options
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    carry(near, far, { delayMs, bytesPerSecond: Number.POSITIVE_INFINITY })
    carry(far, near, { delayMs, bytesPerSecond })
  }
}

/** Hands on what comes, slice by slice, each when the line has taken it and it has travelled. */
function carry(from: Socket, to: Socket, { delayMs, bytesPerSecond }: Omit<PathOptions, 'target'>): void {
  const slices: Slice[] = []
  let held = 0
  let freeAt = 0
  let isWaiting = false
  from.on('data', (bytes: Buffer) => {
    for (let start = 0; start < bytes.length; start += SLICE) {
      const slice = bytes.subarray(start, start + SLICE)
      freeAt = Math.max(freeAt, performance.now()) + (slice.length * 1000) / bytesPerSecond
      slices.push({ dueAt: freeAt + delayMs, bytes: slice })
    }
    held += bytes.length
    if (held > AHEAD) from.pause()
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
      held -= bytes.length
      if (to.writable) to.write(bytes)
    }
    if (held <= AHEAD) from.resume()
    wait()
  }
}
