// The door `tickwire/connect`: the raw socket below rooms, for those who want only that. Any msgpack value each way, framed,
// bounded, throttled by what the browser has buffered, and dialled again when it is lost. Values on their way at a cut may
// be lost.

import { TO_CLIENT } from '../protocol/limits.ts'
import { unpack, type Wire } from '../protocol/msgpack.ts'
import { pack } from '../protocol/plain.ts'
import { scan } from '../protocol/scan.ts'
import { Connection, type ConnectionState } from './connection.ts'
import { Listeners } from './listeners.ts'
import { type Asking, realWorld, socketUrl, type World } from './world.ts'

export type { Wire } from '../protocol/msgpack.ts'
export type { ConnectionState } from './connection.ts'
export type { SocketClose } from './socket.ts'
export type { SocketMaker } from './world.ts'

const QUEUE_VALUES = 512
const QUEUE_BYTES = 256 * 1024
const BUFFERED_LIMIT = 64 * 1024
const FLUSH_MS = 50

export interface ConnectOptions extends Partial<World> {
  /** Subprotocols to offer. */
  readonly protocols?: readonly string[]
}

/** What an interface of plain values is, too: it lacks the index signature that would make it `Wire`. */
type WireMembers<T> = Inert & { readonly [K in keyof T]: AsWire<T[K]> }
/** No function, and no class. */
type Inert = object & { readonly [Symbol.hasInstance]?: never }
type AsWire<T> = T extends Wire ? T : T extends bigint | symbol | Method ? never : WireMembers<T>
type Method = (...args: never[]) => unknown

export interface FramedSocket {
  /** What the connection is doing: `connecting`, `open`, `reconnecting`, or `closed` for good. */
  readonly state: ConnectionState
  /** Bytes that were sent and have not left the page: they wait here, or in the browser. */
  readonly bufferedAmount: number
  /**
   * `queued`: it leaves when the line is free. `full`: it was not accepted, or the socket is closed. Throws TypeError for
   * what is not plain, and RangeError for what is larger than the queue or what `connect` would not take from a peer.
   */
  send<T extends Wire | WireMembers<T>>(value: T): 'sent' | 'queued' | 'full'
  /** Called with each value that arrives. */
  on(listener: (value: Wire) => void): () => void
  /** Called with each state from now on. */
  onState(listener: (state: ConnectionState) => void): () => void
  /** Called when nothing is queued any more: there is room again after `send` said `queued` or `full`. */
  onDrained(listener: () => void): () => void
  /** For good: it does not dial again, and what is queued does not leave. */
  close(): void
}

/**
 * Dials at once, and again when the socket is lost, unless the peer closed it with a code that asks for no retry
 * (docs/PROTOCOL.md, 8), as 1000 is. Silence does not count as a loss: a path that is half open stays `open` until the
 * browser finds out, or the peer's pings do. Before a third dial in vain it asks the server in plain HTTP. Throws
 * TypeError for an address that cannot be dialled.
 *
 * Each value is a binary message of its own, at most 256 KiB of msgpack: nil, bool, whole numbers within 2^53, finite
 * floats, str, bin, array and map, at most 16 deep and 32,768 values in all, the keys strings of at most 64 bytes and
 * not such as `__proto__`. A peer that sends anything else, or text, is not dialled again: the state is `closed`.
 */
export function connect(url: string | URL, options: ConnectOptions = {}): FramedSocket {
  const real = realWorld(options)
  // A server that is not ours may let nobody read its answer; but that it answers tells enough.
  const world = {
    ...real,
    fetch: real.fetch && ((url: string, how: Asking) => real.fetch!(url, { ...how, mode: 'no-cors' })),
  }
  const address = { WebSocket: world.WebSocket, url: socketUrl(url, world.base), protocols: options.protocols ?? [] }
  const values = new Listeners<Wire>()
  const drained = new Listeners<void>()
  const queue: Uint8Array[] = []
  let queuedBytes = 0
  let cancel: (() => void) | null = null
  /** Something that was sent had to wait, and nobody was told yet that it left. */
  let hasWaited = false
  const connection = new Connection(address, world, {
    greet() {
      connection.ready()
      flush()
    },
    receive: (bytes) => values.tell(unpack(bytes, TO_CLIENT)),
    accuse: ({ reason, message }) => connection.close(reason, message),
  })

  function flush(): void {
    cancel?.()
    cancel = null
    if (connection.state.name !== 'open') return
    while (queue.length > 0 && connection.bufferedAmount < BUFFERED_LIMIT) {
      const bytes = queue.shift() as Uint8Array
      queuedBytes -= bytes.length
      connection.send(bytes)
    }
    if (queue.length > 0) cancel = world.after(FLUSH_MS, flush)
    else if (hasWaited) {
      hasWaited = false
      drained.tell()
    }
  }
  function send(value: unknown): 'sent' | 'queued' | 'full' {
    const bytes = packed(value as Wire)
    const isFull = queue.length >= QUEUE_VALUES || queuedBytes + bytes.length > QUEUE_BYTES
    if (isFull || connection.state.name === 'closed') return 'full'
    queue.push(bytes)
    queuedBytes += bytes.length
    if (cancel === null) flush()
    const isWaiting = queue.length > 0
    if (isWaiting) hasWaited = true
    return isWaiting ? 'queued' : 'sent'
  }
  function close(): void {
    cancel?.()
    connection.close('LEFT')
  }
  connection.dial()
  return {
    get state() {
      return connection.state
    },
    get bufferedAmount() {
      return connection.bufferedAmount + queuedBytes
    },
    send,
    on: (listener) => values.add(listener),
    onState: (listener) => connection.onState(listener),
    onDrained: (listener) => drained.add(listener),
    close,
  }
}

/**
 * The bytes of a value. Refuses what a peer like this one would not take: a server that passed it on would have the
 * sockets of its receivers closed.
 */
function packed(value: Wire): Uint8Array {
  const bytes = pack(value)
  if (bytes.length > QUEUE_BYTES) throw new RangeError(`a value may have ${QUEUE_BYTES} bytes, got ${bytes.length}`)
  try {
    scan(bytes, TO_CLIENT)
  } catch (error) {
    throw new RangeError(`this value cannot be sent: ${(error as Error).message}`)
  }
  return bytes
}
