// Who in a room listens to which message of the definition.

import type { Game } from '../../protocol/game.ts'
import type { Seat } from './seat.ts'

/** It may return a promise. */
export type Listener = (session: Seat, message: unknown, tick: number) => unknown

export class Listeners {
  readonly #game: Game
  readonly #byName = new Map<string, Set<Listener>>()

  constructor(game: Game) {
    this.#game = game
  }

  /** Throws TypeError for a message that the definition does not have, and for a listener that is no function. */
  on(name: string, listener: Listener): () => void {
    if (typeof listener !== 'function') throw new TypeError(`a listener must be a function, got ${String(listener)}`)
    if (!this.#game.toServer.some((type) => type.name === name)) {
      throw new TypeError(`the game has no message ${name} to the server`)
    }
    const listeners = this.#byName.get(name) ?? new Set()
    // Wrapped, so that the same function added twice is called twice and taken off once.
    const own: Listener = (session, message, tick) => listener(session, message, tick)
    this.#byName.set(name, listeners.add(own))
    return () => listeners.delete(own)
  }

  has(name: string): boolean {
    return (this.#byName.get(name)?.size ?? 0) > 0
  }

  /** Who listens now, one after the other, unless one before has taken it off. Who begins meanwhile is not among them. */
  *to(name: string): Iterable<Listener> {
    const listeners = this.#byName.get(name)
    for (const listener of [...(listeners ?? [])]) if (listeners?.has(listener)) yield listener
  }
}
