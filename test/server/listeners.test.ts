import { expect, test } from 'vitest'
import { Listeners } from '../../server/listeners.ts'
import { arena } from '../support/arena.ts'

test('several listen to one message until they are off, and none to one that there is not', () => {
  const listeners = new Listeners(arena)
  const [one, two] = [() => {}, () => {}]
  const off = listeners.on('ask', one)
  listeners.on('ask', two)
  expect([...listeners.to('ask')]).toEqual([one, two])
  off()
  expect([...listeners.to('ask')]).toEqual([two])
  expect([...listeners.to('talk')]).toEqual([])
  expect(() => listeners.on('shout', one)).toThrow('the game has no message shout to the server')
})
