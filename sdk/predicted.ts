// One entity, moved at once by the rule that the server runs too (client-side prediction). Each state says where it was
// after an input, exactly if it is one's own; replaying the inputs since then gives its present (reconciliation). While
// both ends agree that changes nothing, to the bit.

import { LEAP, mixAngle, mixLinear, wrapAngle } from '../protocol/blend.ts'
import type { IntColumn, Layout } from '../protocol/layout.ts'
import type { Table } from '../protocol/snapshot.ts'
import type { Values } from './input.ts'
import { isKnown } from './known.ts'
import { checkFunction } from './listeners.ts'

/** The game's rule for one tick of one entity, `dt` in seconds. `first`: it is no replay of a tick that was made before. */
export type Step = (entity: Values, input: Values, dt: number, first: boolean) => void

/** What is left of an error, as e^(-ms / FADE_MS). */
export const FADE_MS = 65
/** An error of more than this share of a leap is not faded out, but shown at once. */
export const MOST_FADED = 1 / 4
/** Column 0 of an entity kind is the owner, which is no field of the game's. */
export const FIRST_FIELD = 1

/** A field that is drawn between two steps. */
interface PoseColumn {
  readonly name: string
  readonly isAngle: boolean
  /** One step of the field as it is sent; less is no correction worth counting. */
  readonly quantum: number
  /** A longer step is a teleport, as round the edge of the world: nothing is drawn in between. */
  readonly leap: number
}

/** What is the same for all entities of a kind. */
export interface Rule {
  readonly kind: number
  readonly layout: Layout
  readonly step: Step
  /** Those of others, and of nobody, are moved too. */
  readonly isForAll: boolean
  readonly pose: readonly PoseColumn[]
}

export function ruleFor(kind: number, layout: Layout, step: Step, isForAll: boolean): Rule {
  checkFunction('a rule', step)
  const pose = layout.ints.flatMap(({ name, scalar, interpolates, isExact }) => {
    if (!interpolates || !isExact) return []
    return [{ name, isAngle: scalar.mix === mixAngle, ...sizesOf(scalar) }]
  })
  return { kind, layout, step, isForAll, pose }
}

function sizesOf({ coding, least, most, restore }: IntColumn['scalar']): { quantum: number; leap: number } {
  const quantum = coding === 'pattern' ? 1e-6 : (restore(least + 1) as number) - (restore(least) as number)
  return { quantum, leap: coding === 'difference' ? quantum * (most - least) * LEAP : Number.POSITIVE_INFINITY }
}

export class Predicted {
  declare rule: Rule
  declare readonly id: number
  /** One's own: the exact values after the last input that a state contains, by the layout's columns. */
  declare exact: Float64Array | undefined
  owner = 0
  /** Which of its private fields were told, as KNOWS_… bits. */
  known = 0
  /** What the game's rule moves: the entity after all inputs so far. */
  declare readonly present: Values
  /** By the rule's pose columns: the values before the latest step, the error that is still drawn, and scratch. */
  readonly #before: number[] = []
  readonly #error: number[]
  readonly #drawn: number[] = []
  readonly #was: number[] = []

  constructor(rule: Rule, id: number) {
    this.rule = rule
    this.id = id
    this.present = { id }
    this.#error = rule.pose.map(() => 0)
  }

  step(input: Values, dt: number, first: boolean): void {
    this.#keepPose()
    this.rule.step(this.present, input, dt, first)
  }

  /** Where to draw it, `alpha` of the way from the step before to the latest one. */
  pose(column: number, alpha: number): number {
    const { name, isAngle, leap } = this.rule.pose[column] as PoseColumn
    const now = this.present[name] as number
    const was = this.#before[column] as number
    const before = Math.abs(now - was) > leap ? now : was
    const error = this.#error[column] as number
    return isAngle ? wrapAngle(mixAngle(before, now, alpha) + error) : mixLinear(before, now, alpha) + error
  }

  /** Starts again from what a state says; `alpha` as it is drawn. False: it is gone, or not to be moved any more. */
  restart(table: Table, me: number, alpha: number): boolean {
    const { pose, isForAll } = this.rule
    const row = table.indexOf(this.id)
    if (row < 0) return false
    this.owner = table.ints[0]![row]!
    if (this.owner !== me) this.exact = undefined
    if (!this.exact && !isForAll) return false
    pose.forEach(({ name }, column) => {
      this.#drawn[column] = this.pose(column, alpha)
      this.#was[column] = this.present[name] as number
    })
    this.#restore(table, row)
    // The state has it just where it is: the step that led there may be drawn halfway, and goes on.
    const isSame = pose.every(({ name }, column) => Object.is(this.present[name], this.#was[column]))
    if (!isSame) this.#keepPose()
    return true
  }

  /** All inputs since were replayed. Returns whether the present turned out to be another one. */
  settle(alpha: number): boolean {
    const { pose } = this.rule
    let isCorrection = false
    let isLeap = false
    for (let column = 0; column < pose.length; column++) {
      const { name, isAngle, quantum, leap } = pose[column] as PoseColumn
      const change = (this.present[name] as number) - (this.#was[column] as number)
      isCorrection ||= Math.abs(isAngle ? wrapAngle(change) : change) > quantum
      // Goes on drawing where it was drawn, so that a slip is not seen as a jerk.
      this.#error[column]! += this.#drawn[column]! - this.pose(column, alpha)
      if (isAngle) this.#error[column] = wrapAngle(this.#error[column]!)
      // NaN is a leap, too: before the first state there is no pose, and a rule may have failed once.
      isLeap ||= !(Math.abs(this.#error[column] as number) < leap * MOST_FADED)
    }
    if (isLeap) this.#error.fill(0)
    return isCorrection
  }

  fade(ms: number): void {
    const left = Math.exp(-ms / FADE_MS)
    for (let column = 0; column < this.#error.length; column++) this.#error[column]! *= left
  }

  #keepPose(): void {
    const { pose } = this.rule
    for (let column = 0; column < pose.length; column++) {
      this.#before[column] = this.present[(pose[column] as PoseColumn).name] as number
    }
  }

  #restore(table: Table, row: number): void {
    const { layout } = this.rule
    this.known = table.known[row] as number
    for (let column = FIRST_FIELD; column < layout.ints.length; column++) {
      const { name, scalar, isExact } = layout.ints[column] as IntColumn
      this.present[name] = isExact && this.exact ? this.exact[column] : scalar.restore(table.ints[column]![row]!)
    }
    for (let column = 0; column < layout.boxes.length; column++) {
      const { name, type, audience } = layout.boxes[column] as Layout['boxes'][number]
      // Made anew: a rule may have changed what is inside.
      const isTold = isKnown(audience, this.known)
      this.present[name] = isTold ? type.unpack(table.boxes[column]![row]) : type.zero()
    }
  }
}
