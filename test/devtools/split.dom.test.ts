// What stands for a client here is an element with a window of its own: happy-dom's frames would load pages.

import { Window } from 'happy-dom'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { splitScreen } from '../../devtools/split.ts'

const frames: HTMLIFrameElement[] = []
const heard: string[][] = []

beforeAll(() => {
  const create = document.createElement.bind(document)
  const make = vi.spyOn(document, 'createElement')
  make.mockImplementation((tag: string) => (tag === 'iframe' ? newFrame(create('div')) : create(tag)))
  document.body.append(document.createElement('p'))
  splitScreen()
  make.mockRestore()
})

function newFrame(piece: HTMLElement): HTMLIFrameElement {
  const contentWindow = new Window()
  const events: string[] = []
  contentWindow.addEventListener('blur', () => events.push('blur'))
  contentWindow.addEventListener('keyup', (event) => events.push((event as unknown as KeyboardEvent).code))
  contentWindow.document.documentElement.addEventListener('pointerleave', () => events.push('pointerleave'))
  const frame = Object.assign(piece, { contentWindow }) as unknown as HTMLIFrameElement
  frames.push(frame)
  heard.push(events)
  return frame
}

const shadow = () => [...document.body.children].flatMap(({ shadowRoot }) => shadowRoot ?? [])[0]

test('of the page itself nothing is left', () => {
  expect([document.body.children.length, document.body.querySelector('p')]).toEqual([1, null])
})

test('both clients have a lab, also where all is as usual', () => {
  const labs = frames.map(({ src }) => new URL(src).searchParams.get('lab'))
  expect(labs).toEqual(['shut', 'shut'])
})

test('the address follows what is set, and asks for both clients still', async () => {
  const latency = shadow()?.querySelector('input[name=lag]') as HTMLInputElement
  latency.value = '120'
  latency.dispatchEvent(new Event('input'))
  await vi.waitFor(() => expect(location.search).toBe('?lab=split&lag=120'))
})

test('both clients are told what is set, and each keeps its own prediction', () => {
  const told: unknown[] = []
  for (const { contentWindow } of frames) {
    Object.assign(contentWindow!, { tickwireLab: { set: (settings: object) => told.push(settings) } })
  }
  const latency = shadow()?.querySelector('input[name=lag]') as HTMLInputElement
  latency.value = '90'
  latency.dispatchEvent(new Event('input'))
  expect(told).toHaveLength(2)
  for (const settings of told) {
    expect(settings).toMatchObject({ lag: 90, smooth: true })
    expect(settings).not.toHaveProperty('predict')
  }
  expect(latency.parentElement?.querySelector('b')?.textContent).toBe('90 ms')
})

test('one client predicts and the other does not', () => {
  const predicts = frames.map(({ src }) => new URL(src).searchParams.get('predict'))
  expect(predicts).toEqual(['0', null])
})

test('One screen leads back to one client, with what is set', () => {
  const went = vi.spyOn(location, 'assign').mockImplementation(() => {})
  const named = Array.from(shadow()?.querySelectorAll('button') ?? []).find((one) => one.textContent === 'One screen')
  named?.click()
  expect(new URL(String(went.mock.calls[0]?.[0])).searchParams.get('lab')).toBe('open')
  went.mockRestore()
})

describe('a key', () => {
  const isOpen = () => shadow()?.querySelector('section')?.hidden === false
  /** What both clients hear of it, on the whole page. */
  const press = (type: 'keydown' | 'keyup', init: KeyboardEventInit, on: EventTarget = document.body) => {
    const told: unknown[] = []
    const offs = frames.map(({ contentWindow }) => {
      const hear = (event: Event) => told.push([type, (event as KeyboardEvent).code, (event as KeyboardEvent).repeat])
      contentWindow?.addEventListener(type, hear)
      return () => contentWindow?.removeEventListener(type, hear)
    })
    const event = new KeyboardEvent(type, init)
    Object.defineProperty(event, 'composedPath', { value: () => [on] })
    window.dispatchEvent(event)
    for (const off of offs) off()
    return told
  }

  test('goes to both clients, and says whether it repeats', () => {
    for (const repeat of [false, true]) {
      const told = ['keydown', 'KeyW', repeat]
      expect(press('keydown', { code: 'KeyW', key: 'w', repeat })).toEqual([told, told])
    }
  })

  test('N opens and closes the panel, once for each time that it goes down, and goes to no client', () => {
    const shown = [isOpen()]
    for (const [type, repeat] of [
      ['keydown', false],
      ['keydown', true],
      ['keyup', false],
      ['keydown', false],
      ['keyup', false],
    ] as const) {
      expect(press(type, { code: 'KeyN', key: 'n', repeat })).toEqual([])
      shown.push(isOpen())
    }
    const was = shown[0] as boolean
    expect(shown).toEqual([was, !was, !was, !was, was, was])
  })

  test('that goes down where somebody writes, or opens what people write in, goes to no client; let go it does', () => {
    const text = document.createElement('textarea')
    expect(press('keydown', { code: 'KeyW' }, text)).toEqual([])
    expect(press('keydown', { code: 'Enter' })).toEqual([])
    expect(press('keyup', { code: 'KeyW' }, text)).toHaveLength(2)
    expect(press('keyup', { code: 'Enter' })).toHaveLength(2)
  })
})

for (const type of ['pointerdown', 'pointermove', 'pointerup', 'pointercancel', 'pointerleave']) {
  test(`both clients hear of a ${type}`, () => {
    const told: unknown[] = []
    for (const { contentWindow } of frames) {
      contentWindow?.document.documentElement.addEventListener(type, () => told.push(type), { once: true })
    }
    const pane = shadow()?.querySelector('.pane') as HTMLElement
    pane.setPointerCapture = () => {}
    pane.dispatchEvent(new PointerEvent(type, { pointerId: 7 }))
    expect(told).toEqual([type, type])
  })
}

test('both clients hear that the page has no keys any more', () => {
  window.dispatchEvent(new Event('blur'))
  expect(heard.map((events) => events.at(-1))).toEqual(['blur', 'blur'])
})

test('both clients hear that the pointer has left them', () => {
  shadow()?.querySelector('.pane')?.dispatchEvent(new PointerEvent('pointerleave'))
  expect(heard.map((events) => events.at(-1))).toEqual(['pointerleave', 'pointerleave'])
})

test('both clients hear of a key that is let go while Control is down', () => {
  window.dispatchEvent(new KeyboardEvent('keyup', { code: 'KeyW', ctrlKey: true }))
  expect(heard.map((events) => events.at(-1))).toEqual(['KeyW', 'KeyW'])
})

test('a pointer stays with what it came down on until it is let go, and then is where it points', () => {
  const looks = vi.spyOn(frames[0]!.contentWindow!.document, 'elementFromPoint')
  const pane = shadow()?.querySelector('.pane') as HTMLElement
  pane.setPointerCapture = () => {}
  for (const [type, buttons] of [
    ['pointerdown', 1],
    ['pointermove', 1],
    ['pointerup', 0],
    ['pointermove', 0],
  ] as const) {
    pane.dispatchEvent(new PointerEvent(type, { pointerId: 1, buttons }))
  }
  expect(looks).toHaveBeenCalledTimes(2)
})
