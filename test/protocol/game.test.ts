import { describe, expect, expectTypeOf, test } from 'vitest'
import type { AnyField } from '../../protocol/fields.ts'
import {
  defineGame,
  type InputOf,
  type MessageOf,
  type Of,
  type RoomOf,
  type Seen,
  type SeenPlayer,
} from '../../protocol/game.ts'
import {
  choice,
  f32,
  fixed,
  flag,
  group,
  i8,
  json,
  list,
  optional,
  type Plain,
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

describe('plain data', () => {
  interface Item {
    readonly name: string
    readonly parts: readonly Item[]
    readonly note?: string
  }

  test('may be an interface, and holds nothing that is not plain', () => {
    const { kinds } = defineGame({ room: { item: json<Item>(100), either: json<Item | string[]>(100) } })
    expectTypeOf<Of<ReturnType<typeof withItem>, 'bag'>['item']>().toEqualTypeOf<Item>()
    expect(kinds[0]?.boxes.map(({ name }) => name)).toEqual(['item', 'either'])
    // @ts-expect-error
    json<Date>(100)
    // @ts-expect-error
    json<{ act(): void }>(100)
    // @ts-expect-error
    json<{ part: undefined }>(100)
    // @ts-expect-error
    json<{ parts: unknown[] }>(100)
  })

  test('is just that where nothing else is said, wherever in a definition it stands', () => {
    const notes = defineGame({
      room: { any: json(100), maybe: optional(json(100)), all: list(json(20), 3), in: group({ one: json(20) }) },
      entities: { bag: { any: json(100), item: json<Item>(100), either: json<Item | null>(100) } },
      toServer: { note: { any: json(100) } },
    })
    expectTypeOf<RoomOf<typeof notes>['any']>().toEqualTypeOf<Plain>()
    expectTypeOf<RoomOf<typeof notes>['maybe']>().toEqualTypeOf<Plain | undefined>()
    expectTypeOf<RoomOf<typeof notes>['all']>().toEqualTypeOf<Plain[]>()
    expectTypeOf<RoomOf<typeof notes>['in']>().toEqualTypeOf<{ one: Plain }>()
    expectTypeOf<Of<typeof notes, 'bag'>['any']>().toEqualTypeOf<Plain>()
    expectTypeOf<Of<typeof notes, 'bag'>['item']>().toEqualTypeOf<Item>()
    expectTypeOf<Of<typeof notes, 'bag'>['either']>().toEqualTypeOf<Item | null>()
    expectTypeOf<MessageOf<typeof notes, 'toServer', 'note'>>().toEqualTypeOf<{ any: Plain }>()
    expect(notes.toServer.map(({ name }) => name)).toEqual(['note'])
  })

  const withItem = () => defineGame({ entities: { bag: { item: json<Item>(100) } } })
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
    const field = fixed(0, 9, 1)
    const others = [
      field,
      field.tolerance(2),
      field.tolerance(3),
      field.static(),
      field.interpolate(false),
      field.owner(),
    ]
    const hashes = others.map((x) => defineGame({ entities: { ship: { x } } }).hash)
    expect(new Set(hashes).size).toBe(others.length)
  })

  test('may be empty', () => expect(() => defineGame({})).not.toThrow())

  test('has no modifiers in a message', () => {
    const make = (x: AnyField) => () => defineGame({ toClient: { talk: { x } } })
    expect(make(u8().hidden())).toThrow(/talk: x must have no modifiers/)
    expect(make(u8())).not.toThrow()
  })

  test('that holds something that is no field is refused at once, with the place', () => {
    expect(() => defineGame({ room: { hp: u8 } } as never)).toThrow(/room\.hp must be a field such as u8\(\)/)
    expect(() => defineGame({ toServer: { talk: { text: 3 } } } as never)).toThrow(
      /talk: text must be a field such as u8\(\), got 3/,
    )
  })
})
