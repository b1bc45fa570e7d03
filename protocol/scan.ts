// The guard before msgpackr: one linear pass over untrusted bytes that accepts plain values and nothing else.
// A general msgpack decoder builds far more than plain values, and from far smaller frames; no set of options stops
// all of it. What passes here is nil, bool, integers within 2^53, finite floats, str, bin, array and map, exactly one
// value, no deeper than 16, in no more nodes than the limit.

import { Reader } from './bytes.ts'
import { badMessage } from './errors.ts'
import { MAX_DEPTH, MAX_KEY_BYTES, type ScanLimits } from './limits.ts'

// Names that mean something to the language itself. A game that needs one of these as a key does not exist yet.
const FORBIDDEN_KEYS = new Set([
  '__proto__',
  'constructor',
  'prototype',
  'then',
  'toJSON',
  'toString',
  'valueOf',
  'hasOwnProperty',
])

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Throws ProtocolError unless `bytes` is exactly one plain value within the limits. */
export function scan(bytes: Uint8Array, limits: ScanLimits): void {
  if (bytes.length > limits.bytes) throw badMessage('too many bytes')
  const scanner = new Scanner(bytes)
  scanner.nodesLeft = limits.nodes
  scanner.value(0)
  scanner.finish()
}

class Scanner extends Reader {
  nodesLeft = 0

  /**
   * Checks the next value and steps over it. Recursion is bounded by MAX_DEPTH. Long heads of one sort follow each other,
   * each with twice as many bytes of length, or of number, as the one before.
   */
  value(depth: number): void {
    if (--this.nodesLeft < 0) throw badMessage('too many nodes')
    const head = this.u8()
    if (head < 0x80 || head >= 0xe0) return
    if (head < 0x90) this.#parts(head & 15, depth, true)
    else if (head < 0xa0) this.#parts(head & 15, depth)
    else if (head < 0xc0) this.#text(head & 31)
    else if (head >= 0xde) this.#parts(this.#uint(2 << (head - 0xde)), depth, true)
    else if (head >= 0xdc) this.#parts(this.#uint(2 << (head - 0xdc)), depth)
    else if (head >= 0xd9) this.#text(this.#uint(1 << (head - 0xd9)))
    else if (head > 0xd3 || (head > 0xc6 && head < 0xca) || head === 0xc1) throw badMessage('not plain')
    else if (head === 0xcf || head === 0xd3) this.#wideInteger(head)
    else if (head >= 0xcc) this.skip(1 << (head & 3))
    else if (head >= 0xca) this.#float(head)
    else if (head >= 0xc4) this.skip(this.#uint(1 << (head - 0xc4)))
  }

  // A huge count needs no bound of its own: the bytes run out first.
  #parts(count: number, depth: number, isMap = false): void {
    if (depth >= MAX_DEPTH) throw badMessage('too deep')
    for (let index = 0; index < count; index++) {
      if (isMap) this.#key()
      this.value(depth + 1)
    }
  }

  #key(): void {
    const head = this.u8()
    const length = head >> 5 === 5 ? head & 31 : head === 0xd9 ? this.u8() : Number.POSITIVE_INFINITY
    if (length > MAX_KEY_BYTES) throw badMessage('bad key')
    const key = this.#text(length)
    if (FORBIDDEN_KEYS.has(key)) throw badMessage('bad key')
  }

  #text(length: number): string {
    const start = this.skip(length)
    try {
      return utf8.decode(this.bytes.subarray(start, this.at))
    } catch {
      throw badMessage('not UTF-8')
    }
  }

  // In what is not finite all bits of the exponent are set.
  #float(head: number): void {
    const exponent = head === 0xca ? 0x7f80 : 0x7ff0
    if ((this.#uint(2) & exponent) === exponent) throw badMessage('not finite')
    this.skip(head === 0xca ? 2 : 6)
  }

  #wideInteger(head: number): void {
    const high = this.#uint(4)
    const signed = head === 0xd3 ? high | 0 : high
    if (signed >= 0x200000 || signed < -0x200000) throw badMessage('out of range')
    this.skip(4)
  }

  #uint(size: number): number {
    let value = 0
    for (let index = 0; index < size; index++) value = value * 256 + this.u8()
    return value
  }
}
