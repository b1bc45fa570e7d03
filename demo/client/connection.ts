// How the connection fares, in plain words: a line on top while it comes back, a card when it will not.

import { type ConnectionState, JoinError } from 'tickwire'
import { element } from './page.ts'
import type { JoinedRoom } from './room.ts'

export class ConnectionSign {
  readonly #line = element('connection', HTMLElement)
  readonly #card = element('card', HTMLElement)
  readonly #title = element('card-title', HTMLElement)
  readonly #cause = element('card-cause', HTMLElement)
  readonly #again = element('again', HTMLButtonElement)
  #state: ConnectionState = { name: 'connecting' }
  #wasRefused = false

  constructor() {
    this.#again.addEventListener('click', () => location.reload())
    setInterval(() => this.#showLine(), 250)
    this.#showLine()
  }

  watch(room: JoinedRoom): void {
    this.#show(room.state)
    room.onState((state) => this.#show(state))
  }

  /** It never came to a connection. */
  refused(why: unknown): void {
    this.#wasRefused = true
    this.#showLine()
    const cause = why instanceof Error ? why.message : String(why)
    this.#showCard('No way in', why instanceof JoinError ? causeOf(why) : cause)
  }

  #show(state: ConnectionState): void {
    this.#state = state
    this.#showLine()
    if (state.name === 'closed') this.#showCard('The connection has ended', causeOf(state))
  }

  #showLine(): void {
    const words = this.#wasRefused ? '' : wordsFor(this.#state)
    this.#line.hidden = words === ''
    if (this.#line.textContent !== words) this.#line.textContent = words
  }

  #showCard(title: string, cause: string): void {
    this.#title.textContent = title
    this.#cause.textContent = `${cause.charAt(0).toUpperCase()}${cause.slice(1)}${/[.!?]$/.test(cause) ? '' : '.'}`
    this.#card.hidden = false
    this.#again.focus()
  }
}

function causeOf({ reason, message }: { readonly reason: string; readonly message: string }): string {
  return reason === 'FULL' ? 'there is no free place just now' : message || reason
}

function wordsFor(state: ConnectionState): string {
  if (state.name === 'connecting') return 'Connecting …'
  if (state.name === 'stalled') return 'The connection is slow …'
  if (state.name !== 'reconnecting') return ''
  const seconds = Math.ceil((state.retryAt - performance.timeOrigin - performance.now()) / 1000)
  // The last one is not told: attempts that follow one another at once would make the words flicker.
  return seconds > 1 ? `Connection lost. Trying again in ${seconds} s …` : 'Connection lost. Trying again …'
}
