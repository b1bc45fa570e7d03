import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { swapToken, watchPage } from '../../sdk/page.ts'
import { realWorld } from '../../sdk/world.ts'

let returned: number
let hidden: number
let off: () => void
let visibility: string
let watched: boolean[]

beforeEach(() => {
  returned = hidden = 0
  visibility = 'visible'
  watched = []
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => visibility })
  const { page } = realWorld({})
  if (page === null) throw new Error('there is no page')
  const party = { hide: () => void hidden++, watch: (isHidden: boolean) => void watched.push(isHidden) }
  off = watchPage(page, party, () => void returned++)
})
afterEach(() => {
  off()
  sessionStorage.clear()
})

describe('a page', () => {
  for (const event of ['online', 'pageshow']) {
    test(`is back at ${event}`, () => {
      window.dispatchEvent(new Event(event))
      expect([returned, hidden]).toEqual([1, 0])
    })
  }

  test('is back when it becomes visible, not when it is hidden', () => {
    visibility = 'hidden'
    document.dispatchEvent(new Event('visibilitychange'))
    expect([returned, hidden]).toEqual([0, 0])
    expect(watched).toEqual([true])
    visibility = 'visible'
    document.dispatchEvent(new Event('visibilitychange'))
    expect(returned).toBe(1)
    expect(watched).toEqual([true, false])
  })

  for (const event of ['beforeunload', 'pagehide']) {
    test(`goes away at ${event}`, () => {
      window.dispatchEvent(new Event(event))
      expect([returned, hidden]).toEqual([0, 1])
    })
  }

  test('is not watched any more after off', () => {
    off()
    for (const event of ['online', 'pageshow', 'beforeunload', 'pagehide']) window.dispatchEvent(new Event(event))
    document.dispatchEvent(new Event('visibilitychange'))
    expect([returned, hidden]).toEqual([0, 0])
  })
})

describe('the token of a seat', () => {
  test('is left for the page after a reload, which takes it, so that a duplicated tab finds none', () => {
    const world = realWorld({})
    swapToken(world, 'ws://arena.test/ws room lobby', 'secret')
    expect(swapToken(world, 'ws://arena.test/ws room other')).toBe('')
    expect(swapToken(world, 'ws://arena.test/ws room lobby')).toBe('secret')
    expect(swapToken(world, 'ws://arena.test/ws room lobby')).toBe('')
    expect(sessionStorage.length).toBe(0)
  })

  test('is done without where storage is missing, full or forbidden', () => {
    const forbidden = () => {
      throw new DOMException('forbidden', 'SecurityError')
    }
    const storage = { getItem: forbidden, setItem: forbidden, removeItem: forbidden }
    for (const world of [{ storage: null }, { storage }]) {
      swapToken(world, 'seat', 'secret')
      expect(swapToken(world, 'seat')).toBe('')
    }
  })

  test('that does not exist is not left', () => {
    swapToken(realWorld({}), 'seat', '')
    expect(sessionStorage.length).toBe(0)
  })
})
