// Two live clients of one page side by side, the left one without prediction. What a player does here, both do.

import { addressFrom } from './address.ts'
import type { MountedLab } from './mounted.ts'
import { type Bench, Panel } from './panel.ts'
import { button, isWriting, layOver, make, row } from './parts.ts'
import { changed, readLink, type Settings, writeLink } from './settings.ts'

type PaneWindow = Window & typeof globalThis & { readonly tickwireLab?: MountedLab }

const PANES = [
  { title: 'Prediction off', predict: false },
  { title: 'Prediction on', predict: true },
] as const
const KEYS = ['keydown', 'keyup'] as const
const POINTS = ['pointerdown', 'pointermove', 'pointerup', 'pointercancel', 'pointerleave'] as const

/** Fills the page, which plays no game itself, with both clients. */
export function splitScreen(): void {
  new SplitScreen().begin()
}

class SplitScreen implements Bench {
  readonly #frames: readonly HTMLIFrameElement[]
  readonly #panel: Panel
  readonly #link = addressFrom(() => writeLink(location.href, this.#settings, 'split'))
  /** What each pointer that is down came down on, in both clients: it stays with that, as a touch does. */
  readonly #held = new Map<number, readonly Element[]>()
  #settings = readLink(location.search)

  constructor() {
    this.#frames = PANES.map(({ title, predict }) => this.#frame(title, predict))
    this.#panel = new Panel(this, ['smooth', 'interpolate', 'ghost'], () => this.#toggle())
    this.#panel.addActions([button('One screen', 'Back to one client', () => this.#leave())])
    this.#panel.addNote(
      'Both clients get every key and every move of the pointer. The ring is where the server will have you.',
    )
  }

  begin(): void {
    document.body.replaceChildren()
    const panes = make('main')
    panes.append(...this.#frames.map((frame) => this.#pane(frame)))
    const opener = button('Network lab', 'Open the network lab (N)', () => this.#toggle())
    opener.className = 'opener'
    layOver(this.#panel.element, panes, opener)
    for (const type of KEYS) window.addEventListener(type, (event) => this.#press(event))
    // Nobody hears of keys that are let go elsewhere.
    window.addEventListener('blur', () => {
      for (const view of this.#views) view.dispatchEvent(new view.Event('blur'))
    })
  }

  get settings(): Settings {
    return this.#settings
  }

  set(change: Partial<Settings>): void {
    this.#settings = changed(this.#settings, change)
    const { predict: _, ...both } = this.#settings
    for (const view of this.#views) view.tickwireLab?.set(both)
    this.#panel.show(this.#settings)
    this.#link()
  }

  get #views(): PaneWindow[] {
    return this.#frames.map(({ contentWindow }) => contentWindow as PaneWindow)
  }

  #frame(title: string, predict: boolean): HTMLIFrameElement {
    const frame = make('iframe')
    frame.title = title
    frame.tabIndex = -1
    const link = new URL(writeLink(location.href, { ...this.#settings, predict }, 'shut'))
    // Also where all is as usual: what is set later is set by the client's own lab.
    link.searchParams.set('lab', 'shut')
    frame.src = link.href
    return frame
  }

  #pane(frame: HTMLIFrameElement): HTMLElement {
    const pane = row('pane', [frame, make('h1', frame.title)])
    for (const type of POINTS) pane.addEventListener(type, (event) => this.#point(event))
    // Else a mouse that is dragged over the border would be somewhere else in the client.
    pane.addEventListener('pointerdown', ({ pointerId }) => pane.setPointerCapture(pointerId))
    return pane
  }

  #toggle(): void {
    this.#panel.isOpen = !this.#panel.isOpen
  }

  #leave(): void {
    location.assign(writeLink(location.href, this.#settings, 'open'))
  }

  #press(event: KeyboardEvent): void {
    const { type, key, code, repeat } = event
    // What is let go is let go in both, whatever is held besides. Enter opens what people type in, which would take the
    // keys from the other client.
    if (type === 'keydown' && (isWriting(event) || code === 'Enter')) return
    if (code === 'KeyN') {
      if (type === 'keydown' && !repeat) this.#toggle()
      return
    }
    for (const view of this.#views) {
      view.document.body?.dispatchEvent(new view.KeyboardEvent(type, { key, code, repeat, bubbles: true }))
    }
  }

  #point(event: PointerEvent): void {
    const { type, pointerId, pointerType, isPrimary, button, buttons, offsetX: clientX, offsetY: clientY } = event
    const how = { pointerId, pointerType, isPrimary, button, buttons, clientX, clientY, bubbles: true }
    const targets =
      this.#held.get(pointerId) ??
      this.#views.map(({ document }) => document.elementFromPoint(clientX, clientY) ?? document.body)
    if (buttons > 0) this.#held.set(pointerId, targets)
    else this.#held.delete(pointerId)
    this.#views.forEach((view, index) => {
      targets[index]?.dispatchEvent(new view.PointerEvent(type, how))
    })
  }
}
