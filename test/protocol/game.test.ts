import { describe, expect, expectTypeOf, test } from 'vitest'
import { defineGame, type InputOf, type MessageOf, type Of, type Seen, type SeenPlayer } from '../../protocol/game.ts'
import {
  choice,
  f32,
  fixed,
  flag,
  group,
  i8,
  list,
  optional,
  ref,
  text,
  u8,
  u16,
  u32,
} from '../../protocol/vocabulary.ts'

const arena = defineGame({
  room: { endsAt: u32(), winner: optional(text(16)) },
  player: { name: text(16), score: u16(), hand: list(u8(), 5).owner() },
  entities: { ship: { x: fixed(0, 4096, 1 / 8), hp: u8(), secret: f32().hidden() }, rock: { size: u8().static() } },
  input: { dx: i8(), dash: flag() },
  toServer: { talk: { message: text(200), type: choice('text', 'emote') } },
  toClient: { talk: { from: group({ name: text(16), id: u32() }), to: optional(u32()) } },
})

describe('the types of a game', () => {
  test('follow from its definition', () => {
    expectTypeOf<Of<typeof arena, 'ship'>>().toEqualTypeOf<
      { readonly id: number } & { x: number; hp: number; secret: number }
    >()
    expectTypeOf<Seen<typeof arena, 'ship'>['secret']>().toEqualTypeOf<number | undefined>()
    expectTypeOf<Seen<typeof arena, 'ship'>['x']>().toEqualTypeOf<number>()
    expectTypeOf<SeenPlayer<typeof arena>['hand']>().toEqualTypeOf<number[] | undefined>()
    expectTypeOf<InputOf<typeof arena>>().toEqualTypeOf<{ dx: number; dash: boolean }>()
    expectTypeOf<MessageOf<typeof arena, 'toServer', 'talk'>>().toEqualTypeOf<{
      message: string
      type: 'text' | 'emote'
    }>()
    expectTypeOf<MessageOf<typeof arena, 'toClient', 'talk'>>().toEqualTypeOf<{
      from: { name: string; id: number }
      to?: number | undefined
    }>()
  })
})

describe('a definition', () => {
  test('[G3] numbers its kinds from the room and the players on', () => {
    expect(arena.kinds.map(({ kind }) => kind)).toEqual(['room', 'player', 'ship', 'rock'])
  })

  test('[G5] gives entities a column for their owner, in front', () => {
    expect(arena.kinds.map(({ ints }) => ints[0]?.name)).toEqual(['endsAt', 'score', 'owner', 'owner'])
  })

  test('has the same hash when it is written again, and another when anything differs', () => {
    const make = (most: number) => defineGame({ entities: { ship: { x: fixed(0, most, 1) } } }).hash
    expect(make(10)).toBe(make(10))
    expect(make(10)).not.toBe(make(11))
    expect(defineGame({ room: { a: u8() } }).hash).not.toBe(defineGame({ room: { a: u8().hidden() } }).hash)
    expect(defineGame({ room: { a: u8() } }).hash).not.toBe(defineGame({ player: { a: u8() } }).hash)
  })

  test('may be empty', () => expect(() => defineGame({})).not.toThrow())

  // biome-ignore lint/suspicious/noExplicitAny: what a caller without types could write.
  const wrong: [string, any, RegExp][] = [
    ['an unknown part', { rooms: {} }, /rooms/],
    ['a kind called player', { entities: { player: {} } }, /player/],
    ['a field called id', { entities: { ship: { id: u8() } } }, /id/],
    ['a name of the language', { entities: { ship: { constructor: u8() } } }, /constructor/],
    ['a name that is no identifier', { entities: { 'a ship': {} } }, /a ship/],
    ['something that is no field', { room: { x: 3 } }, /room\.x/],
    ['a reference to no kind', { entities: { ship: { target: ref('boat') } } }, /boat/],
    ['a reference to no kind inside a list', { entities: { ship: { targets: list(ref('boat'), 3) } } }, /boat/],
    ['a modifier in an input', { input: { dx: i8().static() } }, /input\.dx/],
    ['a room with an owner', { room: { x: u8().owner() } }, /owner/],
  ]
  for (const [what, spec, message] of wrong) {
    test(`is refused for ${what}`, () => expect(() => defineGame(spec)).toThrow(message))
  }

  test('may reference kinds and hold texts that look like references', () => {
    expect(() => defineGame({ entities: { ship: { target: ref('ship'), kind: choice('ref(boat)') } } })).not.toThrow()
  })
})
