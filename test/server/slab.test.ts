import { expect, test } from 'vitest'
import { Slab } from '../../server/slab.ts'

const bytesOf = (length: number, value: number) => new Uint8Array(length).fill(value)

test('a copy is of its own: neither its source nor the next copy changes it', () => {
  const slab = new Slab()
  const source = Uint8Array.of(9, 1, 2, 3, 9)
  const first = slab.copy(source, 1, 4)
  source.fill(7)
  slab.copy(source, 0, 5)
  expect([...first]).toEqual([1, 2, 3])
})

test('small frames share a buffer until it is full, one that is large has its own', () => {
  const slab = new Slab()
  const pieces = Array.from({ length: 32 }, (_, index) => slab.copy(bytesOf(4_096, index), 0, 4_096))
  expect(pieces.map((piece) => [piece.length, piece[0], piece[4_095]])).toEqual(
    pieces.map((_, index) => [4_096, index, index]),
  )
  expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(2)
  const large = slab.copy(bytesOf(4_097, 5), 0, 4_097)
  expect([large.length, large.buffer.byteLength, large.every((byte) => byte === 5)]).toEqual([4_097, 4_097, true])
})
