import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { MAX_DEPTH, TO_SERVER } from '../../protocol/limits.ts'
import { unpack, type Wire } from '../../protocol/msgpack.ts'
import { pack } from '../../protocol/plain.ts'
import { scan } from '../../protocol/scan.ts'
import { between, seeded } from '../support/random.ts'

const nested = (depth: number) => Uint8Array.from({ length: depth + 1 }, (_, index) => (index < depth ? 0x91 : 0xc0))
const key = (name: string) => Uint8Array.of(0x81, 0xa0 + name.length, ...Array.from(name, (c) => c.charCodeAt(0)), 1)
const longKey = (length: number) => Uint8Array.of(0x81, 0xd9, length, ...new Uint8Array(length).fill(0x61), 1)
const THEN = [0x74, 0x68, 0x65, 0x6e]
const wideInt = (head: number, high: number) =>
  Uint8Array.of(head, ...[24, 16, 8, 0].map((shift) => (high >>> shift) & 255), 0, 0, 0, 0)

describe('the guard accepts', () => {
  const accepted: [string, Uint8Array][] = [
    ['nil', Uint8Array.of(0xc0)],
    [`arrays ${MAX_DEPTH} deep`, nested(MAX_DEPTH)],
    ['an ordinary key', key('name')],
    ['a key of 64 bytes', longKey(64)],
    ['a key of 32 bytes', longKey(32)],
    ['a key that only looks forbidden behind a mark', Uint8Array.of(0x81, 0xa7, 0xef, 0xbb, 0xbf, ...THEN, 1)],
    ['a frame of as many bytes as the limit', pack('x'.repeat(TO_SERVER.bytes - 3))],
    ['as many nodes as the limit', pack(Array.from({ length: TO_SERVER.nodes - 1 }, () => 1))],
    ['a negative integer within 2^53', wideInt(0xd3, 0xffe00000)],
    ['an integer just within 2^53', wideInt(0xcf, 0x1fffff)],
    ['a text of several bytes a character', pack('née 🚀')],
  ]
  for (const [what, bytes] of accepted) test(`[F3] ${what}`, () => expect(() => scan(bytes, TO_SERVER)).not.toThrow())

  test('[F3] every plain value that msgpackr writes, and it reads back equal, seed 1', () => {
    const leaf = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
      fc.string(),
      fc.uint8Array({ maxLength: 20 }),
    )
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof({ depthSize: 'small', maxDepth: 6 }, leaf, fc.array(tie('tree'), { maxLength: 6 })),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        expect(unpack(pack(value as Wire), TO_SERVER)).toEqual(value)
      }),
      { seed: 1, numRuns: 500 },
    )
  })
})

describe('the guard refuses', () => {
  const refused: [string, Uint8Array][] = [
    ['nothing at all', new Uint8Array(0)],
    ['a byte too many', Uint8Array.of(0xc0, 0xc0)],
    ['the byte that is never used', Uint8Array.of(0xc1)],
    ['an ext of one byte', Uint8Array.of(0xd4, 1, 0)],
    ['an ext of a length that is told', Uint8Array.of(0xc7, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['an ext inside an array', Uint8Array.of(0x91, 0xd4, 1, 0)],
    [`arrays ${MAX_DEPTH + 1} deep`, nested(MAX_DEPTH + 1)],
    ['arrays 9,000 deep', nested(9_000)],
    ['a huge declared array', Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)],
    ['a huge declared map', Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff)],
    ['a text that is cut short', Uint8Array.of(0xa5, 0x61)],
    ['a text that is not UTF-8', Uint8Array.of(0xa1, 0xff)],
    ['half a surrogate pair', Uint8Array.of(0xa3, 0xed, 0xa0, 0x80)],
    ['a number that is not one', Uint8Array.of(0xca, 0x7f, 0xc0, 0, 0)],
    ['an infinite number', Uint8Array.of(0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0)],
    ['an integer beyond 2^53', wideInt(0xcf, 0x200000)],
    ['a negative integer beyond 2^53', wideInt(0xd3, 0xffdfffff)],
    ['a key of 65 bytes', longKey(65)],
    ['a map with a number as key', Uint8Array.of(0x81, 1, 1)],
    ['a frame over the limit', pack('x'.repeat(TO_SERVER.bytes))],
    ['more nodes than the limit', pack(Array.from({ length: TO_SERVER.nodes }, () => 1))],
    ...['__proto__', 'constructor', 'prototype', 'then', 'toJSON', 'toString', 'valueOf', 'hasOwnProperty'].map(
      (name): [string, Uint8Array] => [`the key ${name}`, key(name)],
    ),
  ]
  for (const [what, bytes] of refused) {
    test(`[F3] ${what}`, () => expect(() => scan(bytes, TO_SERVER)).toThrow(ProtocolError))
  }

  test('[F3] all of 200,000 random frames that are not plain, and what passes is plain, seed 3', () => {
    const random = seeded(3)
    const before = Object.getOwnPropertyNames(Object.prototype)
    let passed = 0
    for (let round = 0; round < 200_000; round++) {
      const bytes = Uint8Array.from({ length: between(random, 1, 24) }, () => between(random, 0, 255))
      try {
        expectPlain(unpack(bytes, TO_SERVER))
        passed++
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
      }
    }
    expect(passed).toBeGreaterThan(1_000)
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
  })
})

function expectPlain(value: unknown): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`${value} is not finite`)
    return
  }
  if (value instanceof Uint8Array) return
  if (Array.isArray(value)) {
    value.forEach(expectPlain)
    return
  }
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    throw new Error(`${String(value)} is not plain`)
  Object.values(value).forEach(expectPlain)
}
