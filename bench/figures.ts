// Figures from what was measured.

/** To so many digits behind the point. */
export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

/** The least of which that share of them is below; NaN when there is none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN
}

/** The one in the middle, of an even number the later of two; NaN when there is none. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}
