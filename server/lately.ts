// How much of something there was in the last second: what is nearer counts for more, so that it needs no list.

export class Lately {
  #amount = 0
  #at = 0

  add(amount: number, now: number): void {
    this.#amount = this.perSecond(now) + amount
    this.#at = now
  }

  perSecond(now: number): number {
    return this.#amount * Math.exp((this.#at - now) / 1000)
  }
}
