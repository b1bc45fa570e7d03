// Counts the TCP connections that are no WebSockets (yet), and what they ask: before a request has arrived nothing else
// bounds them, and each one costs a socket, a parser and up to a whole head.

import { Bucket } from '../base/bucket.ts'
import type { Limits } from '../base/limits.ts'

export type PlainLimits = Pick<
  Limits,
  'plainSockets' | 'plainSocketsPerAddress' | 'plainRequestsPerSecond' | 'plainRequestBurst'
>

interface Caller<Socket> {
  readonly sockets: Set<Socket>
  readonly requests: Bucket
  /** It sent a flood: none of its connections is let in until it has all its requests again. */
  isBarred: boolean
}

/** How much a request of a flood counts for. No browser sends one; they come by thousands, in one piece. */
const FLOOD = 100
const SWEEP_MS = 10_000

export class PlainSockets<Socket extends object> {
  readonly #limits: PlainLimits
  readonly #end: (socket: Socket) => void
  readonly #callers = new Map<string, Caller<Socket>>()
  readonly #owners = new Map<Socket, Caller<Socket>>()
  #sweptAt = 0

  /** `end` is given each socket that may not be there, or no longer. */
  constructor(limits: PlainLimits, end: (socket: Socket) => void) {
    this.#limits = limits
    this.#end = end
  }

  /** Addresses of which something is remembered. */
  get size(): number {
    return this.#callers.size
  }

  /** Those that are here now. */
  get sockets(): Iterable<Socket> {
    return this.#owners.keys()
  }

  /** If there is a place for one more of that address, it has it until it leaves; if there is none, it is ended. */
  enter(socket: Socket, address: string, now: number): boolean {
    if (now - this.#sweptAt > SWEEP_MS) this.#sweep(now)
    const caller = this.#caller(address, now)
    if (caller.requests.isFull(now)) caller.isBarred = false
    const { plainSockets, plainSocketsPerAddress } = this.#limits
    const isFull = this.#owners.size >= plainSockets || caller.sockets.size >= plainSocketsPerAddress
    const isIn = !isFull && !caller.isBarred && caller.requests.take(1, now)
    if (isIn) {
      caller.sockets.add(socket)
      this.#owners.set(socket, caller)
    } else this.#end(socket)
    return isIn
  }

  /** Whether a request of that socket's may be answered. One too many may not, nor one of a flood: it ends its socket. */
  asks(socket: Socket, isFlood: boolean, now: number): boolean {
    const caller = this.#owners.get(socket)
    if (caller === undefined || caller.isBarred) return false
    const isPaid = caller.requests.take(isFlood ? FLOOD : 1, now)
    if (isFlood && !isPaid) this.#bar(caller)
    else if (isFlood || !isPaid) this.#end(socket)
    return isPaid && !isFlood
  }

  /** It is closed, or on its way to become a WebSocket, which is counted elsewhere. */
  leave(socket: Socket): void {
    this.#owners.get(socket)?.sockets.delete(socket)
    this.#owners.delete(socket)
  }

  /** Who floods loses all plain connections at once: each could bring thousands of requests in one piece. */
  #bar(caller: Caller<Socket>): void {
    caller.isBarred = true
    for (const socket of caller.sockets) this.#end(socket)
  }

  #caller(address: string, now: number): Caller<Socket> {
    const known = this.#callers.get(address)
    if (known) return known
    const { plainRequestsPerSecond, plainRequestBurst } = this.#limits
    const requests = new Bucket(plainRequestsPerSecond, plainRequestBurst, now)
    const caller = { sockets: new Set<Socket>(), requests, isBarred: false }
    this.#callers.set(address, caller)
    return caller
  }

  #sweep(now: number): void {
    this.#sweptAt = now
    for (const [address, { sockets, requests }] of this.#callers) {
      if (sockets.size === 0 && requests.isFull(now)) this.#callers.delete(address)
    }
  }
}
