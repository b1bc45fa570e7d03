// Copies of frames that are about to leave, as pieces of larger buffers: a buffer of its own costs a small frame more
// than its bytes do, when it is made and again when it is collected.

const SLAB_BYTES = 64 * 1024
/** What is longer has a buffer of its own, so that little of a slab is left over at its end. */
const MOST_BYTES = 4 * 1024

export class Slab {
  #bytes = new Uint8Array(0)
  #used = 0

  /** A copy of the bytes from `start` to `end`, which nothing will change. A slab lives as long as any of its pieces. */
  copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start
    if (length > MOST_BYTES) return bytes.slice(start, end)
    if (this.#used + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(SLAB_BYTES)
      this.#used = 0
    }
    const piece = this.#bytes.subarray(this.#used, this.#used + length)
    piece.set(bytes.subarray(start, end))
    this.#used += length
    return piece
  }
}
