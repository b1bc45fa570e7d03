// All entities that the game predicts: which rules there are, and which entities they move.

import type { Game } from '../protocol/game.ts'
import { zeroValues } from '../protocol/rows.ts'
import type { Snapshot, Table } from '../protocol/snapshot.ts'
import type { Input, Values } from './input.ts'
import { Predicted, type Rule, ruleFor, type Step } from './predicted.ts'

export class Prediction {
  readonly #game: Game
  readonly #rules = new Map<number, Rule>()
  /** The input of those that are not one's own. */
  readonly #idle: Values
  #entities: Predicted[] = []
  #corrections = 0
  #fadedAt = 0
  /** The player whose own entities are moved by inputs. */
  me = 0
  /** Seconds a tick. */
  dt = 0
  /** How many rules and listeners of the game are under way: who of them looks at the view sees the picture at hand. */
  count = 0
  /** How far the picture is between the last two steps: 0 at the one before, 1 at the latest. */
  alpha = 1

  constructor(game: Game) {
    this.#game = game
    this.#idle = Object.freeze(zeroValues(game.input))
  }

  /**
   * By kind index, those that are predicted: the server tells the exact values of own entities of them. Twice, where
   * everyone's are: the server does not put those back to where they were.
   */
  get kinds(): number[] {
    return [...this.#rules.values()].flatMap(({ kind, isForAll }) => (isForAll ? [kind, kind] : kind))
  }

  /** How often a state showed an own entity elsewhere than predicted, by more than a step of a field. */
  get corrections(): number {
    return this.#corrections
  }

  get entities(): readonly Predicted[] {
    return this.#entities
  }

  /** Whether entities of the kind are moved by a rule: own ones, or those of others. */
  isPredicted(kind: number, isOwn = true): boolean {
    const rule = this.#rules.get(kind)
    return rule !== undefined && (isOwn || rule.isForAll)
  }

  /** Returns what takes the rule off, unless another one has taken its place. */
  predict(kind: number, step: Step, isForAll = false): () => void {
    const rule = ruleFor(kind, this.#game.kinds[kind] as Game['kinds'][number], step, isForAll)
    this.#rules.set(kind, rule)
    // Exact values are told when they change: own entities, which have them, go on by the new rule.
    for (const one of this.#entities) if (one.rule.kind === kind) one.rule = rule
    this.#entities = this.#entities.filter((one) => one.exact || one.rule !== rule)
    return () => {
      if (this.#rules.get(kind) !== rule) return
      this.#rules.delete(kind)
      this.#entities = this.#entities.filter((one) => one.rule !== rule)
    }
  }

  clear(): void {
    this.#entities = []
  }

  /** The state at hand told the exact values of an own entity. */
  readonly learn = (kind: number, id: number, exact: Float64Array): void => {
    const rule = this.#rules.get(kind)
    if (rule) this.#entityOf(rule, id).exact = exact
  }

  /** A tick; `first`: it is no replay. All take it together, rule by rule, for a rule may look at what others moved. */
  step(input: Input, first = true): void {
    try {
      this.count++
      for (const rule of this.#rules.values()) {
        for (const entity of this.#entities) {
          if (entity.rule === rule) entity.step(entity.exact ? input.values : this.#idle, this.dt, first)
        }
      }
    } finally {
      this.count--
    }
  }

  /** Takes in a state that contains all inputs but `pending`; what is gone, or not one's own any more, is let go. */
  reconcile({ tables }: Snapshot, pending: readonly Input[]): void {
    for (const rule of this.#rules.values()) {
      const { ids, ints, count } = tables[rule.kind] as Table
      for (let row = 0; rule.isForAll && row < count; row++) {
        if (ints[0]![row] !== this.me) this.#entityOf(rule, ids[row] as number)
      }
    }
    this.#entities = this.#entities.filter((entity) => {
      return entity.restart(tables[entity.rule.kind] as Table, this.me, this.alpha)
    })
    for (const input of pending) this.step(input, false)
    for (const entity of this.#entities) if (entity.settle(this.alpha) && entity.exact) this.#corrections++
  }

  #entityOf(rule: Rule, id: number): Predicted {
    for (const one of this.#entities) if (one.id === id && one.rule === rule) return one
    const entity = new Predicted(rule, id)
    this.#entities.push(entity)
    return entity
  }

  /** Lets what is drawn glide to where it should be. */
  fade(now: number): void {
    for (const entity of this.#entities) entity.fade(now - this.#fadedAt)
    this.#fadedAt = now
  }
}
