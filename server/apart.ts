// Deltas for one client alone: of its own view, in a room with views, and of the part that its line has room for, where
// that is not all. Its states are kept in a ring of its own, so that what follows can be made from them.

import { type Baseline, type Snapshot, SnapshotRing } from '../protocol/snapshot.ts'
import { Body, type Source } from './body.ts'
import type { Feed } from './feed.ts'
import { History } from './history.ts'
import { Places } from './places.ts'
import { Rations } from './rations.ts'
import type { Seat } from './seat.ts'
import { Shortage } from './shortage.ts'
import { takeState } from './tables.ts'

/** Frames that are under way on a slow line, the two before them, and what found no room. */
const RING = 10
/** No frame is larger, whatever the line takes: the room must keep its tick, and the page its pictures. */
export const MOST_BYTES = 64 * 1024
/** Rows that are gone through in one tick for clients that are short of room: the others' turn comes next time. */
const MOST_ROWS = 200_000
/** A frame of a part is worth its while when it is so many times what it costs without any row. */
const OVERHEADS = 4

export class Apart {
  readonly #source: Source
  readonly #places: Places
  readonly #rations: Rations
  readonly #body = new Body()
  #rowsLeft = MOST_ROWS

  constructor(source: Source) {
    this.#source = source
    this.#places = source.lookout?.places ?? new Places(source.game, {}, source.rows)
    this.#rations = new Rations(source.game, this.#places)
  }

  /** Another tick begins. */
  begin(): void {
    this.#rowsLeft = MOST_ROWS
  }

  /** Whether the seat is sent deltas of its own. It is sent what all are again once its line took that for a while. */
  isFor(seat: Seat): boolean {
    const { feed } = seat
    const { shortage } = feed
    const hasViews = this.#source.lookout !== null
    if (shortage?.isOver) {
      feed.shortage = null
      if (hasViews) return true
      // The room's states are those that it was sent only from here on.
      feed.flow.forgetBefore(shortage.wholeSince)
      feed.seen = feed.viewer.part = null
    }
    return hasViews || feed.shortage !== null
  }

  /** What the seat is sent, of at most `room` bytes. Undefined when that is nothing this time. */
  bodyFor(seat: Seat, snapshot: Snapshot, room: number): Body | undefined {
    const { lookout, history } = this.#source
    const { feed } = seat
    if (lookout === null) feed.shortage ??= new Shortage(feed.flow.base)
    feed.seen ??= this.#historyOf(feed)
    feed.seen.turn()
    const { ring, nothing } = feed.seen
    const now = lookout?.take(seat, ring) ?? takeState(snapshot, ring.claim(snapshot.tick))
    const baseline = feed.flow.baselineIn({ at: (tick) => this.#sentTo(feed, tick) }) ?? nothing
    const around = { before: history.at(baseline.base.tick), now: snapshot }
    const body = this.#deltaFor(seat, { ...baseline, around }, now, room)
    if (body === undefined) ring.retract()
    else feed.viewer.part = { now, base: baseline.base }
    return body
  }

  /** The state of that tick, as the seat was sent it. */
  #sentTo({ seen, shortage }: Feed, tick: number): Snapshot | undefined {
    const own = seen?.at(tick)
    if (own !== undefined || this.#source.lookout !== null || shortage === null) return own
    return tick <= shortage.since ? this.#source.history.at(tick) : undefined
  }

  #historyOf({ flow }: Feed): History {
    const { game } = this.#source
    return new History(game, new SnapshotRing(game, RING), RING, (tick) => flow.acknowledgedTick === tick)
  }

  #deltaFor(seat: Seat, baseline: Baseline, now: Snapshot, room: number): Body | undefined {
    const body = this.#body
    const { feed } = seat
    if (feed.shortage === null) {
      body.isWhole = true
      body.fill(this.#source.game, baseline, now)
      if (body.bytes.length <= Math.min(room, MOST_BYTES)) return body
    }
    feed.shortage ??= new Shortage(feed.flow.base)
    const shared = this.#share(seat, baseline, now, room)
    if (shared === 'none') return undefined
    body.isWhole = shared === 'all'
    feed.shortage.sent(now.tick, body.isWhole)
    return body.fill(this.#source.game, baseline, now)
  }

  /** Takes out of `now` what has no room. */
  #share(seat: Seat, baseline: Baseline, now: Snapshot, room: number): 'all' | 'some' | 'none' {
    const { flow, shortage } = seat.feed
    const bytes = Math.min(room, flow.share, MOST_BYTES)
    for (const { count } of now.tables) this.#rowsLeft -= count
    if (this.#rowsLeft < 0) return 'none'
    const receiver = { player: seat.id, place: this.#places.of(seat.focus), waiting: shortage!.waiting }
    const shared = this.#rations.share(now, baseline, receiver, { bytes, most: room, least: flow.least })
    flow.least = shared === 'none' ? this.#rations.needed : OVERHEADS * this.#rations.overhead
    return shared
  }
}
