// One number that stands for all that everyone may see of a state: what both ends hold agrees as long as it does. Made
// column by column, so that the one that differs can be named.

import { digest } from './digest.ts'
import type { Game } from './game.ts'
import { pack } from './plain.ts'
import type { Snapshot } from './snapshot.ts'

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
