import { describe, expect, test } from 'vitest'
import { Reader, Writer } from '../../protocol/bytes.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { defineGame } from '../../protocol/game.ts'
import type { BoxColumn, Layout } from '../../protocol/layout.ts'
import { quat } from '../../protocol/quat.ts'
import { packRow, readBox, readInt, writeBox, writeInt, zeroRow } from '../../protocol/rows.ts'
import {
  angle,
  bytes,
  choice,
  f32,
  f64,
  fixed,
  flag,
  group,
  i32,
  json,
  list,
  optional,
  ref,
  text,
  u8,
  u32,
} from '../../protocol/vocabulary.ts'

function written(write: (writer: Writer) => void): number[] {
  const writer = new Writer()
  write(writer)
  return [...writer.copy()]
}

describe("a scalar's cell", () => {
  const LEAST = -0x80000000
  for (const [what, field, before, now, cell] of [
    ['a step up', u8(), 3, 5, [4]],
    ['a step down', u8(), 5, 3, [3]],
    ['a step past the most of 32 bits', u32(), -1, 0, [2]],
    ['the step from the least to the most', i32(), LEAST, 0x7fffffff, [1]],
    ['a turn past north', angle(8), 250, 3, [18]],
    ['a turn back past north', angle(8), 3, 250, [17]],
    ['half a turn, which goes backward', angle(8), 0, 128, [0xff, 1]],
    ['a single, lowest byte first', f32(), 7, 0x3f800001, [1, 0, 0x80, 0x3f]],
    ['a rotation, likewise', quat(), 7, LEAST + 2, [2, 0, 0, 0x80]],
  ] as const) {
    test(`[S4] of ${what} is ${cell}, and is read back`, () => {
      const { scalar } = field.type
      if (!scalar) throw new Error('not a scalar')
      expect(written((writer) => writeInt(writer, scalar, now, before))).toEqual(cell)
      expect(readInt(new Reader(Uint8Array.from(cell)), scalar, before) | 0).toBe(now)
    })
  }
})

describe("a box's cell", () => {
  const { boxes } = defineGame({ player: { name: text(2) } }).kinds[1] as Layout
  const read = (...cell: number[]) => readBox(new Reader(Uint8Array.from(cell)), boxes[0] as BoxColumn)

  test('[S5] is a region of one plain value', () => {
    expect(written((writer) => writeBox(writer, 'hi'))).toEqual([3, 0xa2, 0x68, 0x69])
    expect(read(3, 0xa2, 0x68, 0x69)).toBe('hi')
  })

  for (const [what, cell] of [
    ['no value', [0]],
    ['a value and something after it', [3, 0xa1, 0x68, 0xc0]],
    ['what its field does not take', [1, 7]],
  ] as const) {
    test(`[S5] of ${what} is refused`, () => expect(() => read(...cell)).toThrow(ProtocolError))
  }
})

describe('a field that nobody has touched', () => {
  for (const [field, value] of [
    [u8(), 0],
    [fixed(-1, 1, 0.5), 0],
    [fixed(3, 9, 0.5), 3],
    [fixed(-9, -3, 0.5), -3],
    [angle(8), 0],
    [f32(), 0],
    [f64(), 0],
    [ref('ship'), 0],
    [flag(), false],
    [choice('red', 'blue'), 'red'],
    [quat(), [0, 0, 0, 1]],
    [text(4), ''],
    [bytes(4), new Uint8Array(0)],
    [list(u8(), 4), []],
    [optional(u8()), undefined],
    [json(4), null],
    [group({ hp: u8(), name: text(4) }), { hp: 0, name: '' }],
  ] as const) {
    test(`[G6] is empty: ${field.type.name}`, () => {
      const layout = defineGame({ player: { field }, entities: { ship: {} } }).kinds[1] as Layout
      expect(zeroRow(layout)).toEqual(packRow(layout, { field: value }))
    })
  }
})
