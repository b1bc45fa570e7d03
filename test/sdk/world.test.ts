import { describe, expect, test } from 'vitest'
import { realWorld, socketUrl } from '../../sdk/world.ts'
import { VirtualClock } from '../support/clock.ts'
import { Net } from '../support/link.ts'

describe('an address', () => {
  for (const [address, home, url] of [
    ['wss://arena.test/ws', null, 'wss://arena.test/ws'],
    ['https://arena.test/ws', null, 'wss://arena.test/ws'],
    ['http://arena.test:8080/ws#top', null, 'ws://arena.test:8080/ws'],
    ['ws://arena.test/ws?a=b#?c#d', null, 'ws://arena.test/ws?a=b'],
    ['wss://arena.test/ws#', null, 'wss://arena.test/ws'],
    ['undefined', 'https://page.test/game/', 'wss://page.test/game/undefined'],
    ['/ws', 'https://page.test/game/index.html', 'wss://page.test/ws'],
    ['ws?a=b', 'http://page.test/game/', 'ws://page.test/game/ws?a=b'],
  ] as const) {
    test(`${address} on ${home ?? 'no page'} is ${url}`, () => expect(socketUrl(address, home)).toBe(url))
  }

  for (const [address, home] of [
    ['/ws', null],
    ['ftp://arena.test/ws', null],
    [undefined, 'https://page.test/game/'],
    [null, 'https://page.test/game/'],
    ['', null],
  ] as const) {
    test(`${JSON.stringify(address)} on ${home ?? 'no page'} is refused`, () => {
      expect(() => socketUrl(address as string, home)).toThrow(
        new TypeError(`url must be such as wss://host/ws, got ${address}`),
      )
    })
  }
})

test('what is given is used, and what is not is the real thing, if there is one', () => {
  const { WebSocket } = new Net(new VirtualClock(), () => ({ receive: () => {}, closed: () => {} }))
  const world = realWorld({ WebSocket, random: () => 0.5 })
  expect(world.WebSocket).toBe(WebSocket)
  expect(world.random()).toBe(0.5)
  expect(Math.abs(world.now() - Date.now())).toBeLessThan(5000)
  expect([world.page, world.home, world.base]).toEqual([null, null, null])
})
