// The last ten seconds of what can be measured, in steps of a twentieth of a second.

/** One measurement over time: of several in one step it keeps the largest or the last. */
export class Series {
  static readonly STEP_MS = 50
  static readonly STEPS = 200
  /** By step, going round; NaN where nothing was measured. */
  readonly #values: Float32Array = new Float32Array(Series.STEPS).fill(Number.NaN)
  readonly #join: (before: number, value: number) => number
  #step = 0

  constructor(join: 'most' | 'last') {
    this.#join = JOINS[join]
  }

  /** `now` in milliseconds; it never goes back. A value that is not finite is none: time passes, and that is all. */
  add(value: number, now: number): void {
    this.#pass(now)
    if (!Number.isFinite(value)) return
    const place = this.#place(0)
    const before = this.#values[place] as number
    this.#values[place] = Number.isNaN(before) ? value : this.#join(before, value)
  }

  /** What was measured `steps` ago; NaN for nothing. */
  back(steps: number): number {
    return this.#values[this.#place(steps)] as number
  }

  /** The largest of all; 0 for none. */
  get most(): number {
    let most = 0
    for (const value of this.#values) if (value > most) most = value
    return most
  }

  /** Of the last second: the mean of all that was measured; NaN for nothing. */
  get lately(): number {
    let sum = 0
    let count = 0
    for (let back = 0; back < 1000 / Series.STEP_MS; back++) {
      const value = this.back(back)
      if (Number.isNaN(value)) continue
      sum += value
      count++
    }
    return sum / count
  }

  #pass(now: number): void {
    const step = Math.floor(now / Series.STEP_MS)
    const passed = Math.min(Series.STEPS, step - this.#step)
    this.#step = step
    for (let back = 0; back < passed; back++) this.#values[this.#place(back)] = Number.NaN
  }

  #place(back: number): number {
    return (this.#step - back + Series.STEPS) % Series.STEPS
  }
}

const JOINS = {
  most: Math.max,
  last: (_: number, value: number) => value,
}

/** What a room says of itself at one moment. */
export interface Reading {
  readonly rttMs: number
  readonly stateAgeMs: number
  /** Bytes a second. */
  readonly inPerSecond: number
  readonly outPerSecond: number
  readonly framesIn: number
  /** How far behind the server's time the picture is; not finite where that is not known. */
  readonly delayMs: number
  /** What the server's ticks take; NaN where that is not known. */
  readonly tickMs: number
  /** How far off own entities were predicted, where that is known since the last reading. */
  readonly missed: number | undefined
}

export class Gauges {
  readonly rtt: Series = new Series('last')
  readonly age: Series = new Series('most')
  /** Kilobytes a second. */
  readonly down: Series = new Series('last')
  readonly up: Series = new Series('last')
  readonly spacing: Series = new Series('most')
  readonly delay: Series = new Series('last')
  readonly tick: Series = new Series('last')
  readonly miss: Series = new Series('most')
  #framesIn: number | undefined
  #framedAt = Number.NaN

  /** Once a picture; `now` in milliseconds. */
  read(reading: Reading, now: number): void {
    const { rttMs, stateAgeMs, inPerSecond, outPerSecond, framesIn, delayMs, tickMs, missed } = reading
    this.rtt.add(rttMs, now)
    this.age.add(stateAgeMs, now)
    this.delay.add(delayMs, now)
    this.tick.add(tickMs, now)
    this.down.add(inPerSecond / 1000, now)
    this.up.add(outPerSecond / 1000, now)
    this.miss.add(missed ?? Number.NaN, now)
    const isNew = framesIn !== (this.#framesIn ?? framesIn)
    this.spacing.add(isNew ? now - this.#framedAt : Number.NaN, now)
    if (isNew) this.#framedAt = now
    this.#framesIn = framesIn
  }
}
