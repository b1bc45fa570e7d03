// Who has a seat in a room: sessions, and players on their way in.

import type { Seat } from './seat.ts'

export class Roster {
  readonly sessions = new Set<Seat>()
  /** Their `onJoin` has not settled: they have a seat, but are not among the sessions. */
  readonly entering = new Set<Seat>()
  /** The sessions, in a list that can be gone through without garbage. */
  order: readonly Seat[] = []

  get size(): number {
    return this.sessions.size + this.entering.size
  }

  get all(): readonly Seat[] {
    return [...this.sessions, ...this.entering]
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
}
