// Everything that is costly to paint, painted once: glows, ships, sparks, the crown, and words.

import { COLOURS } from '../game.ts'
import { clear, colourOf, INK, mix, PAPER, SHIP_COLOURS, SPARK_COLOUR, SPARK_LIGHT } from './palette.ts'

/** An ImageBitmap where there are any: it is drawn faster than a canvas. */
export type Sprite = ImageBitmap | HTMLCanvasElement
export type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D

/** Ship sprites are drawn at this radius, in the middle of a square of SHIP_SPRITE. They look to the right. */
export const SHIP_SPRITE_RADIUS = 72
export const SHIP_SPRITE = 152
export const GLOW_SPRITE = 128

/** One soft disc of light a colour; the sparks' own is the last. */
export const glows: readonly Sprite[] = [...SHIP_COLOURS, SPARK_LIGHT].map(paintGlow)
export const smallSpark: Sprite = paintSpark(false)
export const bigSpark: Sprite = paintSpark(true)
export const crown: Sprite = paintCrown()

const ships: (Sprite | undefined)[] = []
const words = new Map<string, Sprite>()
const ruler = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D
const MOST_WORDS = 400

/** The ship of a look: its colour and its emblem. */
export function shipSprite(look: number): Sprite {
  let sprite = ships[look]
  if (!sprite) {
    sprite = paintShip(SHIP_COLOURS[colourOf(look)] as string, Math.floor(look / COLOURS))
    ships[look] = sprite
  }
  return sprite
}

/** One line of words with a dark outline, at twice the size in CSS pixels at which it is to be drawn. */
export function wordSprite(line: string, size: number, colour: string): Sprite {
  const key = `${size}${colour}${line}`
  let sprite = words.get(key)
  if (!sprite) {
    if (words.size >= MOST_WORDS) words.clear()
    sprite = paintWords(line, size * 2, colour)
    words.set(key, sprite)
  }
  return sprite
}

export const FONT = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif'

/** Paints once what will be drawn often. */
export function painted(width: number, height: number, paint: (pen: Pen) => void): Sprite {
  if (typeof OffscreenCanvas === 'undefined') return paintedOnPage(width, height, paint)
  const canvas = new OffscreenCanvas(width, height)
  paint(canvas.getContext('2d') as Pen)
  return canvas.transferToImageBitmap()
}

function paintedOnPage(width: number, height: number, paint: (pen: Pen) => void): Sprite {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  paint(canvas.getContext('2d') as Pen)
  return canvas
}

/** How wide words are in a CSS font, in its pixels. */
export function widthOf(words: string, font: string): number {
  ruler.font = font
  return ruler.measureText(words).width
}

/** Begins a path anew: a whole circle, to be filled or drawn. */
export function circle(pen: Pen, x: number, y: number, radius: number): void {
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
}

function paintGlow(colour: string): Sprite {
  return painted(GLOW_SPRITE, GLOW_SPRITE, (pen) => {
    const middle = GLOW_SPRITE / 2
    const light = pen.createRadialGradient(middle, middle, 0, middle, middle, middle)
    light.addColorStop(0, clear(colour, 0.85))
    light.addColorStop(0.25, clear(colour, 0.36))
    light.addColorStop(0.6, clear(colour, 0.09))
    light.addColorStop(1, clear(colour, 0))
    pen.fillStyle = light
    pen.fillRect(0, 0, GLOW_SPRITE, GLOW_SPRITE)
  })
}

function paintShip(colour: string, emblem: number): Sprite {
  const radius = SHIP_SPRITE_RADIUS
  return painted(SHIP_SPRITE, SHIP_SPRITE, (pen) => {
    pen.translate(SHIP_SPRITE / 2, SHIP_SPRITE / 2)
    circle(pen, 0, 0, radius)
    pen.fillStyle = mix(colour, INK, 0.55)
    pen.fill()
    circle(pen, 0, 0, radius * 0.9)
    const body = pen.createRadialGradient(0, 0, radius * 0.1, 0, 0, radius * 0.9)
    body.addColorStop(0, mix(colour, PAPER, 0.34))
    body.addColorStop(0.72, colour)
    body.addColorStop(1, mix(colour, INK, 0.12))
    pen.fillStyle = body
    pen.fill()
    pen.save()
    pen.clip()
    pen.fillStyle = pen.strokeStyle = clear(INK, 0.5)
    paintEmblem(pen, emblem, radius)
    pen.restore()
    paintEyes(pen, radius)
  })
}

// On the ship's back, left of its eyes.
function paintEmblem(pen: Pen, emblem: number, radius: number): void {
  const unit = radius / 10
  const x = -3.6 * unit
  pen.lineWidth = 1.7 * unit
  if (emblem === 0) {
    circle(pen, x, 0, 2.3 * unit)
    pen.fill()
  } else if (emblem === 1) {
    circle(pen, x, 0, 2.7 * unit)
    pen.stroke()
  } else if (emblem === 2) {
    pen.fillRect(x - 2.6 * unit, -radius, 1.8 * unit, 2 * radius)
    pen.fillRect(x + 0.8 * unit, -radius, 1.8 * unit, 2 * radius)
  } else if (emblem === 3) {
    pen.fillRect(-radius, -1.1 * unit, 1.05 * radius, 2.2 * unit)
  } else if (emblem === 4) {
    pen.beginPath()
    pen.moveTo(x + 3 * unit, 0)
    pen.lineTo(x - 2.4 * unit, 3.2 * unit)
    pen.lineTo(x - 2.4 * unit, -3.2 * unit)
    pen.fill()
  } else {
    pen.fillRect(x - 0.9 * unit, -3.2 * unit, 1.8 * unit, 6.4 * unit)
    pen.fillRect(x - 3.2 * unit, -0.9 * unit, 6.4 * unit, 1.8 * unit)
  }
}

function paintEyes(pen: Pen, radius: number): void {
  for (const side of [-1, 1]) {
    pen.beginPath()
    pen.ellipse(radius * 0.36, side * radius * 0.34, radius * 0.25, radius * 0.22, 0, 0, 2 * Math.PI)
    pen.fillStyle = PAPER
    pen.fill()
    circle(pen, radius * 0.46, side * radius * 0.33, radius * 0.125)
    pen.fillStyle = INK
    pen.fill()
    circle(pen, radius * 0.5, side * radius * 0.33 - radius * 0.045, radius * 0.042)
    pen.fillStyle = PAPER
    pen.fill()
  }
}

// Small: a diamond. Big: a star of four points in a ring.
function paintSpark(big: boolean): Sprite {
  return painted(96, 96, (pen) => {
    pen.translate(48, 48)
    const light = pen.createRadialGradient(0, 0, 0, 0, 0, 48)
    light.addColorStop(0, clear(SPARK_LIGHT, 0.8))
    light.addColorStop(0.35, clear(SPARK_LIGHT, 0.28))
    light.addColorStop(1, clear(SPARK_LIGHT, 0))
    pen.fillStyle = light
    pen.fillRect(-48, -48, 96, 96)
    pen.fillStyle = '#ffe39a'
    star(pen, 4, big ? 30 : 19, big ? 9.5 : 10.5)
    pen.fill()
    if (!big) return
    pen.strokeStyle = clear(SPARK_COLOUR, 0.8)
    pen.lineWidth = 2.5
    circle(pen, 0, 0, 25)
    pen.stroke()
  })
}

function star(pen: Pen, points: number, outer: number, inner: number): void {
  pen.beginPath()
  for (let corner = 0; corner < points * 2; corner++) {
    const angle = (corner * Math.PI) / points
    const radius = corner % 2 === 0 ? outer : inner
    pen.lineTo(Math.sin(angle) * radius, -Math.cos(angle) * radius)
  }
  pen.closePath()
}

function paintCrown(): Sprite {
  return painted(96, 80, (pen) => {
    pen.lineJoin = 'round'
    pen.lineWidth = 7
    pen.beginPath()
    for (const [x, y] of [
      [14, 66],
      [8, 24],
      [30, 42],
      [48, 12],
      [66, 42],
      [88, 24],
      [82, 66],
    ] as const) {
      pen.lineTo(x, y)
    }
    pen.closePath()
    pen.strokeStyle = INK
    pen.stroke()
    const gold = pen.createLinearGradient(0, 10, 0, 68)
    gold.addColorStop(0, '#fff3b0')
    gold.addColorStop(1, '#f2b01e')
    pen.fillStyle = gold
    pen.fill()
    pen.fillStyle = '#b26a00'
    pen.fillRect(15, 57, 66, 6)
  })
}

function paintWords(line: string, size: number, colour: string): Sprite {
  const font = `700 ${size}px ${FONT}`
  const width = Math.ceil(widthOf(line, font))
  return painted(width + size, Math.ceil(size * 1.5), (pen) => {
    pen.font = font
    pen.textBaseline = 'middle'
    pen.lineJoin = 'round'
    pen.lineWidth = size * 0.24
    pen.strokeStyle = clear(INK, 0.78)
    pen.strokeText(line, size / 2, size * 0.75)
    pen.fillStyle = colour
    pen.fillText(line, size / 2, size * 0.75)
  })
}
