// A 32-bit hash of a list of numbers, and its inverse for a single one of them.

/** Knuth's multiplicative hash: a prime near 2^32 / golden ratio, and its inverse modulo 2^32. */
export const FACTOR = 0x9e3779b1
export const INVERSE = 0x0e8b2f51

/**
 * A hash of 32 bits, not for secrets. Of two lists of one length that differ in a single word the hashes always differ:
 * each step, a multiplication and a shift, can be undone. It starts with the count inverted, far from the usual small
 * words.
 */
export function digest(words: ArrayLike<number>, count: number = words.length): number {
  let hash = ~count
  for (let index = 0; index < count; index++) {
    hash = Math.imul(hash ^ words[index]!, FACTOR)
    hash ^= hash >>> 15
  }
  return hash >>> 0
}

/** For each place, the one word that would make `found` the digest if it stood there and all others stayed. */
export function undigest(words: ArrayLike<number>, count: number, found: number): Int32Array {
  const wanted = new Int32Array(count)
  let hash = ~count
  for (let index = 0; index < count; index++) {
    wanted[index] = hash
    hash = Math.imul(hash ^ words[index]!, FACTOR)
    hash ^= hash >>> 15
  }
  let after = found
  for (let index = count - 1; index >= 0; index--) {
    const mixed = Math.imul(after ^ (after >>> 15) ^ (after >>> 30), INVERSE)
    wanted[index]! ^= mixed
    after = mixed ^ words[index]!
  }
  return wanted
}
