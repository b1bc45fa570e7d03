// One number that stands for all that everyone may see of a state: what both ends hold agrees as long as it does. Made
// column by column, so that the one that differs can be named.

import type { Game } from './game.ts'
import { pack } from './plain.ts'
import type { Snapshot } from './snapshot.ts'

/** A number of 32 bits; one word that differs always makes another one. The factor is Knuth's prime. */
export function digest(words: ArrayLike<number>, count: number = words.length): number {
  let hash = count
  for (let index = 0; index < count; index++) {
    hash = Math.imul(hash ^ words[index]!, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash >>> 0
}

/** Of each kind the ids, then the columns for all eyes. Their own digest is the hash that a state frame tells. */
export function columnDigests({ kinds }: Game, { tables }: Snapshot): number[] {
  return kinds.flatMap(({ shared }, kind) => {
    const { count, ids, ints, boxes } = tables[kind]!
    const packed = shared.boxes.map((column) => boxes[column]!.map((wire) => digest(pack(wire))))
    return [ids, ...shared.ints.map((column) => ints[column]!), ...packed].map((words) => digest(words, count))
  })
}

/** The names of what `columnDigests` gives, in its order. */
export function columnNames({ kinds }: Game): string[] {
  return kinds.flatMap(({ kind, shared, ints, boxes }) => [
    `which ${kind}s there are`,
    ...shared.ints.map((column) => `${kind}.${ints[column]!.name}`),
    ...shared.boxes.map((column) => `${kind}.${boxes[column]!.name}`),
  ])
}
