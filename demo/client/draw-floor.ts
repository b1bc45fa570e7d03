// The ground: far stars, the arena's floor with its dots and rings, and the glowing rim.

import { ARENA_RADIUS } from '../game.ts'
import type { Camera } from './camera.ts'
import { clear, PAPER, RIM } from './palette.ts'
import { circle } from './sprites.ts'

const STAR_TILE = 480
const DOT_TILE = 96
const STAR_DEPTH = 0.35 // how far the stars follow the camera

export class Floor {
  readonly #stars: CanvasPattern
  readonly #dots: CanvasPattern
  readonly #ground: CanvasGradient
  readonly #rim: CanvasGradient

  constructor(pen: CanvasRenderingContext2D) {
    this.#stars = tile(pen, STAR_TILE, paintStars)
    this.#dots = tile(pen, DOT_TILE, paintDots)
    this.#ground = pen.createRadialGradient(0, 0, 0, 0, 0, ARENA_RADIUS)
    this.#ground.addColorStop(0, '#1a2350')
    this.#ground.addColorStop(0.55, '#121a3c')
    this.#ground.addColorStop(1, '#0c1230')
    this.#rim = pen.createRadialGradient(0, 0, ARENA_RADIUS - 130, 0, 0, ARENA_RADIUS + 150)
    this.#rim.addColorStop(0, clear(RIM, 0))
    this.#rim.addColorStop(0.44, clear(RIM, 0.26))
    this.#rim.addColorStop(0.47, clear(RIM, 0.4))
    this.#rim.addColorStop(1, clear(RIM, 0))
  }

  /** Fills the screen. Leaves the pen in units of the arena. */
  draw(camera: Camera): void {
    const { pen } = camera.stage
    this.#drawStars(camera)
    camera.aim()
    pen.fillStyle = this.#ground
    circle(pen, 0, 0, ARENA_RADIUS)
    pen.fill()
    pen.fillStyle = this.#dots
    pen.fill()
    pen.strokeStyle = clear(RIM, 0.1)
    pen.lineWidth = 2
    for (let radius = ARENA_RADIUS / 4; radius < ARENA_RADIUS; radius += ARENA_RADIUS / 4) {
      circle(pen, 0, 0, radius)
      pen.stroke()
    }
    this.#drawRim(camera)
  }

  #drawStars(camera: Camera): void {
    const { stage } = camera
    const { pen } = stage
    pen.setTransform(stage.density, 0, 0, stage.density, 0, 0)
    pen.fillStyle = '#05070f'
    pen.fillRect(0, 0, stage.width, stage.height)
    const corner = Math.hypot(stage.width, stage.height) / 2 / camera.zoom
    if (Math.hypot(camera.x, camera.y) + corner < ARENA_RADIUS) return
    const x = (((-camera.x * STAR_DEPTH) % STAR_TILE) - STAR_TILE) % STAR_TILE
    const y = (((-camera.y * STAR_DEPTH) % STAR_TILE) - STAR_TILE) % STAR_TILE
    pen.translate(x, y)
    pen.fillStyle = this.#stars
    pen.fillRect(0, 0, stage.width - x, stage.height - y)
  }

  #drawRim(camera: Camera): void {
    const { stage } = camera
    const { pen } = stage
    const corner = Math.hypot(stage.width, stage.height) / 2 / camera.zoom
    if (Math.hypot(camera.x, camera.y) + corner < ARENA_RADIUS - 130) return
    pen.strokeStyle = this.#rim
    pen.lineWidth = 280
    circle(pen, 0, 0, ARENA_RADIUS + 10)
    pen.stroke()
    pen.strokeStyle = '#c6d3ff'
    pen.lineWidth = 4
    circle(pen, 0, 0, ARENA_RADIUS)
    pen.stroke()
  }
}

function tile(
  pen: CanvasRenderingContext2D,
  size: number,
  paint: (on: CanvasRenderingContext2D) => void,
): CanvasPattern {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size
  paint(canvas.getContext('2d') as CanvasRenderingContext2D)
  return pen.createPattern(canvas, 'repeat') as CanvasPattern
}

function paintStars(pen: CanvasRenderingContext2D): void {
  for (let star = 0; star < 90; star++) {
    const bright = Math.random()
    pen.fillStyle = clear(PAPER, 0.12 + 0.5 * bright * bright)
    const size = 0.6 + 1.3 * bright * bright
    circle(pen, 4 + Math.random() * (STAR_TILE - 8), 4 + Math.random() * (STAR_TILE - 8), size)
    pen.fill()
  }
}

function paintDots(pen: CanvasRenderingContext2D): void {
  pen.fillStyle = clear(RIM, 0.3)
  for (const [x, y, radius] of [
    [DOT_TILE / 4, DOT_TILE / 4, 1.9],
    [(DOT_TILE * 3) / 4, (DOT_TILE * 3) / 4, 1.9],
    [(DOT_TILE * 3) / 4, DOT_TILE / 4, 1.1],
    [DOT_TILE / 4, (DOT_TILE * 3) / 4, 1.1],
  ] as const) {
    circle(pen, x, y, radius)
    pen.fill()
  }
}
