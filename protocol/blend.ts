// Values between two values.

import type { Scalar } from './fields.ts'

/** A whole turn, in radians. */
export const TURN = 2 * Math.PI

/**
 * A change by more than this share of a field's range is a leap: a teleport, not movement. A ball that crosses its
 * court in 200 ms still moves: at 20 states a second it goes a quarter of the way in each step.
 */
export const LEAP = 1 / 4

/**
 * Whether a field leapt from one whole number to the other instead of moving there, so that there is nothing to draw in
 * between.
 */
export function isLeap({ coding, least, most }: Scalar<unknown>, before: number, after: number): boolean {
  return coding === 'difference' && Math.abs(after - before) > (most - least) * LEAP
}

/** The value to draw, `share` of the way from one whole number to the other. For fields that interpolate. */
export function drawnBetween(scalar: Scalar<unknown>, before: number, after: number, share: number): unknown {
  if (isLeap(scalar, before, after)) return scalar.restore(share < 1 ? before : after)
  // Steps are of one size: one number comes to the heap, not four. A u32 wraps, and goes the long way.
  if (scalar.coding === 'difference' && !(scalar.most >> 31)) return scalar.restore(mixLinear(before, after, share))
  return scalar.mix?.(scalar.restore(before), scalar.restore(after), share)
}

/** The same direction, from -π up to π. */
export function wrapAngle(angle: number): number {
  return angle - TURN * Math.floor((angle + Math.PI) / TURN)
}

/** From `a` (share 0) to `b` (share 1) and on beyond. */
export function mixLinear(a: number, b: number, share: number): number {
  return a + (b - a) * share
}

/** Between two directions, the shorter way round. */
export function mixAngle(a: number, b: number, share: number): number {
  return wrapAngle(a + wrapAngle(b - a) * share)
}
