import { describe, expect, test } from 'vitest'
import { Candidates, MUST, type Ration } from '../../../server/sync/candidates.ts'
import { between, seeded } from '../../support/random.ts'

/** Rows of that weight and that many bytes. */
function candidates(rows: readonly (readonly [weight: number, bytes: number])[]): Candidates {
  const found = new Candidates()
  found.clear(rows.length)
  for (const [weight, bytes] of rows) {
    found.weights[found.count] = weight
    found.costs[found.count++] = bytes * 8
  }
  return found
}

function told(rows: Parameters<typeof candidates>[0], ration: Ration, spent = 0): number[] | null {
  const found = candidates(rows)
  const count = found.choose(ration, spent)
  const list = rows.flatMap((_, index) => (found.isTold[index] ? [index] : []))
  if (count >= 0) expect(count).toBe(list.length)
  return count < 0 ? null : list
}

describe('when not all rows have room', () => {
  const rows = [
    [1, 10],
    [8, 10],
    [2, 10],
    [4, 10],
  ] as const

  test('those that matter most are told', () => {
    for (const [bytes, chosen] of [
      [40, [0, 1, 2, 3]],
      [39, [1, 2, 3]],
      [30, [1, 2, 3]],
      [20, [1, 3]],
      [10, [1]],
    ] as const)
      expect(told(rows, { bytes, most: bytes })).toEqual(chosen)
  })

  test('what the frame holds already leaves less for them', () => {
    expect(told(rows, { bytes: 40, most: 40 }, 10)).toEqual([1, 2, 3])
    expect(told(rows, { bytes: 40, most: 40 }, 25)).toEqual([1])
  })

  test('of rows that matter equally as many are told as there is room for, others each time', () => {
    const equal = candidates(Array.from({ length: 10 }, () => [3, 10] as const))
    const sets = Array.from({ length: 10 }, () => {
      expect(equal.choose({ bytes: 35, most: 35 }, 0)).toBe(3)
      equal.weights.fill(3, 0, 10)
      return String(equal.isTold.subarray(0, 10))
    })
    expect(new Set(sets).size).toBeGreaterThan(3)
  })

  test('what must be told is, and leaves the rest to the others', () => {
    const must = [[MUST, 15], ...rows] as const
    expect(told(must, { bytes: 35, most: 100 })).toEqual([0, 2, 4])
    expect(told(must, { bytes: 5, most: 100 })).toEqual([0, 2])
    expect(told(must, { bytes: 5, most: 24 })).toBeNull()
    expect(told(must, { bytes: 5, most: 25 })).toEqual([0, 2])
  })

  test('a row that is too large for its share goes alone, and waits if even that is too much', () => {
    const large = [[9, 5_000], ...rows] as const
    expect(told(large, { bytes: 20, most: 5_000 })).toEqual([0])
    expect(told(large, { bytes: 20, most: 4_999 })).toBeNull()
    expect(told(large, { bytes: 20, most: Number.POSITIVE_INFINITY })).toEqual([0])
  })

  test('as many bytes are needed as hold all bits of what must be told', () => {
    for (const [bits, bytes] of [
      [80, 10],
      [81, 11],
      [88, 11],
    ] as const) {
      const found = candidates([[MUST, 0]])
      found.costs[0] = bits
      found.choose({ bytes: 1, most: 100 }, 0)
      expect(found.needed).toBe(bytes)
      expect([found.choose({ bytes: 1, most: bytes }, 0), found.choose({ bytes: 1, most: bytes - 1 }, 0)]).toEqual([
        1, -1,
      ])
    }
  })

  test('where nothing waits to be told nothing is, and that is no failure', () => {
    expect(told([], { bytes: 1, most: 1 })).toEqual([])
  })
})

// A row that has waited for w frames weighs w + 1 at least, one that waits with it U times as much at most: whoever is told
// before it has waited for (w + 1) / U frames itself. So with K told a frame none waits longer than 2 (U + 1) N / K frames,
// and one eighth of a doubling more for the steps in which weights are told apart.
for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
  test(`nobody starves: the longest wait is bounded, seed ${seed}`, () => {
    const random = seeded(seed)
    const count = between(random, 20, 400)
    const most = between(random, 1, 32)
    const factors = Array.from({ length: count }, () => 1 + random() * (most - 1))
    const waited = new Float64Array(count)
    const each = 10
    const perFrame = between(random, 2, 10)
    let longest = 0
    for (let frame = 0; frame < 3_000; frame++) {
      const found = candidates(factors.map((factor, row) => [factor * (waited[row]! + 1), each]))
      found.choose({ bytes: each * perFrame, most: each * perFrame }, 0)
      for (let row = 0; row < count; row++) {
        longest = Math.max(longest, waited[row]!)
        waited[row] = found.isTold[row] ? 0 : waited[row]! + 1
      }
    }
    expect(longest).toBeLessThanOrEqual((2 ** (1 / 8) * 2 * (most + 1) * count) / perFrame)
    // And about as long as it takes to tell all once where none matters more than another.
    const fair = Math.ceil(count / perFrame)
    if (most === 1) expect(longest).toBeLessThanOrEqual(fair * 1.1)
    expect(longest).toBeGreaterThanOrEqual(fair - 1)
  })
}
