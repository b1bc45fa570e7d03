// One number that stands for many.

/** A number of 32 bits; one word that differs always makes another one. The factor is Knuth's prime. */
export function digest(words: ArrayLike<number>, count: number = words.length): number {
  let hash = count
  for (let index = 0; index < count; index++) {
    hash = Math.imul(hash ^ words[index]!, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash >>> 0
}
