// What is promised of nearly all times, and measured of nearly all.

/** The least value that so large a share of them is below; for all of them the greatest, and NaN when there is none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
