import { describe, expect, test } from 'vitest'
import { seeded } from '../../protocol/random.ts'

const first = (seed: number) => {
  const random = seeded(seed)
  return [random(), random()]
}

describe('seeded chance', () => {
  test('is the same numbers everywhere', () => {
    expect(first(0)).toEqual([0.26642920868471265, 0.0003297457005828619])
    expect(first(1)).toEqual([0.6270739405881613, 0.002735721180215478])
    expect(first(-1)).toEqual([0.8964226141106337, 0.189478256739676])
  })

  test('goes by the lowest 32 bits of its seed, so the time of day will do', () => {
    expect(first(2 ** 32 + 1)).toEqual(first(1))
    expect(first(1_700_000_000_000)).not.toEqual(first(1_700_000_000_001))
  })

  for (const seed of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    test(`is none of ${seed}`, () => {
      expect(() => seeded(seed)).toThrow(
        new RangeError(`a seed must be a whole number (Math.floor makes one), got ${seed}`),
      )
    })
  }
})
