// How code that is not ours is called.

/**
 * Runs code that is not ours. What it throws, or what a promise that it returns rejects with, goes to `fail`; the promise
 * that is given back never rejects.
 */
export function guard(work: () => unknown, fail: (error: unknown) => void): Promise<void> | undefined {
  try {
    const result = work()
    return isThenable(result) ? Promise.resolve(result).then(() => {}, fail) : undefined
  } catch (error) {
    fail(error)
    return undefined
  }
}

/** Ignores what becomes of a promise that was returned where none may be: a rejection must not end the process. */
export function disown(value: unknown): void {
  if (isThenable(value)) void Promise.resolve(value).then(ignore, ignore)
}

/** A promise may come from another library, or another realm. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

/** Handles an error that concerns nobody. */
export function ignore(): void {}
