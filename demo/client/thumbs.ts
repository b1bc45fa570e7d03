// Touch: the left thumb finds a stick wherever it lands, a touch on the right dashes.

import { element } from './page.ts'

/** CSS pixels from the stick's middle to its full deflection. */
export const STICK_REACH = 52

export class Thumbs {
  /** Whether this person plays by touch. */
  inUse = false
  held = false
  pressed = false
  baseX = 0
  baseY = 0
  /** The stick's deflection, at most 1 in length. */
  dx = 0
  dy = 0
  /** The middle of the dash's button. */
  buttonX = 0
  buttonY = 0
  /** Something else lies where the button is. */
  isCovered = false
  readonly #rest = element('thumb-rest', HTMLElement)
  #stick = -1
  #button = -1
  #dash = false

  constructor(surface: HTMLElement) {
    surface.addEventListener('pointerdown', (event) => this.#down(event))
    surface.addEventListener('pointermove', (event) => this.#move(event))
    for (const end of ['pointerup', 'pointercancel'] as const) {
      surface.addEventListener(end, (event) => this.#up(event))
    }
    this.inUse = matchMedia('(pointer: coarse)').matches
    window.addEventListener('resize', () => this.#place())
    this.#place()
  }

  takeDash(): boolean {
    const asked = this.#dash
    this.#dash = false
    return asked
  }

  #place(): void {
    const { left, top } = this.#rest.getBoundingClientRect()
    this.buttonX = left
    this.buttonY = top
  }

  #down(event: PointerEvent): void {
    if (event.pointerType !== 'touch') return
    this.inUse = true
    if (event.clientX < window.innerWidth / 2) {
      if (this.held) return
      this.#stick = event.pointerId
      this.held = true
      this.baseX = event.clientX
      this.baseY = event.clientY
      this.dx = this.dy = 0
    } else {
      this.#button = event.pointerId
      this.pressed = true
      this.#dash = true
    }
  }

  #move(event: PointerEvent): void {
    if (event.pointerId !== this.#stick) return
    const dx = (event.clientX - this.baseX) / STICK_REACH
    const dy = (event.clientY - this.baseY) / STICK_REACH
    const length = Math.max(1, Math.hypot(dx, dy))
    this.dx = dx / length
    this.dy = dy / length
    // A thumb that slides on takes its stick along.
    this.baseX = event.clientX - this.dx * STICK_REACH
    this.baseY = event.clientY - this.dy * STICK_REACH
  }

  #up(event: PointerEvent): void {
    if (event.pointerId === this.#stick) {
      this.#stick = -1
      this.held = false
      this.dx = this.dy = 0
    }
    if (event.pointerId === this.#button) {
      this.#button = -1
      this.pressed = false
    }
  }
}
