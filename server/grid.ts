// Which points lie in a rectangle, without looking at all of them: points are sorted into cells once, and a search
// visits the cells that its rectangle touches.

import type { RowList } from '../protocol/row-list.ts'

export interface Rectangle {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Cells a side at most: the outermost hold whatever lies beyond. */
const MOST_CELLS = 128

export class Grid {
  readonly #cellWidth: number
  readonly #cellHeight: number
  #xs: Float64Array = new Float64Array(0)
  #ys: Float64Array = new Float64Array(0)
  #left = 0
  #top = 0
  #columns = 1
  #lines = 1
  /** Where the points of each cell begin in `#points`; one more than there are cells. */
  readonly #starts = new Int32Array(MOST_CELLS * MOST_CELLS + 1)
  #points = new Int32Array(0)
  #cells = new Int32Array(0)

  /** Cells of half a typical search are a fair choice. */
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
      this.#cells = new Int32Array(count * 2)
    }
    this.#measure(count)
    this.#starts.fill(0, 0, this.#columns * this.#lines + 1)
    for (let point = 0; point < count; point++) {
      const cell = this.#cellOf(xs[point]!, ys[point]!)
      this.#cells[point] = cell
      if (cell >= 0) this.#starts[cell + 1]!++
    }
    for (let cell = 0; cell < this.#columns * this.#lines; cell++) this.#starts[cell + 1]! += this.#starts[cell]!
    this.#settle(count)
  }

  /** Adds the points in the rectangle, its edges included, cell by cell. `into` must have room for all points. */
  find({ left, top, right, bottom }: Rectangle, into: RowList): void {
    const [from, to] = [this.#columnOf(left), this.#columnOf(right)]
    for (let line = this.#lineOf(top); line <= this.#lineOf(bottom); line++) {
      const start = this.#starts[line * this.#columns + from]!
      const end = this.#starts[line * this.#columns + to + 1]!
      for (let index = start; index < end; index++) {
        const point = this.#points[index]!
        const x = this.#xs[point]!
        const y = this.#ys[point]!
        if (x >= left && x <= right && y >= top && y <= bottom) into.push(point)
      }
    }
  }

  #measure(count: number): void {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
    for (let point = 0; point < count; point++) {
      const x = this.#xs[point]!
      const y = this.#ys[point]!
      if (x < left) left = x
      if (x > right) right = x
      if (y < top) top = y
      if (y > bottom) bottom = y
    }
    this.#left = left
    this.#top = top
    this.#columns = cellsFor(right - left, this.#cellWidth)
    this.#lines = cellsFor(bottom - top, this.#cellHeight)
  }

  // A counting sort, backwards, so that each start ends up where it belongs.
  #settle(count: number): void {
    for (let cell = this.#columns * this.#lines; cell > 0; cell--) this.#starts[cell] = this.#starts[cell - 1]!
    for (let point = 0; point < count; point++) {
      const cell = this.#cells[point]!
      if (cell >= 0) this.#points[this.#starts[cell + 1]!++] = point
    }
  }

  #cellOf(x: number, y: number): number {
    return Number.isNaN(x + y) ? -1 : this.#lineOf(y) * this.#columns + this.#columnOf(x)
  }

  #columnOf(x: number): number {
    return Math.max(0, Math.min(this.#columns - 1, Math.floor((x - this.#left) / this.#cellWidth)))
  }

  #lineOf(y: number): number {
    return Math.max(0, Math.min(this.#lines - 1, Math.floor((y - this.#top) / this.#cellHeight)))
  }
}

function cellsFor(length: number, cell: number): number {
  return length > 0 ? Math.min(MOST_CELLS, Math.floor(length / cell) + 1) : 1
}
