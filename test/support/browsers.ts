// How browsers hold up a page that dials in vain, as models on virtual time, with what such a page may ask in plain HTTP.
// Chromium: services/network/websocket_throttler.cc. Firefox: FailDelay in netwerk/protocol/websocket/WebSocketChannel.cpp.

import type { Net } from '../../sdk/netsim.ts'
import type { Answer, NativeSocket, SocketMaker, World } from '../../sdk/world.ts'
import type { VirtualClock } from './clock.ts'

/** What a browser remembers of a page's dials. */
interface Throttle {
  /** Milliseconds that a new dial has to wait. */
  delay(): number
  /** A dial is on its way; `isOpen` tells how that ended. `wasBegun`: it had not to wait any more. */
  begun(): void
  ended(isOpen: boolean, wasBegun: boolean): void
}

const ROLL_MS = 120_000

/** Counts of this period of two minutes and of the one before. */
export class Chromium implements Throttle {
  readonly #random: () => number
  #pending = 0
  #failed = [0, 0]
  #opened = [0, 0]

  constructor(clock: VirtualClock, random: () => number) {
    this.#random = random
    const roll = () => {
      this.#failed = [this.#failed[1]!, 0]
      this.#opened = [this.#opened[1]!, 0]
      clock.after(ROLL_MS, roll)
    }
    clock.after(ROLL_MS, roll)
  }

  delay(): number {
    const failed = this.#failed[0]! + this.#failed[1]!
    const opened = this.#opened[0]! + this.#opened[1]!
    const power = Math.min(16, this.#pending + Math.floor(failed / (opened + 1)))
    return ((1_000 + this.#random() * 4_000) * 2 ** power) / 65_536
  }

  begun(): void {
    this.#pending++
  }

  /** One that was called off counts as one that failed. */
  ended(isOpen: boolean): void {
    this.#pending--
    const counts = isOpen ? this.#opened : this.#failed
    counts[1]!++
  }
}

const FIRST_MS = 200
const MOST_MS = 60_000
const REMEMBERED_MS = 60_000

/** Half as long again with each one that fails. */
export class Firefox implements Throttle {
  readonly #clock: VirtualClock
  readonly #random: () => number
  #nextMs = 0
  #failedAt = Number.NEGATIVE_INFINITY

  constructor(clock: VirtualClock, random: () => number) {
    this.#clock = clock
    this.#random = random
  }

  delay(): number {
    return Math.max(0, this.#failedAt + this.#nextMs - this.#clock.now())
  }

  begun(): void {}

  ended(isOpen: boolean, wasBegun: boolean): void {
    if (isOpen) this.#nextMs = 0
    if (isOpen || !wasBegun) return
    const now = this.#clock.now()
    const isForgotten = now - this.#failedAt >= REMEMBERED_MS + this.#nextMs
    if (isForgotten || this.#nextMs === 0) this.#nextMs = FIRST_MS + this.#random() * FIRST_MS
    else this.#nextMs = Math.min(MOST_MS, this.#nextMs * 1.5)
    this.#failedAt = now
  }
}

/** What a page in that browser dials and asks with. `mayAsk`: nothing forbids it to ask where it may dial. */
export function inBrowser(net: Net, clock: VirtualClock, throttle: Throttle, mayAsk = true) {
  class HeldUp implements NativeSocket {
    binaryType = 'arraybuffer'
    onopen: unknown = null
    onmessage: unknown = null
    onerror: unknown = null
    onclose: unknown = null
    #native: NativeSocket | null = null
    readonly #cancel: () => void
    #isOver = false

    constructor(url: string, protocols: string[] = []) {
      const delay = throttle.delay()
      throttle.begun()
      this.#cancel = clock.after(delay, () => this.#begin(url, protocols))
    }

    get bufferedAmount(): number {
      return this.#native?.bufferedAmount ?? 0
    }

    send(bytes: Uint8Array<ArrayBuffer>): void {
      this.#native?.send(bytes)
    }

    close(code?: number, reason?: string): void {
      this.#cancel()
      this.#end(false)
      this.#native?.close(code, reason)
    }

    #begin(url: string, protocols: string[]): void {
      const native = new net.WebSocket(url, protocols)
      this.#native = native
      native.onopen = (event: unknown) => {
        this.#end(true)
        call(this.onopen, event)
      }
      native.onmessage = (event: unknown) => call(this.onmessage, event)
      native.onclose = (event: unknown) => {
        this.#end(false)
        call(this.onclose, event)
      }
    }

    #end(isOpen: boolean): void {
      if (!this.#isOver) throttle.ended(isOpen, this.#native !== null)
      this.#isOver = true
    }
  }
  const fetch: World['fetch'] = () =>
    new Promise<Answer>((resolve, reject) => {
      if (!mayAsk) return reject(new TypeError('forbidden'))
      clock.after(net.roundTripMs, () => {
        if (net.isDown) reject(new TypeError('refused'))
        else if (!net.isHole) resolve({ status: 426, json: async () => ({ tickwire: 1, origin: 'allowed' }) })
      })
    })
  return { WebSocket: HeldUp as SocketMaker, fetch }
}

function call(handler: unknown, event: unknown): void {
  if (typeof handler === 'function') handler(event)
}
