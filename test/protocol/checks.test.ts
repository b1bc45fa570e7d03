import { describe, expect, test } from 'vitest'
import { defineGame } from '../../protocol/game.ts'
import { bytes, choice, f64, group, json, quat, text, u8 } from '../../protocol/index.ts'
import { pack } from '../../protocol/plain.ts'
import { packRow } from '../../protocol/rows.ts'

describe('a value that a field cannot hold', () => {
  class Ship {}
  for (const [what, value, words, Kind] of [
    ['a number', 256, '256', RangeError],
    ['NaN', Number.NaN, 'NaN', RangeError],
    ['a text', 'no', '"no"', RangeError],
    ['a flag', true, 'true', TypeError],
    ['nothing', undefined, 'undefined', TypeError],
    ['null', null, 'null', TypeError],
    ['an object', {}, 'an Object', TypeError],
    ['one of a class', new Ship(), 'an Ship', TypeError],
    ['one without a prototype', Object.create(null), 'an undefined', TypeError],
  ] as const) {
    test(`is shown, and is a ${Kind.name}: ${what}`, () => {
      expect(() => u8().type.pack(value as never)).toThrow(new Kind(`must be u8, got ${words}`))
    })
  }

  test('is shown by its beginning where it is long', () => {
    const said = JSON.stringify('x"'.repeat(20))
    expect(() => choice('a').type.pack('x"'.repeat(2_000) as never)).toThrow(
      new RangeError(`must be choice(["a"]), got ${said}`),
    )
    expect(() => text(3).type.pack('y'.repeat(5_000))).toThrow(
      new RangeError(`must be text(3), got "${'y'.repeat(40)}"`),
    )
  })

  test('is named by the field that it was put in, and the fields around that', () => {
    const { input } = defineGame({ input: { dx: u8(), at: group({ x: f64(), map: bytes(2) }) } })
    const put = (values: object) => () => packRow(input, { dx: 1, at: { x: 1, map: new Uint8Array(0) }, ...values })
    expect(put({})).not.toThrow()
    expect(put({ dx: 256 })).toThrow(new RangeError('dx cannot be 256'))
    expect(put({ at: { x: Number.NaN, map: new Uint8Array(0) } })).toThrow(
      new RangeError('at: x: must be f64, got NaN'),
    )
    expect(put({ at: { x: 1, map: [1] } })).toThrow(new TypeError('at: map: must be bytes(2), got an Array'))
  })

  test('is refused as json with the reason', () => {
    expect(() => json(4).type.pack('hello')).toThrow(new RangeError('json(4) cannot hold this value: too many bytes'))
    expect(() => json(99).type.pack(Number.POSITIVE_INFINITY)).toThrow(
      new RangeError('json(99) cannot hold this value: not finite'),
    )
  })
})

describe('what a peer says is a value of a field', () => {
  for (const wire of [1.5, '1', null, 256, -1]) {
    test(`is none of u8 if it is ${JSON.stringify(wire)}`, () => {
      expect(() => u8().type.unpack(wire)).toThrow('no u8')
    })
  }

  test('is bytes and no longer than they may be, before json in them is read', () => {
    const { type } = json(4)
    expect(type.unpack(pack([1, 2]))).toEqual([1, 2])
    for (const wire of ['abc', [1], pack([1, 2, 3, 4])]) expect(() => type.unpack(wire)).toThrow('no bytes(4)')
  })

  test('of a rotation is any whole number of 32 bits', () => {
    for (const wire of [2 ** 31, -(2 ** 31) - 1, 0.5]) expect(() => quat().type.unpack(wire)).toThrow('no quat')
    expect(() => quat().type.unpack(-(2 ** 31))).not.toThrow()
  })
})
