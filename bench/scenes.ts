// What moves in a benchmark: entities on a square of 4096, seeded, so that every system is given the same motion.

import { defineGame } from '../protocol/game.ts'
import type { LiveRow } from '../protocol/live.ts'
import { seeded } from '../protocol/random.ts'
import { angle, fixed, u8 } from '../protocol/vocabulary.ts'

export const SIZE = 4096
export const HZ = 20
const STEP = 1 / 8

/** Positions to an eighth of a pixel, a direction in 256, two bytes of status. */
export const game = defineGame({
  entities: { ship: { x: fixed(0, SIZE, STEP), y: fixed(0, SIZE, STEP), heading: angle(8), hp: u8(), flags: u8() } },
})

export interface Scene {
  readonly entities: number
  /** The share that stands still, and of the others the share that turns in a tick. */
  readonly idle: number
  readonly turning: number
  readonly seed: number
}

export const SCENES = {
  arena: { entities: 100, idle: 0, turning: 0.4, seed: 11 },
  'arena-idle': { entities: 100, idle: 0.3, turning: 0.4, seed: 12 },
  crowd: { entities: 200, idle: 0.7, turning: 0.4, seed: 13 },
} as const satisfies Record<string, Scene>

interface Mover extends Ship {
  readonly speed: number
}

export interface Ship {
  x: number
  y: number
  heading: number
  hp: number
  flags: number
}

/** The scene in motion: `ships` are moved by `step`, 80 to 250 pixels a second, off the edge they turn back. */
export class Motion {
  readonly ships: readonly Ship[]
  readonly #movers: readonly Mover[]
  readonly #random: () => number
  readonly #turning: number

  constructor({ entities, idle, turning, seed }: Scene) {
    const random = seeded(seed)
    this.#random = random
    this.#turning = turning
    this.#movers = Array.from({ length: entities }, (_, index) => ({
      x: random() * SIZE,
      y: random() * SIZE,
      heading: random() * 2 * Math.PI,
      hp: 100,
      flags: 0,
      speed: index < entities * idle ? 0 : 80 + random() * 170,
    }))
    this.ships = this.#movers
  }

  step(): void {
    for (const mover of this.#movers) {
      if (mover.speed === 0) continue
      if (this.#random() < this.#turning) mover.heading += (this.#random() - 0.5) * 0.6
      const distance = mover.speed / HZ
      mover.x += Math.cos(mover.heading) * distance
      mover.y += Math.sin(mover.heading) * distance
      if (mover.x < 0 || mover.x > SIZE || mover.y < 0 || mover.y > SIZE) {
        mover.x = Math.min(SIZE, Math.max(0, mover.x))
        mover.y = Math.min(SIZE, Math.max(0, mover.y))
        mover.heading += Math.PI
      }
      if (this.#random() < 0.01) mover.hp = Math.max(1, mover.hp - 1)
    }
  }

  /** The ships as a room keeps them. */
  rows(): readonly (readonly (LiveRow | undefined)[])[] {
    const ships = this.ships.map((values, index) => ({ id: index + 1, values, owner: 0, shownTo: null, reveals: 0 }))
    return [[], [], [undefined, ...ships]]
  }
}

/** Bytes of the frame that follows the one before, for the ships as they are now. */
export type Encoder = (motion: Motion, tick: number) => number

/** A ship's fields as whole numbers, the way the systems without fields of our kind are given them. */
export function quantised({ x, y, heading, hp, flags }: Ship): readonly [number, number, number, number, number] {
  const turns = heading / (2 * Math.PI)
  return [
    Math.floor(x / STEP + 0.5),
    Math.floor(y / STEP + 0.5),
    Math.floor((turns - Math.floor(turns)) * 256 + 0.5) % 256,
    hp,
    flags,
  ]
}
