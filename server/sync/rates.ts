// How often a room sends its state, by its settings.

/** Steps and state frames a second; no steps in a room of turns. */
export interface Rates {
  readonly tickRate: number
  readonly sendRate: number
}

/** After how many ticks a room sends its state; in a room of turns after each. */
export function ticksPerState({ tickRate, sendRate }: Rates): number {
  return tickRate === 0 ? 1 : Math.max(1, Math.round(tickRate / sendRate))
}

/** Milliseconds from one state to the next; 0 in a room of turns. */
export function sendInterval(rates: Rates): number {
  return rates.tickRate === 0 ? 0 : (1000 * ticksPerState(rates)) / rates.tickRate
}
