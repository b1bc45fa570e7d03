// Light that flies off and is gone: motes, rings and rising numbers, each from a pool that never grows.

import type { Camera } from './camera.ts'
import { PAPER, SHIP_COLOURS, SPARK_COLOUR } from './palette.ts'
import { circle, GLOW_SPRITE, glows, type Sprite, wordSprite } from './sprites.ts'

const MOTES = 640
const RINGS = 32
const NUMBERS = 24
const RISE_FROM = 40 // CSS pixels above the point
const MOTE = 7 // floats each: x, y, vx, vy, age, lifetime, size

export interface Point {
  readonly x: number
  readonly y: number
}

interface Ring {
  x: number
  y: number
  from: number
  to: number
  age: number
  lifetime: number
  colour: string
}

interface Rising {
  sprite: Sprite | undefined
  x: number
  y: number
  age: number
}

export class Effects {
  readonly #calm: boolean
  readonly #motes = new Float32Array(MOTES * MOTE)
  readonly #moteColours = new Uint8Array(MOTES)
  readonly #rings: Ring[] = Array.from({ length: RINGS }, () => blankRing())
  readonly #numbers: Rising[] = Array.from({ length: NUMBERS }, () => blankRising())
  #nextMote = 0
  #nextRing = 0
  #nextNumber = 0

  /** `calm`: few motes, and rings that hardly move. */
  constructor(calm: boolean) {
    this.#calm = calm
    for (let mote = 0; mote < MOTES; mote++) this.#motes[mote * MOTE + 4] = 9
  }

  /** Motes of a colour (its index among the glows), flying off in all directions at up to that speed. */
  scatter(at: Point, count: number, speed: number, colour: number): void {
    const number = this.#calm ? Math.ceil(count / 6) : count
    for (let mote = 0; mote < number; mote++) {
      const angle = Math.random() * 2 * Math.PI
      const pace = speed * (0.25 + 0.75 * Math.random())
      this.#mote(at, Math.cos(angle) * pace, Math.sin(angle) * pace, colour)
    }
  }

  /** A ring of a colour that runs from one radius to another. */
  ring(at: Point, from: number, to: number, colour: number): void {
    const ring = this.#rings[this.#nextRing] as Ring
    this.#nextRing = (this.#nextRing + 1) % RINGS
    ring.x = at.x
    ring.y = at.y
    ring.from = this.#calm ? to * 0.7 : from
    ring.to = to
    ring.age = 0
    ring.lifetime = 0.45
    ring.colour = SHIP_COLOURS[colour] ?? SPARK_COLOUR
  }

  /** Words that rise from above a point and fade; `size` in CSS pixels. */
  rise(from: Point, words: string, size: number, colour: string): void {
    const rising = this.#numbers[this.#nextNumber] as Rising
    this.#nextNumber = (this.#nextNumber + 1) % NUMBERS
    rising.x = from.x
    rising.y = from.y
    rising.sprite = wordSprite(words, size, colour)
    rising.age = 0
  }

  /** In units of the arena. */
  draw(camera: Camera, dt: number): void {
    const { pen } = camera.stage
    pen.globalCompositeOperation = 'lighter'
    this.#drawMotes(camera, dt)
    for (const ring of this.#rings) drawRing(ring, pen, dt)
    pen.globalCompositeOperation = 'source-over'
    pen.globalAlpha = 1
  }

  /** In CSS pixels, above everything else in the arena. */
  drawNumbers(camera: Camera, dt: number): void {
    const { pen } = camera.stage
    for (const rising of this.#numbers) {
      rising.age += dt
      const share = rising.age / 0.9
      const { sprite } = rising
      if (share >= 1 || !sprite) continue
      const pop = share < 0.15 ? 0.6 + (share / 0.15) * 0.5 : 1.1 - Math.min(0.1, (share - 0.15) * 0.5)
      const width = (sprite.width / 2) * pop
      const height = (sprite.height / 2) * pop
      const x = camera.screenX(rising.x) - width / 2
      const y = camera.screenY(rising.y) - height / 2 - RISE_FROM - share * 46
      pen.globalAlpha = share > 0.6 ? (1 - share) / 0.4 : 1
      pen.drawImage(sprite, x, y, width, height)
    }
    pen.globalAlpha = 1
  }

  #mote(from: Point, vx: number, vy: number, colour: number): void {
    const at = this.#nextMote * MOTE
    const motes = this.#motes
    motes[at] = from.x
    motes[at + 1] = from.y
    motes[at + 2] = vx
    motes[at + 3] = vy
    motes[at + 4] = 0
    motes[at + 5] = 0.35 + Math.random() * 0.4
    motes[at + 6] = 5 + Math.random() * 7
    this.#moteColours[this.#nextMote] = colour
    this.#nextMote = (this.#nextMote + 1) % MOTES
  }

  #drawMotes(camera: Camera, dt: number): void {
    const { pen } = camera.stage
    const motes = this.#motes
    const drag = Math.exp(-3.4 * dt)
    for (let mote = 0; mote < MOTES; mote++) {
      const at = mote * MOTE
      const share = motes[at + 4]! / motes[at + 5]!
      if (!(share < 1)) continue
      motes[at + 4]! += dt
      motes[at]! += motes[at + 2]! * dt
      motes[at + 1]! += motes[at + 3]! * dt
      motes[at + 2]! *= drag
      motes[at + 3]! *= drag
      const size = motes[at + 6]! * (1 - share * 0.6)
      if (!camera.sees(motes[at]!, motes[at + 1]!, size)) continue
      pen.globalAlpha = 1 - share * share
      const glow = glows[this.#moteColours[mote]!]!
      pen.drawImage(glow, 0, 0, GLOW_SPRITE, GLOW_SPRITE, motes[at]! - size, motes[at + 1]! - size, size * 2, size * 2)
    }
  }
}

function drawRing(ring: Ring, pen: CanvasRenderingContext2D, dt: number): void {
  ring.age += dt
  const share = ring.age / ring.lifetime
  if (share >= 1) return
  const eased = 1 - (1 - share) * (1 - share)
  pen.globalAlpha = (1 - share) * 0.9
  pen.strokeStyle = ring.colour
  pen.lineWidth = 1 + 7 * (1 - eased)
  circle(pen, ring.x, ring.y, ring.from + (ring.to - ring.from) * eased)
  pen.stroke()
}

function blankRing(): Ring {
  return { x: 0, y: 0, from: 0, to: 0, age: 9, lifetime: 1, colour: PAPER }
}

function blankRising(): Rising {
  return { sprite: undefined, x: 0, y: 0, age: 9 }
}
