import { expect, test } from 'vitest'
import { Slab } from '../../../server/edge/slab.ts'

test('a piece is of its own: filling one changes no other', () => {
  const slab = new Slab()
  const first = slab.take(3).fill(1)
  const second = slab.take(5).fill(2)
  slab.take(2).fill(3)
  expect([[...first], [...second]]).toEqual([
    [1, 1, 1],
    [2, 2, 2, 2, 2],
  ])
})

test('small frames share a buffer until it is full, one that is large has its own', () => {
  const slab = new Slab()
  const pieces = Array.from({ length: 32 }, (_, index) => slab.take(4_096).fill(index))
  expect(pieces.map((piece) => [piece.length, piece[0], piece[4_095]])).toEqual(
    pieces.map((_, index) => [4_096, index, index]),
  )
  expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(2)
  const large = slab.take(4_097)
  expect([large.length, large.buffer.byteLength]).toEqual([4_097, 4_097])
})
