// The lab itself, without its looks: it puts a line in front of the room's sockets, switches what the room's picture is
// made of, and measures.

import type { Game } from '../protocol/game.ts'
import type { Values } from '../sdk/input.ts'
import type { Net } from '../sdk/netsim.ts'
import type { Predicted } from '../sdk/predicted.ts'
import { realNet } from '../sdk/real-net.ts'
import type { Room } from '../sdk/room.ts'
import { Gauges } from './gauges.ts'
import { type Ghost, ghostOf, Misses } from './ghost.ts'
import { changed, profileOf, type Settings, USUAL } from './settings.ts'
import { flip } from './switches.ts'

/** What the lab uses of a document, to pretend that nobody looks at it. */
type Sight = Pick<Document, 'dispatchEvent'> & { readonly visibilityState: string }

export class Lab {
  readonly gauges: Gauges = new Gauges()
  /** The line in front of the real one; nothing goes over it as long as it is not asked for. */
  readonly net: Net
  readonly #room: Room<Game>
  readonly #misses = new Misses()
  #settings = USUAL
  #isThrough = false
  #endProfile = () => {}

  constructor(room: Room<Game>, net: Net = realNet()) {
    this.#room = room
    this.net = net
  }

  get settings(): Settings {
    return this.#settings
  }

  /** Takes effect at once. What is out of bounds is brought within them. */
  set(change: Partial<Settings>): void {
    this.#settings = changed(this.#settings, change)
    flip(this.#room.inside, this.#settings)
    const profile = profileOf(this.#settings)
    this.#endProfile()
    this.#endProfile = this.net.follow(profile)
    if (JSON.stringify(profile) !== JSON.stringify(profileOf(USUAL))) this.#goThrough()
  }

  /** Breaks the connection, as a cable that is pulled out: the room comes back by itself. */
  cut(): void {
    if (!this.#goThrough()) this.net.cut()
  }

  /** Makes the page believe that nobody looks at it, or that someone does again. */
  hide(isHidden: boolean, page: Sight = document): void {
    if (isHidden) Object.defineProperty(page, 'visibilityState', { configurable: true, get: () => 'hidden' })
    else Reflect.deleteProperty(page, 'visibilityState')
    page.dispatchEvent(new Event('visibilitychange'))
  }

  /** One's own predicted entities as the server has them. */
  get ghosts(): Ghost[] {
    return this.#own.map(ghostOf)
  }

  /** One's own predicted entities as they were drawn last. */
  get drawn(): Values[] {
    const view = this.#room.view() as unknown as Record<string, Values[]>
    return this.#own.flatMap(({ id, rule }) => {
      return (view[rule.layout.kind] ?? []).filter((entity) => entity.id === id)
    })
  }

  get #own(): Predicted[] {
    return this.#room.inside.prediction.entities.filter(({ exact }) => exact)
  }

  /** Once a picture; `now` in milliseconds, as what the server's ticks take. */
  measure(now: number, tickMs = Number.NaN): void {
    const { session, clock } = this.#room.inside
    const { newest, pending } = session.inputs
    const [own] = this.#own
    const missed = own && this.#misses.look(own, newest, (pending[0]?.seq ?? newest + 1) - 1)
    const time = this.net.chance.now()
    // On a new way there is no telling the server's time before the first state.
    const isTimed = clock.ageOf(0, time) > 0
    const delayMs = isTimed ? clock.ageOf(clock.shownTick(), time) : Number.NaN
    this.gauges.read({ ...this.#room.stats, delayMs, tickMs, missed }, now)
  }

  /** From the next socket on, which is dialled at once. False when it was so already. */
  #goThrough(): boolean {
    if (this.#isThrough) return false
    this.#isThrough = true
    const { connection } = this.#room.inside.session
    connection.address = { ...connection.address, WebSocket: this.net.WebSocket }
    connection.redial('TOO_SLOW', 'over another line')
    return true
  }
}
