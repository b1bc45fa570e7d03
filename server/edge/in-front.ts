// Stands in front of those who answer an emitter's event, and steps aside again as if it had never been there.

export type Listener = (...event: unknown[]) => void

/** The part of an EventEmitter that it takes. */
export interface Emitter {
  rawListeners(name: 'request'): unknown[]
  removeAllListeners(name: 'request'): unknown
  on(name: 'request', listener: Listener): unknown
}

/** Whom each one that stands in front stands before. */
const behind = new WeakMap<Listener, Listener[]>()

/**
 * Offers each request to `take` first, and to those who listened before when it returns false. Returns what undoes this,
 * in any order when several stand in front of each other.
 */
export function standInFront<Event extends unknown[]>(
  emitter: Emitter,
  take: (...event: Event) => boolean,
): () => void {
  const others = emitter.rawListeners('request') as Listener[]
  const first: Listener = (...event) => {
    if (take(...(event as Event))) return
    for (const listener of others) listener.apply(emitter, event)
  }
  behind.set(first, others)
  replaceAll(emitter, [first])
  return () => {
    const listeners = emitter.rawListeners('request') as Listener[]
    stepAside(listeners, first)
    replaceAll(emitter, listeners)
  }
}

function stepAside(listeners: Listener[], first: Listener): void {
  const at = listeners.indexOf(first)
  if (at >= 0) listeners.splice(at, 1, ...(behind.get(first) ?? []))
  else for (const listener of listeners) stepAside(behind.get(listener) ?? [], first)
}

function replaceAll(emitter: Emitter, listeners: readonly Listener[]): void {
  emitter.removeAllListeners('request')
  for (const listener of listeners) emitter.on('request', listener)
}
