// The elements of index.html, found once and by name; a missing one is a mistake of ours and throws.

export function element<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`index.html has no ${kind.name} called ${id}`)
  return found
}

/** Calls `press` when the button is. A pointer gives the keys back to the game; a keyboard keeps its place. */
export function onPress(button: HTMLButtonElement, press: () => void): void {
  button.addEventListener('click', ({ detail }) => {
    if (detail > 0) button.blur()
    press()
  })
}

/** Words from people amid others, none of which turn when these are written from the right. */
export function isolated(words: string): string {
  return `\u2068${words}\u2069`
}

/** A new element with words in it; words from people are only ever text. */
export function make(tag: keyof HTMLElementTagNameMap, className: string, words = ''): HTMLElement {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = words
  return made
}
