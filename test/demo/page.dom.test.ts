// The pieces of the demo's page, over its own index.html.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Bubbles } from '../../demo/client/bubbles.ts'
import { Chat } from '../../demo/client/chat.ts'
import { ConnectionSign } from '../../demo/client/connection.ts'
import { Controls } from '../../demo/client/controls.ts'
import { Glimmers } from '../../demo/client/glimmers.ts'
import { Hud } from '../../demo/client/hud.ts'
import { Keys } from '../../demo/client/keys.ts'
import { LabButton } from '../../demo/client/lab.ts'
import { NameTag } from '../../demo/client/name-tag.ts'
import { isolated, onPress } from '../../demo/client/page.ts'
import { keepName, ownName } from '../../demo/client/person.ts'
import type { Picture } from '../../demo/client/picture.ts'
import type { JoinedRoom } from '../../demo/client/room.ts'
import { ShareButton } from '../../demo/client/share.ts'
import { Sound } from '../../demo/client/sound.ts'
import { Stage } from '../../demo/client/stage.ts'
import { Toast } from '../../demo/client/toast.ts'
import { Tracks } from '../../demo/client/tracks.ts'
import { type ConnectionState, JoinError } from '../../sdk/index.ts'

// There is nothing to paint on here.
vi.mock('../../demo/client/sprites.ts', () => ({}))

const loads = vi.hoisted(() => ({ failures: 0, labs: 0 }))
vi.mock('../../devtools/index.ts', () => {
  if (loads.failures-- > 0) throw new Error('no way there')
  const mountLab = () => {
    loads.labs++
    return { toggle: () => {} }
  }
  return { mountLab }
})

const HTML = readFileSync(join(import.meta.dirname, '../../demo/index.html'), 'utf8')
const [, BODY = ''] = /<body>([\s\S]*)<\/body>/.exec(HTML) ?? []

beforeEach(() => {
  document.body.innerHTML = BODY
  localStorage.clear()
})

const byId = (id: string) => document.getElementById(id) as HTMLElement
const key = (type: 'keydown' | 'keyup', code: string, more: KeyboardEventInit = {}) =>
  new KeyboardEvent(type, { code, bubbles: true, cancelable: true, ...more })

test('a mouse button dashes until it is let go, here or elsewhere', () => {
  const controls = new Controls(byId('stage'))
  const clock = vi.spyOn(performance, 'now').mockReturnValue(10_000)
  for (const [index, type] of ['pointerup', 'blur'].entries()) {
    byId('stage').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 0, pointerType: 'mouse' }))
    expect(controls.read(0, 0).dash).toBe(true)
    clock.mockReturnValue(20_000 * (index + 1))
    expect(controls.read(0, 0).dash).toBe(true)
    window.dispatchEvent(new Event(type))
    expect(controls.read(0, 0).dash).toBe(false)
  }
  clock.mockRestore()
})

test('a touch dashes on the right, and not beside the stick', () => {
  const controls = new Controls(byId('stage'))
  const touch = (pointerId: number, clientX: number) =>
    byId('stage').dispatchEvent(new PointerEvent('pointerdown', { pointerId, clientX, pointerType: 'touch' }))
  touch(1, 10)
  touch(2, innerWidth / 2 - 1)
  expect([controls.thumbs.held, controls.read(0, 0).dash]).toEqual([true, false])
  touch(3, innerWidth / 2)
  expect([controls.thumbs.held, controls.read(0, 0).dash]).toEqual([true, true])
})

describe('sound', () => {
  const isOn = () => byId('sound-button').getAttribute('aria-pressed') === 'true'
  const press = (on: HTMLElement) => {
    on.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
    on.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }))
  }

  beforeEach(() => {
    class Silence {
      close = async () => {}
    }
    vi.stubGlobal('AudioContext', Silence)
    localStorage.setItem('sparks.sound', 'on')
    new Sound()
  })

  test('that was on last time begins with the first press anywhere', () => {
    press(byId('stage'))
    expect(isOn()).toBe(true)
  })

  test('that was on last time begins with the first key too', () => {
    byId('stage').dispatchEvent(key('keydown', 'KeyW'))
    expect(isOn()).toBe(true)
  })

  test('that was on last time begins with its own button too, whose next press ends it', () => {
    press(byId('sound-button'))
    expect(isOn()).toBe(true)
    press(byId('sound-button'))
    expect(isOn()).toBe(false)
  })

  test('that was switched off by the keyboard stays off at the first press', () => {
    byId('sound-button').click()
    byId('sound-button').click()
    press(byId('stage'))
    expect(isOn()).toBe(false)
  })
})

test('a button keeps the focus of a keyboard, and not of a pointer', () => {
  const button = byId('share-button') as HTMLButtonElement
  let presses = 0
  onPress(button, () => presses++)
  button.focus()
  button.click()
  expect([presses, document.activeElement]).toEqual([1, button])
  button.dispatchEvent(new MouseEvent('click', { detail: 1 }))
  expect([presses, document.activeElement]).toEqual([2, document.body])
})

describe('the chat', () => {
  const BOB = { id: 2, name: 'Bob' }
  const said = (...ids: number[]) => ids.map((id) => ({ id, message: `word ${id}`, type: 'text', from: BOB }))
  const lines = () => [...document.querySelectorAll('#log .text')].map((line) => line.textContent)
  const notes = () => [...document.querySelectorAll('#log .note')].map((line) => line.textContent)
  const words = (from: string, message: string) => `${isolated(from)} ${isolated(message)}`
  let tell: (name: 'init' | 'talk' | 'join' | 'rename' | 'exit' | 'reset', message: unknown) => void
  let chat: Chat
  let room: JoinedRoom
  let sent: unknown[]
  let opened: number
  /** Whose words got a bubble. */
  let shown: number[]

  beforeEach(() => {
    opened = 0
    shown = []
    sent = []
    const bubbles = { say: (owner: number) => void shown.push(owner) } as unknown as Bubbles
    const listeners = new Map<string, (message: unknown) => void>()
    const on = (name: string, listener: () => void) => void listeners.set(name, listener)
    const onReset = (listener: () => void) => on('reset', listener)
    const send = (...message: unknown[]) => sent.push(message) && 'sent'
    room = { me: 1, on, onReset, send } as unknown as JoinedRoom
    chat = new Chat(bubbles, () => void opened++)
    chat.listen(room)
    tell = (name, message) => listeners.get(name)?.(message)
  })

  test('adds what was said in the meantime, and nothing twice', () => {
    tell('init', { users: [], messages: said(1) })
    for (const talk of said(2, 3)) tell('talk', talk)
    tell('init', { users: [], messages: said(2, 3, 4) })
    expect(lines()).toEqual([1, 2, 3, 4].map((id) => words('Bob', `word ${id}`)))
  })

  for (const [what, count] of [
    ['less', 1],
    ['as much', 3],
    ['more', 4],
  ] as const) {
    test(`adds all that a new server has heard, which is ${what}`, () => {
      tell('init', { users: [], messages: said(1, 2, 3) })
      const others = said(1, 2, 3, 4)
        .slice(0, count)
        .map((talk) => ({ ...talk, message: `new ${talk.id}` }))
      tell('init', { users: [], messages: others })
      expect(lines().slice(3)).toEqual(others.map(({ message }) => words('Bob', message)))
    })
  }

  test('shows over the ships only what is said while the page is seen, and writes down all', () => {
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
    tell('talk', said(1)[0])
    expect(shown).toEqual([])
    hidden.mockRestore()
    tell('talk', said(2)[0])
    expect(shown).toEqual([BOB.id])
    expect(lines()).toHaveLength(2)
  })

  test('keeps the order of its own words around a name that is written from the right', () => {
    tell('join', { id: 3, name: 'مرحبا' })
    tell('rename', { id: 3, name: 'שלום' })
    tell('exit', { id: 3, name: 'שלום' })
    expect(notes()).toEqual([
      '\u2068مرحبا\u2069 came in',
      '\u2068مرحبا\u2069 is now called \u2068שלום\u2069',
      '\u2068שלום\u2069 left',
    ])
  })

  test('keeps a line that comes too fast, and says so of it until it closes', () => {
    const line = byId('line') as HTMLInputElement
    const marks = () => [line.value, line.validationMessage !== '']
    for (let said = 0; said < 100 && line.value === ''; said++) {
      line.value = 'hello'
      byId('say').dispatchEvent(new Event('submit'))
    }
    expect(marks()).toEqual(['hello', true])
    line.dispatchEvent(key('keydown', 'Escape', { key: 'Escape' }))
    expect(marks()).toEqual(['hello', false])
  })

  test('keeps a line that comes before the room is there, and sends it when it is', () => {
    document.body.innerHTML = BODY
    const early = new Chat({ say() {} } as unknown as Bubbles, () => {})
    const line = byId('line') as HTMLInputElement
    line.value = 'hello'
    byId('say').dispatchEvent(new Event('submit'))
    expect([line.value, sent]).toEqual(['hello', []])
    early.listen(room)
    byId('say').dispatchEvent(new Event('submit'))
    expect([line.value, sent]).toEqual(['', [['talk', { message: 'hello', type: 'text' }]]])
  })

  test('says so when words may be lost, and only then', () => {
    tell('reset', { outcome: 'new', lost: 0 })
    expect(notes()).toEqual([])
    tell('reset', { outcome: 'new', lost: 1 })
    expect(notes()).toEqual(['What you said last may be lost'])
  })

  test('closes when the arena is touched, and keeps what was typed', () => {
    byId('chat-button').click()
    const line = byId('line') as HTMLInputElement
    line.value = 'hel'
    byId('stage').dispatchEvent(new PointerEvent('pointerdown', { pointerType: 'touch' }))
    expect([chat.isOpen, line.value, document.activeElement]).toEqual([false, 'hel', document.body])
  })

  test('moves up above a keyboard, and stays where it is in a page that is zoomed', () => {
    const { innerHeight } = window
    const seen = Object.assign(new EventTarget(), { height: innerHeight, scale: 1 })
    vi.stubGlobal('visualViewport', seen)
    new Chat({ say() {} } as unknown as Bubbles, () => {})
    const lift = (height: number, scale: number) => {
      Object.assign(seen, { height, scale }).dispatchEvent(new Event('resize'))
      return byId('chat').style.getPropertyValue('--keyboard')
    }
    expect([lift(innerHeight - 300, 1), lift(innerHeight / 2, 2)]).toEqual(['300px', '0px'])
    expect(lift((innerHeight - 300) / 2, 2)).toBe('300px')
    vi.unstubAllGlobals()
  })

  test('stays open at an Escape that ends the composing of a word, and closes at the next', () => {
    byId('chat-button').click()
    expect(opened).toBe(1)
    byId('line').dispatchEvent(key('keydown', 'Escape', { key: 'Escape', isComposing: true }))
    expect(byId('chat').className).toBe('open')
    byId('line').dispatchEvent(key('keydown', 'Escape', { key: 'Escape' }))
    expect(byId('chat').className).toBe('')
  })
})

describe('the button for friends', () => {
  const LINK = 'http://localhost:3000/?room=abcd'
  let asked: unknown[]
  const ask = async (phone: Partial<Navigator>) => {
    asked = []
    vi.stubGlobal('navigator', phone)
    vi.stubGlobal('prompt', (...words: unknown[]) => void asked.push(words))
    vi.stubGlobal('matchMedia', () => ({ matches: true }))
    new ShareButton({ id: 'abcd' } as JoinedRoom, new Toast())
    byId('share-button').click()
    await new Promise((resolve) => setTimeout(resolve))
  }

  afterEach(() => vi.unstubAllGlobals())

  test('shows the link for the hand where nothing else can take it', async () => {
    await ask({})
    expect(asked).toEqual([['Link to this room:', LINK]])
  })

  test('asks nothing of who shares it with nobody after all', async () => {
    const share = () => Promise.reject(new DOMException('', 'AbortError'))
    await ask({ share })
    expect([asked, byId('toast').textContent]).toEqual([[], ''])
  })
})

test('the news keeps the order of its own words around a name that is written from the right', () => {
  const hit = { you: 'thief', other: 'مرحبا', sparks: 5 }
  const on = (_: string, listener: (news: typeof hit) => void) => listener(hit)
  new Toast().listen({ on, onReset() {} } as unknown as JoinedRoom, { strike() {} } as Sound)
  expect(byId('toast').textContent).toBe('You burst \u2068مرحبا\u2069: 5 sparks!')
})

test('who comes back to another place is told, and who comes back to the same one is not', () => {
  for (const [outcome, words] of [
    ['reset', ''],
    ['new', 'Your place was lost: you begin anew'],
  ] as const) {
    const onReset = (listener: (reset: object) => void) => listener({ outcome, lost: 0 })
    new Toast().listen({ on() {}, onReset } as unknown as JoinedRoom, {} as Sound)
    expect(byId('toast').textContent).toBe(words)
  }
})

test('a name on the board runs the way it is written', () => {
  new Hud(false, false)
  expect([...document.querySelectorAll<HTMLElement>('.who')].map(({ dir }) => dir)).toEqual(Array(6).fill('auto'))
})

test('a hint is there but for one of two clients side by side', () => {
  for (const isPane of [false, true]) {
    new Hud(false, isPane)
    expect(byId('hint').classList.contains('gone')).toBe(isPane)
  }
})

describe('the name', () => {
  let sent: unknown[]
  let input: HTMLInputElement
  let hear: (renamed: { id: number; name: string }) => void
  let hearAll: (init: { users: { id: number; name: string }[] }) => void

  beforeEach(() => {
    sent = []
    keepName('Ada')
    const on = (name: 'init' | 'rename', listener: never) => {
      if (name === 'init') hearAll = listener
      else hear = listener
    }
    const send = (...message: unknown[]) => void sent.push(message)
    new NameTag({ me: 1, on, send } as unknown as JoinedRoom)
    input = byId('name') as HTMLInputElement
    input.focus()
    input.value = 'にほ'
  })

  test('is not there yet at an Enter that chooses a word, but at the next', () => {
    input.dispatchEvent(key('keydown', 'Enter', { key: 'Enter', isComposing: true }))
    expect([sent, document.activeElement]).toEqual([[], input])
    input.dispatchEvent(key('keydown', 'Enter', { key: 'Enter' }))
    expect(sent).toEqual([['rename', { name: 'にほ' }]])
  })

  test('is not given up at an Escape that gives a word up, but at the next', () => {
    input.dispatchEvent(key('keydown', 'Escape', { key: 'Escape', isComposing: true }))
    expect(input.value).toBe('にほ')
    input.dispatchEvent(key('keydown', 'Escape', { key: 'Escape' }))
    expect([input.value, sent]).toEqual(['Ada', []])
  })

  test('is the old one until the server has taken the new one', () => {
    input.blur()
    expect([input.value, ownName(), sent]).toEqual(['Ada', 'Ada', [['rename', { name: 'にほ' }]]])
    hear({ id: 2, name: 'にほ' })
    expect([input.value, ownName()]).toEqual(['Ada', 'Ada'])
    hear({ id: 1, name: 'にほ' })
    expect([input.value, ownName()]).toEqual(['にほ', 'にほ'])
  })

  test('is what the server says when one comes back to it, and nothing that is being typed is lost', () => {
    input.value = 'Bobby the'
    hearAll({
      users: [
        { id: 2, name: 'Bea' },
        { id: 1, name: 'Bob' },
      ],
    })
    expect([input.value, ownName()]).toEqual(['Bobby the', 'Bob'])
    input.dispatchEvent(key('keydown', 'Escape', { key: 'Escape' }))
    expect([input.value, sent]).toEqual(['Bob', []])
  })
})

describe('the keys', () => {
  let keys: Keys

  beforeEach(() => {
    keys = new Keys()
  })

  test('steer until they are let go', () => {
    window.dispatchEvent(key('keydown', 'KeyW'))
    expect(keys.dy).toBe(-1)
    window.dispatchEvent(key('keyup', 'KeyW'))
    expect(keys.dy).toBe(0)
  })

  test('are all let go with Meta, under which a Mac tells of none', () => {
    window.dispatchEvent(key('keydown', 'KeyW'))
    window.dispatchEvent(key('keydown', 'MetaLeft', { key: 'Meta', metaKey: true }))
    window.dispatchEvent(key('keyup', 'MetaLeft', { key: 'Meta' }))
    expect(keys.dy).toBe(0)
  })

  test('leave Space to a button that has the focus, and nothing else', () => {
    const onButton = key('keydown', 'Space')
    byId('sound-button').dispatchEvent(onButton)
    expect([onButton.defaultPrevented, keys.takeDash()]).toEqual([false, false])
    byId('sound-button').dispatchEvent(key('keydown', 'KeyD'))
    expect(keys.dx).toBe(1)
    const onPage = key('keydown', 'Space')
    document.body.dispatchEvent(onPage)
    expect([onPage.defaultPrevented, keys.takeDash()]).toEqual([true, true])
  })

  test('do not press a button that gets the focus while Space is held for a dash', () => {
    document.body.dispatchEvent(key('keydown', 'Space'))
    const held = key('keydown', 'Space', { repeat: true })
    byId('again').dispatchEvent(held)
    expect(held.defaultPrevented).toBe(true)
  })
})

describe('the sign of the connection', () => {
  test('gives the button of its card the focus', () => {
    new ConnectionSign().refused(new JoinError('server-gone', 1006, 'no server answers'))
    expect([byId('card').hidden, byId('card-cause').textContent]).toEqual([false, 'No server answers.'])
    expect(document.activeElement?.id).toBe('again')
  })

  test('says in words that there is no place', () => {
    new ConnectionSign().refused(new JoinError('FULL', 1006, 'FULL'))
    expect(byId('card-cause').textContent).toBe('There is no free place just now.')
  })

  test('counts down to the next attempt only if that is not at once', () => {
    const said = [2, 1, 0].map((seconds) => {
      const retryAt = performance.timeOrigin + performance.now() + 1000 * seconds - 1
      const state = { name: 'reconnecting', retryAt } as ConnectionState
      new ConnectionSign().watch({ state, onState() {} } as unknown as JoinedRoom)
      return byId('connection').textContent
    })
    const soon = 'Connection lost. Trying again …'
    expect(said).toEqual(['Connection lost. Trying again in 2 s …', soon, soon])
  })
})

describe('the stage', () => {
  let canvas: HTMLCanvasElement
  let stage: Stage

  /** As many pictures as it takes to find out, each in so many seconds, by dots to a pixel. */
  const play = (secondsAt: (density: number) => number) => {
    for (let picture = 0; picture < 600; picture++) stage.watch(secondsAt(stage.density))
    return stage.density
  }

  beforeEach(() => {
    vi.stubGlobal('devicePixelRatio', 3)
    canvas = { getContext: () => ({}) } as unknown as HTMLCanvasElement
    stage = new Stage(canvas)
  })

  afterEach(() => vi.unstubAllGlobals())

  test('stays fine where that is fast enough', () => {
    expect(play(() => 1 / 60)).toBe(2)
  })

  test('gets coarser after two seconds, however few pictures a device shows in them', () => {
    for (const rate of [8, 16, 32]) {
      stage = new Stage(canvas)
      for (let picture = 0; picture < 2 * rate - 1; picture++) stage.watch(1 / rate)
      expect(stage.density).toBe(2)
      stage.watch(1 / rate)
      expect(stage.density).toBe(1.5)
    }
  })

  test('gets as coarse as a slow device needs it, and stays so', () => {
    expect(play((density) => (density > 1.5 ? 1 / 30 : 1 / 60))).toBe(1.5)
    expect(play(() => 1 / 60)).toBe(1.5)
  })

  test('gets as coarse as it can where that is still slow, but faster', () => {
    expect(play((density) => density / 30)).toBe(1)
  })

  test('stays coarse where coarser was faster, also when the device gets slower still', () => {
    const warm = (heat: number) => (density: number) => Math.ceil(60 * heat * (0.008 + 0.006 * density ** 2)) / 60
    expect([1, 1.35, 1.8, 1.8].map((heat) => play(warm(heat)))).toEqual([1, 1, 1, 1])
  })

  test('is fine again, for good, where coarser was no faster', () => {
    expect(play(() => 1 / 30)).toBe(2)
    const { width } = canvas
    expect([play(() => 1 / 30), width]).toEqual([2, 2 * window.innerWidth])
  })
})

test('a lab that did not load is loaded when it is asked for again', async () => {
  const room = { onReset() {}, on() {} } as unknown as JoinedRoom
  new LabButton(room, {} as Picture)
  loads.failures = 1
  const failed = new Promise((resolve) => process.once('unhandledRejection', resolve))
  byId('lab-button').click()
  expect(await failed).toMatchObject({ cause: { message: 'no way there' } })
  expect(loads.labs).toBe(0)
  byId('lab-button').click()
  await vi.waitFor(() => expect(loads.labs).toBe(1))
})

describe('of what there is to see', () => {
  const ship = (id: number) => ({ id, x: 0, y: 0, score: 0, name: 'Ada', look: 0 })
  const spark = (id: number) => ({ id, x: 0, y: 0, value: 1 })
  let room: JoinedRoom
  let tell: (what: 'ship came' | 'ship went' | 'spark came' | 'spark went', entity: object, how: string) => void
  let told: string[]
  let tracks: Tracks

  beforeEach(() => {
    const listeners = new Map<string, (entity: object, how: string) => void>()
    const listen = (what: string) => (kind: string, listener: () => void) => listeners.set(`${kind} ${what}`, listener)
    room = { onAdd: listen('came'), onRemove: listen('went') } as unknown as JoinedRoom
    tell = (what, entity, how) => listeners.get(what)?.(entity, how)
    told = []
    tracks = new Tracks({
      came: (track) => void told.push(`${track.ship.id} came`),
      went: (track) => void told.push(`${track.ship.id} went`),
      ...{ dashed() {}, gained() {}, robbed() {} },
    })
  })

  test('only who is new makes an entrance, and only who is no more goes with a bang', () => {
    tracks.listen(room)
    tell('ship came', ship(1), 'entered')
    tell('ship came', ship(2), 'spawned')
    expect([told.splice(0), [...tracks.all.keys()]]).toEqual([['2 came'], [1, 2]])
    tell('ship went', ship(1), 'left')
    tell('ship went', ship(2), 'destroyed')
    expect([told, tracks.all.size]).toEqual([['2 went'], 0])
  })

  test('whoever owns a ship now has it as the own one', () => {
    tracks.listen(room)
    const own = { ...ship(2), mine: true }
    for (const each of [ship(1), own]) tell('ship came', each, 'spawned')
    tracks.update(0.016)
    expect(tracks.mine?.ship).toBe(own)
    tell('ship went', own, 'left')
    tracks.update(0.016)
    expect(tracks.mine).toBeUndefined()
  })

  test('only a spark that is new grows, and only one that is no more was collected', () => {
    const glimmers = new Glimmers((glimmer, by) => told.push(`${glimmer.spark.id} by ${by?.ship.id}`))
    tracks.listen(room)
    glimmers.listen(room, tracks)
    tell('ship came', ship(7), 'entered')
    tell('spark came', spark(1), 'entered')
    tell('spark came', spark(2), 'spawned')
    glimmers.update(undefined, 0.016)
    expect([...glimmers.all.values()].map(({ size }) => size)).toEqual([1, 0.08])
    tell('spark went', spark(1), 'left')
    tell('spark went', spark(2), 'destroyed')
    expect([told, glimmers.all.size]).toEqual([['2 by 7'], 0])
  })
})
