// A delta on its way into frames: what everyone sees of a snapshot, encoded from one baseline; and what it is made from.

import { Writer } from '../../protocol/bytes.ts'
import type { Capture } from '../../protocol/capture.ts'
import { writeDelta } from '../../protocol/delta.ts'
import type { Game } from '../../protocol/game.ts'
import type { LiveRows } from '../../protocol/live.ts'
import type { KindSight } from '../../protocol/part.ts'
import type { Baseline, Snapshot } from '../../protocol/snapshot.ts'
import type { History } from './history.ts'
import type { Lookout } from './lookout.ts'
import type { Survey } from './survey.ts'
import { type Ticks, ticksOf } from './ticks.ts'

/** What the states of one room are made from. */
export interface Source {
  readonly game: Game
  readonly capture: Capture
  readonly history: History
  readonly rows: readonly LiveRows[]
  /** Null: everyone sees everything. */
  readonly lookout: Lookout | null
}

export class Body {
  /** Of its baseline. */
  ticks!: Ticks
  bytes: Uint8Array = new Uint8Array(0)
  /** Whether it tells all that its clients see. */
  isWhole = true
  readonly #writer = new Writer()

  /** Fills it with what one client sees of a survey. Its bytes are valid until it is filled again. */
  pick(survey: Survey, sightOf: (kind: number) => KindSight): this {
    this.ticks = survey.ticks
    this.#writer.reset()
    survey.write(this.#writer, sightOf)
    this.bytes = this.#writer.bytes.subarray(0, this.#writer.length)
    return this
  }

  /** Fills it with the delta from a baseline. Its bytes are valid until it is filled again. */
  fill(game: Game, baseline: Baseline, snapshot: Snapshot): this {
    this.ticks = ticksOf(baseline)
    this.#writer.reset()
    writeDelta(this.#writer, game, baseline, snapshot)
    this.bytes = this.#writer.bytes.subarray(0, this.#writer.length)
    return this
  }
}
