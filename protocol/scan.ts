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
    switch (head) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return at + 1
      case 0xc4:
        return this.#skip(at + 2, this.#byte(at + 1))
      case 0xc5:
        return this.#skip(at + 3, this.#u16(at + 1))
      case 0xc6:
        return this.#skip(at + 5, this.#u32(at + 1))
      case 0xca:
        return this.#finite(at, 4)
      case 0xcb:
        return this.#finite(at, 8)
      case 0xcc:
      case 0xd0:
        return this.#skip(at + 1, 1)
      case 0xcd:
      case 0xd1:
        return this.#skip(at + 1, 2)
      case 0xce:
      case 0xd2:
        return this.#skip(at + 1, 4)
      case 0xcf:
      case 0xd3:
        return this.#wideInteger(at, head === 0xd3)
      case 0xd9:
        return this.#text(at + 2, this.#byte(at + 1))
      case 0xda:
        return this.#text(at + 3, this.#u16(at + 1))
      case 0xdb:
        return this.#text(at + 5, this.#u32(at + 1))
      case 0xdc:
        return this.#array(at + 3, this.#u16(at + 1), depth)
      case 0xdd:
        return this.#array(at + 5, this.#u32(at + 1), depth)
      case 0xde:
        return this.#map(at + 3, this.#u16(at + 1), depth)
      case 0xdf:
        return this.#map(at + 5, this.#u32(at + 1), depth)
      default:
        throw badMessage(`a value starts with 0x${head.toString(16)}, which is no plain value`)
    }
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

  #finite(at: number, size: 4 | 8): number {
    const end = this.#skip(at + 1, size)
    const value = size === 4 ? this.#view.getFloat32(at + 1) : this.#view.getFloat64(at + 1)
    if (!Number.isFinite(value)) throw badMessage(`a number must be finite, got ${value}`)
    return end
  }

  #wideInteger(at: number, signed: boolean): number {
    const end = this.#skip(at + 1, 8)
    const high = signed ? this.#view.getInt32(at + 1) : this.#view.getUint32(at + 1)
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

  #u16(at: number): number {
    this.#skip(at, 2)
    return this.#view.getUint16(at)
  }

  #u32(at: number): number {
    this.#skip(at, 4)
    return this.#view.getUint32(at)
  }
}

function cutShort(): ProtocolError {
  return badMessage('a value ends before it is complete')
}
