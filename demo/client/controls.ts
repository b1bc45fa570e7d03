// What the player wants now, from whichever device was used last: keys, mouse or thumbs.

import { FULL_STICK, type Intent } from '../game.ts'
import { Keys } from './keys.ts'
import { Thumbs } from './thumbs.ts'

const REST_ZONE = 26 // CSS pixels around one's ship in which the mouse asks for nothing
const FULL_ZONE = 150
const DASH_KEEPS = 130 // milliseconds that a dash asked for a little early is remembered
const KEYS_KEEP = 1500 // milliseconds that keys win over a mouse that only lies there

export class Controls {
  readonly keys: Keys = new Keys()
  readonly thumbs: Thumbs
  readonly #intent: Intent = { dx: 0, dy: 0, dash: false }
  #mouseX = 0
  #mouseY = 0
  #mouseSteers = false
  #mouseHeld = false
  #mouseDash = false
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(surface: HTMLElement) {
    this.thumbs = new Thumbs(surface)
    window.addEventListener('pointermove', (event) => this.#point(event))
    surface.addEventListener('pointerdown', (event) => this.#click(event))
    const letGo = () => {
      this.#mouseHeld = false
    }
    // Nobody hears of a button that is let go elsewhere.
    for (const type of ['pointerup', 'blur']) window.addEventListener(type, letGo)
    document.documentElement.addEventListener('pointerleave', () => {
      this.#mouseSteers = false
    })
    surface.addEventListener('contextmenu', (event) => event.preventDefault())
  }

  /** The same object each time. One's own ship is at `x`, `y` in CSS pixels. */
  read(x: number, y: number): Intent {
    const { keys, thumbs } = this
    if (keys.dx !== 0 || keys.dy !== 0) this.#mouseSteers = false
    if (thumbs.held) this.#steer(thumbs.dx, thumbs.dy)
    else if (this.#mouseSteers) this.#steerTo(this.#mouseX - x, this.#mouseY - y)
    else this.#steer(keys.dx, keys.dy)
    if (this.#takeDash()) this.#askedAt = performance.now()
    const asked = performance.now() - this.#askedAt < DASH_KEEPS
    this.#intent.dash = asked || keys.dashHeld || thumbs.pressed || this.#mouseHeld
    return this.#intent
  }

  #steerTo(dx: number, dy: number): void {
    const distance = Math.hypot(dx, dy)
    const strength = Math.min(1, Math.max(0, (distance - REST_ZONE) / (FULL_ZONE - REST_ZONE)))
    this.#steer((dx / (distance || 1)) * strength, (dy / (distance || 1)) * strength)
  }

  #steer(dx: number, dy: number): void {
    const length = Math.max(1, Math.hypot(dx, dy))
    this.#intent.dx = Math.round((dx / length) * FULL_STICK)
    this.#intent.dy = Math.round((dy / length) * FULL_STICK)
  }

  #takeDash(): boolean {
    const clicked = this.#mouseDash
    this.#mouseDash = false
    const pressed = this.keys.takeDash()
    return this.thumbs.takeDash() || pressed || clicked
  }

  #point(event: PointerEvent): void {
    if (event.pointerType === 'touch') return
    this.#mouseX = event.clientX
    this.#mouseY = event.clientY
    if (performance.now() - this.keys.lastUsed > KEYS_KEEP) this.#mouseSteers = true
  }

  #click(event: PointerEvent): void {
    if (event.pointerType === 'touch' || event.button !== 0) return
    this.#point(event)
    this.#mouseSteers = true
    this.#mouseDash = this.#mouseHeld = true
  }
}
