import { expect, test } from 'vitest'
import type { Ship } from '../../demo/game.ts'
import { clash, strike, victimOf } from '../../demo/server/clash.ts'
import { aShip } from './ship.ts'

const DT = 1 / 60

function robberies(...ships: Ship[]): [thief: Ship, victim: Ship][] {
  const robbed: [Ship, Ship][] = []
  clash(ships, DT, (thief, victim) => robbed.push([thief, victim]))
  return robbed
}

test('a dash into a ship robs it, in whatever order they come', () => {
  const thief = aShip({ dashing: true, vx: 1000, rest: 1.2 })
  const victim = aShip({ x: 30 })
  expect(robberies(thief, victim)).toEqual([[thief, victim]])
  const again = aShip({ dashing: true, vx: 1000, rest: 1.2 })
  const other = aShip({ x: 30 })
  expect(robberies(other, again)).toEqual([[again, other]])
})

test('the robbed ship is knocked away, and the dash is over', () => {
  const thief = aShip({ dashing: true, vx: 1000, rest: 1.2 })
  const victim = aShip({ x: 30 })
  robberies(thief, victim)
  expect(victim.vx).toBeGreaterThan(300)
  expect(thief.vx).toBeLessThan(500)
  expect(thief.dashing).toBe(false)
  expect(thief.rest).toBeLessThan(1.2)
})

const spared: [why: string, thief: Partial<Ship>, victim: Partial<Ship>][] = [
  ['is out of reach', { dashing: true }, { x: 60 }],
  ['is safe', { dashing: true }, { x: 30, safe: true }],
  ['is away', { dashing: true }, { x: 30, away: true }],
  ['is only touched', {}, { x: 30 }],
  ['dashes too', { dashing: true }, { x: 30, dashing: true }],
]
for (const [why, thief, victim] of spared) {
  test(`a ship that ${why} is not robbed`, () => expect(robberies(aShip(thief), aShip(victim))).toEqual([]))
}

test('ships that overlap push each other apart', () => {
  const left = aShip()
  const right = aShip({ x: 25 })
  clash([left, right], DT, () => {})
  expect(left.vx).toBeLessThan(0)
  expect(right.vx).toBe(-left.vx)
  const far = aShip({ x: 41 })
  clash([aShip(), far], DT, () => {})
  expect(far.vx).toBe(0)
})

test('two ships at the very same place are told apart', () => {
  const [one, other] = [aShip(), aShip()]
  clash([one, other], DT, () => {})
  expect(one.vx).toBeLessThan(other.vx)
})

test('a dash whose victim is chosen elsewhere robs nobody by itself, and strikes the nearest that may be robbed', () => {
  const thief = aShip({ dashing: true, vx: 1000, rest: 1.2 })
  const [near, nearest, safe, far] = [
    aShip({ x: 35 }),
    aShip({ x: 25 }),
    aShip({ x: 10, safe: true }),
    aShip({ x: 200 }),
  ]
  const robbed: Ship[] = []
  clash([thief, near], DT, (_, victim) => robbed.push(victim), new Set([thief]))
  expect(robbed).toEqual([])
  expect(thief.dashing).toBe(true)
  expect(victimOf(thief, [thief, near, nearest, safe, far])).toBe(nearest)
  expect(victimOf(thief, [thief, safe, far])).toBeUndefined()
  strike(thief, nearest, (_, victim) => robbed.push(victim))
  expect(robbed).toEqual([nearest])
  expect(thief.dashing).toBe(false)
})
