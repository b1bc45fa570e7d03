// The only file that knows msgpackr: plain values are read by it, once the guard has passed them. Our own codec's bodies
// travel as msgpack ext values, so that every WebSocket message is one valid msgpack value.

import { Unpackr } from 'msgpackr/unpack'
import { badMessage } from './errors.ts'
import type { ScanLimits } from './limits.ts'
import { scan } from './scan.ts'

/** A plain value, as messages carry it: by position, never keyed by name (only `json` fields hold maps). */
export type Wire = null | undefined | boolean | number | string | Uint8Array | readonly Wire[] | WireMap
export interface WireMap {
  readonly [key: string]: Wire
}

// This entry point is plain JavaScript: no native code reads a peer's bytes.
const unpackr = new Unpackr({
  useRecords: false,
  mapsAsObjects: true,
  structuredClone: false,
  int64AsType: 'number',
  copyBuffers: true,
})

/** The one value in `bytes`. Throws ProtocolError for anything that is not exactly one plain value. */
export function unpack(bytes: Uint8Array, limits: ScanLimits): Wire {
  scan(bytes, limits)
  // A view of its own: msgpackr leaves a property on what it reads, and makes Buffers out of a Buffer's parts.
  return unpackr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)) as Wire
}

/** Room that `closeExt` needs in front of a body. */
export const EXT_RESERVE = 6

/**
 * Puts the shortest ext header in front of a body that was written from `EXT_RESERVE` on.
 * Returns where the frame starts; it ends at `end`.
 */
export function writeExtHeader(bytes: Uint8Array, end: number, type: number): number {
  const length = end - EXT_RESERVE
  const fixed = FIXED_EXT.indexOf(length)
  let at = EXT_RESERVE
  bytes[--at] = type
  if (fixed >= 0) {
    bytes[--at] = 0xd4 + fixed
  } else if (length < 0x100) {
    bytes[--at] = length
    bytes[--at] = 0xc7
  } else if (length < 0x10000) {
    bytes[--at] = length
    bytes[--at] = length >>> 8
    bytes[--at] = 0xc8
  } else {
    bytes[--at] = length
    bytes[--at] = length >>> 8
    bytes[--at] = length >>> 16
    bytes[--at] = length >>> 24
    bytes[--at] = 0xc9
  }
  return at
}

// Lengths that have a two-byte header of their own: 0xd4 for 1 to 0xd8 for 16.
const FIXED_EXT = [1, 2, 4, 8, 16]

export interface Ext {
  readonly type: number
  /** Where the body starts; it runs to the end of the frame. */
  readonly start: number
}

/** Tells an ext frame by its first byte. Null: not an ext. Throws when the header is not the shortest or lies. */
export function readExtHeader(bytes: Uint8Array): Ext | null {
  const head = bytes[0]
  if (head === undefined) throw badMessage('a frame must not be empty')
  if (head >= 0xd4 && head <= 0xd8) return ext(bytes, 2, FIXED_EXT[head - 0xd4]!)
  if (head === 0xc7) return shortest(ext(bytes, 3, bytes[1]!), bytes, 0)
  if (head === 0xc8) return shortest(ext(bytes, 4, (bytes[1]! << 8) | bytes[2]!), bytes, 0x100)
  if (head === 0xc9) {
    const length = ((bytes[1]! << 24) | (bytes[2]! << 16) | (bytes[3]! << 8) | bytes[4]!) >>> 0
    return shortest(ext(bytes, 6, length), bytes, 0x10000)
  }
  return null
}

function ext(bytes: Uint8Array, start: number, length: number): Ext {
  if (bytes.length !== start + length) {
    throw badMessage(`an ext frame of ${length} bytes must be ${start + length} long, got ${bytes.length}`)
  }
  return { type: bytes[start - 1]!, start }
}

function shortest(found: Ext, bytes: Uint8Array, atLeast: number): Ext {
  const length = bytes.length - found.start
  if (length < atLeast || FIXED_EXT.includes(length)) throw badMessage('an ext header must be the shortest')
  return found
}
