// Threats in what is said: frames made to hurt the decoder, the objects that it builds, or whoever has to read them all.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TO_SERVER } from '../../protocol/limits.ts'
import { unpack } from '../../protocol/msgpack.ts'
import { pack } from '../../protocol/plain.ts'
import { percentile } from '../support/percentile.ts'
import { frame, OP } from '../support/raw-socket.ts'
import { saying, shapes } from '../support/shapes.ts'
import { address, IS_LONG, inMB, nameOf, Siege, tally, volume } from '../support/siege.ts'

let siege: Siege

beforeAll(async () => {
  siege = await Siege.start()
})
afterAll(() => siege.stop())

describe('T2: a frame made to hurt the decoder is refused', () => {
  test('in each of the shapes there are, with 4400 and for its sender alone', async () => {
    const all = shapes()
    expect(all.length).toBeGreaterThanOrEqual(60)
    await siege.attack('T2 decoder shapes', async () => {
      const codes: [string, number][] = []
      for (const [index, [what, shape]] of all.entries()) {
        const { raw } = await siege.enter(address(10, index + 1))
        raw.write(frame(OP.binary, saying(shape)))
        codes.push([what, await raw.code()])
      }
      expect(codes.filter(([, code]) => code !== 4400)).toEqual([])
      return `${all.length} shapes: ${tally(codes.map(([, code]) => nameOf(code)))}`
    })
  })

  test('while a message of plain values in the same place is taken', async () => {
    const { raw } = await siege.enter(address(10, 1_000))
    raw.write(frame(OP.binary, saying(pack('hi') as Uint8Array)))
    raw.frames.length = 0
    raw.write(frame(OP.ping))
    await raw.next(OP.pong)
    expect(raw.frames.some(({ opcode }) => opcode === OP.close)).toBe(false)
    raw.socket.destroy()
  })
})

test('T4: keys that mean something to the language reach no object', async () => {
  const keys = ['__proto__', 'constructor', 'prototype', 'then', 'toJSON', 'toString', 'valueOf', 'hasOwnProperty']
  const map = (key: string) => Buffer.concat([Buffer.from([0x81]), pack(key), pack([1])])
  await siege.attack('T4 prototype keys', async () => {
    for (const [index, key] of keys.entries()) {
      const { raw } = await siege.enter(address(11, index + 1))
      raw.write(frame(OP.binary, saying(map(key))))
      expect(await raw.code(), key).toBe(4400)
    }
    return `${keys.length} keys`
  })
  expect(unpack(map('proto'), TO_SERVER)).toEqual({ proto: [1] })
})

test('T6: a flood of frames is cut off, and what comes after is not read', async () => {
  // As often as one address may dial in ten seconds, and a little more.
  const floods = volume(40, 4)
  const size = 20_000
  const cutMs: number[] = []
  await siege.watchInPeace()
  const felt = await siege.attack('T6 message flood', async () => {
    const ack = frame(OP.binary, Uint8Array.of(0xd5, 3, 0, 0))
    const flood = Buffer.concat(Array.from({ length: size }, () => ack))
    for (let index = 0; index < floods; index++) {
      if (IS_LONG) await new Promise((resolve) => setTimeout(resolve, 250))
      const { raw } = await siege.enter(address(12, 1))
      const began = performance.now()
      raw.write(flood)
      expect(await raw.code()).toBe(4429)
      cutMs.push(performance.now() - began)
    }
    return `${floods} × ${size} frames; cut in ${percentile(cutMs, 0.99).toFixed(0)} ms`
  })
  expect(felt.after.stats.closed.TOO_FAST - felt.before.stats.closed.TOO_FAST).toBe(floods)
  const read = felt.after.stats.framesIn - felt.before.stats.framesIn
  // A burst for each, and the honest players' own.
  expect(read).toBeLessThan(floods * 500 + 100_000)
  expect(read).toBeLessThan((floods * size) / 2)
  if (IS_LONG) {
    expect(percentile(cutMs, 0.99)).toBeLessThan(50)
    expect(felt.lateP99Ms - felt.calmP99Ms).toBeLessThan(2)
  }
})

describe('T10: a flood below the messages is cut off', () => {
  const repeat = (count: number, bytes: Buffer) => Buffer.concat(Array.from({ length: count }, () => bytes))
  const PART = { isLast: false }
  for (const [index, [what, bytes, codes]] of (
    [
      ['fragments', repeat(5_000, frame(OP.more, 'x', PART)), [1008]],
      ['empty fragments', repeat(5_000, frame(OP.more, '', PART)), [1008]],
      ['pings', repeat(5_000, frame(OP.ping, 'x')), [4429]],
      ['pongs', repeat(5_000, frame(OP.pong, 'x')), [4429]],
    ] as const
  ).entries()) {
    test(`of ${what}`, async () => {
      const sockets = volume(100, 3)
      const flood = async (number: number) => {
        const raw = await siege.open(address(13 + index, number))
        if (bytes[0] === 0) raw.write(frame(OP.binary, 'x', PART))
        raw.write(bytes)
        return raw.code()
      }
      let cost = 0
      await siege.attack(`T10 ${what}`, async () => {
        const held = await siege.weigh()
        const floods = Array.from({ length: sockets }, (_, number) => flood(number + 1))
        // In the midst of it, as far as a flood has one: most are cut off by then.
        const during = (await siege.weigh()) - held
        const ends = await Promise.all(floods)
        cost = Math.max(during, (await siege.weigh()) - held)
        for (const code of ends) expect(codes).toContain(code)
        return `${sockets} × 5,000, ${inMB(cost)}: ${tally(ends)}`
      })
      if (IS_LONG) expect(cost).toBeLessThan(10e6)
    })
  }
})
