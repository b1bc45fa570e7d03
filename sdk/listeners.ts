// A set of functions to call; what every `on…` of the SDK is made of.

/** Throws TypeError for what is none, as it comes from callers without types. */
export function checkFunction(what: string, given: unknown): void {
  if (typeof given !== 'function') throw new TypeError(`${what} must be a function, got ${String(given)}`)
}

export class Listeners<T> {
  readonly #all = new Set<(value: T) => void>()

  add(listener: (value: T) => void): () => void
  /** A listener with other parameters, and the function that calls it. */
  add(listener: (...args: never[]) => unknown, call: (value: T) => void): () => void
  add(listener: unknown, call = listener as (value: T) => void): () => void {
    checkFunction('a listener', listener)
    // Wrapped, so that the same function added twice is called twice and taken off once.
    const own = (value: T) => call(value)
    this.#all.add(own)
    return () => {
      this.#all.delete(own)
    }
  }

  /**
   * Calls those who listen at that time: one that is added meanwhile hears the next value, one that is taken off no
   * more. What a listener throws is reported as the page's own uncaught error; the other listeners are still called.
   */
  tell(value: T): void {
    for (const listener of [...this.#all]) {
      try {
        if (this.#all.has(listener)) listener(value)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
