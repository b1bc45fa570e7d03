import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import type { AnyField, FieldType } from '../../protocol/fields.ts'
import type { Wire } from '../../protocol/msgpack.ts'
import { quat } from '../../protocol/quat.ts'
import { quantise } from '../../protocol/scalars.ts'
import { isUnchanged } from '../../protocol/unchanged.ts'
import {
  angle,
  bytes,
  choice,
  f32,
  f64,
  fixed,
  flag,
  group,
  i8,
  i16,
  i32,
  json,
  list,
  optional,
  type Plain,
  ref,
  text,
  u8,
  u16,
  u32,
} from '../../protocol/vocabulary.ts'

test('bytes that are given or read are a copy: who writes into them changes nothing that is kept', () => {
  const given = Uint8Array.of(1, 2)
  const { type } = list(group({ map: bytes(2) }), 1)
  const wire = type.pack([{ map: given }])
  given[0] = 9
  const [read] = type.unpack(wire)
  expect(read?.map).toEqual(Uint8Array.of(1, 2))
  read?.map.fill(9)
  expect(type.unpack(wire)).toEqual([{ map: Uint8Array.of(1, 2) }])
})

test("bytes of a Buffer are a copy, too: that one's slice would be a view of it", () => {
  const { type } = bytes(2)
  const given = Buffer.of(1, 2)
  const wire = type.pack(given)
  given[0] = 9
  expect(wire).toEqual(Uint8Array.of(1, 2))
  expect(type.unpack(Buffer.of(3) as never)).not.toBeInstanceOf(Buffer)
})

test('json leaves out what is undefined in an object, as JSON does, and keeps its place in a list', () => {
  const { type } = json(100)
  const back = (value: unknown) => type.unpack(type.pack(value as Plain))
  expect(back({ name: 'a', count: undefined, more: { no: undefined } })).toEqual({ name: 'a', more: {} })
  expect(Object.keys(back({ a: undefined, b: null }) as object)).toEqual(['b'])
  expect(back([1, undefined])).toEqual([1, null])
})

test('json may be of as many values as a frame to a client, and of no more', () => {
  const { type } = json(262_144)
  const values = Array.from({ length: 32_767 }, () => 1)
  expect(type.unpack(type.pack(values))).toEqual(values)
  expect(() => type.pack([...values, 1])).toThrow('json(262144) cannot hold this value: too many nodes')
})

interface Case {
  readonly field: AnyField
  readonly accepted: readonly (readonly [value: unknown, wire: Wire])[]
  readonly refused: readonly unknown[]
  readonly badWires: readonly unknown[]
}

const cases: Case[] = [
  {
    field: u8(),
    accepted: [
      [0, 0],
      [255, 255],
      [7.4, 7],
    ],
    refused: [-1, 256, Number.NaN, 'x'],
    badWires: [256, -1, 1.5, '1', null],
  },
  { field: u16(), accepted: [[65_535, 65_535]], refused: [65_536], badWires: [65_536] },
  { field: u32(), accepted: [[4_294_967_295, 4_294_967_295]], refused: [4_294_967_296], badWires: [4_294_967_296] },
  {
    field: i8(),
    accepted: [
      [-128, -128],
      [127, 127],
    ],
    refused: [-129, 128],
    badWires: [-129, 128],
  },
  { field: i16(), accepted: [[-32_768, -32_768]], refused: [32_768], badWires: [32_768] },
  { field: i32(), accepted: [[-2_147_483_648, -2_147_483_648]], refused: [2_147_483_648], badWires: [2_147_483_648] },
  {
    field: fixed(-1, 1, 0.5),
    accepted: [
      [-1, 0],
      [0, 2],
      [1, 4],
      [0.25, 3],
    ],
    refused: [1.5, -1.5, Number.NaN],
    badWires: [5, -1],
  },
  {
    field: flag(),
    accepted: [
      [true, 1],
      [false, 0],
    ],
    refused: [1, 'yes', undefined],
    badWires: [2, true],
  },
  {
    field: choice('a', 'b'),
    accepted: [
      ['a', 0],
      ['b', 1],
    ],
    refused: ['c', 0],
    badWires: [2, 'a'],
  },
  {
    field: ref('ship'),
    accepted: [
      [0, 0],
      [16_777_215, 16_777_215],
    ],
    refused: [16_777_216],
    badWires: [16_777_216],
  },
  {
    field: f32(),
    accepted: [
      [0.5, 0.5],
      [1e30, Math.fround(1e30)],
    ],
    refused: [Number.NaN, 1e39, '1'],
    badWires: ['1', Number.NaN],
  },
  { field: f64(), accepted: [[0.1, 0.1]], refused: [Number.POSITIVE_INFINITY, null], badWires: [Number.NaN, null] },
  {
    field: text(3),
    accepted: [
      ['abc', 'abc'],
      ['', ''],
      ['\ud800a', '\ufffda'],
      ['\ufeff\ufeffa', 'a'],
      ['a\ufeff', 'a\ufeff'],
      ['🚀', '🚀'],
    ],
    refused: ['abcd', 3, null],
    badWires: ['abcd', 3],
  },
  {
    field: bytes(2),
    accepted: [[Uint8Array.of(1, 2), Uint8Array.of(1, 2)]],
    refused: [new Uint8Array(3), [1]],
    badWires: [new Uint8Array(3), [1]],
  },
  {
    field: optional(u8()),
    accepted: [
      [undefined, null],
      [3, 3],
    ],
    refused: [256, null],
    badWires: [256, false],
  },
  {
    field: list(u8(), 2),
    accepted: [
      [[], []],
      [
        [1, 2],
        [1, 2],
      ],
    ],
    refused: [[1, 2, 3], [256], 'x'],
    badWires: [[1, 2, 3], [256], 7],
  },
  {
    field: group({ a: u8(), b: text(2) }),
    accepted: [[{ a: 1, b: 'x' }, [1, 'x']]],
    refused: [{ a: 1 }, null, { a: 300, b: '' }],
    badWires: [[1], [1, 'x', 2], { a: 1 }],
  },
  {
    field: json(8),
    accepted: [[{ a: 1 }, Uint8Array.of(0x81, 0xa1, 0x61, 1)]],
    refused: ['too long by far', () => 1],
    badWires: [{ a: 1 }, Uint8Array.of(0xc1)],
  },
]

for (const { field, accepted, refused, badWires } of cases) {
  describe(field.type.name, () => {
    for (const [value, wire] of accepted) {
      test(`[G2] writes ${show(value)} as ${show(wire)} and reads it back`, () => {
        expect(field.type.pack(value)).toEqual(wire)
        expect(field.type.pack(field.type.unpack(wire))).toEqual(wire)
      })
      test(`[G2] knows ${show(value)} again without writing it`, () => {
        const sent = field.type.pack(value)
        expect(isUnchanged(field.type as FieldType<unknown>, value, sent)).toBe(true)
      })
    }
    for (const value of refused) {
      test(`refuses to hold ${show(value)}`, () => {
        expect(() => field.type.pack(value)).toThrow(/RangeError|TypeError|must|cannot/)
      })
    }
    for (const wire of badWires) {
      test(`[G2] refuses to read ${show(wire)}`, () => {
        expect(() => field.type.unpack(wire as Wire)).toThrow(ProtocolError)
      })
    }
    test('starts as a value of its own', () => {
      expect(() => field.type.pack(field.type.zero())).not.toThrow()
    })
  })
}

test('the last step of a range is its end, though their quotient falls short of a whole number', () => {
  const { type } = fixed(0, 0.3, 0.1)
  expect([type.scalar?.most, type.pack(0.3)]).toEqual([3, 3])
})

describe('angle', () => {
  const { scalar } = angle(8).type
  for (const [radians, whole] of [
    [0, 0],
    [Math.PI / 2, 64],
    [-Math.PI / 2, 192],
    [9 * Math.PI, 128],
    [2 * Math.PI - 1e-9, 0],
  ] as const) {
    test(`[G1] turns ${radians} radians into ${whole} of 256`, () =>
      expect(scalar && quantise(scalar, radians)).toBe(whole))
  }
  test('reads back from -π up to π', () => {
    expect(scalar?.restore(128)).toBe(-Math.PI)
    expect(scalar?.restore(127)).toBeLessThan(Math.PI)
  })
})

describe('quat', () => {
  const { type } = quat()
  test('[G1] keeps a rotation to a thousandth, whichever sign it was given in', () => {
    const turn = [0.1, -0.7, 0.5, 0.5] as const
    const length = Math.hypot(...turn)
    for (const sign of [1, -1]) {
      const back = type.unpack(
        type.pack(turn.map((part) => (sign * part) / length) as unknown as [number, number, number, number]),
      )
      const dot = turn.reduce((sum, part, index) => sum + (part / length) * (back[index] as number), 0)
      expect(Math.abs(dot)).toBeGreaterThan(0.999)
    }
  })
  test('refuses what is no rotation, too long to have a length, or no list of four', () => {
    for (const wrong of [
      [1e200, 0, 0, 0],
      [Infinity, 0, 0, 0],
      [Number.NaN, 0, 0, 1],
      [0, 0, 1],
      [0, 0, 0, 1, 0],
      'abcd',
    ]) {
      expect(() => type.pack(wrong as never)).toThrow('must be quat')
    }
  })
  test('refuses a rotation of no length', () => expect(() => type.pack([0, 0, 0, 0])).toThrow(/quat/))
})

test('a field inside another has no modifiers', () => {
  expect(() => list(u8().static(), 3)).toThrow(/list must have no modifiers/)
  expect(() => list(u8(), 3).static()).not.toThrow()
})

function show(value: unknown): string {
  return value instanceof Uint8Array
    ? `${value.length} bytes`
    : typeof value === 'function'
      ? 'a function'
      : (JSON.stringify(value) ?? String(value))
}
