// How much of something there was in all, and in the last second: what is nearer counts for more, so that it needs no
// list.

export class Lately {
  /** Since the start. */
  total = 0
  #amount = 0
  #at = 0

  add(amount: number, now: number): void {
    this.total += amount
    this.#amount = this.perSecond(now) + amount
    this.#at = now
  }

  perSecond(now: number): number {
    // biome-ignore lint/plugin: a figure for people; neither end goes by the other's.
    return this.#amount * Math.exp((this.#at - now) / 1000)
  }
}
