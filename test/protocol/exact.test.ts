import { describe, expect, test } from 'vitest'
import { atan2, cos, sin } from '../../protocol/exact.ts'
import { seeded } from '../support/random.ts'

const NEAR = 1e-15

/** The bits of a double. */
function bits(number: number): string {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, number)
  return view.getBigUint64(0).toString(16).padStart(16, '0')
}

describe('sine and cosine', () => {
  for (const [what, most] of [
    ['a few turns', 20],
    ['2^20', 2 ** 20],
  ] as const) {
    test(`are right up to ${what}, seed ${most}`, () => {
      const random = seeded(most)
      for (let count = 0; count < 20_000; count++) {
        const angle = (random() - 0.5) * 2 * most
        expect(Math.abs(sin(angle) - Math.sin(angle)), `sin ${angle}`).toBeLessThan(NEAR)
        expect(Math.abs(cos(angle) - Math.cos(angle)), `cos ${angle}`).toBeLessThan(NEAR)
      }
    })
  }

  test('are exact where they are whole', () => {
    expect([sin(0), cos(0), sin(Math.PI / 2), cos(Math.PI)]).toEqual([0, 1, 1, -1])
  })

  test('of what is not finite are no number', () => {
    for (const angle of [Number.NaN, Number.POSITIVE_INFINITY]) expect([sin(angle), cos(angle)]).toEqual([NaN, NaN])
  })
})

describe('the angle of a direction', () => {
  test('is right in every quarter, steep and flat, seed 3', () => {
    const random = seeded(3)
    for (let count = 0; count < 20_000; count++) {
      const y = (random() - 0.5) * 10 ** ((count % 9) - 4)
      const x = (random() - 0.5) * 10
      expect(Math.abs(atan2(y, x) - Math.atan2(y, x)), `${y}, ${x}`).toBeLessThan(NEAR)
    }
  })

  test('goes from -π to π, and is 0 where there is no direction', () => {
    expect([atan2(0, 1), atan2(0, -1), atan2(1, 0), atan2(-1, 0), atan2(0, 0)]).toEqual([
      0,
      Math.PI,
      Math.PI / 2,
      -Math.PI / 2,
      0,
    ])
  })

  test('of what is no number is none', () => {
    for (const other of [0, 1, -2, Number.NaN]) {
      expect([atan2(other, Number.NaN), atan2(Number.NaN, other)]).toEqual([NaN, NaN])
    }
  })
})

describe('on every engine', () => {
  for (const [name, value, expected] of [
    ['sin 0.5', sin(0.5), '3fdeaee8744b05f0'],
    ['sin -3', sin(-3), 'bfc210386db6d55b'],
    ['sin 1000000', sin(1_000_000), 'bfd6664b2568d867'],
    ['cos 0.5', cos(0.5), '3fec1528065b7d50'],
    ['cos 2.25', cos(2.25), 'bfe419ff91b9ba6c'],
    ['cos -12345.678', cos(-12345.678), '3fe6b94c3bbe24b8'],
    ['atan2 1, 3', atan2(1, 3), '3fd4978fa3269ee1'],
    ['atan2 -7, -2', atan2(-7, -2), 'bffd95e5ac22d08c'],
    ['atan2 0.001, -5', atan2(0.001, -5), '4009219278b8981c'],
  ] as const) {
    test(`${name} is ${expected}`, () => {
      expect(bits(value)).toBe(expected)
    })
  }
})
