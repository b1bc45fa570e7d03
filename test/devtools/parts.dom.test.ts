import { beforeEach, describe, expect, test, vi } from 'vitest'
import { addressFrom, LINK_MS } from '../../devtools/address.ts'
import { button, isWriting, letGo, make, resize, toggle, usesKey } from '../../devtools/parts.ts'

beforeEach(() => document.body.replaceChildren())

describe('a piece that a pointer used', () => {
  const pressed = (detail: number) => {
    const panel = make('section')
    panel.tabIndex = -1
    const piece = button('Cut', '', () => {})
    panel.append(piece)
    document.body.append(panel)
    piece.focus()
    piece.dispatchEvent(new MouseEvent('click', { detail, bubbles: true }))
    return document.activeElement === panel ? 'panel' : document.activeElement === piece ? 'piece' : 'nothing'
  }

  test('gives the focus to its panel, and one that a key used keeps it', () => {
    expect([pressed(1), pressed(0)]).toEqual(['panel', 'piece'])
  })

  test('just loses it where there is no panel', () => {
    const piece = button('Network lab', '', () => {})
    document.body.append(piece)
    piece.focus()
    letGo(piece)
    expect(document.activeElement).toBe(document.body)
  })
})

test('a toggle tells what it is from now on, and shows it', () => {
  const told: boolean[] = []
  const made = toggle('Hide', '', (isOn) => told.push(isOn))
  const shown = [made.ariaPressed]
  for (const _ of [1, 2]) {
    made.click()
    shown.push(made.ariaPressed)
  }
  expect([told, shown]).toEqual([
    [true, false],
    ['false', 'true', 'false'],
  ])
})

describe('a key', () => {
  const pressedOn = (piece: HTMLElement, held: KeyboardEventInit = {}) => {
    document.body.replaceChildren(piece)
    let isWord: boolean | undefined
    const hear = (event: KeyboardEvent) => {
      isWord = isWriting(event)
    }
    piece.addEventListener('keydown', hear)
    piece.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true, ...held }))
    return isWord
  }
  const input = (type: string) => Object.assign(make('input'), { type })

  for (const [what, piece, isWord] of [
    ['a text', () => input('text'), true],
    ['a slider', () => input('range'), false],
    ['a text of lines', () => make('textarea'), true],
    ['a button', () => make('button'), false],
    ['the page', () => make('main'), false],
  ] as const) {
    test(`on ${what} is ${isWord ? '' : 'not '}for words that somebody types`, () => {
      expect(pressedOn(piece())).toBe(isWord)
    })
  }

  test('on what can be edited is for words', () => {
    const piece = make('div')
    Object.defineProperty(piece, 'isContentEditable', { value: true })
    expect(pressedOn(piece)).toBe(true)
  })

  for (const held of ['ctrlKey', 'metaKey', 'altKey', 'shiftKey']) {
    test(`with ${held} down is ${held === 'shiftKey' ? 'not ' : ''}for the browser`, () => {
      expect(pressedOn(make('main'), { [held]: true })).toBe(held !== 'shiftKey')
    })
  }

  test('that a focused piece has a use for is not the game’s', () => {
    const uses = (piece: HTMLElement) =>
      [' ', 'Enter', 'ArrowUp', 'PageDown', 'Home', 'End', 'Tab', 'w'].filter((key) => usesKey(piece, key))
    expect(uses(make('button'))).toEqual([' ', 'Enter', 'Tab'])
    expect(uses(input('range'))).toEqual(['ArrowUp', 'PageDown', 'Home', 'End', 'Tab'])
    expect(uses(make('main'))).toEqual(['Tab'])
  })
})

test('a canvas is given other dots only when it has others', () => {
  const canvas = make('canvas')
  let times = 0
  for (const name of ['width', 'height'] as const) {
    let dots = 0
    const set = (value: number) => {
      dots = value
      times++
    }
    Object.defineProperty(canvas, name, { get: () => dots, set })
  }
  for (const width of [300.4, 300.4, 299.6]) resize(canvas, width, 150)
  expect([canvas.width, canvas.height, times]).toEqual([300, 150, 2])
})

test('the address tells a moment after the last of several changes what is set, once, and keeps what a page put there', () => {
  vi.useFakeTimers()
  try {
    history.replaceState({ page: 1 }, '', '/')
    const [before, entries] = [vi.spyOn(history, 'replaceState'), history.length]
    let lag = 0
    const told = addressFrom(() => `/?lag=${lag}`)
    for (lag = 10; lag < 40; lag += 10) {
      told()
      vi.advanceTimersByTime(LINK_MS - 1)
    }
    expect(before).not.toHaveBeenCalled()
    lag = 30
    vi.advanceTimersByTime(1)
    expect(before.mock.calls).toEqual([[{ page: 1 }, '', '/?lag=30']])
    vi.advanceTimersByTime(10 * LINK_MS)
    expect([before.mock.calls.length, history.length]).toEqual([1, entries])
  } finally {
    vi.restoreAllMocks()
    vi.useRealTimers()
  }
})
