import { describe, expect, test } from 'vitest'
import { drawnBetween, isLeap, mixAngle, mixLinear, wrapAngle } from '../../protocol/blend.ts'
import type { Scalar } from '../../protocol/fields.ts'
import { mixQuat } from '../../protocol/quat.ts'
import { angle, fixed, i8, u32 } from '../../protocol/vocabulary.ts'

describe('values between two values', () => {
  test('numbers are exact at both ends and go on beyond', () => {
    expect([0, 0.5, 1, 1.5].map((share) => mixLinear(10, 20, share))).toEqual([10, 15, 20, 25])
  })

  for (const [from, to, half] of [
    [0, 1, 0.5],
    [3, -3, Math.PI],
    [-3, 3, Math.PI],
    [-1, 1, 0],
  ] as const) {
    test(`half the way from ${from} to ${to} is the short way round`, () => {
      expect(Math.cos(mixAngle(from, to, 0.5))).toBeCloseTo(Math.cos(half))
      expect(Math.sin(mixAngle(from, to, 0.5))).toBeCloseTo(Math.sin(half))
    })
  }

  test('angles are kept from -π up to π', () => {
    expect(wrapAngle(Math.PI)).toBe(-Math.PI)
    expect(wrapAngle(-Math.PI)).toBe(-Math.PI)
    expect(wrapAngle(7)).toBeCloseTo(7 - 2 * Math.PI)
  })

  test('rotations turn the short way, stay of length 1, and never go beyond', () => {
    const still = [0, 0, 0, 1] as const
    const quarter = [0, 0, Math.SQRT1_2, Math.SQRT1_2] as const
    const opposite = [0, 0, -Math.SQRT1_2, -Math.SQRT1_2] as const
    const eighth = [0, 0, Math.sin(Math.PI / 8), Math.cos(Math.PI / 8)]
    mixQuat(still, quarter, 0.5).forEach((part, index) => void expect(part).toBeCloseTo(eighth[index] as number))
    mixQuat(opposite, still, 0.5).forEach(
      (part, index) => void expect(Math.abs(part)).toBeCloseTo(eighth[index] as number),
    )
    expect(mixQuat(still, quarter, 2)).toEqual(mixQuat(still, quarter, 1))
  })

  test('what crosses its range in 200 ms moves, at 20 states a second, and what is put farther off does not', () => {
    const { scalar } = fixed(0, 100, 0.5).type as { scalar: Scalar<unknown> }
    expect(isLeap(scalar, 20, 70)).toBe(false)
    expect(isLeap(scalar, 20, 71)).toBe(true)
    expect(isLeap(scalar, 71, 20)).toBe(true)
    expect(isLeap(angle(8).type.scalar as Scalar<unknown>, 0, 200)).toBe(false)
  })
})

test('what was put elsewhere is there at the next state, and not before', () => {
  const { scalar } = fixed(0, 100, 0.5).type as { scalar: Scalar<unknown> }
  const drawn = (before: number, after: number) => {
    return [0, 0.5, 0.999, 1, 1.5].map((share) => drawnBetween(scalar, 2 * before, 2 * after, share))
  }
  expect(drawn(10, 36)).toEqual([10, 10, 10, 36, 36])
  // A quarter of its range is the most that it may move.
  expect(drawn(10, 35)).toEqual([10, 22.5, 34.975, 35, 47.5])
  const round = angle(8).type.scalar as Scalar<unknown>
  expect(drawnBetween(round, 0, 127, 0.5)).toBeCloseTo((127 / 256) * Math.PI)
})

test('steps are drawn by working out one value, not three', () => {
  const { scalar } = fixed(-100, 100, 0.5).type as { scalar: Scalar<unknown> }
  const asked: number[] = []
  const restore = (whole: number) => {
    asked.push(whole)
    return scalar.restore(whole)
  }
  expect([0, 0.25, 1, 1.5].map((share) => drawnBetween({ ...scalar, restore }, 200, 204, share))).toEqual([
    0, 0.5, 2, 3,
  ])
  expect(asked).toEqual([200, 201, 204, 206])
  expect(drawnBetween(i8().type.scalar as Scalar<unknown>, -3, 4, 0.5)).toBe(0.5)
})

test('numbers of 32 bits without a sign are drawn beyond 0 and between two of them, too', () => {
  const scalar = u32().type.scalar as Scalar<unknown>
  expect([0.25, 1, 1.5].map((share) => drawnBetween(scalar, 2, 0, share))).toEqual([1.5, 0, -1])
  const high = (value: number) => value | 0
  expect(drawnBetween(scalar, high(2 ** 32 - 4), high(2 ** 32 - 1), 0.5)).toBe(2 ** 32 - 2.5)
})
