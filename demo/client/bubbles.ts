// What people just said, over their ships.

import { clean } from '../talk.ts'
import { clear, INK, PAPER } from './palette.ts'
import { FONT, painted, type Sprite, widthOf } from './sprites.ts'
import type { Stage } from './stage.ts'

const SHOWN = 4.5 // seconds
const LONGEST = 34 // characters; the chat has the rest

interface Bubble {
  sprite: Sprite
  age: number
}

export class Bubbles {
  readonly #byOwner = new Map<number, Bubble>()

  /** Shows words over the ship of that player, in place of what it said before. */
  say(owner: number, words: string, isEmote: boolean): void {
    const short = words.length > LONGEST ? `${clean(words, LONGEST - 1)}…` : words
    this.#byOwner.set(owner, { sprite: paint(short, isEmote ? 21 : 13), age: 0 })
  }

  age(dt: number): void {
    for (const [owner, bubble] of this.#byOwner) {
      bubble.age += dt
      if (bubble.age > SHOWN) this.#byOwner.delete(owner)
    }
  }

  /** The player's bubble, if there is one, its tip at a point in CSS pixels. */
  draw(stage: Stage, owner: number, x: number, y: number): void {
    const bubble = this.#byOwner.get(owner)
    if (owner === 0 || !bubble) return
    const pop = bubble.age < 0.16 ? 0.5 + (bubble.age / 0.16) * 0.5 : 1
    // Wide letters may fill more than a phone.
    const scale = pop * Math.min(0.5, (stage.width - 8) / bubble.sprite.width)
    const width = bubble.sprite.width * scale
    const height = bubble.sprite.height * scale
    stage.pen.globalAlpha = Math.min(1, (SHOWN - bubble.age) * 3)
    stage.pen.drawImage(bubble.sprite, x - width / 2, y - height, width, height)
    stage.pen.globalAlpha = 1
  }
}

function paint(words: string, size: number): Sprite {
  const font = `700 ${size * 2}px ${FONT}`
  const width = Math.max(widthOf(words, font) + size * 2.6, size * 3.6)
  const height = size * 3
  const tip = 14
  return painted(Math.ceil(width) + 4, height + tip + 4, (pen) => {
    pen.translate(2, 2)
    pen.beginPath()
    pen.roundRect(0, 0, width, height, height / 2.4)
    pen.moveTo(width / 2 - tip, height - 1)
    pen.lineTo(width / 2, height + tip)
    pen.lineTo(width / 2 + tip, height - 1)
    pen.fillStyle = clear(PAPER, 0.95)
    pen.fill()
    pen.font = font
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    pen.fillStyle = INK
    pen.fillText(words, width / 2, height / 2 + size * 0.1)
  })
}
