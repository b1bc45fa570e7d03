// Chance that both ends, and every engine, repeat: the same seed gives the same numbers.

/**
 * Uniform numbers in [0, 1) from a whole number, of which the lowest 32 bits count; throws RangeError for any other.
 * Integer operations alone, so it is the same everywhere (the generator is mulberry32, by Tommy Ettinger, in the public
 * domain). Not for secrets.
 */
export function seeded(seed: number): () => number {
  if (!Number.isSafeInteger(seed))
    throw new RangeError(`a seed must be a whole number (Math.floor makes one), got ${seed}`)
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
