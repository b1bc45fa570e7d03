// One native WebSocket. The only place that makes one; once abandoned it never says another word.

import type { NativeSocket, SocketMaker } from './world.ts'

/** How a socket ended, as the browser tells it. */
export interface SocketClose {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
}

interface SocketEvents {
  onOpen(): void
  /** Null stands for a text message, which no peer of ours sends. */
  onMessage(bytes: Uint8Array | null): void
  onClose(close: SocketClose): void
}

/** Who makes the sockets, where they lead, and what is spoken there. */
export interface Address {
  readonly WebSocket: SocketMaker
  readonly url: string
  readonly protocols: readonly string[]
}

export const nothing = () => {}

export class Socket {
  readonly #native: NativeSocket

  constructor({ WebSocket, url, protocols }: Address, events: SocketEvents) {
    const native = new WebSocket(url, [...protocols])
    native.binaryType = 'arraybuffer'
    native.onopen = events.onOpen
    native.onmessage = ({ data }: { data: ArrayBuffer | string }) =>
      events.onMessage(typeof data === 'string' ? null : new Uint8Array(data))
    native.onclose = ({ code, reason, wasClean }: SocketClose) => events.onClose({ code, reason, wasClean })
    // Says nothing that the close does not say; but an emitter without a listener for it would throw.
    native.onerror = nothing
    this.#native = native
  }

  get bufferedAmount(): number {
    return this.#native.bufferedAmount
  }

  send(bytes: Uint8Array): void {
    // None of ours is in shared memory.
    this.#native.send(bytes as Uint8Array<ArrayBuffer>)
  }

  /** Closes without waiting for the other side: on a dead path the browser tells of the end up to a minute late. */
  abandon(code = 1000, reason = ''): void {
    const native = this.#native
    native.onopen = native.onmessage = native.onclose = nothing
    // A page may say 1000 and from 3000 on (4400: BAD_MESSAGE), and a reason of at most 123 bytes: up to three for each
    // of 41 code units.
    native.close(code === 1000 || code >= 3000 ? code : 4400, reason.slice(0, 41))
  }
}
