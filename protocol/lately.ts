// Counts something: its total, and its rate of late as an exponentially decaying average, which needs no list of
// samples.

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

  /** The rate a second at `now` (in milliseconds): each amount counts for e^-t after t seconds. */
  perSecond(now: number): number {
    // biome-ignore lint/plugin: a figure for people; neither end goes by the other's.
    return this.#amount * Math.exp((this.#at - now) / 1000)
  }
}
