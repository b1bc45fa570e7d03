// Figures from what was measured.

/** To so many digits behind the point. */
export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

/** The one in the middle, of an even number the later of two; NaN when there is none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}
