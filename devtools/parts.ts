// The pieces that the panel is made of. A piece that a pointer used lets go of the focus, so that keys go to the game.

import { LOOK } from './look.ts'

/** A new element; words are only ever text. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  words = '',
  className = '',
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  made.textContent = words
  made.className = className
  return made
}

export function button(words: string, hint: string, press: () => void): HTMLButtonElement {
  const made = make('button', words)
  made.type = 'button'
  made.title = hint
  made.addEventListener('click', ({ detail }) => {
    if (detail > 0) letGo(made)
    press()
  })
  return made
}

/** Gives the focus to the panel around a piece: it has a use for Escape alone. */
export function letGo(piece: HTMLElement): void {
  const panel = piece.closest('section')
  if (panel) panel.focus({ preventScroll: true })
  else piece.blur()
}

/** A button that stays down: `flip` is told what it is from now on. */
export function toggle(words: string, hint: string, flip: (isOn: boolean) => void): HTMLButtonElement {
  const made = button(words, hint, () => {
    const isOn = made.ariaPressed !== 'true'
    made.ariaPressed = String(isOn)
    flip(isOn)
  })
  made.ariaPressed = 'false'
  return made
}

/** Gives a canvas so many dots. One that has them already keeps them: new ones cost a frame. */
export function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== Math.round(width)) canvas.width = Math.round(width)
  if (canvas.height !== Math.round(height)) canvas.height = Math.round(height)
}

/** Lays `pieces` over the page, where its styles do not reach them nor theirs it. */
export function layOver(...pieces: readonly Node[]): void {
  const host = make('div')
  const root = host.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(LOOK)
  root.adoptedStyleSheets = [sheet]
  root.append(...pieces)
  document.body.append(host)
}

/** Whether a key is meant for words that somebody types, or for the browser. */
export function isWriting(event: KeyboardEvent): boolean {
  const [piece] = event.composedPath()
  const isText = piece instanceof HTMLInputElement && piece.type !== 'range'
  const isField =
    isText || piece instanceof HTMLTextAreaElement || (piece instanceof HTMLElement && piece.isContentEditable)
  return isField || event.ctrlKey || event.metaKey || event.altKey
}

export function row(className: string, pieces: readonly Node[]): HTMLDivElement {
  const made = make('div', '', className)
  made.append(...pieces)
  return made
}

/** Which keys a focused piece has a use for; the rest are the game's. */
export function usesKey(piece: EventTarget | null, key: string): boolean {
  if (key === 'Tab') return true
  if (piece instanceof HTMLButtonElement) return key === ' ' || key === 'Enter'
  return piece instanceof HTMLInputElement && /^(Arrow|Page|Home|End)/.test(key)
}
