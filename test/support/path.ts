// A TCP path between a browser and a server that can be made long, can be cut, and can be cut at any byte.

import { connect, createServer, type Server, type Socket } from 'node:net'

/** A dial that nobody answers is tried again by the system after so long, once before a page gives it up. */
const DIAL_AGAIN_MS = 1_000

export class Path {
  readonly #server: Server
  readonly #target: number
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  readonly #unanswered = new Set<Socket>()
  /** Milliseconds that bytes take from one end to the other, each way. */
  delayMs = 0
  /** New connections are reset at once. */
  isClosed = false
  /** Everything vanishes, and nobody is told: what is open now never gets through again once it has tried. */
  isHole = false
  /** The next connection is cut after so many bytes in that direction. */
  cutAt: { readonly direction: 'up' | 'down'; readonly bytes: number } | null = null

  /** Bytes that came so far, to the server and from it. */
  readonly carried = { up: 0, down: 0 }

  constructor(target: number) {
    this.#target = target
    this.#server = createServer({ noDelay: true }, (near) => this.#dialled(near))
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => resolve(this.port))
    })
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the path is closed')
    return address.port
  }

  /** Connections that are open. */
  get size(): number {
    return this.#pairs.size
  }

  /** Destroys every connection, at both ends. */
  cut(): void {
    for (const socket of [...[...this.#pairs].flat(), ...this.#unanswered]) socket.resetAndDestroy()
    this.#unanswered.clear()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #dialled(near: Socket): void {
    near.on('error', () => {})
    if (this.isClosed) near.resetAndDestroy()
    else if (!this.isHole) this.#join(near)
    else {
      this.#unanswered.add(near)
      setTimeout(() => this.isHole || (this.#unanswered.delete(near) && this.#join(near)), DIAL_AGAIN_MS)
    }
  }

  #join(near: Socket): void {
    const far = connect({ port: this.#target, host: '127.0.0.1', noDelay: true })
    const pair = [near, far] as const
    this.#pairs.add(pair)
    const { cutAt } = this
    this.cutAt = null
    const most = (direction: 'up' | 'down') => (cutAt?.direction === direction ? cutAt.bytes : Number.POSITIVE_INFINITY)
    this.#carry(near, far, 'up', most('up'))
    this.#carry(far, near, 'down', most('down'))
    for (const socket of pair) {
      socket.on('error', () => {})
      socket.on('close', () => {
        if (pair.every(({ destroyed }) => destroyed)) this.#pairs.delete(pair)
      })
    }
  }

  #carry(from: Socket, to: Socket, direction: 'up' | 'down', most: number): void {
    const later = (run: () => void) => (this.delayMs > 0 ? setTimeout(run, this.delayMs) : run())
    let left = most
    let isLost = false
    from.on('data', (bytes) => {
      isLost ||= this.isHole
      if (isLost) return
      this.carried[direction] += bytes.length
      const part = bytes.subarray(0, Math.min(left, bytes.length))
      left -= part.length
      later(() => to.writable && to.write(part))
      // What came before the cut still arrives.
      if (left === 0) later(() => to.end(() => from.destroy()))
    })
    // Behind what was sent before.
    from.on('close', () => later(() => isLost || this.isHole || to.destroySoon()))
  }
}
