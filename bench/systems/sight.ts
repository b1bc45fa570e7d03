// Who sees what in a world with views, for systems that leave it to the game: squares around ships, found by a grid that
// is filled once a tick for all.

import type { Cells } from './system.ts'

/** Cells are eighths of a pixel; a square of the grid is 256 pixels. */
const SHIFT = 11

export class Grid {
  readonly #across: number
  readonly #squares: number[][]
  cells: readonly Cells[] = []

  /** Of a world of so many pixels each way. */
  constructor(size: number) {
    this.#across = ((size * 8) >> SHIFT) + 1
    this.#squares = Array.from({ length: this.#across ** 2 }, () => [])
  }

  fill(cells: readonly Cells[]): void {
    this.cells = cells
    for (const square of this.#squares) square.length = 0
    for (let index = 0; index < cells.length; index++) {
      const [x, y] = cells[index]!
      this.#squares[(y >> SHIFT) * this.#across + (x >> SHIFT)]!.push(index)
    }
  }

  /** Calls for each that is within `reach` of a place, each way. */
  near(x: number, y: number, reach: number, found: (index: number) => void): void {
    const last = this.#across - 1
    const [left, right] = [Math.max(0, (x - reach) >> SHIFT), Math.min(last, (x + reach) >> SHIFT)]
    const [top, bottom] = [Math.max(0, (y - reach) >> SHIFT), Math.min(last, (y + reach) >> SHIFT)]
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        for (const index of this.#squares[row * this.#across + column]!) {
          const [otherX, otherY] = this.cells[index]!
          if (Math.abs(otherX - x) <= reach && Math.abs(otherY - y) <= reach) found(index)
        }
      }
    }
  }
}

/** What one client sees. */
export class Sight {
  readonly #focus: number
  readonly #reach: number
  /** By ship, the look in which it was seen last. */
  readonly #seenIn: Uint32Array
  #look = 1
  #seen: number[] = []

  /** Of a square of so many pixels around a ship. */
  constructor(ships: number, focus: number, view: number) {
    this.#focus = focus
    this.#reach = (view / 2) * 8
    this.#seenIn = new Uint32Array(ships)
  }

  look(grid: Grid, came: (index: number) => void, went: (index: number) => void): void {
    const [x, y] = grid.cells[this.#focus]!
    const now = ++this.#look
    const seenIn = this.#seenIn
    const before = this.#seen
    const seen: number[] = []
    grid.near(x, y, this.#reach, (index) => {
      seen.push(index)
      if (seenIn[index] !== now - 1) came(index)
      seenIn[index] = now
    })
    for (const index of before) if (seenIn[index] !== now) went(index)
    this.#seen = seen
  }
}
