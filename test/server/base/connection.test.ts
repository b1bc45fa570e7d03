import { describe, expect, test } from 'vitest'
import type { Wire } from '../../../protocol/msgpack.ts'
import { pack } from '../../../protocol/plain.ts'
import { Connection, clip, type Holder } from '../../../server/base/connection.ts'
import { zeroStats } from '../../../server/base/stats.ts'
import { Arena, arena } from '../../support/arena.ts'
import { TestServer, virtualShared } from '../../support/server.ts'

/** A connection whose holder takes everything. */
function connected(limits = {}) {
  const shared = virtualShared(limits)
  const calls: string[] = []
  const holder: Holder = {
    message: ({ type }) => void calls.push(type),
    frame: (type) => void calls.push(`frame ${type}`),
    lost: () => void calls.push('lost'),
  }
  const socket = {
    bufferedAmount: 0,
    send: (bytes: Uint8Array) => void calls.push(`send ${bytes.length}`),
    close: (code: number, reason: string) => void calls.push(`close ${code} ${reason}`),
    terminate: () => void calls.push('terminate'),
  }
  let gone = 0
  const connection = new Connection(socket, holder, shared, () => gone++)
  return { shared, holder, socket, connection, calls, gone: () => gone }
}

const leave = pack([4])

describe('a first frame that is no hello closes the socket with 4400', () => {
  const game = arena
  for (const [what, bytes] of [
    ['nothing', new Uint8Array(0)],
    ['nil', pack(null)],
    ['a number', pack(7)],
    ['an empty array', pack([])],
    ['an unknown type', pack([99])],
    ['a leave', leave],
    ['a message', pack([2, 1, 0, 0, ['hi']])],
    ['a hello of one part', pack([1])],
    ['a hello with a text for a version', pack([1, '1'])],
    ['an ack frame', Uint8Array.of(0xd5, 3, 0, 0)],
    ['an unknown ext', Uint8Array.of(0xd4, 77, 0)],
    ['a value and a trailing byte', Uint8Array.of(...leave, 0)],
    ['a reserved byte', Uint8Array.of(0xc1)],
  ] as const) {
    test(`[M1] ${what}`, () => {
      const client = new TestServer(game, { room: Arena }).dial()
      client.raw(bytes)
      expect(client.closed?.code).toBe(4400)
      expect(client.closed?.reason).not.toBe('')
    })
  }

  test('and a hello does not', async () => {
    const client = await new TestServer(game, { room: Arena }).join()
    expect(client.closed).toBeNull()
  })
})

test('[F4] a hello that leaves no room for a later claim is closed with 1009, and one with a claim is not', () => {
  const hello = (bytes: number, resume: Wire) => pack([1, 1, 7, 'arena', '', null, new Uint8Array(bytes), resume, null])
  const claim = ['token', 1, 0, 0]
  const reasons = [
    [15_900, null],
    [16_000, null],
    [16_000, claim],
  ].map(([bytes, resume]) => {
    const { connection, calls } = connected()
    connection.receive(hello(bytes as number, resume as Wire))
    return calls[0]
  })
  expect(reasons).toEqual(['hello', expect.stringMatching(/^close 1009 .* 16000 bytes, got 160\d\d$/), 'hello'])
})

test('a text frame closes the socket with 1003', () => {
  const client = new TestServer(arena, { room: Arena }).dial()
  client.connection.receiveText()
  expect(client.closed?.code).toBe(1003)
})

test('a frame over the limit closes the socket with 1009, one of just the limit does not', () => {
  for (const { bytes, code } of [
    { bytes: 16 * 1024, code: 4400 },
    { bytes: 16 * 1024 + 1, code: 1009 },
  ]) {
    const client = new TestServer(arena, { room: Arena }).dial()
    client.raw(new Uint8Array(bytes))
    expect(client.closed?.code).toBe(code)
  }
})

test('the 601st frame at once closes the socket with 4429, and nothing after it is read', () => {
  const { connection, calls, shared } = connected()
  const message = pack([2, 1, 0, 0, ['hi']] as Wire)
  for (let count = 0; count < 600; count++) connection.receive(message)
  expect(calls).toEqual(Array.from({ length: 600 }, () => 'message'))
  for (let count = 0; count < 1_000; count++) connection.receive(message)
  expect(calls.slice(600)).toEqual(['close 4429 more than 100 frames a second', 'lost'])
  expect(shared.stats.framesIn).toBe(601)
  expect(shared.stats.closed.TOO_FAST).toBe(1)
})

test('a hundred frames a second may go on for ever', () => {
  const { connection, calls, shared } = connected()
  const message = pack([2, 1, 0, 0, ['hi']] as Wire)
  for (let second = 0; second < 60; second++) {
    for (let count = 0; count < 100; count++) connection.receive(message)
    shared.world.clock.advance(1_000)
  }
  expect(calls.includes('lost')).toBe(false)
})

test('the 31st control message at once closes the socket with 4429, and five a second may go on for ever', () => {
  const { connection, calls, shared } = connected()
  for (let count = 0; count < 30; count++) connection.receive(leave)
  for (let second = 0; second < 60; second++) {
    shared.world.clock.advance(1_000)
    for (let count = 0; count < 5; count++) connection.receive(leave)
  }
  expect(calls.filter((call) => call !== 'leave')).toEqual([])
  connection.receive(leave)
  expect(calls.slice(330)).toEqual(['close 4429 more than 5 control messages a second', 'lost'])
})

test('pings and pongs are signs of life that count as control messages, and messages of the game do not', () => {
  const { connection, calls, shared } = connected()
  const message = pack([2, 1, 0, 0, ['hi']] as Wire)
  for (let count = 0; count < 300; count++) connection.receive(message)
  shared.world.clock.advance(900)
  for (let count = 0; count < 30; count++) connection.receiveSignal()
  expect(connection.heardAt).toBe(900)
  expect(calls.slice(300)).toEqual([])
  connection.receiveSignal()
  expect(calls.slice(300)).toEqual(['close 4429 more than 5 control messages a second', 'lost'])
  connection.receiveSignal()
  expect(shared.stats.closed.TOO_FAST).toBe(1)
})

test('frames and bytes are counted both ways', () => {
  const { connection, shared } = connected()
  for (let count = 0; count < 2; count++) connection.receive(leave)
  for (const length of [10, 20, 30]) connection.send(new Uint8Array(length))
  expect(shared.stats).toMatchObject({ framesIn: 2, bytesIn: 4, framesOut: 3, bytesOut: 60 })
  expect([connection.incoming.total, connection.outgoing.total]).toEqual([4, 60])
})

test('bytes have a rate of their own', () => {
  const { connection, calls } = connected({ byteBurst: 1_000, bytesPerSecond: 100 })
  const message = pack([2, 1, 0, 0, ['x'.repeat(390)]] as Wire)
  connection.receive(message)
  connection.receive(message)
  expect(calls).toEqual(['message', 'message'])
  connection.receive(message)
  expect(calls.slice(2)).toEqual(['close 4429 more than 100 bytes a second', 'lost'])
})

test('after it was closed, nothing goes in or out, and it is told once', () => {
  const { connection, calls, gone } = connected()
  connection.close('REFUSED', 'no')
  connection.close('LEFT')
  connection.closed()
  connection.giveUp()
  connection.receive(leave)
  connection.receiveText()
  connection.send(leave)
  expect(calls).toEqual(['close 4403 no', 'lost'])
  expect(gone()).toBe(1)
})

test('a reader that stopped is closed with 4408 before more than the limit waits for it', () => {
  const { connection, socket, calls, shared } = connected()
  socket.bufferedAmount = shared.limits.queuedBytes
  connection.send(leave)
  expect(calls).toEqual(['send 2'])
  socket.bufferedAmount++
  connection.send(leave)
  expect(calls.slice(1)).toEqual(['close 4408 more than 262144 bytes wait to be read', 'lost'])
})

test('a peer that said no hello, or too much, is cut off 500 ms after it was told so, and no other peer is', () => {
  for (const [reason, end] of [
    ['HELLO_TIMEOUT', ['terminate']],
    ['TOO_FAST', ['terminate']],
    ['FULL', []],
  ] as const) {
    const { connection, calls, shared } = connected()
    connection.close(reason)
    shared.world.clock.advance(499)
    expect(calls.length).toBe(2)
    shared.world.clock.advance(1)
    expect(calls.slice(2)).toEqual(end)
  }
})

test('frames that the socket could not read end it, and are counted once', () => {
  const { connection, calls, shared, gone } = connected()
  connection.broken(false)
  connection.broken(true)
  expect(calls).toEqual(['lost'])
  expect(gone()).toBe(1)
  expect([shared.stats.brokenFrames, shared.stats.closed.TOO_BIG]).toEqual([1, 0])
})

test('an error that nobody foresaw is logged, and closes this socket with 4500', async () => {
  for (const message of [
    () => {
      throw new Error('oh no')
    },
    () => Promise.reject(new Error('oh no')),
  ]) {
    const { connection, holder, calls, shared } = connected()
    holder.message = message
    connection.receive(leave)
    await shared.world.clock.pass(0)
    expect(calls[0]).toContain('close 4500')
    expect(shared.logged).toEqual(['a connection failed: oh no'])
  }
})

test('a close reason has at most 123 bytes, cut between characters', () => {
  expect(clip('x'.repeat(200))).toBe('x'.repeat(123))
  expect(clip('é'.repeat(200))).toBe('é'.repeat(61))
  expect(clip('🚀'.repeat(200))).toBe('🚀'.repeat(30))
  expect(clip('short')).toBe('short')
})

test('all counters start at 0', () => {
  const { closed, refused, ...rest } = zeroStats()
  for (const count of [...Object.values(closed), ...Object.values(refused), ...Object.values(rest)])
    expect(count).toBe(0)
})
