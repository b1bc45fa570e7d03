// What hooks, listeners and timers promised, for whoever must wait until all of it is done.

export class Pending {
  readonly #promises = new Set<Promise<void>>()

  add(promise: Promise<void> | undefined): Promise<void> | undefined {
    if (promise === undefined) return undefined
    this.#promises.add(promise)
    return promise.finally(() => this.#promises.delete(promise))
  }

  /** Resolves when those have settled that there are now; null when there are none. */
  soFar(): Promise<void> | null {
    return this.#promises.size > 0 ? Promise.allSettled(this.#promises).then(() => {}) : null
  }

  /** Resolves, at the earliest in a moment, when all have settled: those that are added meanwhile, too. */
  async settled(): Promise<void> {
    await null
    while (this.#promises.size > 0) await Promise.allSettled(this.#promises)
  }
}
