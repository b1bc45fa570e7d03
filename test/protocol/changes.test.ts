import { describe, expect, test } from 'vitest'
import { Writer } from '../../protocol/bytes.ts'
import { Changes } from '../../protocol/changes.ts'
import { Course } from '../../protocol/course.ts'
import { defineGame } from '../../protocol/game.ts'
import type { Layout } from '../../protocol/layout.ts'
import { compareRows, lineUp, Matching } from '../../protocol/matching.ts'
import { newLineup, Snapshot } from '../../protocol/snapshot.ts'
import { angle, f32, i32, text, u32 } from '../../protocol/vocabulary.ts'
import { between, seeded } from '../support/random.ts'

const fields = { wide: i32(), high: u32(), turn: angle(8), heat: f32(), name: text(8) }
const game = defineGame({ entities: { thing: fields } })
const layout = game.kinds[2] as Layout
const [OWNER, WIDE, HIGH, TURN, HEAT] = [0, 1, 2, 3, 4]

/** Cells by column, then by row. */
type Cells = readonly (readonly number[])[]

function snapshotOf(tick: number, ids: readonly number[], cells: Cells): Snapshot {
  const snapshot = new Snapshot(game)
  const table = snapshot.tables[2]
  if (!table) throw new Error('no table')
  snapshot.tick = tick
  table.resize(ids.length)
  table.ids.set(ids)
  table.lineup = newLineup()
  cells.forEach((column, index) => {
    table.ints[index]?.set(column)
  })
  table.boxes[0] = ids.map(() => 'same')
  return snapshot
}

function written(base: Snapshot, now: Snapshot): number[] {
  const course = new Course()
  const matching = new Matching()
  const changes = new Changes(course, matching)
  const writer = new Writer()
  const [was, is] = [base.tables[2], now.tables[2]]
  if (!was || !is) throw new Error('no table')
  course.follow(layout, 2, { base, earlier: null }, now.tick)
  // What is found must not depend on what was found before, which is that every cell changed.
  const all = snapshotOf(
    base.tick,
    [...was.ids.subarray(0, was.count)],
    zeros(was.count).map((column) => column.fill(0x55)),
  )
  if (all.tables[2]) {
    lineUp(all.tables[2], was)
    compareRows(was, all.tables[2], matching)
    changes.find(layout, all.tables[2])
  }
  compareRows(was, is, matching)
  changes.find(layout, is)
  changes.write(writer, layout, was, is)
  return [...writer.copy()]
}

/** The same, cell by cell: what PROTOCOL.md says of the rows that changed. */
function plainly(was: Cells, is: Cells): number[] {
  const rows = (was[0] ?? [])
    .map((_, row) => row)
    .filter((row) => was.some((column, at) => column[row] !== is[at]?.[row]))
  const mask = (bits: readonly boolean[]) => {
    const bytes = new Array<number>((bits.length + 7) >> 3).fill(0)
    bits.forEach((bit, index) => {
      if (bit) bytes[index >> 3] = (bytes[index >> 3] as number) | (1 << (index & 7))
    })
    return bytes
  }
  const told = was.map((column, at) => rows.filter((row) => column[row] !== is[at]?.[row]))
  if (rows.length === 0) return [0]
  const columns = told.map((of) => of.length > 0)
  const cells = told.flatMap((of, at) => {
    if (of.length === 0) return []
    const writer = new Writer()
    for (const row of of) {
      const [from, to] = [was[at]?.[row] as number, is[at]?.[row] as number]
      if (at === HEAT) writer.raw32(to)
      else if (at === TURN) writer.zigzag(((to - from) << 24) >> 24)
      else writer.zigzag((to - from) | 0)
    }
    return [...mask(rows.map((row) => of.includes(row))), ...writer.copy()]
  })
  const everyRow = (was[0] ?? []).map((_, row) => rows.includes(row))
  // The last column is the boxes'.
  return [rows.length, ...mask(everyRow), ...mask([...columns, false]), ...cells]
}

const ids = (count: number) => Array.from({ length: count }, (_, row) => row + 1)
const zeros = (count: number): number[][] => Array.from({ length: 5 }, () => ids(count).map(() => 0))

/** `count` rows of zeros, of which some cells are set. */
function withCells(count: number, set: readonly (readonly [column: number, row: number, value: number])[]): number[][] {
  const cells = zeros(count)
  for (const [column, row, value] of set) (cells[column] as number[])[row] = value
  return cells
}

describe('the cells that changed', () => {
  const LEAST = -0x80000000
  for (const [what, was, is] of [
    ['nothing', [], []],
    ['the first row alone', [], [[WIDE, 0, 1]]],
    ['the last row alone', [], [[WIDE, 19, 1]]],
    ['the last row of each column but one', [], [OWNER, WIDE, TURN, HEAT].map((column) => [column, 19, 7] as const)],
    ['a column from end to end', [], ids(20).map((id) => [HIGH, id - 1, id] as const)],
    ['eight rows', [], ids(8).map((id) => [WIDE, id - 1, -id] as const)],
    ['nine rows', [], ids(9).map((id) => [WIDE, id + 3, -id] as const)],
    ['rows of which every second has the cell', [], ids(17).map((id) => [id % 2 ? WIDE : HIGH, id, id] as const)],
    ['steps of one byte and of two', [], [63, -64, 64, -65].map((step, row) => [WIDE, row, step] as const)],
    ['steps of two bytes and of three', [], [8191, -8192, 8192, -8193].map((step, row) => [WIDE, row, step] as const)],
    ['steps of five bytes', [], [0x7fffffff, LEAST, 0x8000000, 1].map((step, row) => [WIDE, row, step] as const)],
    ['steps of five bytes in every row', [], ids(120).map((id) => [WIDE, id - 1, LEAST] as const)],
    ['a step from the least to the most', [[WIDE, 0, LEAST]], [[WIDE, 0, 0x7fffffff]]],
    ['a step from the lower half to the upper one', [[HIGH, 0, 0x7fffffff]], [[HIGH, 0, LEAST]]],
    ['a step from the most, as a pattern, to nothing', [[HIGH, 0, -1]], [[HIGH, 0, 0]]],
    ['half a turn', [], [[TURN, 0, 128]]],
    ['a turn past north', [[TURN, 1, 250]], [[TURN, 1, 3]]],
    ['a pattern whose step is the least', [[HEAT, 2, 0]], [[HEAT, 2, LEAST]]],
  ] as const) {
    test(`[S7] are written as they are cell by cell: ${what}`, () => {
      const count = Math.max(20, is.length)
      const [before, after] = [withCells(count, was), withCells(count, is)]
      const base = snapshotOf(3, ids(count), before)
      const now = snapshotOf(6, ids(count), after)
      if (base.tables[2] && now.tables[2]) lineUp(now.tables[2], base.tables[2])
      expect(written(base, now)).toEqual(plainly(before, after))
    })
  }

  for (let seed = 1; seed <= 20; seed++) {
    test(`[S7] are the same when rows came and went between them, seed ${seed}`, () => {
      const random = seeded(seed)
      const count = between(random, 1, 40)
      const most = [0xff, 2 ** 31 - 1, 2 ** 31 - 1, 0xff, 2 ** 30]
      const before = most.map((limit) => ids(count).map(() => between(random, 0, limit)))
      const after = before.map((column, at) =>
        column.map((cell) => (random() < 0.3 ? between(random, 0, most[at] as number) : cell)),
      )
      const even = ids(count).map((id) => id * 2)
      const gone = 2 * between(random, 0, count) + 1
      const came = 2 * between(random, 0, count) + 1
      const withOne = (id: number, cells: Cells) => {
        const all = [...even, id].sort((a, b) => a - b)
        return [all, cells.map((column) => all.map((one) => column[even.indexOf(one)] ?? 99))] as const
      }
      const [base, now] = [snapshotOf(3, ...withOne(gone, before)), snapshotOf(6, ...withOne(came + 128, after))]
      expect(written(base, now)).toEqual(plainly(before, after))
    })
  }
})
