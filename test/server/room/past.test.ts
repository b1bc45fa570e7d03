import { describe, expect, test } from 'vitest'
import { Capture } from '../../../protocol/capture.ts'
import { angle, defineGame, fixed, i8, quat, u8 } from '../../../protocol/index.ts'
import type { LiveRow } from '../../../protocol/live.ts'
import { Past } from '../../../server/room/past.ts'

const game = defineGame({
  entities: { ship: { x: fixed(0, 1000, 1), turn: angle(8), hp: u8() } },
  input: { dx: i8() },
})

/** The kind. */
const SHIP = 2

interface Ship extends LiveRow {
  readonly values: { x: number; turn: number; hp: number }
}

const ship = (id: number, owner = 0): Ship => ({
  id,
  values: { x: 0, turn: 0, hp: 100 },
  owner,
  shownTo: null,
  reveals: 0,
})

const ADA = { player: 7, ahead: new Set<number>() }
const BOB = { player: 8, ahead: new Set<number>() }

/** Ships that move 10 a tick, captured at ticks 3, 6, 9 … 60. */
function flight(tickRate = 60) {
  const slots: (Ship | undefined)[] = [undefined, ship(1), ship(2, 7)]
  const rows = [[], [], slots]
  const capture = new Capture(game, true)
  const past = new Past(game, capture, rows, { tickRate, sendRate: 20 })
  for (let tick = 1; tick <= 60; tick++) {
    for (const one of slots) if (one) one.values.x = tick * 10
    if (tick % 3 === 0) capture.capture(rows, tick)
  }
  const [, one, own] = slots as [undefined, Ship, Ship]
  return { slots, rows, capture, past, one, own }
}

describe('in the past', () => {
  for (const [tick, x] of [
    [60, 600],
    [58.5, 585],
    [57, 570],
    [41.25, 412.5],
    [33, 330],
    // Not further than 27 ticks back, and not before the present is known.
    [12, 330],
    [0, 600],
    [70, 600],
  ] as const) {
    test(`of tick ${tick} a ship is at ${x}, and afterwards where it is`, () => {
      const { past, one } = flight()
      expect(past.within(tick, 60, ADA, () => one.values.x)).toBe(x)
      expect(one.values.x).toBe(600)
    })
  }

  test('what its page moves whoever owns it is where it is: the player saw it there', () => {
    const { past, one } = flight()
    for (const [kinds, x] of [
      [[SHIP], 600],
      [[SHIP + 1], 410],
    ] as const) {
      expect(past.within(41, 60, { player: 7, ahead: new Set<number>(kinds) }, () => one.values.x)).toBe(x)
    }
  })

  test("a player's own ship is where it is", () => {
    const { past, own } = flight()
    expect(past.within(41, 60, ADA, () => own.values.x)).toBe(600)
    expect(past.within(41, 60, BOB, () => own.values.x)).toBeCloseTo(410)
  })

  test('what is not drawn smoothly is as it is, and changes of it stay', () => {
    const { past, one } = flight()
    past.within(41, 60, ADA, () => {
      one.values.hp -= 30
      one.values.x = 5
    })
    expect(one.values).toMatchObject({ hp: 70, x: 600 })
  })

  test('a ship that is new since then is where it is, and one that took the place of another is not moved to it', () => {
    const { past, slots } = flight()
    const [late, other] = [ship(3), ship(1 + 65536)]
    late.values.x = other.values.x = 44
    slots[3] = late
    slots[1] = other
    expect(past.within(41, 60, ADA, () => [late.values.x, other.values.x])).toEqual([44, 44])
  })

  test('an error comes through, and leaves everything where it is', () => {
    const { past, one } = flight()
    expect(() =>
      past.within(41, 60, ADA, () => {
        throw new Error('missed')
      }),
    ).toThrow('missed')
    expect(one.values.x).toBe(600)
    expect(past.within(57, 60, ADA, () => one.values.x)).toBe(570)
  })

  test('a rewind within a rewind is refused', () => {
    const { past } = flight()
    expect(() => past.within(50, 60, ADA, () => past.within(40, 60, ADA, () => 0))).toThrow(/within rewind/)
  })

  test('rotations are as they were drawn, too', () => {
    const turning = defineGame({ entities: { rock: { turn: quat() } } })
    const around = (radians: number) => [0, 0, Math.sin(radians / 2), Math.cos(radians / 2)]
    const values = { turn: around(0) }
    const rows = [[], [], [undefined, { id: 1, values, owner: 0, shownTo: null, reveals: 0 }]]
    const capture = new Capture(turning, true)
    for (let tick = 1; tick <= 20; tick++) {
      values.turn = around(tick / 10)
      capture.capture(rows, tick)
    }
    const now = values.turn
    const past = new Past(turning, capture, rows, { tickRate: 60, sendRate: 20 })
    const before = past.within(10.5, 20, ADA, () => values.turn)
    before.forEach((part, index) => void expect(part).toBeCloseTo(around(1.05)[index] as number, 2))
    expect(values.turn).toBe(now)
  })

  test('where the states do not go back that far, the oldest one is shown', () => {
    const { past, capture, rows, one } = flight(240)
    // Of each tick from now on, until only the last 64 are kept.
    for (let tick = 61; tick <= 140; tick++) {
      one.values.x = tick * 5
      capture.capture(rows, tick)
    }
    for (const [tick, x] of [
      [78.5, 392.5],
      [77, 385],
      [40, 385],
    ] as const) {
      expect(past.within(tick, 140, ADA, () => one.values.x)).toBe(x)
    }
  })

  test('between two states that nobody saw the way between, a ship is where the later one has it', () => {
    const { past, capture, rows, one } = flight()
    one.values.x = 0
    for (const tick of [660, 663]) capture.capture(rows, tick)
    expect(past.within(642, 664, ADA, () => one.values.x)).toBe(0)
  })

  test('a room that sends rarely goes back as far at each tick', () => {
    const slots = [undefined, ship(1)]
    const rows = [[], [], slots]
    const capture = new Capture(game, true)
    const past = new Past(game, capture, rows, { tickRate: 60, sendRate: 2 })
    const [, one] = slots as [undefined, Ship]
    for (let tick = 1; tick <= 150; tick++) {
      one.values.x = tick
      if (tick % 30 === 0) capture.capture(rows, tick)
      if (tick <= 60) continue
      const back = tick - past.within(tick - 40, tick, ADA, () => one.values.x)
      expect(back).toBeGreaterThan(0)
      expect(back).toBeLessThanOrEqual(30)
    }
  })

  for (const [now, x] of [
    [90, 600],
    [91, 44],
    [660, 44],
  ] as const) {
    test(`where the newest state is of ${now - 60} ticks ago, a ship is at ${x} that is at 44`, () => {
      const { past, one } = flight()
      one.values.x = 44
      expect(past.within(60, now, ADA, () => one.values.x)).toBe(x)
      expect(one.values.x).toBe(44)
    })
  }

  test('a room of turns has none', () => {
    const { past, one } = flight(0)
    one.values.x = 44
    for (const now of [60, 61]) expect(past.within(41, now, ADA, () => one.values.x)).toBe(44)
  })
})
