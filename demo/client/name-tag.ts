// One's own name: shown, changed with a click, remembered.

import { clean, NAME_LENGTH } from '../talk.ts'
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
    // The server has the last word: it takes a name only every so often.
    room.on('init', ({ users }) => {
      for (const { id, name } of users) this.#hear(id, name)
    })
    room.on('rename', ({ id, name }) => this.#hear(id, name))
    this.#input.addEventListener('focus', () => this.#input.select())
    this.#input.addEventListener('blur', () => this.#rename())
    this.#input.addEventListener('keydown', (event) => {
      // While a word is composed these keys choose it, or give it up.
      if (event.isComposing) return
      if (event.key === 'Escape') this.#input.value = ownName()
      if (event.key === 'Escape' || event.key === 'Enter') this.#input.blur()
    })
  }

  #hear(id: number, name: string): void {
    if (id !== this.#room.me) return
    const kept = keepName(name)
    if (document.activeElement !== this.#input) this.#input.value = kept
  }

  #rename(): void {
    const name = clean(this.#input.value, NAME_LENGTH)
    this.#input.value = ownName()
    if (name && name !== ownName()) this.#room.send('rename', { name })
  }
}
