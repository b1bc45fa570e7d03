import { describe, expect, test } from 'vitest'
import { defineGame } from '../../protocol/game.ts'
import { Reading, readerOf } from '../../protocol/readers.ts'
import { u8 } from '../../protocol/vocabulary.ts'

// More columns than there are loops of their own.
const names = Array.from({ length: 70 }, (_, index) => `f${index}`)
const game = defineGame({ entities: { thing: Object.fromEntries(names.map((name) => [name, u8()])) } })
const columns = (game.kinds[2]?.ints ?? []).slice(1)

describe('a column', () => {
  test('is read by its own name, however many there are', () => {
    const objects = [0, 1, 2].map((row) => Object.fromEntries(names.map((name, index) => [name, index + row])))
    const reading = new Reading()
    columns.forEach((column, index) => {
      const cells = new Int32Array(3)
      reading.open(3, cells, false)
      readerOf(column)(objects, column, reading)
      expect([...cells]).toEqual([index, index + 1, index + 2])
      expect(reading.misfits.length).toBe(0)
    })
  })

  test('keeps its reader', () => {
    for (const column of columns) expect(readerOf(column)).toBe(readerOf(column))
  })

  test('tells which values do not fit, and the numbers as they are', () => {
    const [column] = columns
    if (!column) throw new Error('no column')
    const reading = new Reading()
    reading.open(4, new Int32Array(4), true)
    readerOf(column)([{ f0: 1.4 }, { f0: 256 }, { f0: '7' }, { f0: 255 }], column, reading)
    expect([...reading.cells]).toEqual([1, 0, 0, 255])
    expect([...reading.misfits.rows.subarray(0, reading.misfits.length)]).toEqual([1, 2])
    expect([...reading.numbers.subarray(0, 4)]).toEqual([1.4, 256, Number.NaN, 255])
  })
})
