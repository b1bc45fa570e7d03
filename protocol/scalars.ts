// The forms that a field can have as one 32-bit whole number.
// Halves are rounded up everywhere (`floor(x + 0.5)`), which is the same in every language.

import { bitsToFloat, floatBits } from './bytes.ts'
import type { Scalar } from './fields.ts'

/** A rotation as x, y, z, w. */
export type Quat = readonly [x: number, y: number, z: number, w: number]

const TURN = 2 * Math.PI
/** Beyond the largest single there is only infinity. */
export const MOST_SINGLE = 3.4028234663852886e38
const PATTERN = { least: -0x80000000, most: 0x7fffffff, coding: 'pattern' } as const

/** Numbers in steps: the whole number `int`, from `least` to `most`, stands for `min + int * step`. */
export function steps(least: number, most: number, min = 0, step = 1): Scalar<number> {
  const quantise = (value: number) => {
    const int = Math.floor((value - min) / step + 0.5)
    return typeof value === 'number' && int >= least && int <= most ? int : Number.NaN
  }
  const restore = (int: number) => min + int * step
  return { least, most, coding: 'difference', blend: 'linear', quantise, restore }
}

/** Directions in radians, as one of 2^bits. */
export function circle(bits: number): Scalar<number> {
  const count = 2 ** bits
  return {
    least: 0,
    most: count - 1,
    coding: 'circle',
    blend: 'angle',
    quantise(value) {
      if (typeof value !== 'number') return Number.NaN
      const turns = value / TURN
      const int = Math.floor((turns - Math.floor(turns)) * count + 0.5)
      return int === count ? 0 : int
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
    quantise(value) {
      const int = options.indexOf(value)
      return int < 0 ? Number.NaN : int
    },
    restore: (int) => options[int] as T,
  }
}

/** Numbers in single precision, as their bits. */
export const single: Scalar<number> = {
  ...PATTERN,
  blend: 'linear',
  quantise: (value) => (isSingle(value) ? floatBits(value) : Number.NaN),
  restore: bitsToFloat,
}

export function isSingle(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(Math.fround(value))
}

/** Rotations: the three smallest parts, ten bits each, and which was left out. */
export const rotation: Scalar<Quat> = {
  ...PATTERN,
  blend: 'quat',
  quantise: quantiseQuat,
  restore: restoreQuat,
}

// The three parts other than the largest lie within ±1/√2; the largest follows from them, its sign made positive.
function quantiseQuat(value: Quat): number {
  if (value?.length !== 4) return Number.NaN
  const length = Math.sqrt(value[0] ** 2 + value[1] ** 2 + value[2] ** 2 + value[3] ** 2)
  if (!(length > 0 && length < Infinity)) return Number.NaN
  let largest = 0
  for (let part = 1; part < 4; part++) {
    if (Math.abs(value[part] as number) > Math.abs(value[largest] as number)) largest = part
  }
  const scale = (value[largest] as number) < 0 ? -1 / length : 1 / length
  let int = largest
  for (let part = 0; part < 4; part++) {
    if (part === largest) continue
    const share = ((value[part] as number) * scale * Math.SQRT2 + 1) / 2
    int = (int << 10) | Math.min(1023, Math.max(0, Math.floor(share * 1023 + 0.5)))
  }
  return int
}

function restoreQuat(int: number): Quat {
  const largest = int >>> 30
  const parts: [number, number, number, number] = [0, 0, 0, 0]
  let shift = 20
  let rest = 1
  for (let part = 0; part < 4; part++) {
    if (part === largest) continue
    const value = ((((int >>> shift) & 1023) / 1023) * 2 - 1) / Math.SQRT2
    parts[part] = value
    rest -= value * value
    shift -= 10
  }
  parts[largest] = Math.sqrt(Math.max(0, rest))
  // A peer can make up three parts that are too long together.
  if (rest < 0) for (let part = 0; part < 4; part++) parts[part]! /= Math.sqrt(1 - rest)
  return parts
}
