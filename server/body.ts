// A delta on its way into frames: what everyone sees of a snapshot, encoded from one baseline; and what it is made from.

import { Writer } from '../protocol/bytes.ts'
import type { Capture } from '../protocol/capture.ts'
import { writeDelta } from '../protocol/delta.ts'
import type { Game } from '../protocol/game.ts'
import type { LiveRows } from '../protocol/live.ts'
import type { Seen } from '../protocol/part.ts'
import type { Baseline, Snapshot } from '../protocol/snapshot.ts'
import type { History } from './history.ts'
import type { Survey } from './survey.ts'
import type { Lookout } from './views.ts'

/** Of what there is to send. */
export interface Source {
  readonly game: Game
  readonly capture: Capture
  readonly history: History
  readonly rows: readonly LiveRows[]
  /** Null: everyone sees everything. */
  readonly lookout: Lookout | null
}

export class Body {
  /** The ticks of its baseline: the base, and the two before it, or 0. */
  base = 0
  last = 0
  first = 0
  bytes: Uint8Array = new Uint8Array(0)
  /** Whether it tells all that its clients see. */
  isWhole = true
  readonly #writer = new Writer()

  /** Its bytes are valid until it is filled again. */
  pick(survey: Survey, seenOf: (kind: number) => Seen): this {
    this.base = survey.base
    this.last = survey.last
    this.first = survey.first
    this.#writer.reset()
    survey.write(this.#writer, seenOf)
    this.bytes = this.#writer.bytes.subarray(0, this.#writer.length)
    return this
  }

  /** Likewise. */
  fill(game: Game, baseline: Baseline, snapshot: Snapshot): this {
    this.base = baseline.base.tick
    this.last = baseline.earlier?.[0].tick ?? 0
    this.first = baseline.earlier?.[1].tick ?? 0
    this.#writer.reset()
    writeDelta(this.#writer, game, baseline, snapshot)
    this.bytes = this.#writer.bytes.subarray(0, this.#writer.length)
    return this
  }
}
