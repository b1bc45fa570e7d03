// The chat on the page: what was said, the line to say something, and six emotes. Words from people are only ever text.

import type { MessageOf } from 'tickwire'
import type { Sparks } from '../game.ts'
import { Allowance, clean, EMOTES, TALK_LENGTH } from '../talk.ts'
import type { Bubbles } from './bubbles.ts'
import { isTyping } from './keys.ts'
import { element, isolated, make } from './page.ts'
import type { JoinedRoom } from './room.ts'

const LINES = 60
const FADES_AFTER = 9000 // milliseconds

type Talk = MessageOf<Sparks, 'toClient', 'talk'>

export class Chat {
  readonly #log = element('log', HTMLOListElement)
  readonly #panel = element('chat', HTMLElement)
  readonly #form = element('say', HTMLFormElement)
  readonly #line = element('line', HTMLInputElement)
  readonly #emotes = element('emotes', HTMLElement)
  readonly #allowance = new Allowance(performance.now() / 1000)
  readonly #bubbles: Bubbles
  readonly #names = new Map<number, string>()
  #room: JoinedRoom | undefined
  #last: Talk | undefined

  /** `onOpen` is called when typing begins, so that the game lets go of its keys. */
  constructor(bubbles: Bubbles, onOpen: () => void) {
    this.#bubbles = bubbles
    this.#line.maxLength = TALK_LENGTH
    this.#line.addEventListener('focus', onOpen)
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#submit()
    })
    element('chat-button', HTMLButtonElement).addEventListener('click', () => this.#toggle())
    // Who plays on has said enough; the line would lie where thumbs play.
    element('stage', HTMLCanvasElement).addEventListener('pointerdown', () => this.#close())
    for (const [index, emote] of EMOTES.entries()) this.#addEmote(emote, index)
    window.addEventListener('keydown', (event) => this.#press(event))
    // A keyboard on the screen lies over the page: the line moves up above it. A page that is zoomed shows less, too.
    const seen = window.visualViewport
    seen?.addEventListener('resize', () => {
      const keyboard = Math.max(0, window.innerHeight - seen.height * seen.scale)
      this.#panel.style.setProperty('--keyboard', `${keyboard}px`)
    })
  }

  listen(room: JoinedRoom): void {
    this.#room = room
    room.on('init', ({ messages, users }) => {
      // A server that has started anew counts anew: by its number alone a message is not known.
      const last = messages.findIndex((talk) => isSame(talk, this.#last))
      for (const talk of messages.slice(last + 1)) this.#hear(talk, false)
      this.#names.clear()
      for (const user of users) this.#names.set(user.id, user.name)
      if (users.length > 1) this.#note(`${users.length} people are playing`)
    })
    room.onReset(({ lost }) => lost > 0 && this.#note('What you said last may be lost'))
    room.on('talk', (talk) => this.#hear(talk, true))
    room.on('join', ({ id, name }) => {
      this.#names.set(id, name)
      this.#note(`${isolated(name)} came in`)
    })
    room.on('exit', ({ id, name }) => {
      this.#names.delete(id)
      this.#note(`${isolated(name)} left`)
    })
    room.on('rename', ({ id, name }) => {
      this.#note(`${isolated(this.#names.get(id) ?? 'Someone')} is now called ${isolated(name)}`)
      this.#names.set(id, name)
    })
  }

  #hear(talk: Talk, isNew: boolean): void {
    this.#last = talk
    const line = make('li', talk.type)
    line.append(
      make('b', talk.from.id === this.#room?.me ? 'self' : '', isolated(talk.from.name)),
      ` ${isolated(talk.message)}`,
    )
    this.#add(line)
    // A page that nobody sees draws no bubbles, and would never be rid of them.
    if (isNew && !document.hidden) this.#bubbles.say(talk.from.id, talk.message, talk.type === 'emote')
  }

  #note(words: string): void {
    this.#add(make('li', 'note', words))
  }

  #add(line: HTMLElement): void {
    this.#log.append(line)
    while (this.#log.childElementCount > LINES) this.#log.firstElementChild?.remove()
    this.#log.scrollTop = this.#log.scrollHeight
    setTimeout(() => line.classList.add('old'), FADES_AFTER)
  }

  #submit(): void {
    const message = clean(this.#line.value, TALK_LENGTH)
    if (message === '') this.#close()
    else if (this.#say(message, 'text')) {
      this.#line.value = ''
      this.#close()
    } else this.#refuse(true)
  }

  // What the server would refuse stays in the line instead of vanishing.
  #say(message: string, type: Talk['type']): boolean {
    const isAllowed = this.#allowance.take(performance.now() / 1000)
    return isAllowed && (this.#room?.send('talk', { message, type }) ?? 'full') !== 'full'
  }

  /** Says of the line that it was not sent, or no longer. */
  #refuse(isRefused: boolean): void {
    this.#line.setCustomValidity(isRefused ? 'Not sent: try again in a moment' : '')
    this.#line.reportValidity()
  }

  #addEmote(emote: string, index: number): void {
    const button = make('button', 'emote', emote) as HTMLButtonElement
    button.type = 'button'
    button.title = `Say ${emote} (${index + 1})`
    button.addEventListener('click', () => {
      this.#say(emote, 'emote')
      this.#close()
    })
    this.#emotes.append(button)
  }

  #press(event: KeyboardEvent): void {
    // While a word is composed Escape is the composing's.
    if (event.key === 'Escape' && !event.isComposing) this.#close()
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Enter' && !(event.target instanceof HTMLButtonElement)) {
      event.preventDefault()
      this.#open()
    }
    const emote = EMOTES[Number(event.key) - 1]
    if (emote && !event.repeat) this.#say(emote, 'emote')
  }

  get isOpen(): boolean {
    return this.#panel.classList.contains('open')
  }

  #toggle(): void {
    if (this.isOpen) this.#close()
    else this.#open()
  }

  #open(): void {
    this.#panel.classList.add('open')
    this.#line.focus()
    this.#log.scrollTop = this.#log.scrollHeight
  }

  #close(): void {
    this.#panel.classList.remove('open')
    this.#refuse(false)
    this.#line.blur()
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  }
}

function isSame(talk: Talk, other: Talk | undefined): boolean {
  return talk.id === other?.id && talk.message === other.message && talk.from.name === other.from.name
}
