// Who may open another socket: bounds for one address and for the process, so that no stranger takes all places.

import { Bucket } from './base/bucket.ts'
import type { Limits } from './base/limits.ts'
import type { Refusal } from './base/stats.ts'

interface Caller {
  sockets: number
  greetings: number
  readonly dials: Bucket
  /** Bad hellos since the minute began, and until when no hello is taken. */
  badHellos: number
  badSince: number
  barredUntil: number
  /** When a socket was last refused. */
  refusedAt: number
}

/** One socket that was let in. */
export interface Visitor {
  /** It said hello. */
  greeted(): void
  /** Its hello was bad: too many of them bar the address for a while. */
  greetedBadly(now: number): void
  /** Whether no new hello of its address is taken. */
  isBarred(now: number): boolean
  /** It is gone. */
  left(): void
}

const MINUTE_MS = 60_000
/** How long a refusal is remembered: as long as a page tries to get in, asking meanwhile what is in the way. */
const REFUSAL_MS = 10_000

export class Gate {
  readonly #limits: Limits
  readonly #callers = new Map<string, Caller>()
  #sockets = 0
  #greetings = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Addresses of which something is remembered. */
  get size(): number {
    return this.#callers.size
  }

  /** Why the address may not open another socket, or null. Asking counts as an attempt. */
  refuse(address: string, now: number): Refusal | null {
    const caller = this.#caller(address, now)
    const refusal = this.#judge(caller, now)
    if (refusal !== null) caller.refusedAt = now
    return refusal
  }

  /** Whether there was no place lately for one more socket of that address. */
  isFull(address: string, now: number): boolean {
    const caller = this.#callers.get(address)
    return caller !== undefined && now - caller.refusedAt < REFUSAL_MS
  }

  /** A socket is open and has not said hello. */
  enter(address: string, now: number): Visitor {
    const caller = this.#caller(address, now)
    let isGreeting = true
    caller.sockets++
    caller.greetings++
    this.#sockets++
    this.#greetings++
    const greeted = () => {
      if (!isGreeting) return
      isGreeting = false
      caller.greetings--
      this.#greetings--
    }
    const left = () => {
      greeted()
      caller.sockets--
      this.#sockets--
    }
    const greetedBadly = (at: number) => this.#countBadHello(caller, at)
    return { greeted, greetedBadly, isBarred: (at) => at < caller.barredUntil, left }
  }

  /** Forgets the addresses of which nothing needs to be known. */
  sweep(now: number): void {
    for (const [address, caller] of this.#callers) {
      const isRemembered =
        now < caller.barredUntil || now - caller.badSince < MINUTE_MS || now - caller.refusedAt < REFUSAL_MS
      if (caller.sockets === 0 && caller.dials.isFull(now) && !isRemembered) this.#callers.delete(address)
    }
  }

  #judge(caller: Caller, now: number): Refusal | null {
    const limits = this.#limits
    if (!caller.dials.take(1, now)) return 'addressDials'
    if (caller.sockets >= limits.socketsPerAddress) return 'addressSockets'
    if (this.#sockets >= limits.sockets) return 'sockets'
    const isCrowded = caller.greetings >= limits.greetingsPerAddress || this.#greetings >= limits.greetings
    return isCrowded ? 'greetings' : null
  }

  #countBadHello(caller: Caller, now: number): void {
    if (now - caller.badSince >= MINUTE_MS) {
      caller.badSince = now
      caller.badHellos = 0
    }
    const { badHellosPerMinute, badHelloMs } = this.#limits
    // What comes while the address is barred does not bar it for longer: others may share it.
    caller.badHellos++
    if (caller.badHellos >= badHellosPerMinute && now >= caller.barredUntil) caller.barredUntil = now + badHelloMs
  }

  #caller(address: string, now: number): Caller {
    const known = this.#callers.get(address)
    if (known) return known
    const { dialsPerSecond, dialBurst } = this.#limits
    const dials = new Bucket(dialsPerSecond, dialBurst, now)
    const never = Number.NEGATIVE_INFINITY
    const caller = {
      sockets: 0,
      greetings: 0,
      dials,
      badHellos: 0,
      badSince: never,
      barredUntil: never,
      refusedAt: never,
    }
    this.#callers.set(address, caller)
    return caller
  }
}
