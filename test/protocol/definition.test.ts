import { describe, expect, test, vi } from 'vitest'
import { checkGame } from '../../protocol/definition.ts'
import type { Field, Fields } from '../../protocol/fields.ts'
import { encodeInputs, FrameWriter } from '../../protocol/frames.ts'
import { defineGame, type GameSpec } from '../../protocol/game.ts'
import { TO_SERVER } from '../../protocol/limits.ts'
import { request } from '../../protocol/requests.ts'
import { packRow } from '../../protocol/rows.ts'
import {
  angle,
  bytes,
  choice,
  f64,
  fixed,
  flag,
  group,
  i8,
  json,
  list,
  optional,
  ref,
  text,
  u8,
  u16,
} from '../../protocol/vocabulary.ts'

test('a definition that another copy of the package made is refused, and one of its own is not', async () => {
  vi.resetModules()
  const { defineGame: defineElsewhere } = await import('../../protocol/game.ts')
  const { u8: otherU8 } = await import('../../protocol/vocabulary.ts')
  const spec = (field: typeof u8) => ({ entities: { ship: { x: field() } } })
  expect(() => checkGame(defineElsewhere(spec(otherU8)))).toThrow(
    'entities.ship.x was made by another copy of tickwire',
  )
  expect(() => checkGame(defineGame(spec(u8)))).not.toThrow()
})

const check = (spec: object) => () => checkGame(defineGame(spec as GameSpec))
const room = (field: unknown) => ({ room: { x: field } })
const ship = (field: unknown) => ({ entities: { ship: { x: field } } })
const asked = (end: string, ask: Fields, reply: Fields) => ({ [`to${end}`]: { buy: request(ask, reply) } })
const messages = (count: number) => ({
  toServer: Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, {}])),
})
const to = (end: string, most: number) => ({ [`to${end}`]: { go: { cells: list(u8(), most) } } })
const inGroup = (field: Field<unknown, 'all'>) => group({ more: field, less: u8() })
const inList = (field: Field<unknown, 'all'>) => list(field, 1)
/** So many of them one in another. */
const nested = (
  depth: number,
  within: (field: Field<unknown, 'all'>) => Field<unknown, 'all'> = inGroup,
): Field<unknown, 'all'> => (depth === 0 ? u8() : within(nested(depth - 1, within)))
const named = (name: string) => ({ room: { [name]: u8() } })
const options = (count: number) => Array.from({ length: count }, (_, index) => `o${index}`)
const kinds = (count: number) => ({
  entities: Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, {}])),
})

describe('a game is refused for', () => {
  for (const [what, wrong, message, right] of [
    ['an unknown part', { rooms: {} }, 'no part rooms', { room: {} }],
    ['too many kinds', kinds(251), 'at most 250 kinds, got 251', kinds(250)],
    ['a kind called player', { entities: { player: {} } }, 'the name player', { entities: { players: {} } }],
    ['a kind called room', { entities: { room: {} } }, 'the name room', { entities: { rooms: {} } }],
    ['one called serverTick', { entities: { serverTick: {} } }, 'the name serverTick', { room: { serverTick: u8() } }],
    ['one called shownTick', { entities: { shownTick: {} } }, 'the name shownTick', { room: { shownTick: u8() } }],
    ['a kind that is no identifier', { entities: { 'a ship': {} } }, 'not a ship', { entities: { aShip: {} } }],
    ['a field called id', { entities: { ship: { id: u8() } } }, 'ship.id', { entities: { ship: { ids: u8() } } }],
    ['one of a player', { player: { id: u8() } }, 'player.id is', { player: { ids: u8() } }],
    ['one of the room', { room: { id: u8() } }, 'room.id is the name of what every room has', { room: { ids: u8() } }],
    ['one called owner', { entities: { ship: { owner: u8() } } }, 'ship.owner is', { room: { owner: u8() } }],
    ['one called mine', { entities: { ship: { mine: u8() } } }, 'ship.mine is', { room: { mine: u8() } }],
    ['one of a player called mine', { player: { mine: u8() } }, 'player.mine is', { room: { owner: u8() } }],
    ['one called stays', { entities: { ship: { stays: u8() } } }, 'ship.stays is', { player: { stays: u8() } }],
    ['one that looks like a promise', named('then'), 'not then', named('next')],
    ['a field of the language', { room: { constructor: u8() } }, 'constructor', { room: { builder: u8() } }],
    ['a message of the language', { toServer: { prototype: {} } }, 'not prototype', { toServer: { next: {} } }],
    [
      'a reply of the language',
      asked('Server', {}, { valueOf: u8() }),
      'toServer.buy.reply must have',
      asked('Server', {}, { next: u8() }),
    ],
    [
      'a request that its receiver would refuse',
      asked('Server', { cells: list(u8(), 2030) }, {}),
      'toServer.buy must hold at most 2032',
      asked('Server', { cells: list(u8(), 2029) }, {}),
    ],
    [
      'a reply that its receiver would refuse',
      asked('Client', {}, { cells: list(u8(), 2030) }),
      'toClient.buy.reply must hold at most 2032',
      asked('Server', {}, { cells: list(u8(), 2030) }),
    ],
    [
      'a request that says more',
      { toServer: { buy: { ...request({}, {}), item: u8() } } },
      'toServer.buy must have no field item',
      asked('Server', { item: u8() }, {}),
    ],
    ['too many messages', messages(256), 'toServer must be at most 255 messages, got 256', messages(255)],
    ['a key of a group', room(group({ __proto: u8() })), 'not __proto', room(group({ proto: u8() }))],
    ['a reference to no kind', ship(ref('boat')), 'ref(boat) names no kind; there are player, ship', ship(ref('ship'))],
    ['one inside a list', ship(list(ref('boat'), 3)), 'entities.ship.x: ref(boat)', ship(list(ref('player'), 3))],
    ['one inside a group', ship(group({ at: ref('boat') })), 'ship.x.at: ref(boat)', ship(choice('ref(boat)'))],
    [
      'an input that no frame holds',
      { input: { map: bytes(16_400), dx: i8() } },
      'input must take at most 16320 bytes, not 16410',
      { input: { map: bytes(16_300), dx: i8() } },
    ],
    ['one of numbers', { input: { x: list(u16(), 5_438) } }, 'not 16322', { input: { x: list(u8(), 1_900) } }],
    ['one of doubles', { input: { x: list(f64(), 1_813) } }, 'not 16325', { input: { x: list(f64(), 1_812) } }],
    ['one of text', { input: { x: text(5_440) } }, 'not 16328', { input: { x: text(5_430) } }],
    ['one of lists', { input: { x: list(text(100), 60) } }, 'not 18488', { input: { x: list(text(80), 60) } }],
    ['one of json', { input: { x: optional(json(16_313)) } }, 'not 16321', { input: { x: optional(json(16_312)) } }],
    [
      'a tolerance in an input',
      { input: { dx: i8().tolerance(1) } },
      'input.dx must have no modifiers',
      { input: { dx: i8() } },
    ],
    ['an owner in an input', { input: { dx: i8().owner() } }, 'input.dx must have no', { input: { dx: i8() } }],
    ['a modifier in an input', { input: { dx: i8().static() } }, 'input.dx', { input: { dx: i8() } }],
    ['a room with an owner', room(u8().owner()), 'room.x must not be for an owner', room(u8().hidden())],
    ['fixed without a range', room(fixed(1, 1, 0.1)), 'fixed(1,1,0.1) must have', room(fixed(0, 1, 0.1))],
    ['fixed the wrong way round', room(fixed(1, -1, 0.1)), 'min < max', room(fixed(-1, 1, 1e-3))],
    ['fixed without a step', room(fixed(0, 1, 0)), 'steps', room(fixed(0, 1, 1))],
    ['fixed without a number', room(fixed(0, Number.NaN, 1)), 'fixed(0,NaN,1)', room(fixed(0, 1e9, 1))],
    ['fixed with too many steps', room(fixed(0, 2 ** 31, 1)), '2^31', room(fixed(0, 2 ** 31 - 1, 1))],
    ['fixed with a step wider than twice its range', room(fixed(0, 1, 2.5)), '1 to 2^31', room(fixed(0, 1, 1.5))],
    ['an angle of one bit', room(angle(1)), '2 to 16 bits', room(angle(2))],
    ['an angle of 17 bits', room(angle(17)), '2 to 16 bits', room(angle(16))],
    ['a choice of nothing', room(choice()), '1 to 256 different', room(choice('a'))],
    ['a choice of too many', room(choice(...options(257))), '1 to 256 different', room(choice(...options(256)))],
    ['a choice of numbers', room(choice(...([1, 2] as never[]))), '1 to 256 different', room(choice('1', '2'))],
    ['a choice with a double', room(choice('a', 'a')), 'different', room(choice('a', 'a)'))],
    ['a text of no length', room(text(0)), 'text(0) must have a size from 1', room(text(1))],
    ['bytes of half a length', room(bytes(1.5)), 'bytes(1.5)', room(bytes(262_144))],
    ['json that is too large', room(json(262_145)), 'to 262144', room(json(262_144))],
    ['a list of no length', room(list(text(3), 0)), 'list(text(3),0)', room(list(text(3), 1))],
    [
      'a list that no frame holds',
      room(list(u8(), 40_000)),
      'room.x must hold at most 32768',
      room(list(u8(), 32_766)),
    ],
    ['lists in lists', ship(list(list(u8(), 200), 200)), 'not 40202', ship(list(list(u8(), 200), 100))],
    ['a message to the server', to('Server', 2_031), 'toServer.go must hold at most 2032 values', to('Server', 2_030)],
    ['a message to clients', to('Client', 32_751), 'toClient.go must hold at most 32752', to('Client', 32_750)],
    ['a join object of no text', { join: { x: text(0) } }, 'join.x: text(0)', { join: { x: text(1) } }],
    ['a join object', { join: { x: list(u8(), 2_031) } }, 'join must hold', { join: { x: list(u8(), 2_030) } }],
    ['a field of 15 groups', ship(nested(15)), 'ship.x must have at most 14 lists and groups', ship(nested(14))],
    ['15 lists', room(nested(15, inList)), 'room.x must have at most 14', room(nested(14, inList))],
    [
      'a deep message',
      { toServer: { go: { x: list(nested(14), 2) } } },
      'toServer.go.x must have at most 14 lists and groups one in another, not 15',
      { toServer: { go: { x: optional(nested(14)) } } },
    ],
    ['a deep request', asked('Server', { x: nested(14) }, {}), 'buy.ask', asked('Server', { x: nested(13) }, {})],
    ['a deep reply', asked('Client', {}, { x: nested(14) }), 'buy.reply', asked('Client', {}, { x: nested(13) })],
    ['a text in a list in an optional', room(optional(list(text(0), 1))), 'room.x: text(0)', room(optional(text(1)))],
    ['twice optional', room(optional(optional(u8()))), 'twice optional', room(list(optional(u8()), 2))],
    ['a tolerance on a text', room(text(3).tolerance(1)), 'no tolerance', room(u8().tolerance(1))],
    ['a tolerance on an angle', room(angle(8).tolerance(1)), 'no tolerance', room(fixed(0, 1, 1).tolerance(1))],
    ['a tolerance that is no number', room(u8().tolerance(Number.NaN)), 'tolerance of 0', room(u8().tolerance(0.5))],
    ['a tolerance below 0', room(u8().tolerance(-1)), 'room.x must have a tolerance', room(u8().tolerance(0))],
    ['values between two flags', room(flag().interpolate(true)), 'in between', room(flag().interpolate(false))],
  ] as const) {
    test(what, () => {
      expect(check(wrong)).toThrow(message)
      expect(check(right)).not.toThrow()
    })
  }
})

test('an input of all that its fields may hold fits a frame', () => {
  const game = defineGame({
    input: {
      words: text(1_000),
      list: list(text(50), 60),
      more: group({ map: bytes(3_000), at: json(100) }),
      dx: i8(),
    },
  })
  const words = (count: number) => '\u20ac'.repeat(count)
  const values = {
    words: words(1_000),
    list: Array.from({ length: 60 }, () => words(50)),
    more: { map: new Uint8Array(3_000), at: 'x'.repeat(98) },
    dx: -128,
  }
  expect(() => checkGame(game)).not.toThrow()
  const head = { ackTick: 2 ** 32 - 1, received: 2 ** 32 - 1, behind: 255, firstSeq: 2 ** 32 - 1 }
  const frame = encodeInputs(new FrameWriter(), game, { ...head, inputs: [packRow(game.input, values)] })
  expect(frame.length).toBeLessThanOrEqual(TO_SERVER.bytes)
  expect(frame.length).toBeGreaterThan(15_000)
})

test('a game may be empty', () => expect(check({})).not.toThrow())
