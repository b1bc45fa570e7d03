import { expect, test } from 'vitest'
import { PlainSockets } from '../../../server/edge/plain-sockets.ts'

test('of one address as many are let in as it may have, and others beside them', () => {
  const plain = new PlainSockets(10, 2)
  const [one, two, three] = [{}, {}, {}]
  expect([one, two, three].map((socket) => plain.enter(socket, 'a'))).toEqual([true, true, false])
  expect(plain.enter(three, 'b')).toBe(true)
})

test('of all addresses together as many are let in as there may be', () => {
  const plain = new PlainSockets(3, 2)
  const entered = ['a', 'b', 'c', 'd'].map((address) => plain.enter({}, address))
  expect(entered).toEqual([true, true, true, false])
})

test('who leaves makes a place, once', () => {
  const plain = new PlainSockets(2, 1)
  const first = {}
  plain.enter(first, 'a')
  expect(plain.enter({}, 'a')).toBe(false)
  plain.leave(first)
  plain.leave(first)
  expect(plain.enter({}, 'a')).toBe(true)
  expect(plain.enter({}, 'a')).toBe(false)
  expect(plain.enter({}, 'b')).toBe(true)
  expect(plain.enter({}, 'c')).toBe(false)
})

test('who was not let in leaves nothing behind', () => {
  const plain = new PlainSockets(1, 1)
  const [held, refused] = [{}, {}]
  plain.enter(held, 'a')
  plain.enter(refused, 'a')
  plain.leave(refused)
  expect(plain.enter({}, 'b')).toBe(false)
})
