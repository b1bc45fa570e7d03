import { describe, expect, test } from 'vitest'
import { defineGame } from '../../protocol/index.ts'
import { type AttachOptions, checkOptions } from '../../server/options.ts'
import { defineRoom, Room } from '../../server/room/room.ts'
import { Arena, arena } from '../support/arena.ts'

const good = { game: arena, rooms: { arena: Arena } } as unknown as AttachOptions

const at = (tickRate: number, sendRate: number) => defineRoom(arena, () => ({}), { tickRate, sendRate })
/** A room with settings that the types would refuse. */
const set = (settings: object) => ({ rooms: { arena: defineRoom(arena, () => ({}), settings) } })

test('good options pass', () => {
  expect(() => checkOptions({ ...good, rooms: { slow: at(1, 1), turns: at(0, 1) } } as never)).not.toThrow()
  const Strict = defineRoom(arena, () => ({}), { lateInputs: 'strict' })
  expect(() => checkOptions({ ...good, rooms: { arena: Strict } } as unknown as AttachOptions)).not.toThrow()
  expect(() => checkOptions(good)).not.toThrow()
  class Whole extends Room<typeof arena> {
    override onJoin() {}
    onArrival() {}
  }
  for (const room of [Whole, class extends Arena {}]) {
    expect(() => checkOptions({ ...good, rooms: { arena: room } } as unknown as AttachOptions)).not.toThrow()
  }
  expect(() => checkOptions({ ...good, path: '/a/b.c-d', trustProxy: 1, log: () => {} })).not.toThrow()
  for (const scheme of ['http', 'https', 'ws', 'wss']) {
    expect(() => checkOptions({ ...good, publicUrl: `${scheme}://localhost:8080` })).not.toThrow()
    expect(() => checkOptions({ ...good, publicUrl: `${scheme}://[::1]/a,b*c` })).not.toThrow()
  }
  const apps = [
    'capacitor://localhost',
    'ionic://localhost',
    'tauri://localhost',
    'app://game',
    'chrome-extension://abc',
  ]
  expect(() => checkOptions({ ...good, allowedOrigins: ['https://portal.example', '*', ...apps] })).not.toThrow()
})

describe('options that cannot work are refused at the call, naming what is wrong', () => {
  class TooFast extends Room<typeof arena> {
    static override readonly tickRate = 2_000
  }
  const Nobody = defineRoom(arena, () => ({}), { capacity: 0 })
  class Misspelt extends Room<typeof arena> {
    onjoin() {}
  }
  const hooks = 'onCreate, onJoin, onTick, onLeave, onDrop, onResume, onDispose'
  for (const [what, options, complaint] of [
    [
      'a class with what is nearly a hook',
      { rooms: { arena: Misspelt } },
      `rooms.arena has no hook onjoin; there are ${hooks}`,
    ],
    [
      'a class that inherits it',
      { rooms: { arena: class extends Misspelt {} } },
      `rooms.arena has no hook onjoin; there are ${hooks}`,
    ],
    [
      'a room of another game',
      { rooms: { arena: defineRoom(defineGame({}), () => ({})) } },
      'rooms.arena must be served with the game that it was defined for, got another',
    ],
    ['no game', { game: undefined }, 'game must be'],
    [
      'a room of a longer name than a hello holds',
      { rooms: { ['r'.repeat(129)]: Arena } },
      'rooms must have names of at most 128 characters, got one of 129',
    ],
    [
      'a room without its defineRoom',
      { rooms: { arena: (_: unknown) => ({}) } },
      'rooms.arena must be what defineRoom returns, or a class that extends Room, got a function',
    ],
    [
      'a class of another kind',
      { rooms: { arena: class {} } },
      'rooms.arena must be what defineRoom returns, or a class that extends Room, got a',
    ],
    [
      'no room',
      { rooms: { arena: undefined } },
      'rooms.arena must be what defineRoom returns, or a class that extends Room, got undefined',
    ],
    ['no rooms', { rooms: {} }, 'at least one room'],
    [
      'a room that is none',
      { rooms: { arena: 7 } },
      'rooms.arena must be what defineRoom returns, or a class that extends Room, got 7',
    ],
    ['a tick rate of 2000', { rooms: { arena: TooFast } }, 'rooms.arena.tickRate must be 1 to 1000, got 2000'],
    ['half a tick a second', { rooms: { arena: at(0.5, 20) } }, 'rooms.arena.tickRate must be 1 to 1000, got 0.5'],
    ['half a state a second', { rooms: { arena: at(20, 0.5) } }, 'rooms.arena.sendRate must be 1 to 1000, got 0.5'],
    ['turns that are never sent', { rooms: { arena: at(0, 0) } }, 'rooms.arena.sendRate must be 1 to 1000, got 0'],
    ['a capacity of 0', { rooms: { arena: Nobody } }, 'rooms.arena.capacity must be 1 to 65535, got 0'],
    [
      'an unheard-of way with late inputs',
      { rooms: { arena: defineRoom(arena, () => ({}), { lateInputs: 'never' as 'strict' }) } },
      "rooms.arena.lateInputs must be 'catch-up' or 'strict', got never",
    ],
    ['a tick rate in words', set({ tickRate: '60' }), 'rooms.arena.tickRate must be a number, got the string 60'],
    ['a send rate in words', set({ sendRate: '20' }), 'rooms.arena.sendRate must be a number, got the string 20'],
    ['a capacity in words', set({ capacity: '4' }), 'rooms.arena.capacity must be a number, got the string 4'],
    ['a window in words', set({ resumeWindow: '30' }), 'rooms.arena.resumeWindow must be a number, got the string 30'],
    ['a judge that is none', set({ authenticate: 'me' }), 'rooms.arena.authenticate must be a function, got me'],
    ['no judge at all', set({ authenticate: null }), 'rooms.arena.authenticate must be a function, got null'],
    ['views that are none', set({ views: null }), 'rooms.arena.views must be an object, got null'],
    ['validators that are none', set({ validate: null }), 'rooms.arena.validate must be an object, got null'],
    ['a view that is none', set({ views: { ship: null } }), 'rooms.arena.views.ship must be an object, got null'],
    ['a path without a slash', { path: 'ws' }, 'path must start with / and have no ? or #, got ws'],
    ['a path with a query', { path: '/ws?x=1' }, 'path must start with / and have no ? or #, got /ws?x=1'],
    ['a path with a fragment', { path: '/ws#x' }, 'path must start with / and have no ? or #, got /ws#x'],
    ['a path that is no text', { path: 5 }, 'path must start with / and have no ? or #, got 5'],
    ['a log that is none', { log: console }, 'log must be a function, got [object console]'],
    ['half a proxy', { trustProxy: 0.5 }, 'trustProxy must be a number of proxies, got 0.5'],
    [
      'a public URL that is none',
      { publicUrl: 'game' },
      "publicUrl must be a URL such as 'https://game.example', got game",
    ],
    ['a public URL without a scheme', { publicUrl: 'localhost:8080' }, 'got localhost:8080'],
    ['a public URL without slashes', { publicUrl: 'https:game.example' }, 'got https:game.example'],
    ['a public URL of no page', { publicUrl: 'ftp://game.example' }, 'got ftp://game.example'],
    [
      'two public URLs',
      { publicUrl: 'https://a.example,https://b.example' },
      'publicUrl must be one URL, others are listed in allowedOrigins, got https://a.example,https://b.example',
    ],
    ['a star in a public URL', { publicUrl: 'https://*.game.example' }, 'others are listed in allowedOrigins, got'],
    ['a public URL without a host', { publicUrl: 'https://' }, 'got https://'],
    [
      'an origin with a path',
      { allowedOrigins: ['https://a.example/b'] },
      "takes origins such as 'https://game.example'",
    ],
    ['the origin of a file', { allowedOrigins: ['file://'] }, 'got file://'],
    ['the origin of a file of a host', { allowedOrigins: ['file://a'] }, 'got file://a'],
    ['no origin', { allowedOrigins: ['null'] }, 'got null'],
    ["an app's page", { allowedOrigins: ['app://game/index.html'] }, 'got app://game/index.html'],
    ['an origin in capitals', { allowedOrigins: ['https://A.example'] }, 'got https://A.example'],
    ['a star in an origin', { allowedOrigins: ['https://*.example'] }, 'got https://*.example'],
    ['two origins in one', { allowedOrigins: ['https://a.example,b.example'] }, 'got https://a.example,b.example'],
    ["a star in an app's origin", { allowedOrigins: ['capacitor://*'] }, 'got capacitor://*'],
  ] as const) {
    test(`${what}`, () => {
      expect(() => checkOptions({ ...good, ...options } as unknown as AttachOptions)).toThrow(complaint)
    })
  }
})
