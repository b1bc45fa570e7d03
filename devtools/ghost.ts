// Where the server has one's own entities, and how far off they were predicted.

import type { IntColumn } from '../protocol/layout.ts'
import type { Values } from '../sdk/input.ts'
import type { Predicted } from '../sdk/predicted.ts'

export interface Ghost {
  /** The entity as the newest state told it. */
  readonly told: Values
  /** The same, after the inputs that no state contains yet: where the server will have it if nothing else happens. */
  readonly due: Values
}

/** Of one own entity. */
export function ghostOf({ exact, present, rule }: Predicted): Ghost {
  const told: Values = { ...present }
  rule.layout.ints.forEach(({ name, isExact }: IntColumn, column) => {
    if (isExact && exact && name in told) told[name] = exact[column]
  })
  return { told, due: present }
}

export const KEPT = 128

/** Remembers where an entity was drawn after each input, until the server tells where it was. */
export class Misses {
  readonly #seqs: Int32Array = new Int32Array(KEPT).fill(-1)
  readonly #poses: number[][] = Array.from({ length: KEPT }, () => [])
  #checked = 0
  #id = 0

  /**
   * `newest`: the last input that the entity has taken; `contained`: the last one that the server has told of. Returns
   * the distance, in the game's units, when there is another one to tell.
   */
  look(entity: Predicted, newest: number, contained: number): number | undefined {
    // Another entity, or another session, whose inputs are counted from 1 again.
    if (entity.id !== this.#id || contained < this.#checked) {
      this.#seqs.fill(-1)
      this.#checked = contained
    }
    this.#id = entity.id
    const missed = contained > this.#checked ? this.#distance(entity, contained) : undefined
    this.#checked = contained
    if (this.#seqs[newest % KEPT] !== newest) {
      this.#seqs[newest % KEPT] = newest
      this.#poses[newest % KEPT] = places(entity).map(({ name }) => entity.present[name] as number)
    }
    return missed
  }

  #distance(entity: Predicted, seq: number): number | undefined {
    if (this.#seqs[seq % KEPT] !== seq) return undefined
    const pose = this.#poses[seq % KEPT] as number[]
    const { ints } = entity.rule.layout
    const off = places(entity).map(({ name }, index) => {
      const column = ints.findIndex((int) => int.name === name)
      return (entity.exact?.[column] as number) - (pose[index] as number)
    })
    return Math.hypot(...off)
  }
}

/** The fields that are lengths: where the entity is, not where it looks. */
function places({ rule }: Predicted) {
  return rule.pose.filter(({ isAngle }) => !isAngle)
}
