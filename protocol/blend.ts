// Values between two values.

import type { Scalar } from './fields.ts'
import type { Quat } from './scalars.ts'

const TURN = 2 * Math.PI

/** A change of more than this share of a field's range is a leap: a ball that crosses its court in 200 ms is none. */
const LEAP = 1 / 4

/** Whether something was put elsewhere, and did not move there: nothing lies between. `before`, `after`: whole numbers. */
export function isLeap({ coding, least, most }: Scalar<unknown>, before: number, after: number): boolean {
  return coding === 'difference' && Math.abs(after - before) > (most - least) * LEAP
}

/** The same direction, from -π up to π. */
export function wrapAngle(angle: number): number {
  return angle - TURN * Math.floor((angle + Math.PI) / TURN)
}

/** From `a` (share 0) to `b` (share 1) and on beyond. */
export function mixLinear(a: number, b: number, share: number): number {
  return a + (b - a) * share
}

/** Likewise for directions, the shorter way round. */
export function mixAngle(a: number, b: number, share: number): number {
  return wrapAngle(a + wrapAngle(b - a) * share)
}

/** Likewise for rotations, the shorter way; never beyond. */
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
