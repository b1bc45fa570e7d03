import { describe, expect, test } from 'vitest'
import {
  ARENA_RADIUS,
  DASH_REST,
  DASH_SPEED,
  DASH_TIME,
  type Intent,
  move,
  radiusOf,
  type Ship,
  TOP_SPEED,
} from '../../demo/game.ts'
import { between, seeded } from '../support/random.ts'
import { aShip } from './ship.ts'

const DT = 1 / 60
const RIGHT: Intent = { dx: 127, dy: 0, dash: false }
const DASH: Intent = { dx: 127, dy: 0, dash: true }
const NOTHING: Intent = { dx: 0, dy: 0, dash: false }

function steps(ship: Ship, input: Intent, seconds: number): void {
  for (let tick = 0; tick < Math.round(seconds / DT); tick++) move(ship, input, DT)
}

function randomIntent(random: () => number): Intent {
  return { dx: between(random, -128, 127), dy: between(random, -128, 127), dash: random() < 0.1 }
}

const speedOf = (ship: Ship) => Math.hypot(ship.vx, ship.vy)

describe('moving', () => {
  test('a ship takes on the speed it is steered to, and no more', () => {
    const ship = aShip({ x: -900 })
    steps(ship, RIGHT, 2)
    expect(ship.vx).toBeGreaterThan(TOP_SPEED * 0.98)
    expect(ship.vx).toBeLessThanOrEqual(TOP_SPEED)
    expect(ship.vy).toBe(0)
  })

  test('a ship that is not steered glides to a halt', () => {
    const ship = aShip({ vx: TOP_SPEED })
    steps(ship, NOTHING, 3)
    expect(speedOf(ship)).toBeLessThan(1)
    expect(ship.x).toBeGreaterThan(50)
  })

  test('a stick in the corner is not faster than one to the side', () => {
    const ship = aShip({ x: -700, y: -700 })
    steps(ship, { dx: 127, dy: 127, dash: false }, 2)
    expect(speedOf(ship)).toBeLessThanOrEqual(TOP_SPEED + 0.001)
  })

  for (const seed of [1, 2, 3, 4, 5]) {
    test(`a ship never leaves the arena, seed ${seed}`, () => {
      const random = seeded(seed)
      const ship = aShip({ score: between(random, 0, 900) })
      const most = ARENA_RADIUS - radiusOf(ship.score)
      let intent = NOTHING
      let farthest = 0
      for (let tick = 0; tick < 6000; tick++) {
        if (tick % 40 === 0) intent = randomIntent(random)
        move(ship, intent, DT)
        farthest = Math.max(farthest, Math.hypot(ship.x, ship.y))
      }
      expect(farthest).toBeLessThanOrEqual(most + 0.001)
    })

    // Prediction replays from what a state holds: nothing may be remembered elsewhere.
    test(`a copy of the fields goes on just as the ship does, seed ${seed}`, () => {
      const random = seeded(seed)
      const ship = aShip()
      for (let tick = 0; tick < 200; tick++) move(ship, randomIntent(random), DT)
      const copy = { ...ship }
      for (let tick = 0; tick < 600; tick++) {
        const intent = randomIntent(random)
        move(ship, intent, DT)
        move(copy, intent, DT)
      }
      expect(copy).toEqual(ship)
    })
  }

  test('a ship grows with its score, up to a limit', () => {
    expect(radiusOf(0)).toBe(20)
    expect(radiusOf(100)).toBe(31)
    expect(radiusOf(65535)).toBe(38)
  })
})

describe('dashing', () => {
  test('a dash leaps to its speed and is dangerous for its time only', () => {
    const ship = aShip()
    move(ship, DASH, DT)
    expect(ship.vx).toBeGreaterThan(DASH_SPEED * 0.95)
    expect(ship.dashing).toBe(true)
    steps(ship, RIGHT, DASH_TIME + DT)
    expect(ship.dashing).toBe(false)
  })

  test('a dash during the rest does nothing; one after it does', () => {
    const ship = aShip({ x: -1000 })
    move(ship, DASH, DT)
    steps(ship, NOTHING, DASH_REST - 0.1)
    move(ship, DASH, DT)
    expect(ship.dashing).toBe(false)
    steps(ship, NOTHING, 0.1)
    move(ship, DASH, DT)
    expect(ship.dashing).toBe(true)
  })

  test('a dash without a stick goes where the ship glides, or else to the right', () => {
    const gliding = aShip({ vy: -50 })
    move(gliding, { dx: 0, dy: 0, dash: true }, DT)
    expect(gliding.vy).toBeLessThan(-DASH_SPEED * 0.9)
    const still = aShip()
    move(still, { dx: 0, dy: 0, dash: true }, DT)
    expect(still.vx).toBeGreaterThan(DASH_SPEED * 0.9)
  })
})
