// The pieces of the demo's page, over its own index.html.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Glimmers } from '../../demo/client/glimmers.ts'
import type { Scene, SeenShip, SeenSpark } from '../../demo/client/scene.ts'
import { Sound } from '../../demo/client/sound.ts'
import { Tracks } from '../../demo/client/tracks.ts'

// There is nothing to paint on here.
vi.mock('../../demo/client/sprites.ts', () => ({}))

const HTML = readFileSync(join(import.meta.dirname, '../../demo/index.html'), 'utf8')
const [, BODY = ''] = /<body>([\s\S]*)<\/body>/.exec(HTML) ?? []

beforeEach(() => {
  document.body.innerHTML = BODY
  localStorage.clear()
})

const byId = (id: string) => document.getElementById(id) as HTMLElement

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

  test('has a button that keeps the focus of a keyboard, and not of a pointer', () => {
    byId('sound-button').focus()
    byId('sound-button').click()
    expect(document.activeElement?.id).toBe('sound-button')
    press(byId('sound-button'))
    expect(document.activeElement?.id).not.toBe('sound-button')
  })
})

describe('of what there is to see', () => {
  const EMPTY: Scene = { room: { leader: 0 }, ship: [], spark: [] }
  const ship = (id: number) => ({ id, x: 0, y: 0, score: 0, name: 'Ada', look: 0 }) as SeenShip
  const spark = (id: number) => ({ id, x: 0, y: 0, value: 1 }) as SeenSpark

  test('nobody in the first state comes, however late that is, and who is new after it does', () => {
    const came: number[] = []
    const others = { went() {}, dashed() {}, gained() {}, robbed() {} }
    const tracks = new Tracks({ came: (track) => came.push(track.ship.id), ...others })
    const [ada, ben] = [ship(1), ship(2)]
    for (const seen of [[], [], [ada], [ada, ben]]) tracks.update({ ...EMPTY, ship: seen }, 0.016)
    expect(came).toEqual([2])
    tracks.clear()
    for (const seen of [[], [ada]]) tracks.update({ ...EMPTY, ship: seen }, 0.016)
    expect(came).toEqual([2])
  })

  test('no spark in the first state grows, and one that is new after it does', () => {
    const glimmers = new Glimmers(() => {})
    const tracks = new Tracks({ came() {}, went() {}, dashed() {}, gained() {}, robbed() {} })
    const [old, fresh] = [spark(1), spark(2)]
    for (const seen of [[], [], [old], [old, fresh]]) glimmers.update({ ...EMPTY, spark: seen }, tracks, 0.016)
    const sizes = [...glimmers.all.values()].map(({ size }) => size)
    expect(sizes).toEqual([1, 0.08])
  })
})
