import { beforeEach, expect, test } from 'vitest'
import { Listeners } from '../../../server/room/listeners.ts'
import type { Seat } from '../../../server/room/seat.ts'
import { arena } from '../../support/arena.ts'

let listeners: Listeners
let told: string[]

beforeEach(() => {
  listeners = new Listeners(arena)
  told = []
})

/** What those who listen to that message say of it. */
function tell(name: string): string[] {
  told = []
  for (const listener of listeners.to(name)) listener({} as Seat, '', 0)
  return told
}

test('several listen to one message until they are off, and none to one that there is not', () => {
  const off = listeners.on('ask', () => told.push('one'))
  listeners.on('ask', () => told.push('two'))
  expect(tell('ask')).toEqual(['one', 'two'])
  off()
  expect([tell('ask'), tell('talk')]).toEqual([['two'], []])
  expect([listeners.has('ask'), listeners.has('talk')]).toEqual([true, false])
  expect(() => listeners.on('shout', () => {})).toThrow('the game has no message shout to the server')
})

test('who listens twice is told twice, and is off once for each', () => {
  const one = () => told.push('one')
  const off = listeners.on('ask', one)
  listeners.on('ask', one)
  expect(tell('ask')).toEqual(['one', 'one'])
  off()
  off()
  expect(tell('ask')).toEqual(['one'])
})

test('a listener that another one adds hears the next message, and one that another takes off hears no more', () => {
  const off = listeners.on('ask', () => {
    told.push('one')
    off()
    offTwo()
    listeners.on('ask', () => told.push('three'))
  })
  const offTwo = listeners.on('ask', () => told.push('two'))
  expect(tell('ask')).toEqual(['one'])
  expect(tell('ask')).toEqual(['three'])
})

test('what is no function is refused where it is given', () => {
  expect(() => listeners.on('ask', undefined as never)).toThrow('a listener must be a function, got undefined')
  expect(listeners.has('ask')).toBe(false)
})
