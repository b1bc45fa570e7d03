// What a hostile client may put where a plain value is expected, built in memory from its description: everything that
// msgpack has and the guard does not take.

import { pack } from '../../protocol/plain.ts'
import { between, pick } from './random.ts'

const bytes = (...parts: (number | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : part)))
const repeat = (count: number, part: number | Uint8Array): Uint8Array =>
  bytes(...Array.from({ length: count }, () => part))
const zeros = (count: number) => new Uint8Array(count)

const KEYS = ['__proto__', 'constructor', 'prototype', 'then', 'toJSON', 'toString', 'valueOf', 'hasOwnProperty']
const NIL = 0xc0
const deep = (head: Uint8Array, levels: number) => bytes(repeat(levels, head), NIL)
const array = (count: number) => bytes(0xdd, count >>> 24, (count >>> 16) & 255, (count >>> 8) & 255, count & 255)
const map = (count: number) => bytes(0xdf, array(count).subarray(1))
const float = (value: number, size: 4 | 8) => {
  const body = Buffer.alloc(size)
  if (size === 4) body.writeFloatBE(value)
  else body.writeDoubleBE(value)
  return bytes(size === 4 ? 0xca : 0xcb, body)
}

/** Each with what it is. */
export function shapes(): readonly (readonly [what: string, shape: Uint8Array])[] {
  return [...extensions(), ...trees(), ...keys(), ...numbers(), ...texts()]
}

function extensions(): [string, Uint8Array][] {
  const heads: [string, Uint8Array, number][] = [
    ['one byte', bytes(0xd4), 1],
    ['two bytes', bytes(0xd5), 2],
    ['four bytes', bytes(0xd6), 4],
    ['eight bytes', bytes(0xd7), 8],
    ['sixteen bytes', bytes(0xd8), 16],
    ['a counted length', bytes(0xc7, 3), 3],
    ['no length', bytes(0xc7, 0), 0],
    ['a long length', bytes(0xc8, 0, 9), 9],
    ['a longest length', bytes(0xc9, 0, 0, 0, 7), 7],
  ]
  // Types that decoders give a meaning of their own, and one that none does.
  const types = [0, 0xff, 0x42, 0x65, 0x69, 0x70, 0x72, 0x73, 0x74, 0x78]
  return heads.flatMap(([what, head, length], at) =>
    types
      .filter((_, index) => at < 2 || index % 3 === at % 3)
      .map((type): [string, Uint8Array] => [`an extension ${type} of ${what}`, bytes(head, type, zeros(length))]),
  )
}

function trees(): [string, Uint8Array][] {
  return [
    ['the byte that is reserved', bytes(0xc1)],
    ['arrays 17 deep', deep(bytes(0x91), 17)],
    ['arrays 9,000 deep', deep(bytes(0x91), 9_000)],
    ['maps 17 deep', deep(bytes(0x81, 0xa1, 0x61), 17)],
    ['long arrays 3,000 deep', deep(array(1), 3_000)],
    ['an array of four billion', bytes(array(0xffffffff), NIL)],
    ['an array of two billion', array(0x7fffffff)],
    ['a map of four billion', bytes(map(0xffffffff), 0xa1, 0x61, NIL)],
    ['arrays of arrays that promise much', repeat(12, array(0x00ffffff))],
    ['more nodes than may be', bytes(0xdc, 0x08, 0x00, zeros(2_048))],
    ['an array that is cut short', bytes(0x93, 1, 2)],
    ['a map without its last value', bytes(0x81, 0xa1, 0x61)],
  ]
}

function keys(): [string, Uint8Array][] {
  const oneOf = (what: string, key: Uint8Array): [string, Uint8Array] => [what, bytes(0x81, key, NIL)]
  return [
    ...KEYS.map((key) => oneOf(`the key ${key}`, pack(key))),
    ...KEYS.map((key) => oneOf(`the key ${key} in the longer form`, bytes(0xd9, key.length, Buffer.from(key)))),
    oneOf('a key of 65 bytes', bytes(0xd9, 65, zeros(65))),
    oneOf('a number for a key', bytes(1)),
    oneOf('nil for a key', bytes(NIL)),
    oneOf('an array for a key', bytes(0x90)),
    oneOf('bytes for a key', bytes(0xc4, 1, 0)),
    oneOf('an extension for a key', bytes(0xd4, 1, 0)),
    oneOf('a key that is no UTF-8', bytes(0xa1, 0xff)),
  ]
}

function numbers(): [string, Uint8Array][] {
  const ends = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  return [
    ...ends.map((value): [string, Uint8Array] => [`${value} in four bytes`, float(value, 4)]),
    ...ends.map((value): [string, Uint8Array] => [`${value} in eight bytes`, float(value, 8)]),
    ['an integer beyond 2^53', bytes(0xcf, 0, 0x20, zeros(6))],
    ['the largest integer', bytes(0xcf, repeat(8, 0xff))],
    ['an integer below -2^53', bytes(0xd3, 0x80, zeros(7))],
    ['a number that is cut short', bytes(0xcb, 0)],
  ]
}

function texts(): [string, Uint8Array][] {
  return [
    ['a text that is cut short', bytes(0xdb, 0xff, 0xff, 0xff, 0xff, 0x61)],
    ['a text of two gigabytes', bytes(0xdb, 0x7f, 0xff, 0xff, 0xff)],
    ['a text that is no UTF-8', bytes(0xa2, 0xc0, 0xaf)],
    ['half of a surrogate pair', bytes(0xa3, 0xed, 0xa0, 0x80)],
    ['bytes that are cut short', bytes(0xc6, 0x7f, 0xff, 0xff, 0xff)],
    ['two values', bytes(NIL, NIL)],
  ]
}

/** Bytes at random, or one of `good` with some of its bytes changed. */
export function noise(random: () => number, good: readonly Uint8Array[]): Uint8Array {
  if (random() < 0.3) return Uint8Array.from({ length: between(random, 0, 40) }, () => between(random, 0, 255))
  const changed = Uint8Array.from(pick(random, good).subarray(0, 200))
  for (let flips = between(random, 0, 4); flips > 0; flips--) {
    changed[between(random, 0, changed.length - 1)] = between(random, 0, 255)
  }
  return random() < 0.2 ? changed.subarray(0, between(random, 0, changed.length)) : changed
}

/** A game message that has the shape where its text should be. */
export const saying = (shape: Uint8Array): Uint8Array => bytes(0x95, 2, 1, 0, 0, 0x92, shape, 0)
