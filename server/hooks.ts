// The game's code as the server calls it: hooks by name, and the time that a hook which returns a promise may take.

import type { Shared } from './connection.ts'
import type { Seat } from './seat.ts'
import type { Departure, Return } from './session.ts'

/** The game's room, whose hooks take what the server has checked: their own types end at its constructor. */
export interface HookedRoom {
  onCreate(options: unknown): void | Promise<void>
  onJoin(session: Seat, join: unknown): void | Promise<void>
  onTick(dt: number): void
  onLeave(session: Seat, how: Departure): void
  onDrop(session: Seat): void
  onResume(session: Seat, how: Return): void
  onDispose(): void
}

/** A hook that is slow, not broken. */
export class TookTooLong extends Error {}

/** Settles as the work does, or rejects with TookTooLong when its time is over. */
export function within({ world, limits }: Shared, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new TookTooLong(`a hook took more than ${limits.hookMs} ms`))
    const cancel = world.after(limits.hookMs, giveUp)
    work.then(() => resolve(), reject).finally(cancel)
  })
}
