// The live objects of a room: one for the room, one per session, and the entities by kind. They are plain objects that
// the game assigns to; nothing watches them.

import {
  type Game,
  type KindOf,
  type Of,
  PLAYER_KIND,
  type PlayerOf,
  ROOM_KIND,
  type RoomOf,
} from '../../protocol/game.ts'
import { hasOwners, type Layout } from '../../protocol/layout.ts'
import { MAX_SLOT } from '../../protocol/limits.ts'
import type { LiveRow, LiveRows } from '../../protocol/live.ts'
import { zeroValues } from '../../protocol/rows.ts'
import { makeId, slotOf } from '../../protocol/snapshot.ts'
import { named } from '../base/checks.ts'
import type { Session } from './session.ts'

/** Ids are 24 bits: 65,535 slots of 256 generations. */
const GENERATIONS = 256
/** A slot rests until this many others are free too, so that an id comes again only after thousands of others. */
const RESTING = 64

/** An id does not come again before `changes` has grown by as much. */
export const ROUND = GENERATIONS * RESTING

/** Who owns an entity: a session, of which only the id is used here. */
export interface Owner {
  readonly id: number
}

/** The player id of whom an entity is to belong to. Throws TypeError or RangeError for what is no session of the room. */
type IdOfOwner = (owner: Owner) => number

export interface AddOptions {
  /**
   * The session that it belongs to: that one sees its `owner` fields, and the entity leaves with it. Of a session that
   * has left already it is nobody's, and stays: in a timer ask `room.sessions.has(session)` first. Undefined, as
   * `ownerOf` may say, is nobody, too.
   */
  readonly owner?: Pick<Session<Game>, 'id' | 'subscribe'> | null | undefined
  /** Stays in the room when its owner leaves. */
  readonly stays?: boolean | undefined
}

/**
 * The entities of one kind. May be changed while it is iterated: what was removed is no longer visited, and what is
 * added may be, so add for each of a copy: `[...list]`. Their order says nothing, because the places of those that are
 * gone are taken again: what is to lie above what, or was done last, needs a number of your own.
 */
export interface EntityList<G extends Game, K extends KindOf<G>> extends Iterable<Of<G, K>> {
  /** How many there are. */
  readonly size: number
  /**
   * A new entity; fields left out are zero, empty or absent. Its `id` cannot be written. Throws RangeError when there
   * are 65,535, and for an owner from another room; TypeError for an owner that is no session, and for a field that the
   * kind does not have.
   */
  add(values?: Partial<Omit<Of<G, K>, 'id'>> & AddOptions): Of<G, K>
  /**
   * Whether it was here. One that has gone already, as with the player whose it was, is no error: false. Throws TypeError for
   * what never was in this list.
   */
  remove(entity: Of<G, K>): boolean
  /** The one that has this id; undefined for an id that none has (any more). */
  get(id: number): Of<G, K> | undefined
}

/** The sessions' own rows; they come and go with the sessions. Their order says nothing. */
export interface PlayerList<G extends Game> extends Iterable<PlayerOf<G>> {
  /** How many there are, also of those whose `onJoin` has not settled. */
  readonly size: number
  /** The one of the session that has this id; undefined for an id that none has (any more). */
  get(id: number): PlayerOf<G> | undefined
}

export type State<G extends Game> = {
  /** The one object of the room. */
  readonly room: RoomOf<G>
  readonly player: PlayerList<G>
} & { readonly [K in KindOf<G>]: EntityList<G, K> }

type Entity = { readonly id: number } & Record<string, unknown>

class Row implements LiveRow {
  readonly id: number
  readonly values: Entity
  readonly stays: boolean
  shownTo: Set<number> | 'all' | null = null
  readonly #rows: Rows
  #owner: number
  #reveals = 0

  constructor(rows: Rows, values: Entity, owner: number, stays: boolean) {
    this.id = values.id
    this.values = values
    this.stays = stays
    this.#rows = rows
    this.#owner = owner
  }

  get owner(): number {
    return this.#owner
  }

  get reveals(): number {
    return this.#reveals
  }

  give(owner: number): void {
    this.#owner = owner
    this.#rows.changes++
  }

  reveal(to: Owner | 'all'): void {
    this.#reveals++
    this.#rows.changes++
    if (to === 'all' || this.shownTo === 'all') this.shownTo = 'all'
    else this.shownTo = (this.shownTo ?? new Set()).add(to.id)
  }
}

/** The rows of one kind, by slot. */
export class Rows implements Iterable<Entity> {
  readonly slots: (Row | undefined)[] = [undefined]
  /** How often a row came, went, changed hands or was revealed; more where a slot could not rest. */
  changes = 0
  readonly #layout: Layout
  readonly #idOfOwner: IdOfOwner
  readonly #fields: ReadonlySet<string>
  readonly #generations: number[] = [0]
  #free: number[] = []
  #firstFree = 0
  #size = 0
  /** What was here, for as long as the game still has it in its hands. */
  readonly #gone = new WeakSet<object>()

  constructor(layout: Layout, idOfOwner: IdOfOwner) {
    this.#layout = layout
    this.#idOfOwner = idOfOwner
    this.#fields = new Set(fieldNames(layout))
  }

  get size(): number {
    return this.#size
  }

  add(values: Readonly<Record<string, unknown>> & AddOptions = {}): Entity {
    const { owner, stays, ...fields } = values
    for (const name of Object.keys(fields)) {
      if (!this.#fields.has(name)) throw new TypeError(`${this.#layout.kind} has no field ${name}`)
    }
    const ownerId = owner ? this.#idOfOwner(owner) : 0
    const slot = this.#takeSlot()
    const entity = freshEntity(this.#layout, makeId(slot, this.#generations[slot] as number), fields)
    this.slots[slot] = new Row(this, entity, ownerId, stays === true)
    this.#size++
    this.changes++
    return entity
  }

  remove(entity: object): boolean {
    const row = this.find(entity)
    if (row !== undefined) this.removeAt(slotOf(row.id))
    else if (!this.#gone.has(entity)) {
      throw new TypeError(`remove takes a ${this.#layout.kind} of this room, got ${named(entity)}`)
    }
    return row !== undefined
  }

  removeAt(slot: number): void {
    this.#gone.add(this.slots[slot]!.values)
    this.slots[slot] = undefined
    this.#generations[slot] = ((this.#generations[slot] as number) + 1) % GENERATIONS
    this.#free.push(slot)
    this.#size--
    this.changes++
  }

  get(id: number): Entity | undefined {
    const row = this.slots[slotOf(id)]
    return row !== undefined && row.id === id ? row.values : undefined
  }

  /** The row that holds just this object. */
  find(entity: object): Row | undefined {
    const row = this.slots[slotOf(idOf(entity))]
    return row?.values === entity ? row : undefined
  }

  *[Symbol.iterator](): Iterator<Entity> {
    for (let slot = 1; slot < this.slots.length; slot++) {
      const row = this.slots[slot]
      if (row !== undefined) yield row.values
    }
  }

  /** A session is gone: so are its entities, and what was revealed to it. */
  forget(player: number): void {
    for (const row of this.slots) {
      if (row === undefined) continue
      if (row.shownTo instanceof Set) row.shownTo.delete(player)
      if (row.owner !== player) continue
      if (row.stays) row.give(0)
      else this.removeAt(slotOf(row.id))
    }
  }

  #takeSlot(): number {
    const isFull = this.slots.length > MAX_SLOT
    const free = this.#free.length - this.#firstFree
    if (free > RESTING) return this.#takeFree()
    if (isFull && free > 0) {
      // In its place others would have come and gone: with few places left an id is back after 256 entities.
      this.changes += RESTING
      return this.#takeFree()
    }
    if (isFull) throw new RangeError(`there can be at most ${MAX_SLOT} of ${this.#layout.kind} at a time`)
    this.#generations.push(0)
    return this.slots.push(undefined) - 1
  }

  #takeFree(): number {
    const slot = this.#free[this.#firstFree++] as number
    if (this.#firstFree > 1024) {
      this.#free = this.#free.slice(this.#firstFree)
      this.#firstFree = 0
    }
    return slot
  }
}

/** All live objects of a room; `state` is how the game sees them. */
export class LiveState {
  /** By kind index, as capture takes them. */
  readonly rows: readonly LiveRows[]
  readonly state: object
  readonly players: Rows
  readonly #kinds: readonly Rows[]
  /** Those of them that the game defined. */
  readonly #entities: readonly Rows[]
  readonly #room: Row

  constructor(game: Game, idOfOwner: IdOfOwner = ({ id }) => id) {
    this.#kinds = game.kinds.map((layout) => new Rows(layout, idOfOwner))
    this.#entities = this.#kinds.slice(PLAYER_KIND + 1)
    this.players = this.#kinds[PLAYER_KIND] as Rows
    const room = this.#kinds[ROOM_KIND] as Rows
    this.#room = room.find(room.add()) as Row
    this.rows = this.#kinds.map((rows) => rows.slots)
    const lists = game.kinds.map((layout, kind) => [layout.kind, this.#kinds[kind]])
    this.state = Object.freeze({ ...Object.fromEntries(lists), room: this.#room.values })
  }

  /** How often a row of any kind came, went, changed hands or was revealed. */
  get changes(): number {
    let changes = 0
    for (const rows of this.#kinds) changes += rows.changes
    return changes
  }

  /** Throws RangeError for what is not in the room. */
  reveal(entity: object, to: Owner | 'all'): void {
    const row = this.#find(entity, this.#kinds)
    if (!row) throw notHere('reveal takes an entity, a player or the room', entity)
    row.reveal(to)
  }

  /** The player id of an entity's owner; 0 for none. Throws RangeError for what is no entity of the room. */
  ownerOf(entity: object): number {
    return this.#entity('ownerOf', entity).owner
  }

  /** Throws RangeError for what is no entity of the room. */
  give(entity: object, to: Owner | null): void {
    this.#entity('give', entity).give(to?.id ?? 0)
  }

  /** Takes a session's row out of the state, and all that was its own. */
  removePlayer(player: number): void {
    this.players.removeAt(slotOf(player))
    this.forget(player)
  }

  /** Takes a session's entities out of the state, and what was revealed to it back. */
  forget(player: number): void {
    for (const rows of this.#kinds) rows.forget(player)
  }

  #entity(who: string, entity: object): Row {
    const row = this.#find(entity, this.#entities)
    if (!row) throw notHere(`${who} takes an entity`, entity)
    return row
  }

  #find(entity: object, kinds: readonly Rows[]): Row | undefined {
    for (const rows of kinds) {
      const row = rows.find(entity)
      if (row) return row
    }
    return undefined
  }
}

function idOf(entity: object): number {
  return (entity as { readonly id?: number } | null | undefined)?.id ?? 0
}

function notHere(wanted: string, got: unknown): RangeError {
  return new RangeError(`${wanted} of this state, got ${named(got, 'one that is not in it')}`)
}

function fieldNames(layout: Layout): string[] {
  return [...layout.ints.slice(hasOwners(layout) ? 1 : 0), ...layout.boxes].map(({ name }) => name)
}

function freshEntity(layout: Layout, id: number, fields: Readonly<Record<string, unknown>>): Entity {
  const zero = zeroValues(layout)
  const { owner: _, ...own } = zero
  // The id must not be written over, as by values of a player that were saved another day: the object is found by it.
  const entity = { id, ...(hasOwners(layout) ? own : zero), ...fields }
  return Object.defineProperty(entity, 'id', { writable: false, configurable: false }) as Entity
}
