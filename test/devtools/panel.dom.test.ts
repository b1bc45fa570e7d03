import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Gauges } from '../../devtools/gauges.ts'
import { Graph } from '../../devtools/graph.ts'
import { Panel } from '../../devtools/panel.ts'
import { button } from '../../devtools/parts.ts'
import { AMOUNTS, type Settings, USUAL } from '../../devtools/settings.ts'

let asked: Partial<Settings>[]
let closed: number
let heardOutside: string[]
let panel: Panel

beforeEach(() => {
  asked = []
  closed = 0
  heardOutside = []
  const bench = { settings: USUAL, set: (change: Partial<Settings>) => void asked.push(change) }
  panel = new Panel(bench, ['predict', 'ghost'], () => void closed++)
  const game = document.createElement('main')
  game.append(panel.element)
  game.addEventListener('keydown', ({ key }) => void heardOutside.push(key))
  document.body.replaceChildren(game)
  panel.isOpen = true
})

const named = (words: string) => {
  const found = [...panel.element.querySelectorAll('button')].find(({ textContent }) => textContent === words)
  if (!found) throw new Error(`there is no ${words}`)
  return found
}
const slider = (name: string) => panel.element.querySelector(`input[name=${name}]`) as HTMLInputElement
const press = (on: HTMLElement, key: string) => on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))

test('a slider asks for its amount, and shows what is set instead of what was asked', () => {
  const latency = slider('lag')
  latency.value = '120'
  latency.dispatchEvent(new Event('input'))
  expect(asked).toEqual([{ lag: 120 }])
  panel.show({ ...USUAL, lag: 90 })
  expect([latency.value, latency.parentElement?.querySelector('b')?.textContent]).toEqual(['90', '90 ms'])
  panel.show(USUAL)
  expect(latency.parentElement?.querySelector('b')?.textContent).toBe('none')
})

test('a slider says its amount to those who do not see it, and stands out while it is set', () => {
  const [latency, loss] = [slider('lag'), slider('loss')]
  panel.show({ ...USUAL, lag: 90 })
  expect([latency.ariaValueText, loss.ariaValueText]).toEqual(['90 ms', 'none'])
  expect([latency, loss].map(({ parentElement }) => parentElement?.className)).toEqual(['set', ''])
  panel.show({ ...USUAL, loss: 0.5 })
  expect([latency.ariaValueText, loss.ariaValueText]).toEqual(['none', '0.5 %'])
  expect([latency, loss].map(({ parentElement }) => parentElement?.className)).toEqual(['', 'set'])
})

test('a slider goes as far as can be set, in its steps', () => {
  for (const [name, { most, step }] of Object.entries(AMOUNTS)) {
    const { type, min, max, step: by } = slider(name)
    expect([name, type, Number(min || 0), Number(max), Number(by)]).toEqual([name, 'range', 0, most, step])
  }
})

test('a slider that a pointer lets go of gives the keys back', () => {
  slider('lag').focus()
  slider('lag').dispatchEvent(new PointerEvent('pointerup'))
  expect(document.activeElement).toBe(panel.element)
})

test('it is closed at first, has the keys once it is opened, and draws its graphs only then', () => {
  panel = new Panel({ settings: USUAL, set: () => {} }, [], () => {})
  document.body.replaceChildren(panel.element)
  panel.addGraphs(new Gauges(), false)
  expect([panel.isOpen, panel.element.querySelectorAll('figure').length]).toEqual([false, 6])
  const draw = vi.spyOn(Graph.prototype, 'draw').mockImplementation(() => {})
  panel.draw()
  expect(draw).not.toHaveBeenCalled()
  panel.isOpen = true
  expect(document.activeElement).toBe(panel.element)
  panel.draw()
  expect(draw).toHaveBeenCalledTimes(6)
  draw.mockRestore()
})

test('no graph asks for its size once words of another are new', () => {
  panel.addGraphs(new Gauges(), true)
  const order: string[] = []
  vi.spyOn(Graph.prototype, 'draw').mockImplementation(() => void order.push('size'))
  vi.spyOn(Graph.prototype, 'say').mockImplementation(() => void order.push('words'))
  panel.draw()
  vi.restoreAllMocks()
  expect(order).toEqual([...Array(7).fill('size'), ...Array(7).fill('words')])
})

test('switches show what is set', () => {
  panel.show({ ...USUAL, predict: false, ghost: true })
  expect([named('Prediction').ariaPressed, named('Ghost').ariaPressed]).toEqual(['false', 'true'])
})

test('what a tick takes is shown where there is a server that tells it', () => {
  for (const [hasServer, graphs] of [
    [true, 7],
    [false, 6],
  ] as const) {
    panel = new Panel({ settings: USUAL, set: () => {} }, [], () => {})
    panel.addGraphs(new Gauges(), hasServer)
    expect(panel.element.querySelectorAll('figure')).toHaveLength(graphs)
    expect(panel.element.textContent?.includes('Server tick')).toBe(hasServer)
  }
})

test('nothing in it is read out each time that it changes', () => {
  panel.addGraphs(new Gauges(), true)
  expect(panel.element.querySelectorAll('figcaption, label').length).toBeGreaterThan(7)
  expect(panel.element.querySelectorAll('output, [role=status], [aria-live]')).toHaveLength(0)
})

test('a switch asks for the other state, and there are only those that are wanted', () => {
  named('Prediction').click()
  named('Ghost').click()
  expect(asked).toEqual([{ predict: false }, { ghost: true }])
  expect(() => named('Smoothing')).toThrow()
})

test('a preset asks for its whole line, and is shown to be the one that is set', () => {
  named('Far').click()
  expect(asked).toEqual([{ ...USUAL, lag: 250, jitter: 10 }])
  panel.show({ ...USUAL, lag: 250, jitter: 10 })
  expect([named('Far').ariaPressed, named('LAN').ariaPressed]).toEqual(['true', 'false'])
})

test('an action is done', () => {
  let done = 0
  panel.addActions([button('Cut', 'Break it', () => void done++)])
  named('Cut').click()
  expect(done).toBe(1)
})

describe('a key', () => {
  test('that closes the panel is not the game’s', () => {
    press(panel.element, 'Escape')
    expect([closed, heardOutside]).toEqual([1, []])
  })

  for (const [on, key, isGames] of [
    ['panel', 'd', true],
    ['panel', ' ', true],
    ['panel', 'ArrowUp', true],
    ['panel', 'Tab', false],
    ['slider', 'ArrowUp', false],
    ['slider', 'd', true],
    ['button', ' ', false],
    ['button', 'ArrowUp', true],
  ] as const) {
    test(`${JSON.stringify(key)} on the ${on} is ${isGames ? 'the game’s' : 'not the game’s'}`, () => {
      const piece = { panel: panel.element, slider: slider('lag'), button: named('LAN') }[on]
      press(piece, key)
      expect(heardOutside).toEqual(isGames ? [key] : [])
    })
  }
})
