// What stands for a client here is an element with a window of its own: happy-dom's frames would load pages.

import { Window } from 'happy-dom'
import { beforeAll, expect, test, vi } from 'vitest'
import { splitScreen } from '../../devtools/split.ts'

const frames: HTMLIFrameElement[] = []
const heard: string[][] = []

beforeAll(() => {
  const create = document.createElement.bind(document)
  const make = vi.spyOn(document, 'createElement')
  make.mockImplementation((tag: string) => (tag === 'iframe' ? newFrame(create('div')) : create(tag)))
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
