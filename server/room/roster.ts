// Who has a seat in a room: sessions, and players on their way in.

import type { Seat } from './seat.ts'

export class Roster {
  readonly sessions = new Set<Seat>()
  /** Their `onJoin` has not settled: they have a seat, but are not among the sessions. */
  readonly entering = new Set<Seat>()
  /** The sessions, in a list that can be gone through without garbage. */
  order: readonly Seat[] = []
  /** By player id, all whose player and entities are in the state. */
  readonly #present = new Map<number, Seat>()

  get size(): number {
    return this.sessions.size + this.entering.size
  }

  get all(): readonly Seat[] {
    return [...this.sessions, ...this.entering]
  }

  /** Takes in a seat whose player came into the state just now. */
  admit(seat: Seat): void {
    this.entering.add(seat)
    this.#present.set(seat.id, seat)
  }

  /** Makes it a session. */
  settle(seat: Seat): void {
    this.entering.delete(seat)
    this.sessions.add(seat)
    this.order = [...this.sessions]
  }

  leave(seat: Seat): void {
    this.sessions.delete(seat)
    this.order = [...this.sessions]
  }

  /** Its player and entities left the state. */
  forget({ id }: Seat): void {
    this.#present.delete(id)
  }

  /** Whose player id it is. */
  of(id: number): Seat | undefined {
    return this.#present.get(id)
  }
}
