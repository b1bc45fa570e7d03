// A token bucket: what may be spent in a second, and how much may be saved up for a burst.

export class Bucket {
  readonly #perMs: number
  readonly #burst: number
  #left: number
  #at: number

  /** Starts full. */
  constructor(perSecond: number, burst: number, now: number) {
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#left = burst
    this.#at = now
  }

  /** Spends `amount` if there is as much; otherwise spends nothing and returns false. */
  take(amount: number, now: number): boolean {
    this.#left = this.#level(now)
    this.#at = now
    if (amount > this.#left) return false
    this.#left -= amount
    return true
  }

  /** Whether nothing is missing: then a bucket made anew would be just the same. */
  isFull(now: number): boolean {
    return this.#level(now) >= this.#burst
  }

  #level(now: number): number {
    // No time at all times infinitely much would be no number.
    if (this.#perMs === Number.POSITIVE_INFINITY) return this.#burst
    return Math.min(this.#burst, this.#left + (now - this.#at) * this.#perMs)
  }
}
