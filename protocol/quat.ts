// Rotations in three dimensions: a type of field in a file of its own, so that a game in two dimensions does not load
// it.

import { scalarType } from './checks.ts'
import { Field, type Scalar } from './fields.ts'
import { PATTERN } from './scalars.ts'

/** A rotation as x, y, z, w. */
export type Quat = readonly [x: number, y: number, z: number, w: number]

/** A rotation in 32 bits: the three smallest parts, ten bits each, and which was left out. */
export function quat(): Field<Quat, 'all'> {
  return new Field(scalarType<Quat>('quat', rotation, [0, 0, 0, 1]))
}

const rotation: Scalar<Quat> = {
  ...PATTERN,
  mix: mixQuat,
  measure: measureQuat,
  restore: restoreQuat,
}

// The three parts other than the largest lie within ±1/√2; the largest follows from them, its sign made positive.
function measureQuat(value: Quat): number {
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

/** From `a` (share 0) to `b` (share 1), the shorter way; never beyond. */
export function mixQuat(a: Quat, b: Quat, share: number): Quat {
  const far = Math.min(1, Math.max(0, share))
  const dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
  const near = dot < 0 ? far - 1 : 1 - far
  const x = a[0] * near + b[0] * far
  const y = a[1] * near + b[1] * far
  const z = a[2] * near + b[2] * far
  const w = a[3] * near + b[3] * far
  const length = Math.sqrt(x * x + y * y + z * z + w * w)
  return length > 0 ? [x / length, y / length, z / length, w / length] : b
}
