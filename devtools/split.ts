// Two live clients of one page side by side, the left one without prediction. What a player does here, both do.

import { addressFrom } from './address.ts'
import type { MountedLab } from './mounted.ts'
import { type Bench, Panel } from './panel.ts'
import { button, isWriting, layOver, make } from './parts.ts'
import { readLink, type Settings, writeLink } from './settings.ts'

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
  readonly #cover = make('div', '', 'cover')
  readonly #panel: Panel
  readonly #link = addressFrom(() => writeLink(location.href, this.#settings, 'split'))
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
    panes.append(...this.#frames.map(paneOf), this.#cover)
    const opener = button('Network lab', 'Open the network lab (N)', () => this.#toggle())
    opener.className = 'opener'
    layOver(this.#panel.element, panes, opener)
    for (const type of POINTS) this.#cover.addEventListener(type, (event) => this.#point(event))
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
    this.#settings = { ...this.#settings, ...change }
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
    const { type, pointerId, pointerType, isPrimary, button, buttons } = event
    const [x, y] = this.#inPane(event)
    for (const view of this.#views) {
      const target = view.document.elementFromPoint(x, y) ?? view.document.body
      const how = { pointerId, pointerType, isPrimary, button, buttons, clientX: x, clientY: y, bubbles: true }
      target?.dispatchEvent(new view.PointerEvent(type, how))
    }
  }

  /** Where that is in the client that the pointer is over. */
  #inPane({ clientX, clientY }: PointerEvent): [x: number, y: number] {
    for (const frame of this.#frames) {
      const { left, right, top, bottom } = frame.getBoundingClientRect()
      const isOver = clientX >= left && clientX < right && clientY >= top && clientY < bottom
      if (isOver) return [clientX - left, clientY - top]
    }
    return [clientX, clientY]
  }
}

function paneOf(frame: HTMLIFrameElement): HTMLElement {
  const pane = make('div', '', 'pane')
  pane.append(frame, make('h1', frame.title))
  return pane
}
