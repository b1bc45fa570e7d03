import { expect, test } from 'vitest'
import { Lately } from '../../protocol/lately.ts'

test('tells what there is a second, to 4 % where it comes twenty times a second', () => {
  const lately = new Lately()
  for (let now = 0; now < 5_000; now += 50) lately.add(100, now)
  expect(lately.perSecond(4_950) / 2_000).toBeGreaterThan(1)
  expect(lately.perSecond(4_950) / 2_000).toBeLessThan(1.03)
  expect(lately.perSecond(5_000) / 2_000).toBeGreaterThan(0.96)
})

test('tells what there was in all', () => {
  const lately = new Lately()
  expect(lately.total).toBe(0)
  for (const now of [0, 50, 60_000]) lately.add(100, now)
  expect(lately.total).toBe(300)
})

test('forgets what is over: a third of it is left after a second, and nothing after a minute', () => {
  const lately = new Lately()
  lately.add(1_000, 1e12)
  expect(lately.perSecond(1e12)).toBe(1_000)
  expect(lately.perSecond(1e12 + 1_000)).toBeCloseTo(1_000 / Math.E)
  expect(lately.perSecond(1e12 + 60_000)).toBeLessThan(1)
})
