// What differs in a room since one baseline, found once for all clients that go on from it: of the kinds that everyone sees
// the bytes themselves, of the others what each client's part is picked from.

import { Writer } from '../../protocol/bytes.ts'
import { writeStep } from '../../protocol/delta.ts'
import { Deviations } from '../../protocol/deviations.ts'
import type { Game } from '../../protocol/game.ts'
import { type KindSight, writePart } from '../../protocol/part.ts'
import type { Baseline, Snapshot } from '../../protocol/snapshot.ts'
import { type Ticks, ticksOf } from './ticks.ts'

export class Survey {
  /** Of the baseline. */
  ticks!: Ticks
  readonly #game: Game
  /** By kind; null where everyone sees all. */
  readonly #parts: readonly (Deviations | null)[]
  /** What is written of those kinds, and where each one's ends. */
  readonly #shared = new Writer()
  readonly #ends: number[] = []

  constructor(game: Game, isPartial: readonly boolean[]) {
    this.#game = game
    this.#parts = game.kinds.map((layout, kind) => (isPartial[kind] ? new Deviations(layout, kind) : null))
  }

  fill(baseline: Baseline, snapshot: Snapshot): this {
    this.ticks = ticksOf(baseline)
    this.#shared.reset()
    for (let kind = 0; kind < this.#parts.length; kind++) {
      const part = this.#parts[kind]
      if (part) part.fill(baseline, snapshot)
      else writeStep(this.#shared, kind, this.#game.kinds[kind]!, { from: baseline, to: snapshot })
      this.#ends[kind] = this.#shared.length
    }
    return this
  }

  /** Writes the delta of one client, whose sight of each kind is asked for. */
  write(writer: Writer, sightOf: (kind: number) => KindSight): void {
    let from = 0
    for (let kind = 0; kind < this.#parts.length; kind++) {
      const part = this.#parts[kind]
      const end = this.#ends[kind]!
      if (part) writePart(writer, part, sightOf(kind))
      else if (end > from) writer.append(this.#shared.bytes.subarray(from, end))
      from = end
    }
    writer.varint(0)
  }
}
