import { describe, expect, test } from 'vitest'
import type { Fields } from '../../../protocol/fields.ts'
import { defineGame, f32, f64, fixed, flag, text, u8 } from '../../../protocol/index.ts'
import { checkViews } from '../../../server/room/views.ts'

const place = { x: fixed(0, 1000, 1), y: fixed(0, 1000, 1) }
const world = defineGame({ entities: { ship: place, rock: place, trap: { team: u8() } } })
const NEAR = { x: 'x', y: 'y', width: 400, height: 300, margin: 50 } as const

describe('views that cannot be', () => {
  for (const [what, views] of [
    ['of a kind that is not there', { boat: {} }],
    ['of the players', { player: {} }],
    ['of no width', { ship: { near: { ...NEAR, width: 0 } } }],
    ['of a margin below nothing', { ship: { near: { ...NEAR, margin: -1 } } }],
    ['of a height without end', { ship: { near: { ...NEAR, height: Infinity } } }],
    ['of a width in words', { ship: { near: { ...NEAR, width: '400' } } }],
    ['of a margin in words', { ship: { near: { ...NEAR, margin: '20' } } }],
    ['of a height that is null', { ship: { near: { ...NEAR, height: null } } }],
    ['near nothing', { ship: { near: null } }],
    ['with a misspelled name', { ship: { visibelTo: () => false } }],
    ['with a misspelled name beside a right one', { ship: { near: NEAR, visibleto: () => false } }],
    ['that cannot be asked', { trap: { visibleTo: false } }],
    ['that are none', { ship: null }],
  ] as const) {
    test(`${what} are refused by name`, () => {
      expect(() => checkViews('rooms.room.views', views as never, world)).toThrow(/^rooms\.room\.views\.\w+/)
    })
  }

  for (const [what, wrong, right] of [
    ['it is f64', { y: f64() }, { y: f32() }],
    ['it is hidden', { y: u8().hidden() }, { y: u8().owner() }],
    ['it is no number', { y: flag() }, { y: u8() }],
    ['it is text(8)', { y: text(8) }, { y: u8() }],
    ['there is none', {}, { y: u8() }],
  ] as const) {
    test(`near a field are refused where ${what}`, () => {
      const check = (fields: Fields) => () => {
        const game = defineGame({ entities: { ship: { x: u8(), ...fields } } })
        checkViews('views', { ship: { near: NEAR } } as never, game)
      }
      expect(check(wrong)).toThrow(`ship.near must name fields of numbers, neither f64 nor hidden, got y: ${what}`)
      expect(check(right)).not.toThrow()
    })
  }

  test('are not those of kinds that are there, with or without a place', () => {
    expect(() =>
      checkViews(
        'rooms.room.views',
        { ship: { near: NEAR, visibleTo: () => true }, trap: { visibleTo: () => true }, rock: {} },
        world,
      ),
    ).not.toThrow()
  })
})
