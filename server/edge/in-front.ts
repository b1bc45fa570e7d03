// Stands in front of those who answer an emitter's requests, whenever they come, and steps aside again.

/** The part of an EventEmitter that it takes. */
export interface Emitter {
  emit(name: string, ...event: unknown[]): boolean
}

type Take = (...event: unknown[]) => boolean

/** By emitter, who stands in front of its listeners. */
const fronts = new WeakMap<Emitter, Set<Take>>()

/**
 * Offers each request to `take` first, and to those who listen only when it returns false. Returns what undoes this, in
 * any order when several stand there.
 */
export function standInFront<Event extends unknown[]>(
  emitter: Emitter,
  take: (...event: Event) => boolean,
): () => void {
  const front = fronts.get(emitter) ?? openFront(emitter)
  front.add(take as Take)
  return () => void front.delete(take as Take)
}

/** The listeners stay where they are: other packages, too, move them about to be the first. */
function openFront(emitter: Emitter): Set<Take> {
  const front = new Set<Take>()
  const { emit } = emitter
  emitter.emit = (name, ...event) => {
    const isTaken = name === 'request' && [...front].some((take) => take(...event))
    return isTaken || emit.call(emitter, name, ...event)
  }
  fronts.set(emitter, front)
  return front
}
