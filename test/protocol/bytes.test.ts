import { describe, expect, test } from 'vitest'
import { Reader, Writer } from '../../protocol/bytes.ts'

function written(write: (writer: Writer) => void): number[] {
  const writer = new Writer()
  write(writer)
  return [...writer.copy()]
}

const read = (...bytes: number[]) => new Reader(Uint8Array.from(bytes))

describe('a varint', () => {
  for (const [value, bytes] of [
    [0, [0]],
    [127, [127]],
    [128, [128, 1]],
    [2 ** 14 - 1, [255, 127]],
    [2 ** 14, [128, 128, 1]],
    [2 ** 28 - 1, [255, 255, 255, 127]],
    [2 ** 28, [128, 128, 128, 128, 1]],
    [2 ** 31, [128, 128, 128, 128, 8]],
    [2 ** 32 - 1, [255, 255, 255, 255, 15]],
  ] as const) {
    test(`of ${value} has ${bytes.length} bytes, and is read from them`, () => {
      expect(written((writer) => writer.varint(value))).toEqual(bytes)
      const reader = read(...bytes)
      expect(reader.varint()).toBe(value)
      reader.finish()
    })
  }

  test('of more than 32 bits is refused, and so is one that could be shorter or ends too soon', () => {
    for (const bytes of [
      [255, 255, 255, 255, 16],
      [128, 128, 128, 128, 128],
      [255, 255, 255, 255, 143],
      [128, 128, 128, 128, 128, 1],
      [128, 0],
      [255, 255, 128, 0],
      [128, 128, 128, 128, 0],
    ])
      expect(() => read(...bytes).varint()).toThrow('bad varint')
    expect(() => read(255, 255).varint()).toThrow('cut short')
  })
})

test('a zigzag varint holds the least and the greatest number of 32 bits, and small ones in a byte', () => {
  for (const value of [0, -1, 1, 63, -64, 2 ** 31 - 1, -(2 ** 31)]) {
    const bytes = written((writer) => writer.zigzag(value))
    expect(bytes.length).toBe(Math.abs(value) <= 64 ? 1 : 5)
    expect(read(...bytes).zigzag()).toBe(value)
  }
})

test('bytes that are to be filled in later are zero, whatever was there before', () => {
  const writer = new Writer()
  for (let count = 0; count < 300; count++) writer.u8(255)
  writer.reset(3)
  const start = writer.blank(2)
  writer.setBit(start, 9)
  expect([...writer.copy()]).toEqual([255, 255, 255, 0, 2])
})

test('a writer grows by as much as is needed, and keeps what it has', () => {
  const writer = new Writer()
  writer.u8(7)
  writer.append(new Uint8Array(100_000).fill(9))
  expect([writer.length, writer.copy()[0], writer.copy(100_000)[0]]).toEqual([100_001, 7, 9])
})

test('all bytes must have been read, to the last one', () => {
  const reader = read(1, 2)
  reader.u8()
  expect(() => reader.finish()).toThrow('too many bytes')
  reader.u8()
  expect(() => reader.finish()).not.toThrow()
})

test('32 bits are read as they were written, lowest byte first', () => {
  expect(written((writer) => writer.raw32(0x80ff0102))).toEqual([2, 1, 255, 128])
  expect(read(2, 1, 255, 128).raw32()).toBe(0x80ff0102 | 0)
  expect(() => read(2, 1, 255).raw32()).toThrow('cut short')
})
