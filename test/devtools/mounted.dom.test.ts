// The lab as it is laid over a page, without a room behind it.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LINK_MS } from '../../devtools/address.ts'
import { Gauges } from '../../devtools/gauges.ts'
import type { Ghost } from '../../devtools/ghost.ts'
import type { Lab } from '../../devtools/lab.ts'
import { type Abilities, BOTS, DRAW_MS, MountedLab } from '../../devtools/mounted.ts'
import { Panel } from '../../devtools/panel.ts'
import { changed, type Settings, USUAL } from '../../devtools/settings.ts'

/** What it is asked to do. */
class FakeLab {
  readonly gauges = new Gauges()
  readonly done: unknown[] = []
  settings = USUAL
  ghosts: Ghost[] = []
  set = (change: Partial<Settings>) => {
    this.settings = changed(this.settings, change)
  }
  cut = () => void this.done.push('cut')
  hide = (isHidden: boolean) => void this.done.push(['hide', isHidden])
  measure = (...what: unknown[]) => void this.done.push(['measure', ...what])
}

let lab: FakeLab
let picture: (now: number) => void
let press: (event: KeyboardEvent) => void

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  vi.stubGlobal('requestAnimationFrame', (draw: typeof picture) => {
    picture = draw
  })
  vi.spyOn(window, 'addEventListener').mockImplementation((_: string, listener: unknown) => {
    press = listener as typeof press
  })
  document.body.replaceChildren()
  history.replaceState(null, '', '/play')
  lab = new FakeLab()
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const mount = (abilities: Abilities = {}) => new MountedLab(lab as unknown as Lab, abilities)
const shadow = () => document.body.firstElementChild?.shadowRoot as ShadowRoot
const words = () => [...shadow().querySelectorAll('button')].map(({ textContent }) => textContent)
const named = (name: string) => [...shadow().querySelectorAll('button')].find((one) => one.textContent === name)
const key = (init: KeyboardEventInit = {}, on: EventTarget = document.body) => {
  const event = new KeyboardEvent('keydown', { code: 'KeyN', ...init })
  Object.defineProperty(event, 'composedPath', { value: () => [on] })
  press(event)
}
/** The page's address, once it has been told. */
const link = () => {
  vi.advanceTimersByTime(LINK_MS)
  return location.search
}

describe('a link', () => {
  for (const [search, isOpen] of [
    ['', true],
    ['?lab=open&lag=120', true],
    ['?lab=shut&lag=120', false],
  ] as const) {
    test(`${search || 'that says nothing'} has the lab ${isOpen ? 'open' : 'shut'}, and what it sets holds`, () => {
      history.replaceState(null, '', `/play${search}`)
      const mounted = mount()
      expect([mounted.isOpen, mounted.settings.lag]).toEqual([isOpen, search ? 120 : 0])
      expect((shadow().querySelector('input[name=lag]') as HTMLInputElement).value).toBe(search ? '120' : '0')
    })
  }

  test('follows what is set, and whether it is shown', () => {
    const mounted = mount()
    expect(link()).toBe('?lab=open')
    mounted.set({ lag: 90 })
    expect(link()).toBe('?lab=open&lag=90')
    mounted.close()
    expect(link()).toBe('?lab=shut&lag=90')
    mounted.toggle()
    expect([mounted.isOpen, link()]).toEqual([true, '?lab=open&lag=90'])
  })

  test('leads to both clients side by side, with their ghosts', () => {
    const went = vi.spyOn(location, 'assign').mockImplementation(() => {})
    mount().set({ lag: 90 })
    named('Split')?.click()
    const { searchParams } = new URL(String(went.mock.calls[0]?.[0]))
    expect([...searchParams]).toEqual([
      ['lab', 'split'],
      ['lag', '90'],
      ['ghost', '1'],
    ])
  })
})

describe('key N', () => {
  test('opens and closes it, once for each time that it goes down', () => {
    const mounted = mount()
    const shown = [{}, { repeat: true }, { code: 'KeyM' }, {}].map((init) => {
      key(init)
      return mounted.isOpen
    })
    expect(shown).toEqual([false, false, false, true])
  })

  test('is left to what somebody writes, and to the browser', () => {
    const mounted = mount()
    key({}, document.createElement('textarea'))
    expect(mounted.isOpen).toBe(true)
    key({ ctrlKey: true })
    expect(mounted.isOpen).toBe(true)
  })
})

describe('what a game lets it do', () => {
  test('is nothing where nothing is said', () => {
    mount()
    for (const name of ['Ghost', 'Lag comp.', 'Whole states', `+${BOTS} bots`, 'Watch leader']) {
      expect(words()).not.toContain(name)
    }
    expect(shadow().querySelector('p')?.textContent).toBe('The address of this page holds every setting.')
  })

  test('is a piece for each, and is done', () => {
    const told: unknown[] = []
    const server = { set: () => {}, tickMs: () => 3 }
    const place = () => undefined
    mount({ place, server, addBots: (count) => told.push(count), watchLeader: (isOn) => told.push(isOn) })
    expect(words()).toEqual(expect.arrayContaining(['Ghost', 'Lag comp.', 'Whole states']))
    expect(shadow().querySelector('p')?.textContent).toMatch(/^Ghost: the ring .* The address of this page/)
    for (const name of [`+${BOTS} bots`, 'Watch leader', 'Watch leader', 'Cut', 'Hide']) named(name)?.click()
    expect([told, lab.done]).toEqual([
      [BOTS, true, false],
      ['cut', ['hide', true]],
    ])
  })

  test('is told to its server when that has to do with it, and else not', () => {
    const told: unknown[] = []
    const mounted = mount({
      server: { set: ({ compensate, whole }) => told.push([compensate, whole]), tickMs: () => 3 },
    })
    told.length = 0
    mounted.set({ lag: 90, predict: false })
    expect(told).toEqual([])
    mounted.set({ compensate: false })
    mounted.set({ whole: true })
    expect(told).toEqual([
      [false, false],
      [false, true],
    ])
  })
})

describe('once a picture', () => {
  test('it measures, with what a tick takes there', () => {
    mount({ server: { set: () => {}, tickMs: () => 3 } }).close()
    picture(1_000)
    expect(lab.done).toEqual([['measure', 1_000, 3]])
  })

  test('the ghosts are drawn while they are wanted, and no others', () => {
    const place = vi.fn(() => undefined)
    vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({
      setTransform: () => {},
      clearRect: () => {},
    } as never)
    const mounted = mount({ place })
    lab.ghosts = [{ told: {}, due: {} }]
    mounted.close()
    picture(1_000)
    expect(place).not.toHaveBeenCalled()
    mounted.set({ ghost: true })
    picture(1_016)
    expect(place).toHaveBeenCalledTimes(2)
  })

  test('the graphs are not drawn, but every twentieth of a second', () => {
    const draw = vi.spyOn(Panel.prototype, 'draw').mockImplementation(() => {})
    mount()
    for (const now of [1_000, 1_016, 1_000 + DRAW_MS - 1, 1_000 + DRAW_MS, 1_000 + DRAW_MS + 1]) picture(now)
    expect(draw).toHaveBeenCalledTimes(2)
  })
})
