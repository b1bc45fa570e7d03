// The guard before msgpackr: one linear pass over untrusted bytes that accepts plain values and nothing else.
// A general msgpack decoder builds far more than plain values, and from far smaller frames; no set of options stops
// all of it. What passes here is nil, bool, integers within 2^53, finite floats, str, bin, array and map, exactly one
// value, no deeper than 16, in no more nodes than the limit.

import { badMessage, type ProtocolError } from './errors.ts'
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

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Throws ProtocolError unless `bytes` is exactly one plain value within the limits. */
export function scan(bytes: Uint8Array, limits: ScanLimits): void {
  if (bytes.length > limits.bytes) {
    throw badMessage(`a value must be at most ${limits.bytes} bytes, got ${bytes.length}`)
  }
  const end = new Scanner(bytes, limits.nodes).value(0, 0)
  if (end !== bytes.length) throw badMessage(`a value is followed by ${bytes.length - end} more bytes`)
}

class Scanner {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #nodesLeft: number

  constructor(bytes: Uint8Array, nodes: number) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#nodesLeft = nodes
  }

  /** Checks the value that starts at `at` and returns where it ends. Recursion is bounded by MAX_DEPTH. */
  value(at: number, depth: number): number {
    if (--this.#nodesLeft < 0) throw badMessage('a value has too many parts')
    const head = this.#byte(at)
    if (head < 0x80 || head >= 0xe0) return at + 1
    if (head < 0x90) return this.#map(at + 1, head & 15, depth)
    if (head < 0xa0) return this.#array(at + 1, head & 15, depth)
    if (head < 0xc0) return this.#text(at + 1, head & 31)
    if (head === 0xc0 || head === 0xc2 || head === 0xc3) return at + 1
    return this.#long(at, head, depth)
  }

  // Heads of one sort follow each other, each with twice as many bytes of length, or of number, as the one before.
  #long(at: number, head: number, depth: number): number {
    const next = at + 1
    if (head >= 0xde) return this.#map(next + (2 << (head - 0xde)), this.#uint(next, 2 << (head - 0xde)), depth)
    if (head >= 0xdc) return this.#array(next + (2 << (head - 0xdc)), this.#uint(next, 2 << (head - 0xdc)), depth)
    if (head >= 0xd9) return this.#text(next + (1 << (head - 0xd9)), this.#uint(next, 1 << (head - 0xd9)))
    if (head === 0xcf || head === 0xd3) return this.#wideInteger(next, head === 0xd3)
    if (head >= 0xcc && head <= 0xd2) return this.#skip(next, 1 << (head & 3))
    if (head === 0xca || head === 0xcb) return this.#finite(next, 4 << (head - 0xca))
    if (head >= 0xc4 && head <= 0xc6) {
      return this.#skip(next + (1 << (head - 0xc4)), this.#uint(next, 1 << (head - 0xc4)))
    }
    throw badMessage(`a value starts with 0x${head.toString(16)}, which is no plain value`)
  }

  #array(at: number, count: number, depth: number): number {
    this.#descend(at, count, depth)
    let end = at
    for (let index = 0; index < count; index++) end = this.value(end, depth + 1)
    return end
  }

  #map(at: number, count: number, depth: number): number {
    this.#descend(at, count * 2, depth)
    let end = at
    for (let index = 0; index < count; index++) end = this.value(this.#key(end), depth + 1)
    return end
  }

  // A declared count is believed only as far as there are bytes left to fill it.
  #descend(at: number, count: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw badMessage(`a value is nested deeper than ${MAX_DEPTH}`)
    if (count > this.#bytes.length - at) throw cutShort()
  }

  #key(at: number): number {
    const head = this.#byte(at)
    const isShort = head >= 0xa0 && head < 0xc0
    if (!isShort && head !== 0xd9) throw badMessage('a map key must be a short text')
    const start = isShort ? at + 1 : at + 2
    const length = isShort ? head & 31 : this.#byte(at + 1)
    if (length > MAX_KEY_BYTES) throw badMessage(`a map key must be at most ${MAX_KEY_BYTES} bytes, got ${length}`)
    const end = this.#text(start, length)
    const key = text.decode(this.#bytes.subarray(start, end))
    if (FORBIDDEN_KEYS.has(key)) throw badMessage(`a map key must not be ${key}`)
    return end
  }

  #text(at: number, length: number): number {
    const end = this.#skip(at, length)
    for (let index = at; index < end; index++) {
      if (this.#bytes[index]! > 127) {
        this.#checkUtf8(at, end)
        break
      }
    }
    return end
  }

  #checkUtf8(at: number, end: number): void {
    try {
      text.decode(this.#bytes.subarray(at, end))
    } catch {
      throw badMessage('a text is not valid UTF-8')
    }
  }

  #finite(at: number, size: number): number {
    const end = this.#skip(at, size)
    const value = size === 4 ? this.#view.getFloat32(at) : this.#view.getFloat64(at)
    if (!Number.isFinite(value)) throw badMessage(`a number must be finite, got ${value}`)
    return end
  }

  #wideInteger(at: number, signed: boolean): number {
    const end = this.#skip(at, 8)
    const high = signed ? this.#view.getInt32(at) : this.#view.getUint32(at)
    if (high >= 0x200000 || high < -0x200000) throw badMessage('a whole number must lie within 2^53')
    return end
  }

  #skip(at: number, length: number): number {
    if (length > this.#bytes.length - at) throw cutShort()
    return at + length
  }

  #byte(at: number): number {
    if (at >= this.#bytes.length) throw cutShort()
    return this.#bytes[at]!
  }

  #uint(at: number, size: number): number {
    let value = 0
    for (let index = 0; index < size; index++) value = value * 256 + this.#byte(at + index)
    return value
  }
}

function cutShort(): ProtocolError {
  return badMessage('a value ends before it is complete')
}
