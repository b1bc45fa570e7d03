// The keyboard: where the keys point, and whether a dash was asked for. Deaf while somebody types.

const STEER: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  KeyW: [0, -1],
  ArrowUp: [0, -1],
  KeyS: [0, 1],
  ArrowDown: [0, 1],
  KeyA: [-1, 0],
  ArrowLeft: [-1, 0],
  KeyD: [1, 0],
  ArrowRight: [1, 0],
}
const DASH = new Set(['Space', 'ShiftLeft', 'ShiftRight'])

export class Keys {
  dx = 0
  dy = 0
  dashHeld = false
  /** When a key was last pressed or let go, in milliseconds of the page. */
  lastUsed: number = Number.NEGATIVE_INFINITY
  readonly #held = new Set<string>()
  #dash = false

  constructor() {
    window.addEventListener('keydown', (event) => this.#press(event))
    window.addEventListener('keyup', (event) => this.#release(event))
    window.addEventListener('blur', () => this.clear())
  }

  /** Whether a dash was asked for since the last call. */
  takeDash(): boolean {
    const asked = this.#dash
    this.#dash = false
    return asked
  }

  /** Lets go of everything. */
  clear(): void {
    this.#held.clear()
    this.#steer()
  }

  #press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (!STEER[event.code] && !DASH.has(event.code)) return
    // Space presses a button that has the focus, unless it was down for a dash before.
    if (event.code === 'Space' && event.target instanceof HTMLButtonElement && !this.#held.has('Space')) return
    event.preventDefault()
    if (event.repeat) return
    this.#held.add(event.code)
    this.#dash ||= DASH.has(event.code)
    this.#steer()
  }

  #release(event: KeyboardEvent): void {
    // While Cmd is down a Mac sends no keyup for other keys.
    if (event.key === 'Meta') this.clear()
    else if (this.#held.delete(event.code)) this.#steer()
  }

  #steer(): void {
    this.lastUsed = performance.now()
    this.dx = this.dy = 0
    this.dashHeld = false
    for (const code of this.#held) {
      this.dashHeld ||= DASH.has(code)
      this.dx += STEER[code]?.[0] ?? 0
      this.dy += STEER[code]?.[1] ?? 0
    }
    this.dx = Math.sign(this.dx)
    this.dy = Math.sign(this.dy)
  }
}

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement
}
