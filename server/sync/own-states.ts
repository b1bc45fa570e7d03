// Deltas for one client alone: of what it sees of its room, in a room with views, and of the part that its line has room
// for, where that is not all. Such parts are states of its own, kept so that what follows can be made from them.

import type { OwnView } from '../../protocol/private.ts'
import { type Baseline, Snapshot, SnapshotRing } from '../../protocol/snapshot.ts'
import { Body, type Source } from './body.ts'
import type { Feed } from './feed.ts'
import type { Flow } from './flow.ts'
import { History } from './history.ts'
import { Places } from './places.ts'
import { Rations } from './rations.ts'
import type { Recipient } from './recipient.ts'
import { SeenStates } from './seen-states.ts'
import { Shortage } from './shortage.ts'
import { takeState } from './tables.ts'

/** Eight frames that may be under way on a slow line, what the first of them was made from, and what is being made. */
const RING = 10
/** No frame is larger, whatever the line takes: the room must keep its tick, and the page its pictures. */
export const MOST_BYTES = 64 * 1024
/**
 * Rows that are gone through for clients that are short of room, for each millisecond between two states: the others'
 * turn comes next time.
 */
const ROWS_A_MS = 2_000
/** A frame of a part is worth sending from this many times the bytes that it costs without any row. */
const OVERHEADS = 4

export class OwnStates {
  readonly #source: Source
  readonly #places: Places
  readonly #seen: SeenStates | null
  readonly #rations: Rations
  readonly #body = new Body()
  /** A state that is looked at and not kept. */
  readonly #scratch: Snapshot
  #rowsLeft = 0

  constructor(source: Source) {
    const { game, lookout, rows } = source
    this.#source = source
    this.#scratch = new Snapshot(game)
    this.#places = lookout?.places ?? new Places(game, {}, rows)
    this.#seen = lookout && new SeenStates(game, lookout, source.history)
    this.#rations = new Rations(game, this.#places)
  }

  /** Another tick begins, so long after the one before. */
  begin(snapshot: Snapshot, intervalMs: number): void {
    this.#rowsLeft = ROWS_A_MS * intervalMs
    this.#seen?.begin(snapshot)
  }

  /** There is no time in this tick for one more that is short of room. */
  get isSpent(): boolean {
    return this.#rowsLeft <= 0
  }

  /** A seat whose line took all for a while is sent what all are again. */
  settle({ feed }: Recipient): void {
    const { flow, shortage } = feed
    // What it was sent is as the room was only from there on, and who came back may hold an earlier state.
    if (!shortage?.isOver || flow.acknowledgedTick < shortage.wholeSince) return
    flow.forgetBefore(shortage.wholeSince)
    feed.shortage = feed.own = feed.viewer.part = null
  }

  /** Whether the seat is sent deltas of its own. */
  isFor({ feed }: Recipient): boolean {
    return this.#seen !== null || feed.shortage !== null
  }

  /** What the seat is sent, of at most `room` bytes. Undefined when that is nothing this time. */
  bodyFor(seat: Recipient, snapshot: Snapshot, room: number): Body | undefined {
    const { feed } = seat
    if (this.#seen && feed.shortage === null) {
      this.#seen.fill(this.#body, seat)
      if (this.#body.bytes.length <= wholeBytes(feed.flow, room)) return this.#body
      this.#seen.retract(feed)
    }
    return this.#shortFor(seat, snapshot, room)
  }

  /** The state of that tick as the seat was sent it, if it is known (still). Good until the next call. */
  stateAt({ own, sights }: Feed, tick: number): Snapshot | undefined {
    if (own !== null) return own.at(tick)
    return this.#seen && sights ? this.#seen.stateAt(sights, tick, this.#scratch) : this.#source.history.at(tick)
  }

  /** The part of what the seat is to be sent that finds room. */
  #shortFor(seat: Recipient, snapshot: Snapshot, room: number): Body | undefined {
    const { history } = this.#source
    const { feed } = seat
    feed.shortage ??= new Shortage(feed.flow.base)
    feed.own ??= this.#historyOf(feed)
    feed.own.turn()
    const { ring, nothing } = feed.own
    const now = this.#seen?.take(seat, ring) ?? takeState(snapshot, ring.claim(snapshot.tick))
    const baseline = feed.flow.baselineIn({ at: (tick) => this.#sentTo(feed, tick) }) ?? nothing
    const around = { before: history.at(baseline.base.tick), now: snapshot }
    const body = this.#deltaFor(seat, { ...baseline, around }, now, room)
    // It stays in the ring, and nobody goes on from it.
    if (body === undefined) {
      this.#seen?.retract(feed)
      return undefined
    }
    feed.viewer.part = partOf(now, baseline.base)
    return body
  }

  /** The state of that tick, as the seat was sent it. */
  #sentTo({ own: states, shortage }: Feed, tick: number): Snapshot | undefined {
    const own = states?.at(tick)
    if (own !== undefined || this.#seen !== null || shortage === null) return own
    return tick <= shortage.since ? this.#source.history.at(tick) : undefined
  }

  /** Where views are, it begins with what the seat was sent so far. */
  #historyOf({ flow, sights }: Feed): History {
    const { game } = this.#source
    const ring = new SnapshotRing(game, RING)
    if (sights) this.#seen?.recall(sights, RING, ring)
    return new History(ring, (tick) => flow.mayNeed(tick))
  }

  #deltaFor(seat: Recipient, baseline: Baseline, now: Snapshot, room: number): Body | undefined {
    const body = this.#body
    const { feed } = seat
    const shared = this.#share(seat, baseline, now, room)
    if (shared === 'none') return undefined
    body.isWhole = shared === 'all'
    feed.shortage!.sent(now.tick, body.isWhole)
    return body.fill(this.#source.game, baseline, now)
  }

  /** Takes out of `now` what has no room. */
  #share(seat: Recipient, baseline: Baseline, now: Snapshot, room: number): 'all' | 'some' | 'none' {
    const { flow, shortage } = seat.feed
    const whole = Math.min(room, MOST_BYTES)
    const bytes = Math.min(whole, flow.share)
    // The first one has its turn, however many rows that takes.
    if (this.isSpent) return 'none'
    for (const { count } of now.tables) this.#rowsLeft -= count
    const receiver = { player: seat.id, place: this.#places.of(seat.focus), waiting: shortage!.waiting }
    const shared = this.#rations.share(now, baseline, receiver, { bytes, most: room, whole, least: flow.least })
    const least = shared === 'none' ? this.#rations.needed : OVERHEADS * this.#rations.overhead
    // No frame is to be larger: one that must be still leaves as soon as there is nothing else in the line.
    flow.least = Math.min(MOST_BYTES, least)
    return shared
  }
}

/** All of a state of its own. */
function partOf({ tables }: Snapshot, base: Snapshot): OwnView {
  return { tables, rowsOf: () => null, had: (kind, id) => base.tables[kind]!.indexOf(id) >= 0 }
}

/** Bytes that a frame may have that tells all. */
export function wholeBytes({ line }: Flow, room: number): number {
  return Math.min(room, line.most, MOST_BYTES)
}
