import { expect, test } from 'vitest'
import { clamp } from '../../protocol/clamp.ts'
import type { AnyField } from '../../protocol/fields.ts'
import { quat } from '../../protocol/quat.ts'
import { angle, choice, f32, fixed, flag, i8, u32 } from '../../protocol/vocabulary.ts'

const held = ({ type }: AnyField, value: unknown) => {
  const { scalar } = type
  if (!scalar) throw new TypeError(`${type.name} has no scalar`)
  return scalar.restore(clamp(scalar, value))
}

for (const [field, value, nearest] of [
  [i8(), 1_000, 127],
  [i8(), -1_000, -128],
  [i8(), Number.NaN, 0],
  [i8(), undefined, 0],
  [i8(), '12', 12],
  [i8(), 12n, 12],
  [i8(), true, 1],
  [u32(), 2 ** 40, 2 ** 32 - 1],
  [u32(), -1, 0],
  [fixed(10, 20, 0.5), Number.NEGATIVE_INFINITY, 10],
  [fixed(10, 20, 0.5), 21, 20],
  [fixed(10, 20, 0.5), null, 10],
  [f32(), 1e300, Math.fround(3.4028234663852886e38)],
  [f32(), Number.NEGATIVE_INFINITY, Math.fround(-3.4028234663852886e38)],
  [f32(), Number.NaN, 0],
  [angle(8), Number.NaN, 0],
  [angle(8), Number.POSITIVE_INFINITY, 0],
  [flag(), 'yes', true],
  [flag(), 0, false],
  [flag(), undefined, false],
  [choice('a', 'b'), 'c', 'a'],
  [choice('a', 'b'), true, 'a'],
] as const) {
  test(`${field.type.name} holds ${String(value)} as ${nearest}`, () => expect(held(field, value)).toBe(nearest))
}

test('what cannot even be asked for a number is 0', () => {
  const odd = [Object.create(null), Symbol('five'), { valueOf: () => Symbol('five') }, [5]]
  for (const value of odd) expect([held(i8(), value), held(fixed(10, 20, 0.5), value)]).toEqual([0, 10])
})

test('a rotation that is none is no turn at all', () => {
  const [x, y, z, w] = held(quat(), [0, 0, 0, 0]) as readonly number[]
  for (const part of [x, y, z]) expect(part).toBeCloseTo(0, 2)
  expect(w).toBeCloseTo(1, 4)
})
