// All own entities that the game predicts: which rules there are, and which entities they move.

import type { Game } from '../protocol/game.ts'
import type { Snapshot, Table } from '../protocol/snapshot.ts'
import type { Input } from './input.ts'
import { Predicted, type Rule, ruleFor, type Step } from './predicted.ts'

export class Prediction {
  readonly #game: Game
  readonly #rules = new Map<number, Rule>()
  #entities: Predicted[] = []
  #corrections = 0
  #fadedAt = 0
  /** Seconds a tick; how far the picture is from the step before to the latest one. */
  dt = 0
  alpha = 1

  constructor(game: Game) {
    this.#game = game
  }

  /** By kind index, those that are predicted: the server tells the exact values of own entities of them. */
  get kinds(): number[] {
    return [...this.#rules.keys()]
  }

  /** How often a state showed an own entity elsewhere than predicted, by more than a step of a field. */
  get corrections(): number {
    return this.#corrections
  }

  get entities(): readonly Predicted[] {
    return this.#entities
  }

  isPredicted(kind: number): boolean {
    return this.#rules.has(kind)
  }

  find(kind: number, id: number): Predicted | undefined {
    for (const entity of this.#entities) if (entity.id === id && entity.rule.kind === kind) return entity
    return undefined
  }

  predict(kind: number, step: Step): void {
    const layout = this.#game.kinds[kind] as Game['kinds'][number]
    this.stop(kind)
    this.#rules.set(kind, ruleFor(kind, layout, step))
  }

  stop(kind: number): void {
    this.#rules.delete(kind)
    this.#entities = this.#entities.filter(({ rule }) => rule.kind !== kind)
  }

  clear(): void {
    this.#entities = []
  }

  /** The state at hand told the exact values of an own entity. */
  learn(kind: number, id: number, exact: Float64Array): void {
    const rule = this.#rules.get(kind)
    if (rule === undefined) return
    const entity = this.find(kind, id)
    if (entity) entity.exact = exact
    else this.#entities.push(new Predicted(rule, id, exact))
  }

  step(input: Input): void {
    for (const entity of this.#entities) entity.step(input, this.dt, true)
  }

  /** Takes in a state that contains all inputs but `pending`; what is gone, or not `me`'s any more, is let go. */
  reconcile(snapshot: Snapshot, me: number, pending: readonly Input[]): void {
    this.#entities = this.#entities.filter(({ rule, id }) => {
      const table = snapshot.tables[rule.kind] as Table
      const row = table.indexOf(id)
      return row >= 0 && table.ints[0]?.[row] === me
    })
    for (const entity of this.#entities) {
      const table = snapshot.tables[entity.rule.kind] as Table
      if (entity.reconcile(table, table.indexOf(entity.id), pending, this)) this.#corrections++
    }
  }

  /** Lets what is drawn glide to where it should be. */
  fade(now: number): void {
    for (const entity of this.#entities) entity.fade(now - this.#fadedAt)
    this.#fadedAt = now
  }
}
