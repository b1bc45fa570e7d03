// The room as a player saw it: for a while, everyone else's entities are where they were in the picture that the player
// acted on. Players aim at what they see, and what they see is old by their delay (lag compensation, as Yahn Bernier
// described it for Valve's games in 2001).

import { drawnBetween } from '../../protocol/blend.ts'
import type { Capture } from '../../protocol/capture.ts'
import { type Game, PLAYER_KIND } from '../../protocol/game.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { LiveRows } from '../../protocol/live.ts'
import { slotOf, type Table } from '../../protocol/snapshot.ts'
import { type Rates, ticksPerState } from '../sync/rates.ts'

/** However far back a client says that its picture was, nobody is moved further back than this. */
const MOST_MS = 450

/** How many states reach as far back as that. */
export function statesSeen(rates: Rates): number {
  return Math.floor((MOST_MS * rates.tickRate) / 1000 / ticksPerState(rates)) + 2
}

type Values = Record<string, unknown>

/** Whose view of the past it is. */
interface Viewer {
  readonly player: number
  /** The kinds of which its page moves everyone's entities. */
  readonly ahead: ReadonlySet<number>
}

export class Past {
  readonly #layouts: readonly Layout[]
  readonly #capture: Capture
  readonly #rows: readonly LiveRows[]
  readonly #mostTicks: number
  readonly #ticksPerState: number
  /** What to put back into the fields that show the past: object, name, value, again and again. */
  readonly #kept: unknown[] = []
  #isNow = true

  /** A room of turns has no time, and so no past. */
  constructor(game: Game, capture: Capture, rows: readonly LiveRows[], rates: Rates) {
    this.#layouts = game.kinds
    this.#capture = capture
    this.#rows = rows
    this.#mostTicks = (MOST_MS * rates.tickRate) / 1000
    this.#ticksPerState = ticksPerState(rates)
  }

  /**
   * Runs `work` in the room of `tick` (with its fraction), which is `now` at the latest, and returns its result. The
   * entities of the viewer are where they are, as are those that were not there yet, and those that its page moves
   * whoever owns them: it saw them there. A tick of 0 or less is not known, and stands for `now`; so does every one where
   * the newest state is too old.
   */
  within<T>(tick: number, now: number, viewer: Viewer, work: () => T): T {
    if (!this.#isNow) throw new Error('rewind must not be called within rewind')
    this.#isNow = false
    try {
      if (tick > 0 && this.#mostTicks > 0) this.#goBack(tick, now, viewer)
      return work()
    } finally {
      this.#comeBack()
      this.#isNow = true
    }
  }

  #goBack(seen: number, now: number, { player, ahead }: Viewer): void {
    const { ring } = this.#capture
    const tick = Math.max(seen, now - this.#mostTicks)
    // No states are made while nobody is there to see them; so of two that lie farther apart than this nobody has seen
    // anything in between.
    const apart = this.#mostTicks + this.#ticksPerState
    let steps = 0
    // Where the states do not go back that far, the oldest ones have to serve.
    while (ring.back(steps + 2) && ring.back(steps + 1)!.tick > tick) steps++
    const [to, from] = [ring.back(steps), ring.back(steps + 1)]
    if (to === undefined || from === undefined || to.tick < now - apart) return
    const between = to.tick - from.tick
    // Nobody has seen anything newer than the newest state.
    const share = between > apart ? 1 : Math.min(1, Math.max(0, (tick - from.tick) / between))
    for (let kind = PLAYER_KIND + 1; kind < this.#layouts.length; kind++) {
      if (ahead.has(kind)) continue
      this.#moveKind(kind, { from: from.tables[kind]!, to: to.tables[kind]!, share }, player)
    }
  }

  #moveKind(kind: number, { from, to, share }: { from: Table; to: Table; share: number }, player: number): void {
    const { ints } = this.#layouts[kind]!
    for (let row = 0; row < from.count; row++) {
      const live = this.#rows[kind]![slotOf(from.ids[row]!)]
      const later = to.indexOf(from.ids[row]!)
      if (live === undefined || live.id !== from.ids[row] || later < 0 || live.owner === player) continue
      const values = live.values as Values
      // The first is the owner.
      for (let column = 1; column < ints.length; column++) {
        const field = ints[column]!
        if (!field.interpolates || field.audience !== 'all') continue
        this.#kept.push(values, field.name, values[field.name])
        values[field.name] = drawnBetween(field.scalar, from.ints[column]![row]!, to.ints[column]![later]!, share)
      }
    }
  }

  #comeBack(): void {
    const kept = this.#kept
    for (let index = 0; index < kept.length; index += 3) {
      ;(kept[index] as Values)[kept[index + 1] as string] = kept[index + 2]
    }
    kept.length = 0
  }
}
