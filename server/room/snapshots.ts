// The snapshots of one room: taken of its live state, sent to its seats, and kept for those who come back to one, for what
// players saw, and for where a client's own is another one.

import { Capture } from '../../protocol/capture.ts'
import type { Game } from '../../protocol/game.ts'
import { SNAPSHOT_RING } from '../../protocol/limits.ts'
import type { Shared } from '../base/shared.ts'
import { firstDifference } from '../sync/difference.ts'
import { History } from '../sync/history.ts'
import { Lookout } from '../sync/lookout.ts'
import { Places } from '../sync/places.ts'
import { StateSender } from '../sync/sender.ts'
import { Past, statesSeen } from './past.ts'
import type { RoomClass } from './room.ts'
import type { Roster } from './roster.ts'
import type { Seat } from './seat.ts'
import { type LiveState, ROUND } from './state.ts'

interface Plan {
  readonly game: Game
  readonly room: Pick<RoomClass, 'tickRate' | 'sendRate' | 'views'>
  /** Values that do not fit throw, and differences are named. */
  readonly strict: boolean
}

export class Snapshots {
  /** Where things lie, by the room's views. */
  readonly places: Places
  readonly #plan: Plan
  readonly #live: LiveState
  readonly #roster: Roster
  readonly #capture: Capture
  readonly #history: History
  readonly #past: Past
  readonly #sender: StateSender
  /** Those of the live state when the last one was taken. */
  #changes = 0
  /** States that the ring has places for, at least. */
  readonly #least: number
  /** The ticks from which some client's next state may be made, though the ring may turn. */
  readonly #held = new Set<number>()

  constructor(plan: Plan, live: LiveState, roster: Roster, shared: Shared) {
    const { game, room, strict } = plan
    const { rows } = live
    this.#plan = plan
    this.#live = live
    this.#roster = roster
    this.#least = statesSeen(room)
    const capture = new Capture(game, strict)
    const lookout = Object.keys(room.views).length > 0 ? new Lookout(game, room.views, rows, strict) : null
    const history = new History(capture.ring, (tick) => this.#held.has(tick))
    this.places = lookout?.places ?? new Places(game, room.views, rows)
    this.#capture = capture
    this.#history = history
    this.#past = new Past(game, capture, rows, room)
    this.#sender = new StateSender({ game, capture, history, rows, lookout }, shared)
  }

  /** Takes that of `tick`; returns how many values did not fit and were clamped. In a strict room they throw. */
  take(tick: number): number {
    const before = this.#capture.clamped
    const { rows, changes } = this.#live
    // Nobody was there to see a state for long.
    if (changes - this.#changes >= ROUND) this.#capture.forget(rows)
    this.#changes = changes
    this.#turnRing()
    this.#capture.capture(rows, tick, changes)
    return this.#capture.clamped - before
  }

  /** Sends the one that was taken last to every seat that can take it. */
  send(): void {
    this.#sender.sendAll(this.#roster.order)
  }

  /** Runs `work` in the room as the seat's player saw it when its last input was made; `now` is the room's tick. */
  rewind<T>({ id, feed, inputQueue }: Seat, now: number, work: () => T): T {
    return this.#past.within(inputQueue.seenTick, now, { player: id, ahead: feed.ahead }, work)
  }

  /**
   * Where the state of that tick differs from what the seat's client holds, by the digests of its columns, in words.
   * Undefined in a room that is not strict, and for a state that is not kept any more.
   */
  differenceOf(seat: Seat, tick: number, digests: readonly number[]): string | undefined {
    const snapshot = this.#sender.stateAt(seat, tick)
    return this.#plan.strict && snapshot ? firstDifference(this.#plan.game, snapshot, digests) : undefined
  }

  /**
   * Makes the ring as long as it need be to go back to what players see, and to what clients may go on from, those too
   * that lost the line lately. Of the states that leave it are kept: of each client the one that it acknowledged last,
   * and while it is here the one that it was sent last.
   */
  #turnRing(): void {
    const { ring } = this.#capture
    const held = this.#held
    held.clear()
    const leaving = ring.back(this.#least - 1)?.tick ?? 0
    let since = Number.POSITIVE_INFINITY
    for (const { connection, feed } of this.#roster.order) {
      const { flow } = feed
      if (flow.since > leaving) continue
      held.add(flow.acknowledgedTick)
      if (connection) held.add(flow.base)
      // Once the ring has turned past what it was sent last, nothing in it is of use to it.
      if (ring.at(flow.base)) since = Math.min(since, flow.since)
    }
    ring.most = this.#least
    while (ring.most < SNAPSHOT_RING && (ring.back(ring.most - 1)?.tick ?? 0) >= since) ring.most++
    this.#history.turn()
  }
}
