// One's own name: shown, changed with a click, remembered.

import { NAME_LENGTH } from '../talk.ts'
import { element } from './page.ts'
import { keepName, ownName } from './person.ts'
import type { JoinedRoom } from './room.ts'

export class NameTag {
  readonly #input = element('name', HTMLInputElement)
  readonly #room: JoinedRoom

  constructor(room: JoinedRoom) {
    this.#room = room
    this.#input.maxLength = NAME_LENGTH
    this.#input.value = ownName()
    this.#input.disabled = false
    this.#input.addEventListener('focus', () => this.#input.select())
    this.#input.addEventListener('blur', () => this.#rename())
    this.#input.addEventListener('keydown', (event) => {
      // While a word is composed these keys choose it, or give it up.
      if (event.isComposing) return
      if (event.key === 'Escape') this.#input.value = ownName()
      if (event.key === 'Escape' || event.key === 'Enter') this.#input.blur()
    })
  }

  #rename(): void {
    const before = ownName()
    const name = keepName(this.#input.value)
    this.#input.value = name || before
    if (name && name !== before) this.#room.send('rename', { name })
  }
}
