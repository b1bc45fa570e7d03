// A network in memory, on virtual time: browser sockets on one side, a server's connections on the other, and between
// them delay, cuts that both ends notice, and black holes that neither does.

import type { Address } from '../../sdk/socket.ts'
import type { VirtualClock } from './clock.ts'

/** The server's end of a socket, and what it is told. */
export interface Far {
  receive(bytes: Uint8Array): void
  closed(): void
}
export interface FarSocket {
  readonly bufferedAmount: number
  send(bytes: Uint8Array): void
  close(code: number, reason: string): void
  terminate(): void
}

interface Close {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
}

type On<T> = ((event: T) => void) | null

export class Net {
  /** One way. */
  latencyMs = 20
  /** Dials are refused. */
  isDown = false
  /** Dials and frames vanish without a word. */
  isHole = false
  readonly links: Link[] = []
  readonly clock: VirtualClock
  readonly accept: (socket: FarSocket) => Far
  readonly WebSocket: Address['WebSocket']

  constructor(clock: VirtualClock, accept: (socket: FarSocket) => Far) {
    this.clock = clock
    this.accept = accept
    const net = this
    this.WebSocket = class extends Link {
      constructor(url: string, protocols: string[] = []) {
        super(net, url, protocols)
      }
    }
  }

  /** The newest socket that was dialled. */
  get link(): Link {
    const link = this.links.at(-1)
    if (link === undefined) throw new Error('nobody has dialled')
    return link
  }

  /** Breaks every socket; both ends are told. */
  cut(): void {
    for (const link of this.links) link.cut()
  }
}

export class Link {
  binaryType = 'blob'
  bufferedAmount = 0
  onopen: On<object> = null
  onmessage: On<{ data: unknown }> = null
  onerror: On<object> = null
  onclose: On<Close> = null
  readonly url: string
  readonly protocols: readonly string[]
  /** The code and reason that this end closed with. */
  closedWith: { readonly code: number | undefined; readonly reason: string | undefined } | null = null
  readonly #net: Net
  #far: Far | null = null
  #isOver = false

  constructor(net: Net, url: string, protocols: string[]) {
    this.#net = net
    this.url = url
    this.protocols = protocols
    net.links.push(this)
    this.#later(() => this.#open())
  }

  get isOver(): boolean {
    return this.#isOver
  }

  send(bytes: Uint8Array): void {
    const copy = bytes.slice()
    this.#later(() => this.#far?.receive(copy))
  }

  close(code?: number, reason?: string): void {
    this.closedWith ??= { code, reason }
    this.#later(() => this.#end({ code: code ?? 1005, reason: reason ?? '', wasClean: true }))
  }

  cut(): void {
    this.#end({ code: 1006, reason: '', wasClean: false })
  }

  #open(): void {
    if (this.#net.isDown) return this.cut()
    this.#far = this.#net.accept({
      bufferedAmount: 0,
      send: (bytes) => this.#later(() => this.onmessage?.({ data: bytes.slice().buffer })),
      close: (code, reason) => this.#later(() => this.#end({ code, reason, wasClean: true })),
      terminate: () => this.cut(),
    })
    this.onopen?.({})
  }

  #end(close: Close): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#far?.closed()
    this.onclose?.(close)
  }

  #later(run: () => void): void {
    this.#net.clock.after(this.#net.latencyMs, () => {
      if (!this.#isOver && !this.#net.isHole) run()
    })
  }
}
