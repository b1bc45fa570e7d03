// A watchdog for the game's code: what holds up the process is named, or fails.

import { guard } from './guard.ts'
import type { Shared } from './shared.ts'

/** How often a room that is slow all the time is named. */
const COMPLAINT_MS = 10_000

interface Complaints {
  log(what: string): void
  fail(hook: string, error: Error): void
}

/** Watches one room, or what is called before there is one. */
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
