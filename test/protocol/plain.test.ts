import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { TO_CLIENT } from '../../protocol/limits.ts'
import { unpack, type Wire } from '../../protocol/msgpack.ts'
import { pack } from '../../protocol/plain.ts'

const packr = new Packr({ useRecords: false, variableMapSize: true, moreTypes: false })
const plain = (bytes: Uint8Array) => Array.from(bytes)

describe('a plain value', () => {
  const edges: Wire[] = [
    null,
    true,
    false,
    0,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    4_294_967_295,
    -1,
    -32,
    -33,
    -128,
    -129,
    -32_768,
    -32_769,
    -2_147_483_648,
    0.1,
    -1.5,
    '',
    'x'.repeat(31),
    'x'.repeat(32),
    'x'.repeat(256),
    'ü'.repeat(40_000),
    new Uint8Array(0),
    new Uint8Array(255),
    new Uint8Array(256),
    new Uint8Array(65_536),
    Array(15).fill(1),
    Array(16).fill(1),
    { a: 1, b: [] },
    Object.assign(Object.create(null), { a: 1 }),
    runInNewContext('({ a: { b: 1 } })'),
  ]
  for (const value of edges) {
    test(`[F3] of ${show(value)} is written as msgpackr writes it`, () => {
      expect(plain(pack(value))).toEqual(plain(packr.pack(value)))
    })
  }

  for (const value of [4_294_967_296, 2 ** 53 - 1, -2_147_483_649, -(2 ** 53 - 1), -0]) {
    test(`[F3] of ${value} is read back equal`, () => expect(unpack(pack(value), TO_CLIENT)).toBe(value))
  }

  for (const value of [new Map(), new Date(), () => 1, Symbol('x'), 1n, new (class Ship {})()]) {
    test(`[F3] is refused to be ${Object.prototype.toString.call(value)}`, () => {
      expect(() => pack(value as unknown as Wire)).toThrow(TypeError)
    })
  }

  test('[F3] of any shape is read back equal, seed 9', () => {
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', maxDepth: 5 },
        fc.oneof(
          fc.integer(),
          fc.maxSafeInteger(),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.string({ unit: 'grapheme' }),
        ),
        fc.array(tie('tree'), { maxLength: 20 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('tree')).map((map) => ({ ...map })),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        const keys = JSON.stringify(value).match(/"(then|valueof|constructor|prototype)":/)
        if (!keys) expect(unpack(pack(value as Wire), TO_CLIENT)).toEqual(value)
      }),
      { seed: 9, numRuns: 500 },
    )
  })
})

test('[F3] what is read stays as it was, and its bytes are of no class but their own', () => {
  const bytes = pack([Uint8Array.of(1, 2), 'a'])
  const keys = Reflect.ownKeys(bytes)
  expect(unpack(bytes, TO_CLIENT)).toEqual([Uint8Array.of(1, 2), 'a'])
  expect(Reflect.ownKeys(bytes)).toEqual(keys)
  const given = Buffer.from(bytes)
  const [part] = unpack(given, TO_CLIENT) as [Uint8Array]
  expect(Object.getPrototypeOf(part)).toBe(Uint8Array.prototype)
  given.fill(0)
  expect(part).toEqual(Uint8Array.of(1, 2))
})

function show(value: Wire): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`
  const text = JSON.stringify(value)
  return text.length > 40 ? `${text.slice(0, 20)}… (${text.length})` : text
}
