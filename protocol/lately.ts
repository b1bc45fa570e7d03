// How much of something there was in all, and lately, as an exponentially decaying rate: so it needs no list.

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

  /** The rate at `now`, in milliseconds: each amount counts for e^-t after t seconds. */
  perSecond(now: number): number {
    // biome-ignore lint/plugin: a figure for people; neither end goes by the other's.
    return this.#amount * Math.exp((this.#at - now) / 1000)
  }
}
