// Who may open another socket: bounds for one address and for the process, so that no stranger takes all places.

import type { Limits } from './options.ts'
import { Bucket } from './rate.ts'
import type { Refusal } from './stats.ts'

interface Caller {
  sockets: number
  greetings: number
  readonly dials: Bucket
}

export class Gate {
  readonly #limits: Limits
  readonly #callers = new Map<string, Caller>()
  #sockets = 0
  #greetings = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Why the address may not open another socket, or null. Asking counts as an attempt. */
  refuse(address: string, now: number): Refusal | null {
    const limits = this.#limits
    const caller = this.#caller(address, now)
    if (!caller.dials.take(1, now)) return 'addressDials'
    if (caller.sockets >= limits.socketsPerAddress) return 'addressSockets'
    if (this.#sockets >= limits.sockets) return 'sockets'
    const isCrowded = caller.greetings >= limits.greetingsPerAddress || this.#greetings >= limits.greetings
    return isCrowded ? 'greetings' : null
  }

  /** A socket is open and has not said hello. Returns what to call when it has, and when it is gone. */
  enter(address: string, now: number): { greeted(): void; left(): void } {
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
    return { greeted, left }
  }

  /** Forgets the addresses of which nothing needs to be known. */
  sweep(now: number): void {
    for (const [address, caller] of this.#callers) {
      if (caller.sockets === 0 && caller.dials.isFull(now)) this.#callers.delete(address)
    }
  }

  #caller(address: string, now: number): Caller {
    const known = this.#callers.get(address)
    if (known) return known
    const { dialsPerSecond, dialBurst } = this.#limits
    const caller = { sockets: 0, greetings: 0, dials: new Bucket(dialsPerSecond, dialBurst, now) }
    this.#callers.set(address, caller)
    return caller
  }
}
