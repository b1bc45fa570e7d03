// The minimum of what was measured in the last ten seconds, kept by the second: the windowed filter of BBR.

const SECONDS = 10

export class WindowedMin {
  /** Infinity when nothing was measured. What is older than ten seconds counts while there is nothing younger. */
  least = Number.POSITIVE_INFINITY
  // Plain arrays: short typed ones take twice the memory, and every client has these.
  readonly #leasts = new Array<number>(SECONDS).fill(Number.POSITIVE_INFINITY)
  #newest = -1

  /** `now` in milliseconds; it never goes back. */
  add(value: number, now: number): void {
    const second = Math.floor(now / 1000)
    const place = second % SECONDS
    if (second !== this.#newest) this.#turn(second)
    if (value < this.#leasts[place]!) this.#leasts[place] = value
    if (value < this.least) this.least = value
  }

  clear(): void {
    this.#newest = -1
    this.least = Number.POSITIVE_INFINITY
  }

  /** Another second begins: what is ten seconds older no longer counts. */
  #turn(second: number): void {
    let fresh = Math.max(this.#newest + 1, second - SECONDS + 1)
    for (; fresh <= second; fresh++) this.#leasts[fresh % SECONDS] = Number.POSITIVE_INFINITY
    this.#newest = second
    this.least = Math.min(...this.#leasts)
  }
}
