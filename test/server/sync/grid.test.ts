import { expect, test } from 'vitest'
import { RowList } from '../../../protocol/row-list.ts'
import { Grid, type Rectangle } from '../../../server/sync/grid.ts'
import { between, seeded } from '../../support/random.ts'

function found(grid: Grid, rectangle: Rectangle, count: number): number[] {
  const list = new RowList()
  list.clear(count)
  grid.find(rectangle, list)
  return [...list.rows.subarray(0, list.length)].sort((a, b) => a - b)
}

for (let seed = 1; seed <= 30; seed++) {
  test(`a search finds just the points that a look at each of them finds, seed ${seed}`, () => {
    const random = seeded(seed)
    const grid = new Grid(between(random, 1, 300), between(random, 1, 300))
    // Twice, as a grid is filled again and again.
    for (const count of [between(random, 0, 400), between(random, 0, 400)]) {
      const spread = 10 ** between(random, 0, 5)
      const xs = Float64Array.from({ length: count }, () => (random() - 0.5) * spread)
      const ys = Float64Array.from({ length: count }, () => (random() - 0.5) * spread)
      grid.fill(xs, ys, count)
      for (let search = 0; search < 20; search++) {
        const [left, top] = [(random() - 0.5) * spread, (random() - 0.5) * spread]
        const rectangle = { left, top, right: left + random() * spread, bottom: top + random() * spread }
        const expected = Array.from(xs.keys()).filter(
          (point) =>
            (xs[point] as number) >= left &&
            (xs[point] as number) <= rectangle.right &&
            (ys[point] as number) >= top &&
            (ys[point] as number) <= rectangle.bottom,
        )
        expect(found(grid, rectangle, count)).toEqual(expected)
      }
    }
  })
}

test('edges belong to the rectangle, and points far away and those that are nowhere do no harm', () => {
  const grid = new Grid(10, 10)
  grid.fill(Float64Array.of(0, 10, 1e12, Number.NaN, 5), Float64Array.of(0, 10, 0, 3, Number.NaN), 5)
  expect(found(grid, { left: 0, top: 0, right: 10, bottom: 10 }, 5)).toEqual([0, 1])
  expect(found(grid, { left: 0.1, top: 0, right: 9.9, bottom: 10 }, 5)).toEqual([])
  expect(found(grid, { left: 1e11, top: -1, right: 1e13, bottom: 1 }, 5)).toEqual([2])
})

test('a search is the same wherever in a world of any size it is', () => {
  const grid = new Grid(10, 10)
  for (const far of [0, -1e6, 2 ** 31 * 10, 1e15, -1e15]) {
    // What lies a whole grid of eight cells away shares the cell.
    const xs = Float64Array.of(far, far + 80, far - 80, far + 30, far)
    const ys = Float64Array.of(far, far, far, far, far + 80)
    grid.fill(xs, ys, 5)
    expect(found(grid, { left: far - 5, top: far - 5, right: far + 5, bottom: far + 5 }, 5)).toEqual([0])
    expect(found(grid, { left: far - 2e3, top: far - 5, right: far + 2e3, bottom: far + 5 }, 5)).toEqual([0, 1, 2, 3])
  }
})

test('a rectangle that is nowhere holds nothing, and one without end holds all', () => {
  const grid = new Grid(10, 10)
  grid.fill(Float64Array.of(0, 1e308, -1e308), Float64Array.of(0, 0, 0), 3)
  expect(found(grid, { left: Number.NaN, top: 0, right: Number.NaN, bottom: 0 }, 3)).toEqual([])
  expect(found(grid, { left: -Infinity, top: -1, right: Infinity, bottom: 1 }, 3)).toEqual([0, 1, 2])
  expect(found(grid, { left: Infinity, top: -1, right: Infinity, bottom: 1 }, 3)).toEqual([])
})

test('a grid of few points takes few bytes', () => {
  const [before, places] = [process.memoryUsage().arrayBuffers, Float64Array.of(1, 2, 3)]
  const grids = Array.from({ length: 1_000 }, () => new Grid(10, 10))
  for (const grid of grids) grid.fill(places, places, places.length)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000 * grids.length)
})
