// Numbers to bytes and back. Writes trust their caller; reads check everything and throw ProtocolError.

import { badMessage } from './errors.ts'

/** Eight bytes to convert one number in. Nothing may rely on what an earlier conversion left there. */
export const scratch = new DataView(new ArrayBuffer(8))

/** Grows as needed and is meant to be kept and reset: after warming up it allocates nothing. */
export class Writer {
  bytes: Uint8Array = new Uint8Array(256)
  length = 0

  reset(length = 0): void {
    this.length = length
  }

  /** The bytes written so far, those before `start` excepted, as a copy that nothing will change. */
  copy(start = 0): Uint8Array {
    return this.bytes.slice(start, this.length)
  }

  u8(value: number): void {
    this.#reserve(1)
    this.bytes[this.length++] = value
  }

  /** An unsigned whole number below 2^32, seven bits a byte, lowest first. */
  varint(value: number): void {
    this.#reserve(5)
    let rest = value >>> 0
    for (; rest > 127; rest >>>= 7) this.bytes[this.length++] = rest | 128
    this.bytes[this.length++] = rest
  }

  /** A signed 32-bit whole number; small ones of either sign take one byte. */
  zigzag(value: number): void {
    this.varint((value << 1) ^ (value >> 31))
  }

  /** A 32-bit pattern, lowest byte first. */
  raw32(value: number): void {
    this.#reserve(4)
    const { bytes, length } = this
    for (let index = 0; index < 4; index++) bytes[length + index] = value >>> (index * 8)
    this.length = length + 4
  }

  /** The lowest `count` bytes of a whole number, highest first. */
  big(value: number, count: number): void {
    this.#reserve(count)
    for (let shift = (count - 1) * 8; shift >= 0; shift -= 8) this.bytes[this.length++] = value >>> shift
  }

  /** Zero bytes, to be filled in later with `setBit`; returns where they start. */
  blank(count: number): number {
    this.#reserve(count)
    const start = this.length
    this.bytes.fill(0, start, start + count)
    this.length = start + count
    return start
  }

  setBit(start: number, index: number): void {
    this.bytes[start + (index >> 3)]! |= 1 << (index & 7)
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** The bytes, with their length in front as a varint. */
  region(bytes: Uint8Array): void {
    this.varint(bytes.length)
    this.append(bytes)
  }

  #reserve(count: number): void {
    const { bytes, length } = this
    if (length + count <= bytes.length) return
    this.bytes = new Uint8Array(Math.max(length + count, bytes.length * 2))
    this.bytes.set(bytes)
  }
}

export class Reader {
  declare readonly bytes: Uint8Array
  declare at: number
  declare readonly end: number

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
    this.end = bytes.length
  }

  u8(): number {
    if (this.at >= this.end) throw badMessage('cut short')
    return this.bytes[this.at++]!
  }

  varint(): number {
    const first = this.u8()
    return first < 128 ? first : this.#longer(first & 127)
  }

  #longer(lowest: number): number {
    let value = lowest
    for (let shift = 7; ; shift += 7) {
      const byte = this.u8()
      value |= (byte & 127) << shift
      if (byte > 127 && shift < 28) continue
      if (!byte || (shift === 28 && byte > 15)) throw badMessage('bad varint')
      return value >>> 0
    }
  }

  /** A varint that must not pass `limit`. */
  count(limit: number): number {
    const value = this.varint()
    if (value > limit) throw badMessage('bad count')
    return value
  }

  zigzag(): number {
    const value = this.varint()
    return (value >>> 1) ^ -(value & 1)
  }

  raw32(): number {
    const at = this.skip(4)
    let value = 0
    for (let index = 3; index >= 0; index--) value = (value << 8) | this.bytes[at + index]!
    return value
  }

  f64(): number {
    scratch.setInt32(0, this.raw32(), true)
    scratch.setInt32(4, this.raw32(), true)
    return scratch.getFloat64(0, true)
  }

  bit(start: number, index: number): boolean {
    return (this.bytes[start + (index >> 3)]! & (1 << (index & 7))) !== 0
  }

  /** Steps over `count` bytes and returns where they start. */
  skip(count: number): number {
    const start = this.at
    if (count > this.end - start) throw badMessage('cut short')
    this.at = start + count
    return start
  }

  /** The bytes behind a length, which is read first. They are not copied. */
  region(): Uint8Array {
    const length = this.varint()
    const start = this.skip(length)
    return this.bytes.subarray(start, this.at)
  }

  finish(): void {
    if (this.at < this.end) throw badMessage('too many bytes')
  }
}

/** A double, lowest byte first. Not a method, for a page never writes one. */
export function writeDouble(writer: Writer, value: number): void {
  scratch.setFloat64(0, value, true)
  writer.raw32(scratch.getInt32(0, true))
  writer.raw32(scratch.getInt32(4, true))
}

/** The 32 bits of a number rounded to single precision. */
export function floatBits(value: number): number {
  scratch.setFloat32(0, value, true)
  return scratch.getInt32(0, true)
}

export function bitsToFloat(bits: number): number {
  scratch.setInt32(0, bits, true)
  return scratch.getFloat32(0, true)
}
