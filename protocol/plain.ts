// Plain values to msgpack, each in its shortest form. msgpackr writes the same bytes, but its writer brings all of its
// extensions along, which would be a quarter of what a page loads. Untrusted bytes are read by msgpackr: see
// msgpack.ts.

import { scratch, Writer } from './bytes.ts'
import type { Wire, WireMap } from './msgpack.ts'

export const utf8 = new TextEncoder()
const writer = new Writer()

/** The value's bytes; they belong to the caller. Throws TypeError for what is not a plain value. */
export function pack(value: Wire): Uint8Array {
  writer.reset()
  put(value)
  return writer.copy()
}

function put(value: Wire): void {
  if (value === null || value === undefined) writer.u8(0xc0)
  else if (typeof value === 'boolean') writer.u8(value ? 0xc3 : 0xc2)
  else if (typeof value === 'number') putNumber(value)
  else if (typeof value === 'string') putText(value)
  else if (value instanceof Uint8Array) putBytes(0xc4, value)
  else if (Array.isArray(value)) putArray(value)
  else if (isPlain(value)) putMap(value as WireMap)
  else throw new TypeError(`a plain value cannot be ${String(value)}`)
}

/** Made of no class: also what another window made, or `Object.create(null)`. */
function isPlain(value: unknown): boolean {
  const prototype = Object.getPrototypeOf(value)
  return !(prototype && Object.getPrototypeOf(prototype))
}

function putNumber(value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    scratch.setFloat64(0, value)
    putWide(0xcb, scratch.getInt32(0), scratch.getInt32(4))
  } else if (value >= -32 && value < 128) writer.u8(value & 255)
  else if (value > 0xffffffff || value < -0x80000000)
    putWide(value > 0 ? 0xcf : 0xd3, Math.floor(value / 0x100000000), value)
  else if (value >= 0) putSized(0xcc, sizeOf(value), value)
  else putSized(0xd0, value >= -0x80 ? 0 : value >= -0x8000 ? 1 : 2, value)
}

function putWide(head: number, high: number, low: number): void {
  writer.u8(head)
  writer.big(high, 4)
  writer.big(low, 4)
}

function putText(value: string): void {
  const bytes = utf8.encode(value)
  if (bytes.length >= 32) return putBytes(0xd9, bytes)
  writer.u8(0xa0 + bytes.length)
  writer.append(bytes)
}

function putBytes(head: number, bytes: Uint8Array): void {
  putSized(head, sizeOf(bytes.length), bytes.length)
  writer.append(bytes)
}

function putArray(items: readonly Wire[]): void {
  putCount(0x90, 0xdc, items.length)
  for (const item of items) put(item)
}

function putMap(map: WireMap): void {
  // As in JSON.
  const keys = Object.keys(map).filter((key) => map[key] !== undefined)
  putCount(0x80, 0xde, keys.length)
  for (const key of keys) {
    putText(key)
    put(map[key])
  }
}

function putCount(short: number, long: number, count: number): void {
  if (count < 16) writer.u8(short + count)
  else putSized(long - 1, Math.max(1, sizeOf(count)), count)
}

/**
 * Writes a head and its number. The heads of one type follow each other: each has twice as many bytes of number as the
 * one before.
 */
function putSized(head: number, size: number, value: number): void {
  writer.u8(head + size)
  writer.big(value, 1 << size)
}

/** 0, 1 or 2: how often to double a byte until the number fits. */
export function sizeOf(value: number): number {
  return value < 0x100 ? 0 : value < 0x10000 ? 1 : 2
}
