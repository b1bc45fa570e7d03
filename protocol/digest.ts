// One number that stands for many, and the way back.

/** Knuth's prime, and what undoes a multiplication by it. */
const FACTOR = 0x9e3779b1
const UNDOES = 0x0e8b2f51

/** A number of 32 bits; one word that differs always makes another one. It starts far from what words mostly are. */
export function digest(words: ArrayLike<number>, count: number = words.length): number {
  let hash = ~count
  for (let index = 0; index < count; index++) {
    hash = Math.imul(hash ^ words[index]!, FACTOR)
    hash ^= hash >>> 15
  }
  return hash >>> 0
}

/** For each place the word that would make `found` the digest, were it there and all others as they are. */
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
    const mixed = Math.imul(after ^ (after >>> 15) ^ (after >>> 30), UNDOES)
    wanted[index]! ^= mixed
    after = mixed ^ words[index]!
  }
  return wanted
}
