// Which rows of one kind two tables have in common: found by comparing them, or told by a peer.

import { badMessage } from './errors.ts'
import { RowList, rowsInOrder } from './row-list.ts'
import { newLineup, slotOf, type Table } from './snapshot.ts'

export class Matching {
  /** Rows that only the old table has, and rows that only the new one has. */
  readonly gone = new RowList()
  readonly came = new RowList()
  /** How many rows both have, and their places in the old and in the new table. */
  kept = 0
  old: Int32Array = new Int32Array(0)
  now: Int32Array = new Int32Array(0)
  #oldRows = new Int32Array(0)
  #nowRows = new Int32Array(0)

  /** Starts anew. The rows that are gone are the caller's to clear. */
  start(before: number, after: number): void {
    const most = Math.min(before, after)
    if (most > this.#oldRows.length) {
      this.#oldRows = new Int32Array(most * 2)
      this.#nowRows = new Int32Array(most * 2)
    }
    this.came.clear(after)
    this.kept = 0
    this.old = this.#oldRows
    this.now = this.#nowRows
  }

  keep(old: number, now: number): void {
    this.old[this.kept] = old
    this.now[this.kept++] = now
  }

  /** Both tables have the same rows in the same places. */
  keepAll(count: number): void {
    this.came.clear(0)
    this.kept = count
    this.old = this.now = rowsInOrder(count)
  }
}

/**
 * To be called once the ids of `table` are set: gives it the lineup of `before` if those are its ids, else a new one.
 */
export function lineUp(table: Table, before: Table): void {
  let row = table.count === before.count ? 0 : -1
  while (row >= 0 && row < table.count) row = table.ids[row] === before.ids[row] ? row + 1 : -1
  table.lineup = row < 0 ? newLineup() : before.lineup
}

/** Finds out what two tables have in common. */
export function compareRows(before: Table, after: Table, into: Matching): void {
  const { gone, came } = into
  gone.clear(before.count)
  if (before.lineup === after.lineup) return into.keepAll(before.count)
  into.start(before.count, after.count)
  let old = 0
  let now = 0
  while (old < before.count && now < after.count) {
    const gap = slotOf(before.ids[old]!) - slotOf(after.ids[now]!)
    if (before.ids[old] === after.ids[now]) {
      into.keep(old++, now++)
    } else {
      if (gap <= 0) gone.push(old++)
      if (gap >= 0) came.push(now++)
    }
  }
  while (old < before.count) gone.push(old++)
  while (now < after.count) came.push(now++)
}

/**
 * Puts the ids of `after` in order: those of `before` but for the rows that are gone, and `cameIds` between them.
 * Throws ProtocolError for an id whose slot is taken.
 */
export function mergeRows(before: Table, cameIds: RowList, after: Table, into: Matching): void {
  const { gone, came } = into
  if (!gone.length && !cameIds.length) {
    after.takeLineup(before)
    return into.keepAll(before.count)
  }
  after.resize(before.count - gone.length + cameIds.length)
  after.lineup = newLineup()
  into.start(before.count, after.count)
  let old = 0
  let nextGone = 0
  let nextCame = 0
  for (let row = 0; row < after.count; row++) {
    while (nextGone < gone.length && gone.at(nextGone) === old) {
      nextGone++
      old++
    }
    const gap = slotAt(before.ids, before.count, old) - slotAt(cameIds.rows, cameIds.length, nextCame)
    if (!gap) throw badMessage('bad slot')
    if (gap < 0) {
      after.ids[row] = before.ids[old]!
      into.keep(old++, row)
    } else {
      after.ids[row] = cameIds.at(nextCame++)
      came.push(row)
    }
  }
}

/** The row in a slot. Throws ProtocolError for an empty one. */
export function rowIn(table: Table, slot: number): number {
  const row = table.firstFrom(slot)
  if (slotAt(table.ids, table.count, row) !== slot) throw badMessage('bad slot')
  return row
}

/** The slot of a row; past the last row, a slot beyond all others. */
function slotAt(ids: Int32Array, count: number, row: number): number {
  return row < count ? slotOf(ids[row]!) : 0x10000
}
