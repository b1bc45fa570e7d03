// Which points lie in a rectangle, without looking at all of them: points are sorted into cells once, and a search
// visits the cells that its rectangle touches. The cells repeat like tiles, so that no world is too large for them.

import type { RowList } from '../../protocol/row-list.ts'

export interface Rectangle {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Cells a side: powers of two. Points that are as many cells apart share one. */
const LEAST_SIDE = 8
const MOST_SIDE = 128

export class Grid {
  readonly #cellWidth: number
  readonly #cellHeight: number
  #xs: Float64Array = new Float64Array(0)
  #ys: Float64Array = new Float64Array(0)
  /** About as many cells as there are points. */
  #side = LEAST_SIDE
  /** Where the points of each cell begin in `#points`; one more than there are cells. */
  #starts = new Int32Array(LEAST_SIDE * LEAST_SIDE + 1)
  #points = new Int32Array(0)
  /** Where they are, in the same order. */
  #pointXs = new Float64Array(0)
  #pointYs = new Float64Array(0)
  #cells = new Int32Array(0)

  /** Cells of a quarter of a typical search are a fair choice. */
  constructor(cellWidth: number, cellHeight: number) {
    this.#cellWidth = cellWidth
    this.#cellHeight = cellHeight
  }

  /** Takes the first `count` points, by index. One that is not a number lies nowhere. They must stay as they are. */
  fill(xs: Float64Array, ys: Float64Array, count: number): void {
    this.#xs = xs
    this.#ys = ys
    if (count > this.#points.length) {
      this.#points = new Int32Array(count * 2)
      this.#pointXs = new Float64Array(count * 2)
      this.#pointYs = new Float64Array(count * 2)
      this.#cells = new Int32Array(count * 2)
    }
    this.#side = LEAST_SIDE
    while (this.#side < MOST_SIDE && this.#side * this.#side < count) this.#side *= 2
    const cells = this.#side * this.#side
    if (cells >= this.#starts.length) this.#starts = new Int32Array(cells + 1)
    this.#starts.fill(0, 0, cells + 1)
    for (let point = 0; point < count; point++) {
      const cell = this.#cellOf(xs[point]!, ys[point]!)
      this.#cells[point] = cell
      if (cell >= 0) this.#starts[cell + 1]!++
    }
    // starts[cell + 1] is where the points of `cell` begin; placing each one moves it on, to where the next cell's begin.
    let begin = 0
    for (let cell = 1; cell <= cells; cell++) {
      const points = this.#starts[cell]!
      this.#starts[cell] = begin
      begin += points
    }
    this.#settle(count)
  }

  /** Adds the points in the rectangle, its edges included, cell by cell. `into` must have room for all points. */
  find(rectangle: Rectangle, into: RowList): void {
    const { left, top, right, bottom } = rectangle
    const side = this.#side
    const wrap = side - 1
    const column = Math.floor(left / this.#cellWidth)
    const line = Math.floor(top / this.#cellHeight)
    const columns = Math.min(side, Math.floor(right / this.#cellWidth) - column + 1)
    const lines = Math.min(side, Math.floor(bottom / this.#cellHeight) - line + 1)
    for (let down = 0; down < lines; down++) {
      const start = (((line & wrap) + down) & wrap) * side
      for (let across = 0; across < columns; across++) {
        this.#findInCell(start + (((column & wrap) + across) & wrap), rectangle, into)
      }
    }
  }

  #findInCell(cell: number, { left, top, right, bottom }: Rectangle, into: RowList): void {
    const { rows } = into
    const points = this.#points
    const xs = this.#pointXs
    const ys = this.#pointYs
    const end = this.#starts[cell + 1]!
    let { length } = into
    for (let index = this.#starts[cell]!; index < end; index++) {
      const x = xs[index]!
      const y = ys[index]!
      // What is not in it is written over by the next one: a branch would often be guessed wrong.
      rows[length] = points[index]!
      length += Number(x >= left) & Number(x <= right) & Number(y >= top) & Number(y <= bottom)
    }
    into.length = length
  }

  // The second half of a counting sort: each point goes to its cell's place.
  #settle(count: number): void {
    for (let point = 0; point < count; point++) {
      const cell = this.#cells[point]!
      if (cell < 0) continue
      const place = this.#starts[cell + 1]!++
      this.#points[place] = point
      this.#pointXs[place] = this.#xs[point]!
      this.#pointYs[place] = this.#ys[point]!
    }
  }

  #cellOf(x: number, y: number): number {
    if (Number.isNaN(x + y)) return -1
    const wrap = this.#side - 1
    return (Math.floor(y / this.#cellHeight) & wrap) * this.#side + (Math.floor(x / this.#cellWidth) & wrap)
  }
}
