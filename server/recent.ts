// The least of what was measured in the last ten seconds, kept by the second.

const SECONDS = 10

export class Recent {
  // Plain arrays: short typed ones take twice the memory, and every client has these.
  readonly #least = new Array<number>(SECONDS).fill(Number.POSITIVE_INFINITY)
  readonly #second = new Array<number>(SECONDS).fill(Number.NEGATIVE_INFINITY)

  #newest = Number.NEGATIVE_INFINITY

  /** `now` in milliseconds; it never goes back. */
  add(value: number, now: number): void {
    const second = Math.floor(now / 1000)
    this.#newest = second
    const place = second % SECONDS
    const isFresh = this.#second[place] === second
    this.#second[place] = second
    this.#least[place] = isFresh ? Math.min(this.#least[place]!, value) : value
  }

  /** Infinity when nothing was measured. What is older than ten seconds counts while there is nothing younger. */
  get least(): number {
    let least = Number.POSITIVE_INFINITY
    for (let place = 0; place < SECONDS; place++) {
      if (this.#second[place]! > this.#newest - SECONDS) least = Math.min(least, this.#least[place]!)
    }
    return least
  }

  clear(): void {
    this.#second.fill(Number.NEGATIVE_INFINITY)
  }
}
