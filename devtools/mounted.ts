// The lab on a page: panel, overlay, keys, and the link that tells what is set.

import type { Values } from '../sdk/input.ts'
import { addressFrom } from './address.ts'
import type { Ghost } from './ghost.ts'
import type { Lab } from './lab.ts'
import { Overlay, type Place } from './overlay.ts'
import { type Bench, Panel } from './panel.ts'
import { button, isWriting, layOver, toggle } from './parts.ts'
import { type Choice, readLink, type Settings, writeLink } from './settings.ts'

/** What a game's server does for one player at the lab's word. */
export interface ServerSide {
  /** Whether its hits are judged by what it saw, and whether its states come whole. */
  set(settings: Pick<Settings, 'compensate' | 'whole'>): void
  /** Milliseconds that a tick takes there. */
  tickMs(): number
}

/** What a game lets the lab do. */
export interface Abilities {
  readonly place?: (entity: Values) => Place | undefined
  readonly addBots?: (count: number) => void
  readonly watchLeader?: (isOn: boolean) => void
  readonly server?: ServerSide
}

export const BOTS = 10
const GHOST_NOTE = 'Ghost: the ring is where the server will have you, the dot where it last said you were. '
export const DRAW_MS = 50

/** The lab as `mountLab` laid it over the page. */
export class MountedLab implements Bench {
  readonly #lab: Lab
  readonly #panel: Panel
  readonly #overlay: Overlay
  readonly #server: ServerSide | undefined
  readonly #link = addressFrom(() => writeLink(location.href, this.settings, this.isOpen ? 'open' : 'shut'))
  #drawnAt = 0

  constructor(lab: Lab, { place, addBots, watchLeader, server }: Abilities) {
    const choices: Choice[] = ['predict', 'smooth', 'interpolate']
    if (place) choices.push('ghost')
    if (server) choices.push('compensate', 'whole')
    this.#lab = lab
    this.#server = server
    this.#panel = new Panel(this, choices, () => this.close())
    this.#overlay = new Overlay(place ?? (() => undefined))
    this.#panel.addActions(this.#actions(addBots, watchLeader))
    this.#panel.addGraphs(lab.gauges, server !== undefined)
    this.#panel.addNote(`${place ? GHOST_NOTE : ''}The address of this page holds every setting.`)
    layOver(this.#overlay.element, this.#panel.element)
    this.#readLink()
    window.addEventListener('keydown', (event) => this.#press(event))
    requestAnimationFrame(this.#draw)
  }

  /** What is set now. */
  get settings(): Settings {
    return this.#lab.settings
  }

  /**
   * Takes effect at once, and is in the page's address a moment later. An amount above what its slider has is brought
   * down to that; one below 0 and what is no number change nothing.
   */
  set(change: Partial<Settings>): void {
    this.#lab.set(change)
    if ('compensate' in change || 'whole' in change) this.#server?.set(this.settings)
    this.#panel.show(this.settings)
    this.#link()
  }

  /** Whether the panel is shown: what is set holds all the same. */
  get isOpen(): boolean {
    return this.#panel.isOpen
  }

  /** Shows the panel. */
  open(): void {
    this.#show(true)
  }

  /** Hides the panel; the line stays as it is set. */
  close(): void {
    this.#show(false)
  }

  /** Opens or closes it, as key N does. */
  toggle(): void {
    this.#show(!this.isOpen)
  }

  /** One's own predicted entities as the server has them. */
  get ghosts(): readonly Ghost[] {
    return this.#lab.ghosts
  }

  /** The same entities as the game draws them. */
  get drawn(): readonly Values[] {
    return this.#lab.drawn
  }

  #show(isOpen: boolean): void {
    this.#panel.isOpen = isOpen
    this.#link()
  }

  #actions(addBots: Abilities['addBots'], watchLeader: Abilities['watchLeader']): HTMLButtonElement[] {
    const actions = [
      button('Cut', 'Break the connection, as if the cable was pulled out', () => this.#lab.cut()),
      toggle('Hide', 'Let the page believe that nobody looks at it', (isOn) => this.#lab.hide(isOn)),
      button('Split', 'Two clients side by side: prediction off and on', () => {
        location.assign(writeLink(location.href, { ...this.settings, ghost: true }, 'split'))
      }),
    ]
    if (addBots) actions.push(button(`+${BOTS} bots`, 'Let more players in', () => addBots(BOTS)))
    if (watchLeader) actions.push(toggle('Watch leader', 'Look at the leader instead of oneself', watchLeader))
    return actions
  }

  #readLink(): void {
    const isShut = new URLSearchParams(location.search).get('lab') === 'shut'
    this.set(readLink(location.search))
    if (!isShut) this.open()
  }

  #press(event: KeyboardEvent): void {
    if (event.code !== 'KeyN' || event.repeat || isWriting(event)) return
    this.toggle()
  }

  #draw = (now: number): void => {
    requestAnimationFrame(this.#draw)
    this.#lab.measure(now, this.#server?.tickMs())
    this.#overlay.draw(this.settings.ghost ? this.ghosts : [])
    if (now - this.#drawnAt < DRAW_MS) return
    this.#drawnAt = now
    this.#panel.draw()
  }
}
