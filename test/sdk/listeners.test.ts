import { afterEach, expect, test, vi } from 'vitest'
import { Listeners } from '../../sdk/listeners.ts'

afterEach(() => void vi.restoreAllMocks())

test('each listener is called with each value, in the order of their adding', () => {
  const listeners = new Listeners<number>()
  const heard: string[] = []
  listeners.add((value) => heard.push(`a${value}`))
  listeners.add((value) => heard.push(`b${value}`))
  listeners.tell(1)
  expect(heard).toEqual(['a1', 'b1'])
})

test('what is taken off is not called again, also when the same function was added twice', () => {
  const listeners = new Listeners<number>()
  const heard: number[] = []
  const listener = (value: number) => heard.push(value)
  const off = listeners.add(listener)
  listeners.add(listener)
  off()
  off()
  listeners.tell(1)
  expect(heard).toEqual([1])
})

test('one that is added by a listener hears the next value, and not the same', () => {
  const listeners = new Listeners<number>()
  const heard: string[] = []
  let off = listeners.add(again)
  function again(value: number): void {
    heard.push(`a${value}`)
    off()
    // Were it told at once, it would be for ever.
    if (heard.length < 9) off = listeners.add(again)
  }
  listeners.tell(1)
  expect(heard).toEqual(['a1'])
  listeners.tell(2)
  expect(heard).toEqual(['a1', 'a2'])
})

test('one that is taken off by a listener before it does not hear the value', () => {
  const listeners = new Listeners<number>()
  const heard: number[] = []
  listeners.add(() => off())
  const off = listeners.add((value) => heard.push(value))
  listeners.tell(1)
  expect(heard).toEqual([])
})

test('one that throws keeps the value from no other, and its error comes up by itself', () => {
  const later = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {})
  const listeners = new Listeners<number>()
  const heard: number[] = []
  listeners.add(() => {
    throw new Error('the game')
  })
  listeners.add((value) => heard.push(value))
  listeners.tell(1)
  const runs = later.mock.calls.map(([run]) => run)
  expect(heard).toEqual([1])
  expect(runs).toHaveLength(1)
  expect(runs[0]).toThrow('the game')
})

test('a listener that is no function is refused at once', () => {
  expect(() => new Listeners().add(7 as never)).toThrow(TypeError)
})
