// Handles an event of an emitter before its listeners do, those that are added later included, and can be undone.

/** The part of an EventEmitter that it takes. */
interface Emitter {
  emit(name: string, ...event: unknown[]): boolean
}

type Take = (...event: unknown[]) => boolean

interface Stand {
  readonly name: string
  readonly take: Take
}

interface Front {
  readonly stands: Set<Stand>
  /** Takes it away again. */
  close(): void
}

/** By emitter, who stands in front of its listeners. */
const fronts = new WeakMap<Emitter, Front>()

/**
 * Offers each event of that name to `take` first, and to those who listen only when it returns false. Returns what
 * undoes this, in any order when several stand there.
 */
export function standInFront<Event extends unknown[]>(
  emitter: Emitter,
  name: string,
  take: (...event: Event) => boolean,
): () => void {
  const { stands, close } = fronts.get(emitter) ?? openFront(emitter)
  const stand = { name, take: take as Take }
  stands.add(stand)
  return () => {
    if (stands.delete(stand) && stands.size === 0) close()
  }
}

/** The listeners stay where they are: other packages, too, move them about to be the first. */
function openFront(emitter: Emitter): Front {
  const stands = new Set<Stand>()
  const before = Object.getOwnPropertyDescriptor(emitter, 'emit')
  const { emit } = emitter
  const first: Emitter['emit'] = (name, ...event) => {
    const isTaken = [...stands].some((stand) => stand.name === name && stand.take(...event))
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
  const front = { stands, close }
  fronts.set(emitter, front)
  return front
}
