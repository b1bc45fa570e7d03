import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../../protocol/errors.ts'
import { readFrame } from '../../protocol/ext.ts'
import {
  ACK,
  encodeInputs,
  FrameWriter,
  INPUT,
  readAck,
  readInputs,
  readStateHeader,
  writeStateHeader,
} from '../../protocol/frames.ts'
import { defineGame } from '../../protocol/game.ts'
import { quat } from '../../protocol/quat.ts'
import { packRow, unpackRow } from '../../protocol/rows.ts'
import { f32, f64, optional } from '../../protocol/vocabulary.ts'
import { between, seeded } from '../support/random.ts'
import { zoo } from '../support/zoo.ts'

describe('the ext header', () => {
  for (const length of [0, 1, 2, 3, 4, 5, 8, 16, 17, 255, 256, 65_535, 65_536]) {
    test(`[F2] of a body of ${length} bytes is the shortest and is read back`, () => {
      const writer = new FrameWriter()
      writer.open().blank(length)
      const frame = writer.close(9)
      const overhead = [1, 2, 4, 8, 16].includes(length) ? 2 : length < 256 ? 3 : length < 65_536 ? 4 : 6
      expect(frame.length).toBe(length + overhead)
      expect(readFrame(frame)).toMatchObject({ type: 9 })
    })
  }

  test('[F2] tells our frames from msgpack values', () => {
    expect(readFrame(Uint8Array.of(0x91, 4))).toBeNull()
  })

  for (const [what, bytes] of [
    ['is longer than needed', [0xc7, 1, 9, 0]],
    ['is an ext 16 that fits ext 8', [0xc8, 0, 3, 9, 0, 0, 0]],
    ['promises more than there is', [0xc7, 5, 9, 0, 0, 0]],
    ['promises less than there is', [0xc7, 3, 9, 0, 0, 0, 0]],
    ['is cut off', [0xc8]],
  ] as const) {
    test(`[F2] is refused when it ${what}`, () =>
      expect(() => readFrame(Uint8Array.from(bytes))).toThrow(ProtocolError))
  }

  test('[F2] is refused in an empty frame', () => expect(() => readFrame(new Uint8Array(0))).toThrow(ProtocolError))
})

describe('inputs', () => {
  const random = seeded(5)
  const inputs = Array.from({ length: 20 }, () => ({
    dx: between(random, -128, 127),
    dy: between(random, -128, 127),
    dash: random() < 0.2,
  }))

  test('[I3] come out as they went in, seed 5', () => {
    const rows = inputs.map((input) => packRow(zoo.input, input))
    const frame = encodeInputs(new FrameWriter(), zoo, {
      ackTick: 7,
      received: 2,
      behind: 52,
      firstSeq: 100,
      inputs: rows,
    })
    const read = readFrame(frame)
    expect(read?.type).toBe(INPUT)
    const back = read && readInputs(read.body, zoo)
    expect(back).toMatchObject({ ackTick: 7, received: 2, behind: 52, firstSeq: 100 })
    expect(back?.inputs.map((row) => unpackRow(zoo.input, row))).toEqual(inputs)
  })

  test('[I3] that repeat take one byte each', () => {
    const same = packRow(zoo.input, { dx: 5, dy: 0, dash: false })
    const size = (count: number) =>
      encodeInputs(new FrameWriter(), zoo, {
        ackTick: 7,
        received: 2,
        behind: 0,
        firstSeq: 100,
        inputs: Array(count).fill(same),
      }).length
    expect(size(21) - size(20)).toBe(1)
  })

  test('[I3] may be -0, and 0 after that', () => {
    const hover = defineGame({ input: { lift: f64(), sway: optional(f64()) } })
    const zeros = [0, -0, 0].map((zero) => ({ lift: zero, sway: zero }))
    const rows = zeros.map((input) => packRow(hover.input, input))
    const progress = { ackTick: 0, received: 0, behind: 0, firstSeq: 1 }
    const frame = readFrame(encodeInputs(new FrameWriter(), hover, { ...progress, inputs: rows }))
    const back = frame && readInputs(frame.body, hover)
    expect(back?.inputs.map((row) => unpackRow(hover.input, row))).toEqual(zeros)
  })

  test('[I2] may be 64 in a frame, and not 65', () => {
    const read = (count: number) => {
      const writer = new FrameWriter()
      // Each is as the one before: a mask of no columns.
      writer.open().append(Uint8Array.from([0, 0, 0, 1, count, ...Array(count).fill(0)]))
      const frame = readFrame(writer.close(INPUT))
      return frame && readInputs(frame.body, zoo).inputs.length
    }
    expect(read(64)).toBe(64)
    expect(() => read(65)).toThrow('bad count')
  })

  test('[I2] may be numbered up to the last of 32 bits', () => {
    const input = packRow(zoo.input, { dx: 5, dy: 0, dash: false })
    const numbered = { ackTick: 0, received: 0, behind: 0, firstSeq: 2 ** 32 - 2, inputs: [input, input] }
    const frame = readFrame(encodeInputs(new FrameWriter(), zoo, numbered))
    expect(frame && readInputs(frame.body, zoo).firstSeq).toBe(2 ** 32 - 2)
  })

  for (const [what, bytes] of [
    ['start at 0', [0, 0, 0, 0, 1, 0]],
    ['are too many', [0, 0, 0, 1, 65]],
    ['are numbered beyond 32 bits', [0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 2, 0, 0]],
    ['leave their range', [0, 0, 0, 1, 1, 1, 0x80, 2]],
    ['are cut short', [0, 0, 0, 1, 2, 0]],
    ['are followed by more', [0, 0, 0, 1, 1, 0, 0]],
  ] as const) {
    test(`[I2] are refused when they ${what}`, () => {
      const writer = new FrameWriter()
      writer.open().append(Uint8Array.from(bytes))
      const frame = readFrame(writer.close(INPUT))
      expect(() => frame && readInputs(frame.body, zoo)).toThrow(ProtocolError)
    })
  }
})

describe('an input of 32 bits without order', () => {
  const flight = defineGame({ input: { thrust: f32(), turn: quat() } })
  const read = (ints: readonly number[]) => {
    const row = { ints: Int32Array.from(ints), boxes: [] }
    const progress = { ackTick: 0, received: 0, behind: 0, firstSeq: 1 }
    const frame = readFrame(encodeInputs(new FrameWriter(), flight, { ...progress, inputs: [row] }))
    return frame && readInputs(frame.body, flight).inputs.map((one) => unpackRow(flight.input, one))[0]
  }

  for (const [what, bits] of [
    ['NaN', 0x7fc00000],
    ['another NaN', 0xffffffff],
    ['infinity', 0x7f800000],
    ['its opposite', 0xff800000],
  ] as const) {
    test(`[G1] is refused for ${what} in single precision`, () => expect(() => read([bits, 0])).toThrow(ProtocolError))
  }

  test('[G1] may be the largest single, and any rotation is of length 1', () => {
    for (const turn of [0, 0x3fffffff, 0x7fffffff, 0xbffffc00, 0xffffffff]) {
      const row = read([0x7f7fffff, turn])
      expect(row?.thrust).toBe(3.4028234663852886e38)
      const rotation = row?.turn as readonly number[]
      expect(Math.hypot(...rotation)).toBeCloseTo(1)
    }
  })
})

test('an acknowledgement that is followed by more is refused, and one that is not is read', () => {
  const read = (...bytes: number[]) => {
    const writer = new FrameWriter()
    writer.open().append(Uint8Array.from(bytes))
    const frame = readFrame(writer.close(ACK))
    return frame && readAck(frame.body)
  }
  expect(read(7, 2)).toEqual({ ackTick: 7, received: 2 })
  expect(() => read(7, 2, 0)).toThrow('too many bytes')
})

describe('the header of a state', () => {
  for (const header of [
    { tick: 1, baseTick: 0, isSteady: false, inputSeq: 0, received: 0 },
    { tick: 4_000_000_000, baseTick: 3_999_999_999, isSteady: true, inputSeq: 900, received: 3 },
    {
      ...{ tick: 9, baseTick: 6, isSteady: true, inputSeq: 2, received: 0 },
      timing: { heard: 255, held: 4_000, time: 4_294_967_295, spare: -7 },
    },
    { tick: 7, baseTick: 6, isSteady: false, inputSeq: 0, received: 0, hash: 0xfedcba98 },
  ]) {
    test(`[S1] of tick ${header.tick} is read back`, () => {
      const writer = new FrameWriter()
      writeStateHeader(writer.open(), header)
      const frame = readFrame(writer.close(1))
      expect(frame && readStateHeader(frame.body)).toEqual(header)
    })
  }

  for (const [what, bytes] of [
    ['tick 0', [0, 0, 0, 0]],
    ['tick 0 as its base', [5, 80, 0, 0]],
    ['a base before tick 0', [5, 97, 0, 0]],
    ['movement that goes on, and no base', [5, 1, 0, 0]],
    ['flag 8', [5, 24, 0, 0]],
  ] as const) {
    test(`[S1] is refused with ${what}`, () => {
      const frame = readFrame(Uint8Array.of(0xd6, 1, ...bytes))
      expect(() => frame && readStateHeader(frame.body)).toThrow(ProtocolError)
    })
  }

  test('[S1] is refused with a flag that does not exist, and read without it', () => {
    const read = (flags: number) => {
      const frame = readFrame(Uint8Array.of(0xd6, 1, 5, 16 + flags, 0, 0))
      return () => frame && readStateHeader(frame.body)
    }
    for (const flags of [8, 9]) expect(read(flags)).toThrow(ProtocolError)
    for (const flags of [0, 1]) expect(read(flags)).not.toThrow()
  })
})
