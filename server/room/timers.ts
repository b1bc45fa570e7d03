// What a room does later: timers that end with it, and whose errors close no other room.

import { checkNumber } from '../base/checks.ts'
import type { Shared } from '../base/shared.ts'
import type { Life } from './life.ts'

/** The shortest interval, in milliseconds. */
const LEAST_MS = 1

export class Timers {
  readonly #shared: Shared
  readonly #life: Life
  readonly #stir: () => void
  readonly #cancels = new Set<() => void>()

  /** `stir` is called after what was done, and after what it promised. */
  constructor(shared: Shared, life: Life, stir: () => void) {
    this.#shared = shared
    this.#life = life
    this.#stir = stir
  }

  /** Runs `run` once, `ms` from now; returns what calls it off. Throws RangeError or TypeError for an argument that does not fit. */
  after(ms: number, run: () => unknown): () => void {
    check('after', ms, 0, run)
    if (this.#life.over) return () => {}
    const cancel = this.#shared.world.after(ms, () => {
      this.#cancels.delete(cancel)
      void this.#life.runAwaited('a timer', () => run())?.then(this.#stir)
      this.#stir()
    })
    this.#cancels.add(cancel)
    return () => {
      this.#cancels.delete(cancel)
      cancel()
    }
  }

  /** Runs `run` each `ms`. What a standstill made it miss is not made up for. */
  every(ms: number, run: () => unknown): () => void {
    check('every', ms, LEAST_MS, run)
    const { world } = this.#shared
    let due = world.now()
    let cancel = () => {}
    const wait = () => {
      const now = world.now()
      due += ms
      if (due < now) due = now + ms
      cancel = this.after(due - now, () => {
        // Before it, so that it may call this off.
        wait()
        return run()
      })
    }
    wait()
    return () => cancel()
  }

  /** Calls all of them off. */
  stop(): void {
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
  }
}

function check(who: string, ms: number, least: number, run: unknown): void {
  checkNumber(`what ${who} waits`, ms)
  if (!(ms >= least && ms < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${who} takes a number of milliseconds, at least ${least}, got ${ms}`)
  }
  if (typeof run !== 'function') throw new TypeError(`${who} takes a function, got ${String(run)}`)
}
