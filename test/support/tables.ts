// Snapshots as plain values, so that two can be compared and a difference can be read.

import type { Game } from '../../protocol/game.ts'
import type { Snapshot } from '../../protocol/snapshot.ts'

/** What everyone may see of a snapshot: kind → id → field → what is in the cell. */
export function sharedCells(game: Game, snapshot: Snapshot): Record<string, Record<number, Record<string, unknown>>> {
  const kinds: Record<string, Record<number, Record<string, unknown>>> = {}
  game.kinds.forEach((layout, kind) => {
    const table = snapshot.tables[kind]
    const rows: Record<number, Record<string, unknown>> = {}
    for (let row = 0; table && row < table.count; row++) {
      const cells: Record<string, unknown> = {}
      for (const column of layout.shared.ints) cells[layout.ints[column]?.name ?? ''] = table.ints[column]?.[row]
      for (const column of layout.shared.boxes) cells[layout.boxes[column]?.name ?? ''] = table.boxes[column]?.[row]
      rows[table.ids[row] ?? 0] = cells
    }
    kinds[layout.kind] = rows
  })
  return kinds
}
