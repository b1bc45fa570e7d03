// Where one looks from: it glides after one's own ship, looks a little ahead of it, and shakes when it is hit.

import { ARENA_RADIUS, TOP_SPEED } from '../game.ts'
import type { Stage } from './stage.ts'
import type { Track } from './tracks.ts'

const SEEN_AREA = 880_000 // square units on the screen, whatever its shape
const STIFFNESS = 10 // per second
const LOOK_AHEAD = 0.2 // seconds
const FARTHEST = ARENA_RADIUS - 190 // from the middle of the arena: there is nothing to see outside
const LARGEST_SHAKE = 13

export class Camera {
  x = 0
  y = 0
  /** CSS pixels a unit. */
  zoom = 1
  readonly stage: Stage
  readonly #calm: boolean
  #aheadX = 0
  #aheadY = 0
  #stretch = 0
  #tremor = 0
  #shakeX = 0
  #shakeY = 0

  /** `calm`: no shaking and no zooming. */
  constructor(stage: Stage, calm: boolean) {
    this.stage = stage
    this.#calm = calm
  }

  /** Shakes, from 0 (not at all) to 1. */
  shake(strength: number): void {
    if (!this.#calm) this.#tremor = Math.min(1, this.#tremor + strength)
  }

  /** Jumps to a ship. */
  cut(to: Track): void {
    const inside = Math.min(1, FARTHEST / (Math.hypot(to.x, to.y) || 1))
    this.x = to.x * inside
    this.y = to.y * inside
  }

  follow(ship: Track | undefined, dt: number): void {
    const { stage } = this
    const near = 1 - Math.exp(-STIFFNESS * dt)
    const speed = ship ? Math.hypot(ship.vx, ship.vy) : 0
    const slow = 1 - Math.exp(-3 * dt)
    this.#aheadX += ((ship?.vx ?? 0) * LOOK_AHEAD - this.#aheadX) * slow
    this.#aheadY += ((ship?.vy ?? 0) * LOOK_AHEAD - this.#aheadY) * slow
    if (ship) {
      const x = ship.x + this.#aheadX
      const y = ship.y + this.#aheadY
      const inside = Math.min(1, FARTHEST / (Math.hypot(x, y) || 1))
      this.x += (x * inside - this.x) * near
      this.y += (y * inside - this.y) * near
    }
    const stretch = this.#calm ? 0 : Math.min(1, Math.max(0, speed / TOP_SPEED - 1)) * 0.06
    this.#stretch += (stretch - this.#stretch) * slow
    const base = Math.sqrt((stage.width * stage.height) / SEEN_AREA)
    this.zoom = Math.min(1.7, Math.max(0.52, base)) * (1 - this.#stretch)
    this.#tremble(dt)
  }

  /** Makes the pen draw in units of the arena. */
  aim(): void {
    const { stage } = this
    const scale = this.zoom * stage.density
    stage.pen.setTransform(
      scale,
      0,
      0,
      scale,
      (stage.width / 2 + this.#shakeX) * stage.density - this.x * scale,
      (stage.height / 2 + this.#shakeY) * stage.density - this.y * scale,
    )
  }

  /** Whether a disc is on the screen. */
  sees(x: number, y: number, radius: number): boolean {
    const { stage } = this
    const dx = Math.abs(x - this.x) - radius
    const dy = Math.abs(y - this.y) - radius
    return dx * this.zoom < stage.width / 2 + LARGEST_SHAKE && dy * this.zoom < stage.height / 2 + LARGEST_SHAKE
  }

  /** From units of the arena to CSS pixels. */
  screenX(x: number): number {
    return this.stage.width / 2 + (x - this.x) * this.zoom
  }

  screenY(y: number): number {
    return this.stage.height / 2 + (y - this.y) * this.zoom
  }

  #tremble(dt: number): void {
    this.#tremor = Math.max(0, this.#tremor - 2.4 * dt)
    const size = this.#tremor * this.#tremor * LARGEST_SHAKE
    this.#shakeX = (Math.random() * 2 - 1) * size
    this.#shakeY = (Math.random() * 2 - 1) * size
  }
}
