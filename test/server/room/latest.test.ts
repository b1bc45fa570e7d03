import { expect, test } from 'vitest'
import { Latest } from '../../../server/room/latest.ts'

function taken(latest: Latest<string>, now: number, most = 99): string[] {
  const all: string[] = []
  latest.handOut(now, (message) => all.length < most && all.push(message) > 0)
  return all
}

test('the newest of each key is handed out once, oldest key first', () => {
  const latest = new Latest<string>()
  for (const [key, message] of ['a1', 'b1', 'a2'].map((word) => [word[0], word] as const))
    latest.put(key!, message, 0, 9)
  expect([taken(latest, 0), taken(latest, 0)]).toEqual([['a2', 'b1'], []])
})

test('what is not taken waits on, and what is too late does not', () => {
  const latest = new Latest<string>()
  for (const [message, until] of [
    ['a', 9],
    ['b', 5],
    ['c', 9],
  ] as const)
    latest.put(message, message, 0, until)
  expect([taken(latest, 5, 1), taken(latest, 5, 1), taken(latest, 6)]).toEqual([['a'], ['b'], ['c']])
  latest.put('d', 'd', 0, 5)
  expect(taken(latest, 6)).toEqual([])
})

test('64 keys wait and no more, but a key that waits may have another message', () => {
  const latest = new Latest<string>()
  for (let key = 0; key < 64; key++) expect(latest.put(String(key), 'old', 0, 9)).toBe(true)
  expect([latest.put('more', 'new', 0, 9), latest.put('7', 'new', 0, 9)]).toEqual([false, true])
})

test('keys that are too late make place for another one, behind whichever they wait', () => {
  const latest = new Latest<string>()
  for (let key = 0; key < 64; key++) latest.put(String(key), String(key), 0, key === 50 ? 5 : 9)
  expect([latest.put('more', 'more', 5, 9), latest.put('more', 'more', 6, 9)]).toEqual([false, true])
  expect(latest.put('yet more', 'new', 6, 9)).toBe(false)
  expect(taken(latest, 6)).toHaveLength(64)
})
