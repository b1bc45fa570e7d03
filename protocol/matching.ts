// Which rows of one kind two tables have in common: found by comparing them, or told by a peer.

import { badMessage } from './errors.ts'
import { RowList, rowsInOrder } from './row-list.ts'
import { newLineup, slotOf, type Table } from './snapshot.ts'

export class Matching {
  /** Rows of the old table that the new one has not, and rows of the new one that the old one has not. */
  readonly gone = new RowList()
  readonly came = new RowList()
  /** How many rows both have, and their places in the old and in the new table. */
  kept = 0
  old: Int32Array = new Int32Array(0)
  now: Int32Array = new Int32Array(0)
  #oldRows = new Int32Array(0)
  #nowRows = new Int32Array(0)

  compare(before: Table, after: Table): void {
    this.gone.clear(before.count)
    if (before.lineup === after.lineup) return this.#keepAll(before.count)
    this.#start(before.count, after.count)
    let old = 0
    let now = 0
    while (old < before.count && now < after.count) {
      const gap = slotOf(before.ids[old]!) - slotOf(after.ids[now]!)
      if (before.ids[old] === after.ids[now]) {
        this.#keep(old++, now++)
      } else {
        if (gap <= 0) this.gone.push(old++)
        if (gap >= 0) this.came.push(now++)
      }
    }
    while (old < before.count) this.gone.push(old++)
    while (now < after.count) this.came.push(now++)
  }

  /** Puts the ids of `into` in order: those of `before` but for the rows in `gone`, and `cameIds` between them. */
  merge(before: Table, cameIds: RowList, into: Table): void {
    if (this.gone.length + cameIds.length === 0) {
      into.takeLineup(before)
      return this.#keepAll(before.count)
    }
    into.resize(before.count - this.gone.length + cameIds.length)
    into.lineup = newLineup()
    this.#start(before.count, into.count)
    let old = 0
    let nextGone = 0
    let nextCame = 0
    for (let row = 0; row < into.count; row++) {
      while (nextGone < this.gone.length && this.gone.at(nextGone) === old) {
        nextGone++
        old++
      }
      const gap = slotAt(before.ids, before.count, old) - slotAt(cameIds.rows, cameIds.length, nextCame)
      if (gap === 0) throw badMessage(`slot ${slotOf(before.ids[old]!)} is taken`)
      if (gap < 0) {
        into.ids[row] = before.ids[old]!
        this.#keep(old++, row)
      } else {
        into.ids[row] = cameIds.at(nextCame++)
        this.came.push(row)
      }
    }
  }

  #keepAll(count: number): void {
    this.came.clear(0)
    this.kept = count
    this.old = this.now = rowsInOrder(count)
  }

  #start(before: number, after: number): void {
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

  #keep(old: number, now: number): void {
    this.old[this.kept] = old
    this.now[this.kept++] = now
  }
}

/** The slot of the next row; past the last one a slot beyond them all. */
function slotAt(ids: Int32Array, count: number, row: number): number {
  return row < count ? slotOf(ids[row]!) : 0x10000
}
