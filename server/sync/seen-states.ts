// What each client of a room with views is sent while its line takes all that it sees: which entities those are, and what
// of the room's changes is theirs.

import type { Game } from '../../protocol/game.ts'
import type { KindSight } from '../../protocol/part.ts'
import type { OwnView } from '../../protocol/private.ts'
import type { RowList } from '../../protocol/row-list.ts'
import { type Baseline, Snapshot, type SnapshotRing, type Table } from '../../protocol/snapshot.ts'
import type { Body } from './body.ts'
import type { Feed } from './feed.ts'
import type { History } from './history.ts'
import type { Lookout } from './lookout.ts'
import type { Recipient } from './recipient.ts'
import { type Sight, Sights } from './sights.ts'
import { Survey } from './survey.ts'
import { takeSeen } from './tables.ts'
import { areSame, ticksOf } from './ticks.ts'

/**
 * Baselines that are surveyed in one tick. For a client that goes on from yet another one its delta is found by itself.
 */
export const SURVEYS = 16

/** It is the OwnView, too, of the seat whose body it filled last. */
export class SeenStates implements OwnView {
  readonly #game: Game
  readonly #lookout: Lookout
  readonly #history: History
  readonly #surveys: readonly Survey[]
  #surveysUsed = 0
  /** The base, the two before it, and the state at hand, as one client alone saw them. */
  readonly #own: readonly [Snapshot, Snapshot, Snapshot, Snapshot]
  #now!: Snapshot
  // Of the client at hand: what it goes on from, and what it saw then.
  #baseline!: Baseline
  #base!: Sight
  #sight!: Sight
  #earlier: readonly [Sight, Sight] | null = null

  constructor(game: Game, lookout: Lookout, history: History) {
    this.#game = game
    this.#lookout = lookout
    this.#history = history
    this.#surveys = Array.from({ length: SURVEYS }, () => new Survey(game, lookout.isPartial))
    this.#own = [new Snapshot(game), new Snapshot(game), new Snapshot(game), new Snapshot(game)]
  }

  get tables(): readonly Table[] {
    return this.#now.tables
  }

  /** Turns to a snapshot, which was captured just now. */
  begin(now: Snapshot): void {
    this.#now = now
    this.#surveysUsed = 0
    this.#lookout.look(now)
  }

  /** Fills `body` with all that the seat is to be sent, and takes note of what it sees. */
  fill(body: Body, seat: Recipient): void {
    const { feed } = seat
    const sights = this.#sightsOf(feed)
    const sight = this.#lookout.see(seat, sights)
    this.#turnTo(feed, sights)
    this.#sight = sight
    const survey = this.#survey()
    if (survey) {
      body.pick(survey, this.#sightOf)
      sight.after = survey.ticks.base
    } else this.#fillAlone(body, sight)
    body.isWhole = true
    feed.viewer.part = this
  }

  /** Takes back what the seat saw last: it was not sent. */
  retract({ sights }: Feed): void {
    sights?.retract()
  }

  /** Adds what the seat sees to the states that it is sent. */
  take(seat: Recipient, ring: SnapshotRing): Snapshot {
    const sight = this.#lookout.see(seat, this.#sightsOf(seat.feed))
    return takeSeen(this.#now, sight, this.#lookout.isPartial, ring.claim(this.#now.tick))
  }

  /** The state of that tick as it was seen, if it is known (still). */
  stateAt(sights: Sights, tick: number, into: Snapshot): Snapshot | undefined {
    const sight = sights.at(tick)
    const room = this.#history.at(tick)
    return sight && room && takeSeen(room, sight, this.#lookout.isPartial, into)
  }

  /** Adds the latest states that were seen, `count` at most. */
  recall(sights: Sights, count: number, ring: SnapshotRing): void {
    for (let steps = count - 1; steps >= 0; steps--) {
      const tick = sights.back(steps)?.tick ?? 0
      if (tick > 0 && this.#history.at(tick)) this.stateAt(sights, tick, ring.claim(tick))
    }
  }

  rowsOf(kind: number): RowList | null {
    return this.#lookout.rowsOf(kind)
  }

  had(kind: number, id: number): boolean {
    return this.#lookout.isPartial[kind] ? this.#base.has(kind, id) : this.#baseline.base.tables[kind]!.indexOf(id) >= 0
  }

  #sightsOf(feed: Feed): Sights {
    feed.sights ??= new Sights(this.#game)
    return feed.sights
  }

  /** Finds what the client goes on from: states of which both the room's and what it saw of them are known. */
  #turnTo({ flow }: Feed, sights: Sights): void {
    const history = this.#history
    const at = (tick: number) => (sights.at(tick) ? history.at(tick) : undefined)
    this.#baseline = flow.baselineIn({ at }) ?? history.nothing
    const { base, earlier } = this.#baseline
    this.#base = sights.at(base.tick)!
    this.#earlier = earlier && [sights.at(earlier[0].tick)!, sights.at(earlier[1].tick)!]
  }

  readonly #sightOf = (kind: number): KindSight => ({
    rows: this.#lookout.rowsOf(kind)!,
    now: this.#sight.seen[kind]!,
    base: this.#base.seen[kind]!,
    earlier: this.#earlier && [this.#earlier[0].seen[kind]!, this.#earlier[1].seen[kind]!],
    isInLine: this.#earlier !== null && this.#isInLine(this.#earlier),
  })

  /** Whether the ages at the base go back over the two before it. */
  #isInLine([last, first]: readonly [Sight, Sight]): boolean {
    return this.#base.after === last.tick && last.after === first.tick
  }

  /** What all who go on from the same baseline share. Undefined when there are too many of those. */
  #survey(): Survey | undefined {
    const ticks = ticksOf(this.#baseline)
    for (let index = 0; index < this.#surveysUsed; index++) {
      const survey = this.#surveys[index]!
      if (areSame(survey.ticks, ticks)) return survey
    }
    if (this.#surveysUsed === SURVEYS) return undefined
    return this.#surveys[this.#surveysUsed++]!.fill(this.#baseline, this.#now)
  }

  #fillAlone(body: Body, sight: Sight): void {
    const { isPartial } = this.#lookout
    const { base, earlier } = this.#baseline
    const [ownBase, ownLast, ownFirst, ownNow] = this.#own
    const seen = (state: Snapshot, what: Sight, into: Snapshot) => takeSeen(state, what, isPartial, into)
    const [last, first] = this.#earlier ?? []
    const before =
      earlier && last && first ? ([seen(earlier[0], last, ownLast), seen(earlier[1], first, ownFirst)] as const) : null
    const around = { before: base, now: this.#now }
    const baseline = { base: seen(base, this.#base, ownBase), earlier: before, around }
    body.fill(this.#game, baseline, seen(this.#now, sight, ownNow))
  }
}
