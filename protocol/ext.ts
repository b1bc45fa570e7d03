// Our own codec's bodies travel as msgpack ext values, so that every WebSocket message is one valid msgpack value.

import { Reader } from './bytes.ts'
import { badMessage } from './errors.ts'
import { sizeOf } from './plain.ts'

/** Room that `writeExtHeader` needs in front of a body. */
export const EXT_RESERVE = 6

/** The heads of msgpack start here: of `fixext 1` to `fixext 16`, and of `ext 8`, `ext 16` and `ext 32`. */
export const FIXED = 0xd4
export const SIZED = 0xc7

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
  bytes[--at] = size ? SIZED + (size >> 1) : FIXED + 31 - Math.clz32(length)
  return at
}

/**
 * A frame of our own codec, which its first byte shows, or null when `bytes` is a msgpack value of another sort. Throws
 * ProtocolError when its header is not the shortest or lies.
 */
export function readFrame(bytes: Uint8Array): { readonly type: number; readonly body: Reader } | null {
  const head = bytes[0]
  if (head === undefined) throw badMessage('cut short')
  const isFixed = head >= FIXED && head <= FIXED + 4
  if (!isFixed && (head < SIZED || head > SIZED + 2)) return null
  const size = isFixed ? 0 : 1 << (head - SIZED)
  let length = isFixed ? 1 << (head - FIXED) : 0
  for (let at = 1; at <= size; at++) length = length * 256 + bytes[at]!
  const start = size + 2
  if (bytes.length !== start + length || size !== lengthBytes(length)) throw badMessage('bad length')
  return { type: bytes[start - 1]!, body: new Reader(bytes, start) }
}

function lengthBytes(length: number): number {
  if (length > 0 && length <= 16 && (length & (length - 1)) === 0) return 0
  return 1 << sizeOf(length)
}
