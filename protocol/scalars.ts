// The forms that a field can have as one 32-bit whole number.
// Halves are rounded up everywhere (`floor(x + 0.5)`), which is the same in every language.

import { mixAngle, mixLinear, TURN } from './blend.ts'
import { bitsToFloat, floatBits } from './bytes.ts'
import type { Scalar } from './fields.ts'

/** The largest finite number in single precision. */
export const MOST_SINGLE = 3.4028234663852886e38
export const PATTERN = { least: -0x80000000, most: 0x7fffffff, coding: 'pattern' } as const

/** The nearest whole number, or NaN for a value that does not fit. */
export function quantise<T>({ least, most, measure }: Scalar<T>, value: T): number {
  const place = measure(value)
  return place >= least && place < most + 1 ? Math.floor(place) : Number.NaN
}

/** Numbers in steps: the whole number `int`, from `least` to `most`, stands for `min + int * step`. */
export function steps(least: number, most: number, min = 0, step = 1): Scalar<number> {
  return {
    least,
    most,
    coding: 'difference',
    mix: mixLinear,
    measure: (value) => (typeof value === 'number' ? (value - min) / step + 0.5 : Number.NaN),
    restore: (int) => min + int * step,
  }
}

/** Directions in radians, as one of 2^bits. */
export function circle(bits: number): Scalar<number> {
  const count = 2 ** bits
  return {
    least: 0,
    most: count - 1,
    coding: 'circle',
    mix: mixAngle,
    measure(value) {
      const turns = typeof value === 'number' ? value / TURN : Number.NaN
      const place = (turns - Math.floor(turns)) * count + 0.5
      return place < count ? place : place - count
    },
    restore: (int) => ((int < count / 2 ? int : int - count) * TURN) / count,
  }
}

/** One of some values, by its place among them. */
export function oneOf<T>(options: readonly T[]): Scalar<T> {
  return {
    least: 0,
    most: options.length - 1,
    coding: 'difference',
    measure: (value) => options.indexOf(value),
    restore: (int) => options[int] as T,
  }
}

/** Numbers in single precision, as their bits. */
export const single: Scalar<number> = {
  ...PATTERN,
  mix: mixLinear,
  measure: (value) => (isSingle(value) ? floatBits(value) : Number.NaN),
  restore: bitsToFloat,
}

export function isSingle(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(Math.fround(value))
}
