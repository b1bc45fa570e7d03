// Lists of rows, or of ids or marks of rows, that are filled again and again: once they have grown they make no
// garbage.

export class RowList {
  length = 0
  rows = new Int32Array(0)

  /** Empties it; as many as `capacity` may be pushed now. */
  clear(capacity: number): void {
    this.length = 0
    if (capacity > this.rows.length) this.rows = new Int32Array(capacity * 2)
  }

  at(index: number): number {
    return this.rows[index]!
  }

  push(row: number): void {
    this.rows[this.length++] = row
  }
}

let inOrder = new Int32Array(0)

/** The rows 0, 1, 2… up to `count` at least. Not to be changed. */
export function rowsInOrder(count: number): Int32Array {
  if (count > inOrder.length) inOrder = Int32Array.from({ length: count * 2 }, (_, row) => row)
  return inOrder
}
