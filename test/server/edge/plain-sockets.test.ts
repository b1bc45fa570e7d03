import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../../server/base/limits.ts'
import { type PlainLimits, PlainSockets } from '../../../server/edge/plain-sockets.ts'

/** Connections, of which is kept which were ended. */
function opened(limits: Partial<PlainLimits> = {}) {
  const many = { plainSockets: 100, plainSocketsPerAddress: 100, plainRequestsPerSecond: 1, plainRequestBurst: 1_000 }
  const ended: object[] = []
  const plain = new PlainSockets({ ...many, ...limits }, (socket) => ended.push(socket))
  return { plain, ended }
}

test('of one address as many are let in as it may have, and others beside them', () => {
  const { plain, ended } = opened({ plainSocketsPerAddress: 2 })
  const [one, two, three] = [{}, {}, {}]
  expect([one, two, three].map((socket) => plain.enter(socket, 'a', 0))).toEqual([true, true, false])
  expect(ended).toEqual([three])
  expect(ended[0]).toBe(three)
  expect(plain.enter(three, 'b', 0)).toBe(true)
})

test('by default a hundred people of one address may load a page of sixty files at once, over six connections each', () => {
  const { plain, ended } = opened(DEFAULT_LIMITS)
  const sockets = Array.from({ length: 600 }, () => ({}))
  for (const socket of sockets) plain.enter(socket, 'school', 0)
  for (const socket of sockets) for (let file = 0; file < 10; file++) plain.asks(socket, false, 0)
  expect(ended).toEqual([])
})

test('of all addresses together as many are let in as there may be', () => {
  const { plain } = opened({ plainSockets: 3, plainSocketsPerAddress: 2 })
  const entered = ['a', 'b', 'c', 'd'].map((address) => plain.enter({}, address, 0))
  expect(entered).toEqual([true, true, true, false])
})

test('who leaves makes a place, once', () => {
  const { plain } = opened({ plainSockets: 2, plainSocketsPerAddress: 1 })
  const first = {}
  plain.enter(first, 'a', 0)
  expect(plain.enter({}, 'a', 0)).toBe(false)
  plain.leave(first)
  plain.leave(first)
  expect(plain.enter({}, 'a', 0)).toBe(true)
  expect(plain.enter({}, 'a', 0)).toBe(false)
  expect(plain.enter({}, 'b', 0)).toBe(true)
  expect(plain.enter({}, 'c', 0)).toBe(false)
})

test('tells of those who are here, of all addresses, and of nobody else', () => {
  const { plain } = opened({ plainSocketsPerAddress: 2 })
  const [gone, held, refused, other] = [{}, {}, {}, {}]
  plain.enter(gone, 'a', 0)
  plain.enter(held, 'a', 0)
  plain.enter(refused, 'a', 0)
  plain.leave(gone)
  plain.enter(other, 'b', 0)
  expect([...plain.sockets].map((socket) => [gone, held, refused, other].indexOf(socket))).toEqual([1, 3])
})

test('who was not let in leaves nothing behind', () => {
  const { plain } = opened({ plainSockets: 1, plainSocketsPerAddress: 1 })
  const [held, refused] = [{}, {}]
  plain.enter(held, 'a', 0)
  plain.enter(refused, 'a', 0)
  expect(plain.asks(refused, false, 0)).toBe(false)
  plain.leave(refused)
  expect(plain.enter({}, 'b', 0)).toBe(false)
})

test('what an address asks beyond what it may is refused, one connection at a time, and goes on as time passes', () => {
  const { plain, ended } = opened({ plainRequestsPerSecond: 1, plainRequestBurst: 5 })
  const [asking, idle, other] = [{}, {}, {}]
  for (const socket of [asking, idle]) plain.enter(socket, 'a', 0)
  plain.enter(other, 'b', 0)
  expect([1, 2, 3].map(() => plain.asks(asking, false, 0))).toEqual([true, true, true])
  expect(ended).toEqual([])
  expect(plain.asks(asking, false, 0)).toBe(false)
  expect(ended.map((socket) => [asking, idle, other].indexOf(socket))).toEqual([0])
  expect([plain.enter({}, 'a', 500), plain.enter({}, 'a', 1_000)]).toEqual([false, true])
  expect([plain.asks(idle, false, 1_000), plain.asks(idle, false, 2_000)]).toEqual([false, true])
  expect(plain.asks(other, false, 0)).toBe(true)
})

test('an address that floods gets no connection until it may ask all again', () => {
  const { plain } = opened({ plainRequestsPerSecond: 1, plainRequestBurst: 105 })
  const [flooding, idle] = [{}, {}]
  for (const socket of [flooding, idle]) plain.enter(socket, 'a', 0)
  for (let times = 0; times < 2; times++) plain.asks(flooding, true, 0)
  expect(plain.asks(idle, false, 50_000)).toBe(false)
  for (const socket of [flooding, idle]) plain.leave(socket)
  expect([plain.enter({}, 'a', 101_900), plain.enter({}, 'a', 102_000)]).toEqual([false, true])
})

test('who asks steadily within what it may goes on for ever', () => {
  const { plain, ended } = opened({ plainRequestsPerSecond: 10, plainRequestBurst: 20 })
  const socket = {}
  plain.enter(socket, 'a', 0)
  for (let at = 0; at < 100_000; at += 100) expect(plain.asks(socket, false, at)).toBe(true)
  expect(ended).toEqual([])
})

test('a request of a flood ends its own connection, and soon all of its address', () => {
  const { plain, ended } = opened({ plainRequestBurst: 150 })
  const [flooding, idle] = [{}, {}]
  for (const socket of [flooding, idle]) plain.enter(socket, 'a', 0)
  expect(plain.asks(flooding, true, 0)).toBe(false)
  expect(ended.includes(flooding)).toBe(true)
  expect(ended.includes(idle)).toBe(false)
  plain.asks(flooding, true, 0)
  expect(ended.includes(idle)).toBe(true)
})

test('a request of a flood counts for a hundred', () => {
  const { plain, ended } = opened({ plainRequestBurst: 250 })
  const sockets = Array.from({ length: 4 }, () => ({}))
  for (const socket of sockets) plain.enter(socket, 'a', 0)
  const [first, second, third, idle] = sockets as [object, object, object, object]
  for (const socket of [first, second]) plain.asks(socket, true, 0)
  expect(ended).toEqual([first, second])
  // Of 250 are left 46.
  plain.asks(third, true, 0)
  expect(ended.includes(idle)).toBe(true)
})

test('an address is forgotten once it is as if it had never been there', () => {
  const { plain } = opened({ plainRequestsPerSecond: 1, plainRequestBurst: 30 })
  const held = {}
  for (const address of ['asking', 'gone']) {
    const socket = {}
    plain.enter(socket, address, 0)
    for (let count = 0; address === 'asking' && count < 25; count++) plain.asks(socket, false, 0)
    plain.leave(socket)
  }
  plain.enter(held, 'held', 0)
  plain.enter({}, 'new', 20_000)
  expect(plain.size).toBe(3)
  plain.enter({}, 'new', 40_000)
  expect(plain.size).toBe(2)
})
