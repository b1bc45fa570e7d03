import { expect, test } from 'vitest'
import { Bucket } from '../../../server/base/bucket.ts'

test('a full bucket gives its burst at once, and not one more', () => {
  const bucket = new Bucket(60, 360, 0)
  const taken = Array.from({ length: 361 }, () => bucket.take(1, 0))
  expect(taken.filter(Boolean).length).toBe(360)
  expect(taken.at(-1)).toBe(false)
})

test('what was spent comes back at the rate, up to the burst', () => {
  const bucket = new Bucket(10, 5, 0)
  expect(bucket.take(5, 0)).toBe(true)
  expect(bucket.take(1, 99)).toBe(false)
  expect(bucket.take(1, 100)).toBe(true)
  expect(bucket.take(5, 100_000)).toBe(true)
  expect(bucket.take(1, 100_000)).toBe(false)
})

test('an attempt that fails spends nothing', () => {
  const bucket = new Bucket(1, 10, 0)
  expect(bucket.take(11, 0)).toBe(false)
  expect(bucket.take(10, 0)).toBe(true)
})

test('a bucket is full again only when all has come back', () => {
  const bucket = new Bucket(2, 40, 0)
  bucket.take(4, 0)
  expect(bucket.isFull(1_999)).toBe(false)
  expect(bucket.isFull(2_000)).toBe(true)
})
