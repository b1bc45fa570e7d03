// Figures from what was measured.

import { percentile } from '../test/support/percentile.ts'

/** To so many digits behind the point. */
export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

/** The one in the middle, of an even number the later of two; NaN when there is none. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The least of which that share of them is below, as a whole number; null: later than anything that was waited for. */
export function wholeOrNever(values: readonly (number | null)[], share: number): number | null {
  const found = values.map((value) => value ?? Number.POSITIVE_INFINITY)
  const value = percentile(found, share)
  return value < Number.POSITIVE_INFINITY ? Math.round(value) : null
}
