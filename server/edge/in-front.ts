// Stands in front of those who answer an emitter's requests, whenever they come, and steps aside again.

/** The part of an EventEmitter that it takes. */
interface Emitter {
  emit(name: string, ...event: unknown[]): boolean
}

type Take = (...event: unknown[]) => boolean

interface Front {
  readonly takes: Set<Take>
  /** Takes it away again. */
  close(): void
}

/** By emitter, who stands in front of its listeners. */
const fronts = new WeakMap<Emitter, Front>()

/**
 * Offers each request to `take` first, and to those who listen only when it returns false. Returns what undoes this, in
 * any order when several stand there.
 */
export function standInFront<Event extends unknown[]>(
  emitter: Emitter,
  take: (...event: Event) => boolean,
): () => void {
  const { takes, close } = fronts.get(emitter) ?? openFront(emitter)
  takes.add(take as Take)
  return () => {
    if (takes.delete(take as Take) && takes.size === 0) close()
  }
}

/** The listeners stay where they are: other packages, too, move them about to be the first. */
function openFront(emitter: Emitter): Front {
  const takes = new Set<Take>()
  const before = Object.getOwnPropertyDescriptor(emitter, 'emit')
  const { emit } = emitter
  const first: Emitter['emit'] = (name, ...event) => {
    const isTaken = name === 'request' && [...takes].some((take) => take(...event))
    return isTaken || emit.call(emitter, name, ...event)
  }
  const close = () => {
    fronts.delete(emitter)
    // If somebody else has wrapped it by now it stays, and lets everything pass.
    if (emitter.emit !== first) return
    if (before) Object.defineProperty(emitter, 'emit', before)
    else Reflect.deleteProperty(emitter, 'emit')
  }
  emitter.emit = first
  const front = { takes, close }
  fronts.set(emitter, front)
  return front
}
