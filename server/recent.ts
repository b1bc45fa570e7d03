// The least of what was measured in the last ten seconds, kept by the second.

const SECONDS = 10

export class Recent {
  /** Infinity when nothing was measured. What is older than ten seconds counts while there is nothing younger. */
  least = Number.POSITIVE_INFINITY
  // Plain arrays: short typed ones take twice the memory, and every client has these.
  readonly #leasts = new Array<number>(SECONDS).fill(Number.POSITIVE_INFINITY)
  readonly #seconds = new Array<number>(SECONDS).fill(Number.NEGATIVE_INFINITY)
  #newest = Number.NEGATIVE_INFINITY

  /** `now` in milliseconds; it never goes back. */
  add(value: number, now: number): void {
    const second = Math.floor(now / 1000)
    const place = second % SECONDS
    if (second !== this.#newest) this.#turn(second)
    if (value < this.#leasts[place]!) this.#leasts[place] = value
    if (value < this.least) this.least = value
  }

  clear(): void {
    this.#seconds.fill(Number.NEGATIVE_INFINITY)
    this.#newest = Number.NEGATIVE_INFINITY
    this.least = Number.POSITIVE_INFINITY
  }

  /** Another second begins: what is ten seconds older no longer counts. */
  #turn(second: number): void {
    this.#newest = second
    this.#leasts[second % SECONDS] = Number.POSITIVE_INFINITY
    this.#seconds[second % SECONDS] = second
    this.least = Number.POSITIVE_INFINITY
    for (let place = 0; place < SECONDS; place++) {
      if (this.#seconds[place]! > second - SECONDS) this.least = Math.min(this.least, this.#leasts[place]!)
    }
  }
}
