// The game's code as the server calls it: hooks by name, and what they promised.

import type { Seat } from './seat.ts'
import type { Departure, Return } from './session.ts'

/** The game's room, whose hooks take what the server has checked: their own types end at its constructor. */
export interface HookedRoom {
  onCreate(options: unknown): void | Promise<void>
  onJoin(session: Seat, join: unknown): void | Promise<void>
  onTick(dt: number): void
  onLeave(session: Seat, how: Departure): void | Promise<void>
  onDrop(session: Seat): void
  onResume(session: Seat, how: Return, lost: number): void
  onDispose(): void | Promise<void>
}

/** What hooks promised, for whoever must wait until all of it is done. */
export class Pending {
  readonly #promises = new Set<Promise<void>>()

  add(promise: Promise<void> | undefined): Promise<void> | undefined {
    if (promise === undefined) return undefined
    this.#promises.add(promise)
    return promise.finally(() => this.#promises.delete(promise))
  }

  /** Resolves when those have settled that there are now; null when there are none. */
  soFar(): Promise<void> | null {
    return this.#promises.size > 0 ? Promise.allSettled(this.#promises).then(() => {}) : null
  }

  /** Resolves, at the earliest in a moment, when all have settled: those that are added meanwhile, too. */
  async settled(): Promise<void> {
    await null
    while (this.#promises.size > 0) await Promise.allSettled(this.#promises)
  }
}
