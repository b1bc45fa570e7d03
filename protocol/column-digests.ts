// A hash of all that everyone may see of a state: by it both ends notice that they hold different ones. It is made from
// a digest of each column, so that the column that differs can be named.

import { digest } from './digest.ts'
import type { Game } from './game.ts'
import { pack } from './plain.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * Of each kind, a digest of the ids and one of each column that everyone sees. The digest of all these is the hash in a
 * state frame.
 */
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
