// Where a client's state is another one than ours, for whoever builds the game: which column, and, as a digest can be
// undone word by word, most often also which entity and what the client has there.

import { columnDigests, columnNames } from '../../protocol/column-digests.ts'
import { undigest } from '../../protocol/digest.ts'
import type { Game } from '../../protocol/game.ts'
import type { IntColumn } from '../../protocol/layout.ts'
import { fits } from '../../protocol/rows.ts'
import type { Snapshot, Table } from '../../protocol/snapshot.ts'

/** The first difference in words. `digests`: those of the client's columns. */
export function firstDifference(game: Game, snapshot: Snapshot, digests: readonly number[]): string {
  const ours = columnDigests(game, snapshot)
  const at = digests.findIndex((theirs, column) => theirs !== ours[column])
  const name = columnNames(game)[at]
  if (name === undefined) return 'beyond the columns that the client told'
  return [name, ...entityOf(game, snapshot, at, digests[at]!)].join(', ')
}

/** The entity that is most likely the one, if the digest at that place is of a column of numbers. */
function entityOf({ kinds }: Game, { tables }: Snapshot, at: number, theirs: number): string[] {
  let first = 0
  for (const [kind, { kind: name, shared, ints }] of kinds.entries()) {
    const column = shared.ints[at - first - 1]
    if (column !== undefined) return guess(name, ints[column]!, { table: tables[kind]!, column, theirs })
    first += 1 + shared.ints.length + shared.boxes.length
  }
  return []
}

/** How many of 2^32 words may be values of the field, over all rows, for a guess to leave hardly a doubt. */
const PLAUSIBLE = 2 ** 30

interface Wrong {
  readonly table: Table
  readonly column: number
  /** The client's digest of that column. */
  readonly theirs: number
}

// If a single word differs, each row has just one value that would explain the digest, and few of these are values of
// the field.
function guess(kind: string, { scalar }: IntColumn, { table, column, theirs }: Wrong): string[] {
  if (table.count * (scalar.most - scalar.least) > PLAUSIBLE) return []
  const cells = table.ints[column]!
  const words = undigest(cells, table.count, theirs)
  let best = -1
  const distance = (row: number) => Math.abs(words[row]! - cells[row]!)
  for (let row = 0; row < table.count; row++) {
    if (fits(scalar, words[row]!) && (best < 0 || distance(row) < distance(best))) best = row
  }
  if (best < 0) return []
  const [here, there] = [cells[best]!, words[best]!].map((cell) => String(scalar.restore(cell)))
  return [`likely that of ${kind} ${table.ids[best]}: ${here} here, ${there} there`]
}
