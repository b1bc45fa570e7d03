// Who in a room listens to which message of the definition.

import type { Game } from '../protocol/game.ts'
import type { Seat } from './seat.ts'

/** It may return a promise. */
export type Listener = (session: Seat, message: unknown, tick: number) => unknown

const NOBODY: ReadonlySet<Listener> = new Set()

export class Listeners {
  readonly #game: Game
  readonly #byName = new Map<string, Set<Listener>>()

  constructor(game: Game) {
    this.#game = game
  }

  /** Throws TypeError for a message that the definition does not have. */
  on(name: string, listener: Listener): () => void {
    if (!this.#game.toServer.some((type) => type.name === name)) {
      throw new TypeError(`the game has no message ${name} to the server`)
    }
    const listeners = this.#byName.get(name) ?? new Set()
    this.#byName.set(name, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  to(name: string): ReadonlySet<Listener> {
    return this.#byName.get(name) ?? NOBODY
  }
}
