// The panel: presets, sliders, switches, what can be done, and the graphs. It holds nothing; it shows settings and asks
// for others.

import type { Gauges } from './gauges.ts'
import { Graph } from './graph.ts'
import { button, letGo, make, row, toggle, usesKey } from './parts.ts'
import {
  AMOUNTS,
  type Amount,
  CHOICES,
  type Choice,
  PRESETS,
  type PresetName,
  presetOf,
  type Settings,
  withPreset,
} from './settings.ts'

/** What the panel sets: one lab, or two at once. */
export interface Bench {
  readonly settings: Settings
  set(change: Partial<Settings>): void
}

interface Slider {
  readonly line: HTMLLabelElement
  readonly input: HTMLInputElement
  readonly value: HTMLElement
}

const keys = <K extends string>(of: Readonly<Record<K, unknown>>) => Object.keys(of) as K[]
const PRESET_LABELS: Readonly<Record<PresetName, string>> = {
  lan: 'LAN',
  wifi: 'Wi-Fi',
  '4g': '4G',
  far: 'Far',
  bad200: 'Bad',
  train: 'Train',
}

export class Panel {
  readonly element: HTMLElement = make('section')
  readonly #bench: Bench
  readonly #close: () => void
  readonly #sliders = new Map<Amount, Slider>()
  readonly #switches = new Map<Choice, HTMLButtonElement>()
  readonly #presets = new Map<PresetName, HTMLButtonElement>()
  readonly #graphs: Graph[] = []

  /** `choices`: the switches that there are. */
  constructor(bench: Bench, choices: readonly Choice[], close: () => void) {
    this.#bench = bench
    this.#close = close
    const { element } = this
    element.ariaLabel = 'Network lab'
    element.tabIndex = -1
    element.hidden = true
    const switches = choices.map((name) => this.#switch(name))
    element.append(this.#header(), ...this.#lineParts(), make('h3', 'Picture'), row('row two', switches))
    element.addEventListener('keydown', (event) => this.#press(event))
    this.show(bench.settings)
  }

  get isOpen(): boolean {
    return !this.element.hidden
  }

  set isOpen(isOpen: boolean) {
    this.element.hidden = !isOpen
    // The keys stay with the game; Tab leads to the first piece.
    if (isOpen) this.element.focus({ preventScroll: true })
  }

  addActions(actions: readonly HTMLButtonElement[]): void {
    this.element.append(make('h3', 'Try'), row('row', actions))
  }

  addGraphs(gauges: Gauges, hasServer: boolean): void {
    this.#graphs.push(...graphsOf(gauges, hasServer))
    const elements = this.#graphs.map(({ element }) => element)
    this.element.append(make('h3', 'Last 10 s'), row('graphs', elements))
  }

  addNote(words: string): void {
    this.element.append(make('p', words))
  }

  show(settings: Settings): void {
    for (const [name, { line, input, value }] of this.#sliders) {
      const { unit, none } = AMOUNTS[name]
      const words = settings[name] === 0 ? none : `${settings[name]} ${unit}`
      input.value = String(settings[name])
      input.ariaValueText = words
      value.textContent = words
      line.classList.toggle('set', settings[name] !== 0)
    }
    for (const [name, made] of this.#switches) made.ariaPressed = String(settings[name])
    const preset = presetOf(settings)
    for (const [name, made] of this.#presets) made.ariaPressed = String(name === preset)
  }

  draw(): void {
    if (!this.isOpen) return
    for (const graph of this.#graphs) graph.draw()
    // All words after all dots: whoever asks for a size once words are new makes the browser lay the page out at once.
    for (const graph of this.#graphs) graph.say()
  }

  #header(): HTMLElement {
    const header = make('header')
    const close = button('×', 'Close (Escape)', this.#close)
    close.ariaLabel = 'Close'
    close.className = 'close'
    header.append(make('h2', 'Network lab'), make('kbd', 'N'), close)
    return header
  }

  #lineParts(): HTMLElement[] {
    const presets = keys(PRESETS).map((name) => this.#preset(name))
    return [row('presets', presets), make('h3', 'Line'), ...keys(AMOUNTS).map((name) => this.#slider(name))]
  }

  #preset(name: PresetName): HTMLButtonElement {
    const made = button(PRESET_LABELS[name], `A line like this: ${name}`, () => {
      this.#bench.set(withPreset(this.#bench.settings, name))
    })
    this.#presets.set(name, made)
    return made
  }

  #slider(name: Amount): HTMLElement {
    const { label, most, step, hint } = AMOUNTS[name]
    const line = make('label')
    const input = make('input')
    const value = make('b')
    Object.assign(input, { type: 'range', max: most, step, name })
    line.title = hint
    line.append(make('span', label), input, value)
    input.addEventListener('input', () => this.#bench.set({ [name]: input.valueAsNumber }))
    // A pointer that lets go gives the keys back to the game.
    input.addEventListener('pointerup', () => letGo(input))
    this.#sliders.set(name, { line, input, value })
    return line
  }

  #switch(name: Choice): HTMLButtonElement {
    const made = toggle(CHOICES[name], `${CHOICES[name]} on or off`, (isOn) => this.#bench.set({ [name]: isOn }))
    this.#switches.set(name, made)
    return made
  }

  #press(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#close()
    // Inside, a key that a piece has a use for is not the game's as well.
    const [piece] = event.composedPath()
    if (event.key === 'Escape' || usesKey(piece ?? null, event.key)) event.stopPropagation()
  }
}

type Plan = readonly [
  title: string,
  hint: string,
  unit: string,
  least: number,
  ...traces: [Gauges['rtt'], colour: string][],
]

function graphsOf({ rtt, age, down, up, spacing, delay, tick, miss }: Gauges, hasServer: boolean): Graph[] {
  const plans: Plan[] = [
    ['Round trip', 'from an input to the state that contains it', 'ms', 50, [rtt, '#7fd7ff']],
    ['State age', 'how much older the newest state is than on a line without queues', 'ms', 50, [age, '#ffd75e']],
    ['Spacing', 'between frames that arrive, as far as pictures tell', 'ms', 100, [spacing, '#ff9d7a']],
    ['Picture delay', 'how far the others are drawn behind the server', 'ms', 100, [delay, '#c6a4ff']],
    [
      'Missed by',
      'where one was drawn after an input, and where the server says one was',
      'units',
      5,
      [miss, '#ff7d9c'],
    ],
    ['Traffic', 'down and up', 'kB/s', 1, [down, '#8be58b'], [up, '#4f9fff']],
  ]
  if (hasServer)
    plans.push(['Server tick', 'what a step of the room takes, sending included', 'ms', 1, [tick, '#e0e6f0']])
  return plans.map(
    ([title, hint, unit, least, ...traces]) =>
      new Graph({ title, hint, unit, least, traces: traces.map(([series, colour]) => ({ series, colour })) }),
  )
}
