// The server's ghost over the game's picture: a ring where the server will have one's own entity, a dot where it last
// said it was, and a line between them: the time that prediction hides.

import type { Values } from '../sdk/input.ts'
import type { Ghost } from './ghost.ts'
import { make, resize } from './parts.ts'

/** Where something is on the screen, in CSS pixels. */
export interface Place {
  readonly x: number
  readonly y: number
  readonly radius: number
}

const COLOUR = '#7fd7ff'

export class Overlay {
  readonly element: HTMLCanvasElement = make('canvas', '', 'over')
  readonly #place: (entity: Values) => Place | undefined
  #isEmpty = true

  constructor(place: (entity: Values) => Place | undefined) {
    this.#place = place
    this.element.ariaHidden = 'true'
  }

  draw(ghosts: readonly Ghost[]): void {
    if (ghosts.length === 0 && this.#isEmpty) return
    this.#isEmpty = ghosts.length === 0
    const pen = this.#clear()
    for (const { told, due } of ghosts) {
      const [from, to] = [this.#place(told), this.#place(due)]
      if (from && to) drawGhost(pen, from, to)
    }
  }

  #clear(): CanvasRenderingContext2D {
    const { element } = this
    const density = Math.min(2, devicePixelRatio)
    resize(element, innerWidth * density, innerHeight * density)
    const pen = element.getContext('2d') as CanvasRenderingContext2D
    pen.setTransform(density, 0, 0, density, 0, 0)
    pen.clearRect(0, 0, innerWidth, innerHeight)
    return pen
  }
}

function drawGhost(pen: CanvasRenderingContext2D, told: Place, due: Place): void {
  pen.strokeStyle = pen.fillStyle = COLOUR
  pen.lineWidth = 2
  pen.beginPath()
  pen.moveTo(told.x, told.y)
  pen.lineTo(due.x, due.y)
  pen.stroke()
  pen.beginPath()
  pen.arc(told.x, told.y, 4, 0, 2 * Math.PI)
  pen.fill()
  pen.setLineDash([7, 6])
  pen.lineWidth = 2.5
  pen.beginPath()
  pen.arc(due.x, due.y, due.radius + 9, 0, 2 * Math.PI)
  pen.stroke()
  pen.setLineDash([])
}
