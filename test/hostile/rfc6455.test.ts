// RFC 6455 on our own port, frame by frame over a bare TCP socket: what is to the letter is answered as it says, and
// what is not ends that socket with the code that it names.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sparks } from '../../demo/game.ts'
import { Arena } from '../../demo/server/arena.ts'
import { encodeClientMessage } from '../../protocol/messages.ts'
import { type Server, serve } from '../../server/index.ts'
import { closeFrame, frame, OP, RawSocket } from '../support/raw-socket.ts'

let server: Server

beforeAll(async () => {
  server = await serve({ port: 0, game: sparks, rooms: { sparks: Arena }, signals: false })
})
afterAll(() => server.close())

const hello = encodeClientMessage({
  ...{ type: 'hello', hash: sparks.hash, room: 'sparks', id: '', join: ['Ada'], options: null },
})
const PART = { isLast: false }
const repeat = (count: number, bytes: Buffer) => Buffer.concat(Array.from({ length: count }, () => bytes))
const ping = (bytes: number) => frame(OP.ping, Buffer.alloc(bytes, 0x70))
const utf8 = (...bytes: number[]) => frame(OP.text, Uint8Array.from(bytes))

let visits = 0
/** Each from an address of its own. */
async function visit(...writes: (Uint8Array | string)[]): Promise<RawSocket> {
  const number = ++visits
  const raw = await RawSocket.open(server.port, `127.2.${number >> 8}.${number & 255}`)
  for (const bytes of writes) raw.write(bytes)
  return raw
}

describe('the code that ends the socket is', () => {
  for (const [what, writes, code] of [
    // Framing.
    ['a frame without a mask', [frame(OP.binary, 'x', { mask: null })], 1002],
    ['a ping without a mask', [frame(OP.ping, '', { mask: null })], 1002],
    ['a close without a mask', [frame(OP.close, '', { mask: null })], 1002],
    ['a length of 2^63', [Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])], 1009],
    ['a length of 2^53', [frame(OP.binary, '', { length: 2 ** 53, lengthBytes: 8 })], 1009],
    ['a length of 2^31', [frame(OP.binary, '', { length: 2 ** 31, lengthBytes: 8 })], 1009],
    ['a length of one byte too many', [frame(OP.binary, Buffer.alloc(16_385))], 1009],
    ['the largest frame, which says nothing', [frame(OP.binary, Buffer.alloc(16_384))], 4400],
    ['an empty frame, which says nothing', [frame(OP.binary)], 4400],
    ['a hello after another', [frame(OP.binary, hello), frame(OP.binary, hello)], 4400],
    // Reserved bits.
    ...[1, 2, 3, 4, 5, 6, 7].map((reserved) => {
      return [`reserved bits of ${reserved}`, [frame(OP.binary, 'x', { reserved })], 1002] as const
    }),
    ['a reserved bit on a ping', [frame(OP.ping, '', { reserved: 4 })], 1002],
    ['a reserved bit on a close', [frame(OP.close, '', { reserved: 2 })], 1002],
    ['a reserved bit on a part', [frame(OP.binary, 'x', PART), frame(OP.more, 'x', { reserved: 1 })], 1002],
    // Opcodes.
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((op) => [`opcode ${op}`, [frame(op, 'x')], 1002] as const),
    ['opcode 3 between two pings', [ping(1), frame(3), ping(1)], 1002],
    // Control frames.
    ['a ping of 126 bytes', [ping(126)], 1002],
    ['a pong of 126 bytes', [frame(OP.pong, Buffer.alloc(126))], 1002],
    ['a ping in parts', [frame(OP.ping, '', PART)], 1002],
    ['a pong in parts', [frame(OP.pong, '', PART)], 1002],
    ['a close in parts', [frame(OP.close, '', PART)], 1002],
    ['a close of 126 bytes', [closeFrame(1000, 'x'.repeat(124))], 1002],
    ['a ping with a length of two bytes', [frame(OP.ping, 'x', { lengthBytes: 2, length: 126 })], 1002],
    // Fragmentation.
    ['a part that continues nothing', [frame(OP.more, 'x')], 1002],
    ['a first part that continues nothing', [frame(OP.more, 'x', PART)], 1002],
    ['a message within another', [frame(OP.binary, 'x', PART), frame(OP.binary, 'x')], 1002],
    ['a text within a message', [frame(OP.binary, 'x', PART), frame(OP.text, 'x')], 1002],
    ['a part after the last', [frame(OP.binary, hello), frame(OP.more, 'x')], 1002],
    ['33 parts', [frame(OP.binary, 'x', PART), repeat(40, frame(OP.more, 'x', PART))], 1008],
    ['33 empty parts', [frame(OP.binary, '', PART), repeat(40, frame(OP.more, '', PART))], 1008],
    [
      'parts that are too large together',
      [frame(OP.binary, Buffer.alloc(16_000), PART), frame(OP.more, Buffer.alloc(385))],
      1009,
    ],
    [
      'parts of 16 KiB together, which say nothing',
      [frame(OP.binary, Buffer.alloc(16_000), PART), frame(OP.more, Buffer.alloc(384))],
      4400,
    ],
    // Text and UTF-8.
    ['text', [frame(OP.text, 'hello')], 1003],
    ['text in two parts', [frame(OP.text, 'hel', PART), frame(OP.more, 'lo')], 1003],
    ['a character cut by two parts', [frame(OP.text, Uint8Array.of(0xc3), PART), utf8(0xa9).fill(0x80, 0, 1)], 1003],
    ['an empty text', [frame(OP.text)], 1003],
    ['a continuation alone', [utf8(0x80)], 1007],
    ['a character cut short', [utf8(0xe2, 0x82)], 1007],
    ['an overlong slash', [utf8(0xc0, 0xaf)], 1007],
    ['half of a surrogate pair', [utf8(0xed, 0xa0, 0x80)], 1007],
    ['a character beyond the last', [utf8(0xf4, 0x90, 0x80, 0x80)], 1007],
    ['a byte that no character has', [utf8(0xff)], 1007],
    // Closing: the code is given back.
    ['a close without a code', [frame(OP.close)], 1005],
    ['a close of one byte', [frame(OP.close, 'x')], 1002],
    ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4000, 4999].map((given) => {
      return [`a close with ${given}`, [closeFrame(given)], given] as const
    }),
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((given) => {
      return [`a close with ${given}`, [closeFrame(given)], 1002] as const
    }),
    ['a close with a reason of 123 bytes', [closeFrame(1000, 'x'.repeat(123))], 1000],
    ['a close with a reason that is no UTF-8', [closeFrame(1000, Uint8Array.of(0xff))], 1007],
    ['what comes after a close', [closeFrame(1000), frame(3)], 1000],
    // Floods.
    ['31 pings at once', [repeat(31, ping(0))], 4429],
    ['31 pongs that nobody asked for', [repeat(31, frame(OP.pong))], 4429],
  ] as const) {
    test(`${code}: ${what}`, async () => {
      const raw = await visit(...writes)
      expect(await raw.code()).toBe(code)
    })
  }
})

describe('the socket stays open, and answers a ping, after', () => {
  for (const [what, writes] of [
    ['a ping', []],
    ['a pong that nobody asked for', [frame(OP.pong, 'x')]],
    ['pings of 0 to 125 bytes', [ping(0), ping(1), ping(125)]],
    ['a hello', [frame(OP.binary, hello)]],
    ['a hello with a length of two bytes', [frame(OP.binary, hello, { lengthBytes: 2 })]],
    ['a hello with a length of eight bytes', [frame(OP.binary, hello, { lengthBytes: 8 })]],
    ['a hello with a mask of zeros', [frame(OP.binary, hello, { mask: Buffer.alloc(4) })]],
    ['a hello in two parts', [frame(OP.binary, hello.subarray(0, 9), PART), frame(OP.more, hello.subarray(9))]],
    [
      'a hello with a ping between its parts',
      [frame(OP.binary, hello.subarray(0, 9), PART), ping(3), frame(OP.more, hello.subarray(9))],
    ],
    ['a hello with an empty last part', [frame(OP.binary, hello, PART), frame(OP.more)]],
    ['a hello in 32 parts', [frame(OP.binary, hello, PART), repeat(30, frame(OP.more, '', PART)), frame(OP.more)]],
    ['a hello byte by byte', Array.from(frame(OP.binary, hello), (byte) => Uint8Array.of(byte))],
  ] as const) {
    test(what, async () => {
      const raw = await visit(...writes)
      raw.write(frame(OP.ping, 'still there?'))
      let pong = await raw.next(OP.pong)
      while (pong && pong.body.toString() !== 'still there?') {
        raw.frames.splice(raw.frames.indexOf(pong), 1)
        pong = await raw.next(OP.pong)
      }
      expect(pong?.body.toString()).toBe('still there?')
      if (what.startsWith('a hello')) expect((await raw.next(OP.binary))?.body.length).toBeGreaterThan(20)
      expect(raw.frames.some(({ opcode }) => opcode === OP.close)).toBe(false)
      raw.socket.destroy()
    })
  }
})

test('the 31st ping is too many, also when each waits for the answer to the one before', async () => {
  const raw = await visit()
  for (let count = 0; count < 31; count++) {
    raw.write(ping(1))
    await raw.next(OP.pong)
    if (count < 30) expect(raw.frames.splice(0).map(({ opcode }) => opcode)).toEqual([OP.pong])
  }
  expect(await raw.code()).toBe(4429)
})

test('no frame of the server has a mask or a reserved bit', async () => {
  const raw = await visit(frame(OP.binary, hello), ping(3))
  await Promise.all([raw.next(OP.pong), raw.next(OP.binary)])
  raw.write(frame(OP.text))
  expect(await raw.code()).toBe(1003)
  expect(raw.frames.filter(({ isBare }) => !isBare)).toEqual([])
})
