import { expect, test } from 'vitest'
import { Marks } from '../../../server/sync/marks.ts'
import { listOf, numbersIn } from '../../support/lists.ts'
import { seeded } from '../../support/random.ts'

const inOrder = (marks: Marks, rows: readonly number[], count: number) => {
  const list = listOf(rows)
  marks.order(list, count)
  return numbersIn(list)
}

test('rows come out in order and once each, up to the last one of a word of bits and of the table', () => {
  const marks = new Marks()
  expect(inOrder(marks, [64, 31, 0, 32, 31, 63, 0], 65)).toEqual([0, 31, 32, 63, 64])
  expect(inOrder(marks, [], 65)).toEqual([])
})

test('a list leaves nothing behind for the next one, whichever table is larger', () => {
  const marks = new Marks()
  expect(inOrder(marks, [5, 3], 10)).toEqual([3, 5])
  expect(inOrder(marks, [4_000, 4], 4_001)).toEqual([4, 4_000])
  expect(inOrder(marks, [9, 1], 10)).toEqual([1, 9])
})

test('any rows come out as sorting them would bring them out, seeds 1 to 50', () => {
  const marks = new Marks()
  for (let seed = 1; seed <= 50; seed++) {
    const random = seeded(seed)
    const count = 1 + Math.floor(random() * 300)
    const rows = Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * count))
    expect(inOrder(marks, rows, count)).toEqual([...new Set(rows)].sort((a, b) => a - b))
  }
})
