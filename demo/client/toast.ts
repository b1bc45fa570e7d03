// One line of news in the middle of the screen: whom one robbed, by whom one was, and when all is lost.

import { element, isolated } from './page.ts'
import type { JoinedRoom } from './room.ts'
import type { Sound } from './sound.ts'

const SHOWN = 2200 // milliseconds

export class Toast {
  readonly #element = element('toast', HTMLElement)
  #hide: ReturnType<typeof setTimeout> | undefined

  listen(room: JoinedRoom, sound: Sound): void {
    room.on('hit', ({ you, other, sparks }) => {
      if (you === 'thief') sound.strike()
      const spilled = sparks === 0 ? 'nothing to spill' : `${sparks} spark${sparks === 1 ? '' : 's'}`
      const name = isolated(other)
      this.show(you === 'thief' ? `You burst ${name}: ${spilled}!` : `${name} burst you: ${spilled}`, you)
    })
    room.onReset(({ outcome }) => {
      if (outcome === 'new') this.show('Your place was lost: you begin anew', 'victim')
    })
  }

  /** Shows a line for a moment, in place of the one before. */
  show(words: string, mood: 'thief' | 'victim' | 'plain'): void {
    this.#element.textContent = words
    this.#element.className = `shown ${mood}`
    clearTimeout(this.#hide)
    this.#hide = setTimeout(() => this.#element.classList.remove('shown'), SHOWN)
  }
}
