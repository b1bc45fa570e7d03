// Virtual time for tests: nothing waits, and timers run in the order of their times, then of their making.

import { checkAbove0, checkFinite } from './checks.ts'

interface Timer {
  readonly at: number
  /** Counts the timers in the order of their making. */
  readonly place: number
  run: () => void
  isOff: boolean
}

const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.place < b.place)

/** A clock that moves only when told. Has the shape of the timers that both ends take as an argument. */
export class VirtualClock {
  #now: number
  /** A heap: each timer runs before the two at twice its index, plus one and plus two. */
  readonly #timers: Timer[] = []
  #made = 0
  #waiting = 0

  constructor(start = 0) {
    checkFinite('start', start)
    this.#now = start
  }

  /** Milliseconds; monotonic. */
  readonly now = (): number => this.#now

  /** Runs `run` once, `ms` from now; returns what calls it off. A negative or missing time counts as 0. */
  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + Math.max(0, ms || 0), place: this.#made++, run, isOff: false }
    this.#add(timer)
    this.#waiting++
    return () => {
      if (!timer.isOff) this.#waiting--
      timer.isOff = true
      // It stays in the heap until its time, and would keep alive until then all that it knows of.
      timer.run = nothing
    }
  }

  /** Runs `run` every `ms` from now on, which is above 0; returns what calls it off. */
  readonly every = (ms: number, run: () => void): (() => void) => {
    checkAbove0('ms', ms)
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
    return this.#waiting
  }

  /** Lets `ms` pass and runs every timer that falls due on the way, at its own time. A negative time counts as 0. */
  advance(ms: number): void {
    checkFinite('ms', ms)
    const end = this.#now + ms
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      this.#removeFirst()
      if (next.isOff) continue
      next.isOff = true
      this.#waiting--
      this.#now = next.at
      next.run()
    }
    // A timer may have let more time pass itself.
    this.#now = Math.max(this.#now, end)
  }

  /** Like `advance`, in small steps between which promises settle: for code that awaits. */
  async pass(ms: number, step = 5): Promise<void> {
    checkFinite('ms', ms)
    checkAbove0('step', step)
    await settle()
    for (let rest = ms; rest > 0; rest -= step) {
      this.advance(Math.min(step, rest))
      await settle()
    }
  }

  #add(timer: Timer): void {
    const timers = this.#timers
    let index = timers.push(timer) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(timer, timers[parent]!)) break
      timers[index] = timers[parent]!
      index = parent
    }
    timers[index] = timer
  }

  #removeFirst(): void {
    const timers = this.#timers
    const last = timers.pop()!
    if (timers.length === 0) return
    let index = 0
    for (let child = 1; child < timers.length; child = 2 * index + 1) {
      if (child + 1 < timers.length && isBefore(timers[child + 1]!, timers[child]!)) child++
      if (!isBefore(timers[child]!, last)) break
      timers[index] = timers[child]!
      index = child
    }
    timers[index] = last
  }
}

function nothing(): void {}

/** Lets every promise that is ready settle, and those that they make ready. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await null
}
