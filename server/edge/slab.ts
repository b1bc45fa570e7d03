// Places for frames that are about to leave, as pieces of larger buffers: a buffer of its own costs a small frame more
// than its bytes do, when it is made and again when it is collected.

const SLAB_BYTES = 64 * 1024
/** What is longer has a buffer of its own, so that little of a slab is left over at its end. */
const MOST_BYTES = 4 * 1024

export class Slab {
  #bytes: Buffer = Buffer.alloc(0)
  #used = 0

  /** A piece to fill: what is in it is of no meaning. A slab lives as long as any of its pieces. */
  take(length: number): Buffer {
    if (length > MOST_BYTES) return Buffer.allocUnsafeSlow(length)
    if (this.#used + length > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(SLAB_BYTES)
      this.#used = 0
    }
    const start = this.#used
    this.#used += length
    return this.#bytes.subarray(start, this.#used)
  }
}
