// Messages of which only the newest of each key counts for as long as the line is not free.

/** Keys of one session: a game that has more of them should send state. */
const MOST_KEYS = 64

export class Latest<T> {
  readonly #waiting = new Map<string, { readonly message: T; readonly until: number }>()

  /** It takes the place of the one before of that key. False when too many keys wait, and none of them is too late. */
  put(key: string, message: T, now: number, until: number): boolean {
    if (!this.#waiting.has(key) && !this.#hasPlace(now)) return false
    this.#waiting.set(key, { message, until })
    return true
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  /** Hands out what is not too late, oldest key first, until `take` does not take it. */
  handOut(now: number, take: (message: T) => boolean): void {
    for (const [key, { message, until }] of this.#waiting) {
      if (now <= until && !take(message)) return
      this.#waiting.delete(key)
    }
  }

  #hasPlace(now: number): boolean {
    if (this.#waiting.size < MOST_KEYS) return true
    for (const [key, { until }] of this.#waiting) if (now > until) this.#waiting.delete(key)
    return this.#waiting.size < MOST_KEYS
  }
}
