// Virtual time for tests: nothing waits, and timers run in the order of their times, then of their making.

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** A clock that moves only when told. Has the shape of the timers that both ends take as an argument. */
export class VirtualClock {
  #now: number
  #timers: Timer[] = []

  constructor(start = 0) {
    this.#now = start
  }

  /** Milliseconds; monotonic. */
  readonly now = (): number => this.#now

  /** Runs `run` once, `ms` from now; returns what calls it off. A negative or missing time counts as 0. */
  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + Math.max(0, ms || 0), run }
    // Behind all timers of the same time, so that those run in the order of their making.
    const before = this.#timers.findIndex((other) => other.at > timer.at)
    this.#timers.splice(before < 0 ? this.#timers.length : before, 0, timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Runs `run` every `ms` from now on; returns what calls it off. */
  readonly every = (ms: number, run: () => void): (() => void) => {
    let cancel = this.after(ms, tick)
    const { after } = this
    function tick(): void {
      cancel = after(ms, tick)
      run()
    }
    return () => cancel()
  }

  /** How many timers wait: 0 when nothing would ever happen again. */
  get waiting(): number {
    return this.#timers.length
  }

  /** Lets `ms` pass and runs every timer that falls due on the way, at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      this.#timers.shift()
      this.#now = next.at
      next.run()
    }
    this.#now = end
  }

  /** Like `advance`, in small steps between which promises settle: for code that awaits. */
  async pass(ms: number, step = 5): Promise<void> {
    await settle()
    for (let rest = ms; rest > 0; rest -= step) {
      this.advance(Math.min(step, rest))
      await settle()
    }
  }
}

/** Lets every promise that is ready settle, and those that they make ready. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await null
}
