// The game's code as the server calls it: hooks by name, and what becomes of one that fails, that holds up the process, or
// that returns a promise.

import { ProtocolError } from '../../protocol/errors.ts'
import type { Shared } from '../connection.ts'
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

/** How often a room that is slow all the time is named. */
const COMPLAINT_MS = 10_000

interface Complaints {
  log(what: string): void
  fail(hook: string, error: Error): void
}

/**
 * A watchdog for the game's code, of one room or of what is called before there is one: names calls that hold us up.
 */
export class Watched {
  readonly #shared: Shared
  readonly #complaints: Complaints
  #complainedAt = Number.NEGATIVE_INFINITY
  /** For how long the process had worked when we last asked, and when that was. */
  #worked = 0
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(shared: Shared, complaints: Complaints) {
    this.#shared = shared
    this.#complaints = complaints
  }

  /** As `guard`, timed. */
  run(hook: string, work: () => unknown, fail: (error: unknown) => void): Promise<void> | undefined {
    return this.time(hook, () => guard(work, fail))
  }

  /** Returns or throws what the work does. Where that holds up the process for too long it is named, or fails the room. */
  time<T>(what: string, work: () => T): T {
    const { world } = this.#shared
    const began = world.now()
    const worked = this.#workedBefore(began)
    try {
      return work()
    } finally {
      this.#judge(what, began, worked)
    }
  }

  /** Asked at intervals: the CPU time costs more to ask for than most of what is watched. */
  #workedBefore(now: number): number {
    const { world, limits } = this.#shared
    if (now - this.#askedAt > limits.blockMs / 4) {
      this.#askedAt = now
      this.#worked = world.cpuMs()
    }
    return this.#worked
  }

  #judge(what: string, began: number, workedBefore: number): void {
    const { world, limits, stats } = this.#shared
    const took = world.now() - began
    if (took <= limits.slowHookMs) return
    stats.slowHooks++
    const held = `held up the server for ${Math.round(took)} ms`
    if (took <= limits.blockMs) return this.#complain(began, `${what} ${held}`)
    const worked = world.cpuMs() - workedBefore
    if (worked > limits.blockMs) this.#complaints.fail(what, new Error(held))
    // A machine that is moved, or has too much to do, is no fault of the game's.
    else this.#complaints.log(`${what} ${held}, for ${Math.round(took - worked)} of which the process stood still`)
  }

  #complain(now: number, line: string): void {
    if (now - this.#complainedAt < COMPLAINT_MS) return
    this.#complainedAt = now
    this.#complaints.log(line)
  }
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

/** Whether the work settles within the time that a hook may take, or within `ms`. */
export function isInTime({ world, limits }: Shared, work: Promise<void>, ms = limits.hookMs): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = world.after(ms, () => resolve(false))
    void work.then(() => {
      cancel()
      resolve(true)
    })
  })
}

/** What a client is told whom the game's code kept waiting for too long. */
export function tooLate(): ProtocolError {
  return new ProtocolError('ROOM_FAILED', 'joining took too long')
}

/** A promise may come from another library, or another realm. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
