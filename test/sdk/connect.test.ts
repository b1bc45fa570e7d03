import { beforeEach, describe, expect, test } from 'vitest'
import { TO_CLIENT } from '../../protocol/limits.ts'
import { unpack, type Wire } from '../../protocol/msgpack.ts'
import { pack } from '../../protocol/plain.ts'
import { connect, type FramedSocket } from '../../sdk/connect.ts'
import type { World } from '../../sdk/world.ts'
import { VirtualClock } from '../support/clock.ts'
import { type FarSocket, Net } from '../support/link.ts'
import { seeded } from '../support/random.ts'

let clock: VirtualClock
let net: Net
let far: FarSocket | null
let received: Wire[]
let heard: Wire[]
let socket: FramedSocket

beforeEach(() => {
  clock = new VirtualClock()
  received = []
  heard = []
  net = new Net(clock, (opened) => {
    far = opened
    return { receive: (bytes) => void received.push(unpack(bytes, TO_CLIENT)), closed: () => {} }
  })
  const { now, after } = clock
  const world = { WebSocket: net.WebSocket, now, after, random: seeded(1), page: null }
  socket = connect('ws://other.test/', { ...world, protocols: ['mine'] })
  socket.on((value) => heard.push(value))
})

describe('a raw socket', () => {
  test('carries any plain value both ways', () => {
    const value = { a: [1, -2.5, null, true, 'x'], b: Uint8Array.of(1, 2) }
    clock.advance(100)
    expect(net.link.protocols).toEqual(['mine'])
    expect(socket.send(value)).toBe('sent')
    far?.send(pack(value))
    clock.advance(100)
    expect(received).toEqual([value])
    expect(heard).toEqual([value])
  })

  test('carries what an interface of plain values describes', () => {
    interface Place {
      readonly x: number
      readonly trail: readonly Step[]
      readonly name?: string
    }
    interface Step {
      readonly at: number
      readonly bytes: Uint8Array
    }
    const place: Place = { x: 1, trail: [{ at: 2, bytes: Uint8Array.of(3) }] }
    clock.advance(100)
    expect(socket.send(place)).toBe('sent')
    clock.advance(100)
    expect(received).toEqual([place])
    // @ts-expect-error
    expect(() => socket.send({ at: new Map() })).toThrow(TypeError)
    // @ts-expect-error
    expect(() => socket.send({ at: 1n })).toThrow(TypeError)
    // @ts-expect-error
    expect(() => socket.send(() => 1)).toThrow(TypeError)
    // @ts-expect-error
    expect(() => socket.send(Map)).toThrow(TypeError)
  })

  test('queues before it is open and while the browser has much to write, in order', () => {
    expect([socket.send(1), socket.send(2)]).toEqual(['queued', 'queued'])
    clock.advance(20)
    net.link.bufferedAmount = 64 * 1024
    expect([socket.send(3), socket.send(4)]).toEqual(['queued', 'queued'])
    // Two bytes wait here.
    expect(socket.bufferedAmount).toBe(64 * 1024 + 2)
    clock.advance(1000)
    expect(received).toEqual([1, 2])
    net.link.bufferedAmount = 0
    clock.advance(100)
    expect(received).toEqual([1, 2, 3, 4])
    expect(socket.send(5)).toBe('sent')
  })

  test('is back soon after a server was away, of which it may only know that it answers', async () => {
    const asked: unknown[] = []
    const { now, after } = clock
    const fetch: World['fetch'] = async (_, { mode }) => {
      asked.push(mode)
      if (net.isDown || mode !== 'no-cors') throw new TypeError('failed')
      return { status: 0, json: () => Promise.reject(new SyntaxError('opaque')) }
    }
    socket.close()
    socket = connect('ws://other.test/', { WebSocket: net.WebSocket, now, after, random: seeded(1), page: null, fetch })
    await clock.pass(100)
    net.isDown = true
    net.cut()
    await clock.pass(10_000)
    const { length } = net.links
    expect(length).toBeLessThan(10)
    net.isDown = false
    await clock.pass(1_000)
    expect([socket.state.name, net.links.length]).toEqual(['open', length + 1])
    expect(new Set(asked)).toEqual(new Set(['no-cors']))
  })

  test('says when nothing waits any more, once, and not where nothing had to wait', () => {
    let drained = 0
    clock.advance(100)
    socket.onDrained(() => drained++)
    expect(socket.send(1)).toBe('sent')
    net.link.bufferedAmount = 64 * 1024
    while (socket.send(2) !== 'full') expect(drained).toBe(0)
    clock.advance(1_000)
    expect(drained).toBe(0)
    net.link.bufferedAmount = 0
    clock.advance(1_000)
    expect(drained).toBe(1)
    expect(received.length).toBe(513)
  })

  test('says so, too, of what waited for the socket to open', () => {
    let drained = 0
    socket.onDrained(() => drained++)
    while (socket.send(1) !== 'full') expect(drained).toBe(0)
    clock.advance(1_000)
    expect([drained, received.length]).toEqual([1, 512])
    expect(socket.send(2)).toBe('sent')
    clock.advance(1_000)
    expect(drained).toBe(1)
  })

  // The example that the WebSocket specification gives for `bufferedAmount`, as README.md shows it.
  test('sends a position 20 times a second to a line that takes it, and the newest alone to one that does not', () => {
    Object.assign(net.up.line, { bytesPerSecond: 600, queueBytes: 1 })
    clock.advance(100)
    let x = 0
    const position = () => ({ x: ++x, y: 'a'.repeat(80) })
    const isFree = () => socket.state.name === 'open' && socket.bufferedAmount === 0
    clock.every(50, () => void (isFree() && socket.send(position())))
    clock.advance(10_000)
    const slowly = received.length
    expect(slowly).toBeGreaterThan(40)
    expect(slowly).toBeLessThan(80)
    expect(x - slowly).toBeLessThanOrEqual(1)
    net.up.line.bytesPerSecond = 1_000_000
    clock.advance(1_000)
    expect(received.length - slowly).toBeGreaterThanOrEqual(19)
  })

  test('sends none that was taken during a cut', () => {
    const isFree = () => socket.state.name === 'open' && socket.bufferedAmount === 0
    clock.every(50, () => void (isFree() && socket.send(clock.now())))
    clock.advance(1_000)
    net.isDown = true
    net.cut()
    clock.advance(10_000)
    net.isDown = false
    received.length = 0
    const back = clock.now()
    clock.advance(6_000)
    expect(received.length).toBeGreaterThan(10)
    expect(received.filter((at) => (at as number) < back)).toEqual([])
  })

  test('takes 512 values and no more, and bytes likewise', () => {
    for (let count = 0; count < 512; count++) expect(socket.send(count)).toBe('queued')
    expect(socket.send(512)).toBe('full')
    clock.advance(100)
    expect(received).toHaveLength(512)
    net.cut()
    expect(socket.send(new Uint8Array(200_000))).toBe('queued')
    expect(socket.send(new Uint8Array(100_000))).toBe('full')
    expect(socket.send(new Uint8Array(10_000))).toBe('queued')
  })

  test('refuses at once what is larger than all that may wait, and takes what just is not', () => {
    const value = (bytes: number) => new Uint8Array(bytes - 5)
    for (const state of ['connecting', 'open']) {
      expect(socket.state.name).toBe(state)
      const refusal = new RangeError('a value may have 262144 bytes, got 262145')
      expect(() => socket.send(value(262_145))).toThrow(refusal)
      clock.advance(100)
    }
    expect(socket.send(value(262_144))).toBe('sent')
    clock.advance(100)
    expect(received).toEqual([value(262_144)])
  })

  test('refuses at once what another of its kind would be closed for', () => {
    const nested = (depth: number): Wire => (depth === 0 ? 1 : [nested(depth - 1)])
    const refused = [
      [Number.NaN, 'not finite'],
      [{ x: Number.POSITIVE_INFINITY }, 'not finite'],
      [{ ['k'.repeat(65)]: 1 }, 'bad key'],
      [{ constructor: 1 }, 'bad key'],
      [nested(17), 'too deep'],
      [new Array(32_768).fill(0), 'too many nodes'],
    ] as const
    clock.advance(100)
    for (const [value, why] of refused) {
      expect(() => socket.send(value)).toThrow(new RangeError(`this value cannot be sent: ${why}`))
    }
    const taken = [{ x: 1.5 }, { ['k'.repeat(64)]: 1 }, nested(16), new Array(32_767).fill(0)]
    for (const value of taken) expect(socket.send(value)).toBe('sent')
    clock.advance(100)
    expect(received).toEqual(taken)
  })

  test('dials again, and sends what waited', () => {
    clock.advance(100)
    net.cut()
    socket.send('later')
    clock.advance(1_100)
    expect(socket.state).toEqual({ name: 'open' })
    expect(received).toEqual(['later'])
  })

  test('stays open however long the peer says nothing', () => {
    clock.advance(600_000)
    expect(socket.state).toEqual({ name: 'open' })
    expect(net.links).toHaveLength(1)
  })

  for (const [what, say] of [
    ['text', () => net.link.onmessage?.({ data: 'hello' })],
    ['what is no plain value', () => far?.send(Uint8Array.of(0xc1))],
  ] as const) {
    test(`is closed by a peer that sends ${what}`, () => {
      clock.advance(100)
      say()
      clock.advance(100)
      expect(socket.state.name).toBe('closed')
      expect(net.link.closedWith?.code).toBe(4400)
      expect(heard).toEqual([])
    })
  }

  test('is over when closed', () => {
    clock.advance(100)
    const states: string[] = []
    socket.onState(({ name }) => states.push(name))
    socket.close()
    clock.advance(10_000)
    expect(states).toEqual(['closed'])
    expect(socket.send(1)).toBe('full')
    expect(clock.waiting).toBe(0)
  })
})
