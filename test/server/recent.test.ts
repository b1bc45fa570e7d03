import { expect, test } from 'vitest'
import { Recent } from '../../server/recent.ts'

test('the least of what was measured counts for ten seconds', () => {
  const recent = new Recent()
  expect(recent.least).toBe(Number.POSITIVE_INFINITY)
  recent.add(7, 1_000)
  recent.add(5, 1_500)
  recent.add(9, 10_900)
  expect(recent.least).toBe(5)
  recent.add(8, 11_000)
  expect(recent.least).toBe(8)
})

test('what is old counts on while there is nothing younger, until it is cleared', () => {
  const recent = new Recent()
  recent.add(7, 1_000)
  expect(recent.least).toBe(7)
  recent.clear()
  expect(recent.least).toBe(Number.POSITIVE_INFINITY)
  recent.add(9, 1_100)
  expect(recent.least).toBe(9)
})
