// In production a live value that does not fit its field must not throw. It counts as the nearest value that fits, if
// there is one, and otherwise as what the field starts as.

import { mixLinear } from './blend.ts'
import type { Scalar } from './fields.ts'
import { MOST_SINGLE, quantise } from './scalars.ts'

/** The whole number for a value that `quantise` refused. */
export function clamp(scalar: Scalar<unknown>, value: unknown): number {
  const { least, most, coding, mix, restore } = scalar
  if (mix === mixLinear) {
    const [low, high] = coding === 'pattern' ? [-MOST_SINGLE, MOST_SINGLE] : [restore(least), restore(most)]
    return quantise(scalar, Math.min(Math.max(numberIn(value), low as number), high as number))
  }
  if (coding === 'pattern') return quantise(scalar, [0, 0, 0, 1])
  // Only a flag has `true` as its second option: whatever is truthy sets it. Any other choice falls back to its first.
  return restore(1) === true && value ? 1 : 0
}

/** 0 for what is no number at all. Objects and symbols may throw when they are asked. */
function numberIn(value: unknown): number {
  return typeof value === 'object' || typeof value === 'symbol' ? 0 : Number(value) || 0
}
