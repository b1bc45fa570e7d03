// The time that tests run on.

export { settle, VirtualClock } from '../../sdk/virtual-clock.ts'

/** A promise that a test settles when it likes. */
export function deferred<T = void>() {
  let resolve!: (value: T) => void
  let reject!: (error: Error) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
