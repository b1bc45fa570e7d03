import { expect, test } from 'vitest'
import { WindowedMin } from '../../../server/sync/windowed-min.ts'
import { between, seeded } from '../../support/random.ts'

test('the least of what was measured counts for ten seconds', () => {
  const recent = new WindowedMin()
  expect(recent.least).toBe(Number.POSITIVE_INFINITY)
  recent.add(7, 1_000)
  recent.add(5, 1_500)
  recent.add(9, 10_900)
  expect(recent.least).toBe(5)
  recent.add(8, 11_000)
  expect(recent.least).toBe(8)
})

test('what is old counts on while there is nothing younger, until it is cleared', () => {
  const recent = new WindowedMin()
  recent.add(7, 1_000)
  expect(recent.least).toBe(7)
  recent.clear()
  expect(recent.least).toBe(Number.POSITIVE_INFINITY)
  recent.add(9, 1_100)
  expect(recent.least).toBe(9)
})

for (let seed = 1; seed <= 20; seed++) {
  test(`seed ${seed}: it is the least of all that was measured since the tenth second before the last one began`, () => {
    const random = seeded(seed)
    const recent = new WindowedMin()
    let measured: { readonly value: number; readonly second: number }[] = []
    let now = between(random, 0, 5_000)
    for (let step = 0; step < 400; step++) {
      now += random() < 0.1 ? between(random, 1_000, 15_000) : between(random, 0, 400)
      if (random() < 0.02) {
        recent.clear()
        measured = []
      } else {
        const second = Math.floor(now / 1000)
        measured.push({ value: between(random, 1, 1_000), second })
        recent.add(measured.at(-1)!.value, now)
        measured = measured.filter((one) => one.second > second - 10)
      }
      expect(recent.least).toBe(Math.min(...measured.map(({ value }) => value)))
    }
  })
}
