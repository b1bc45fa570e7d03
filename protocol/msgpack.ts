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

export interface Ext {
  readonly type: number
  /** Where the body starts; it runs to the end of the frame. */
  readonly start: number
}

/**
 * Puts the shortest ext header in front of a body that was written from `EXT_RESERVE` on.
 * Returns where the frame starts; it ends at `end`.
 */
export function writeExtHeader(bytes: Uint8Array, end: number, type: number): number {
  const length = end - EXT_RESERVE
  const size = lengthBytes(length)
  let at = EXT_RESERVE
  bytes[--at] = type
  for (let shift = 0; shift < size * 8; shift += 8) bytes[--at] = length >>> shift
  bytes[--at] = size === 0 ? FIXED + 31 - Math.clz32(length) : SIZED + (size >> 1)
  return at
}

/** Tells an ext frame by its first byte. Null: not an ext. Throws when the header is not the shortest or lies. */
export function readExtHeader(bytes: Uint8Array): Ext | null {
  const head = bytes[0]
  if (head === undefined) throw badMessage('cut short')
  const isFixed = head >= FIXED && head <= FIXED + 4
  if (!isFixed && (head < SIZED || head > SIZED + 2)) return null
  const size = isFixed ? 0 : 1 << (head - SIZED)
  let length = isFixed ? 1 << (head - FIXED) : 0
  for (let at = 1; at <= size; at++) length = length * 256 + bytes[at]!
  const start = size + 2
  if (bytes.length !== start + length) throw badMessage('bad length')
  if (size !== lengthBytes(length)) throw badMessage('bad length')
  return { type: bytes[start - 1]!, start }
}

/** The heads of bodies of 1, 2, 4, 8 and 16 bytes start here, and those of a length that is told in 1, 2 or 4 bytes. */
const FIXED = 0xd4
const SIZED = 0xc7

function lengthBytes(length: number): number {
  if (length > 0 && length <= 16 && (length & (length - 1)) === 0) return 0
  return length < 0x100 ? 1 : length < 0x10000 ? 2 : 4
}
