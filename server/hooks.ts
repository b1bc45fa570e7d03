// The game's code as the server calls it: hooks by name, and what becomes of one that fails or
// that returns a promise.

import type { Shared } from './connection.ts'
import type { Seat } from './seat.ts'
import type { Departure, Return } from './session.ts'

/** The game's room, whose hooks take what the server has checked: their own types end at its constructor. */
export interface HookedRoom {
  onCreate(options: unknown): void | Promise<void>
  onJoin(session: Seat, join: unknown): void | Promise<void>
  onTick(dt: number): void
  onLeave(session: Seat, how: Departure): void | Promise<void>
  onDrop(session: Seat): void
  onResume(session: Seat, how: Return): void
  onDispose(): void | Promise<void>
}

/**
 * Runs code that is not ours. What it throws, or what a promise that it returns rejects with, goes to `fail`; the promise
 * that is given back never rejects.
 */
export function guard(work: () => unknown, fail: (error: unknown) => void): Promise<void> | undefined {
  try {
    const result = work()
    return isThenable(result) ? Promise.resolve(result).then(() => {}, fail) : undefined
  } catch (error) {
    fail(error)
    return undefined
  }
}

/** Whether the work settles within the time that a hook may take. */
export function isInTime({ world, limits }: Shared, work: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = world.after(limits.hookMs, () => resolve(false))
    void work.then(() => {
      cancel()
      resolve(true)
    })
  })
}

/** A promise may come from another library, or another realm. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
