// Rows in order and once each, however they were found: a bit for each row of a table, and no sorting.

import type { RowList } from '../../protocol/row-list.ts'

export class Marks {
  /** All zero between two calls. */
  #words = new Int32Array(0)

  /** Leaves each row of the list once, in order. All must be below `count`. */
  order(list: RowList, count: number): void {
    const length = (count + 31) >> 5
    if (length > this.#words.length) this.#words = new Int32Array(length * 2)
    const words = this.#words
    const { rows } = list
    for (let index = 0; index < list.length; index++) words[rows[index]! >> 5]! |= 1 << (rows[index]! & 31)
    let kept = 0
    for (let word = 0; word < length; word++) {
      for (let bits = words[word]!; bits !== 0; bits &= bits - 1) {
        rows[kept++] = word * 32 + 31 - Math.clz32(bits & -bits)
      }
      words[word] = 0
    }
    list.length = kept
  }
}
