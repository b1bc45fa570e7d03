import { describe, expect, test } from 'vitest'
import { defineGame } from '../../protocol/game.ts'
import type { IntColumn } from '../../protocol/layout.ts'
import { misfits, numbers, readerOf, startReading } from '../../protocol/readers.ts'
import { quantise } from '../../protocol/scalars.ts'
import { angle, choice, f32, fixed, flag, i8, i32, u8, u32 } from '../../protocol/vocabulary.ts'

// More columns than there are loops of their own.
const names = Array.from({ length: 70 }, (_, index) => `f${index}`)
const game = defineGame({ entities: { thing: Object.fromEntries(names.map((name) => [name, u8()])) } })
const columns = (game.kinds[2]?.ints ?? []).slice(1)

function read(column: IntColumn, values: readonly unknown[], keepsNumbers = false) {
  const cells = new Int32Array(values.length).fill(-1)
  startReading(values.length, keepsNumbers)
  const objects = values.map((value) => ({ [column.name]: value }))
  readerOf(column).read(objects, cells, keepsNumbers)
  return { cells: [...cells], misfits: [...misfits.rows.subarray(0, misfits.length)] }
}

describe('a column', () => {
  test('is read by its own name, however many there are', () => {
    const objects = [0, 1, 2].map((row) => Object.fromEntries(names.map((name, index) => [name, index + row])))
    columns.forEach((column, index) => {
      const cells = new Int32Array(3)
      startReading(3, false)
      readerOf(column).read(objects, cells, false)
      expect([...cells]).toEqual([index, index + 1, index + 2])
      expect(misfits.length).toBe(0)
    })
  })

  test('is read by the same reader each time', () => {
    for (const column of columns) expect(readerOf(column)).toBe(readerOf(column))
  })

  test('tells which values do not fit, and the numbers as they are', () => {
    const [column] = columns
    if (!column) throw new Error('no column')
    expect(read(column, [1.4, 256, '7', 255], true)).toEqual({ cells: [1, 0, 0, 255], misfits: [1, 2] })
    expect([...numbers.subarray(0, 4)]).toEqual([1.4, 256, Number.NaN, 255])
    expect(read(column, [2])).toEqual({ cells: [2], misfits: [] })
  })
})

describe('what a cell holds', () => {
  const fields = {
    u8: u8(),
    i8: i8(),
    i32: i32(),
    u32: u32(),
    eighths: fixed(-4, 4, 1 / 8),
    angle: angle(8),
    wide: angle(16),
    flag: flag(),
    choice: choice('red', 'green', 'blue'),
    single: f32(),
  }
  const ints = defineGame({ entities: { thing: fields } }).kinds[2]?.ints ?? []
  const columnOf = (name: string) => ints.find((column) => column.name === name) as IntColumn
  const turn = 2 * Math.PI
  const least = 0x80000000 | 0

  for (const [name, what, value, cell] of [
    ['u8', 'a half', 0.5, 1],
    ['u8', 'just below a half', 0.49999, 0],
    ['u8', 'negative zero', -0, 0],
    ['u8', 'less than half below the least', -0.5, 0],
    ['u8', 'less than half above the most', 255.49, 255],
    ['i8', 'a negative half, rounded up', -2.5, -2],
    ['i8', 'more than a negative half', -2.51, -3],
    ['i8', 'the least', -128, -128],
    ['i8', 'half below the least', -128.5, -128],
    ['i32', 'the least', -0x80000000, least],
    ['i32', 'the most', 0x7fffffff, 0x7fffffff],
    ['u32', 'the least of the upper half', 0x80000000, least],
    ['u32', 'the most', 0xffffffff, -1],
    ['u32', 'a fraction of the upper half', 0xfffffffe + 0.5, -1],
    ['eighths', 'the least', -4, 0],
    ['eighths', 'half a step from 0', 1 / 16, 33],
    ['eighths', 'half a step below 0', -1 / 16, 32],
    ['eighths', 'the most', 4, 64],
    ['angle', 'a quarter of a step short of a turn', turn - turn / 1024, 0],
    ['angle', 'a turn back', -turn / 4, 192],
    ['wide', 'the last step', turn - turn / 65536, 65535],
    ['flag', 'true', true, 1],
    ['choice', 'the last option', 'blue', 2],
    ['single', 'negative zero', -0, least],
    ['single', 'one', 1, 0x3f800000],
  ] as const) {
    test(`[G1] of ${name} for ${what} is ${cell}`, () => {
      expect(read(columnOf(name), [value])).toEqual({ cells: [cell], misfits: [] })
      expect((quantise(columnOf(name).scalar, value) as number) | 0).toBe(cell)
    })
  }

  for (const [name, value] of [
    ['u8', -0.51],
    ['u8', 255.5],
    ['u8', Number.NaN],
    ['u8', Infinity],
    ['u8', '7'],
    ['u8', true],
    ['u8', null],
    ['u8', undefined],
    ['u8', 7n],
    ['i8', -128.51],
    ['i8', 127.5],
    ['i32', -0x80000001],
    ['i32', 0x80000000],
    ['u32', -1],
    ['u32', 0x100000000],
    ['eighths', -4.07],
    ['eighths', 4.07],
    ['angle', Infinity],
    ['angle', '1'],
    ['flag', 1],
    ['choice', 'grey'],
    ['single', 1e39],
    ['single', '1'],
  ] as const) {
    test(`[G1] is refused to ${name} for ${typeof value} ${String(value)}, and to no other row`, () => {
      const zero = columnOf(name).zero
      expect(read(columnOf(name), [zero, value, zero]).misfits).toEqual([1])
      expect(quantise(columnOf(name).scalar, value)).toBeNaN()
    })
  }
})
