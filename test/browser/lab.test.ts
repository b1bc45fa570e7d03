// The demo's network lab in a real browser. What takes time is waited for; nothing is judged by a clock.

import type { Frame, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { MountedLab, Settings } from '../../devtools/index.ts'
import { openPlayer, standing, untilOpen } from '../support/pages.ts'
import { openStage } from '../support/stage.ts'

const BAD = 'lag=200&jitter=40'

const stage = openStage()

const panelOf = (page: Page) => page.getByLabel('Network lab', { exact: true }).and(page.locator('section'))

const untilLab = (page: Page | Frame) => page.waitForFunction(() => globalThis.tickwireLab !== undefined)

const settingsOf = (page: Page | Frame): Promise<Settings | undefined> =>
  page.evaluate(() => globalThis.tickwireLab?.settings)

const untilSet = (page: Page, change: Partial<Settings>) =>
  page.waitForFunction((wanted) => {
    const settings: Record<string, unknown> = { ...globalThis.tickwireLab?.settings }
    return Object.entries(wanted).every(([name, value]) => settings[name] === value)
  }, change)

const untilRtt = (page: Page, least: number, most: number) =>
  page.waitForFunction(
    ([from, to]) => {
      const { rttMs = 0 } = globalThis.sparks?.room.stats ?? {}
      return rttMs >= from && rttMs < to
    },
    [least, most] as const,
    { timeout: 30_000 },
  )

/** Waits until what is set is what frames come over: the lab's own socket is open, and has brought some. */
async function untilThrough(page: Page): Promise<void> {
  await untilLab(page)
  await untilOpen(page)
  const { framesIn } = await page.evaluate(() => ({ framesIn: globalThis.sparks?.room.stats.framesIn ?? 0 }))
  await page.waitForFunction((before) => (globalThis.sparks?.room.stats.framesIn ?? 0) > before + 20, framesIn)
}

/** The clients of a split screen, with their labs. */
async function bothClients(page: Page): Promise<[left: Frame, right: Frame]> {
  const [left, right] = await Promise.all(
    ['Prediction off', 'Prediction on'].map(async (title) => {
      const element = await page.locator(`iframe[title="${title}"]`).elementHandle()
      return (await element?.contentFrame()) as Frame
    }),
  )
  if (!left || !right) throw new Error('there are two frames')
  for (const frame of [left, right]) await untilLab(frame)
  return [left, right]
}

/** Opens the lab of a page, by its key. */
async function openLab(page: Page): Promise<void> {
  await page.keyboard.press('n')
  await untilLab(page)
  await panelOf(page).waitFor()
}

describe('the lab', () => {
  test('is not loaded before someone asks for it; key N opens it, and closes it again', async () => {
    const { page, complaints } = await openPlayer(stage.browser, stage.server.url)
    const loaded = () =>
      page.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('devtools')))
    expect(await loaded()).toBe(false)
    await openLab(page)
    expect(await loaded()).toBe(true)
    await page.keyboard.press('n')
    await panelOf(page).waitFor({ state: 'hidden' })
    await page.keyboard.press('n')
    await panelOf(page).waitFor()
    await page.keyboard.press('Escape')
    await panelOf(page).waitFor({ state: 'hidden' })
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('opens by a touch of its button, and does not cover a phone', async () => {
    const viewport = { width: 390, height: 844 }
    const { page, complaints } = await openPlayer(stage.browser, stage.server.url, { viewport, hasTouch: true })
    await page.locator('#lab-button').tap()
    const box = await panelOf(page).boundingBox()
    expect(box).toMatchObject({ x: 0, width: 390 })
    expect(box?.y).toBeGreaterThan(400)
    await page.getByRole('button', { name: 'Train' }).tap()
    await untilSet(page, { stall: 1_500 })
    await page.getByRole('button', { name: 'Close' }).tap()
    await panelOf(page).waitFor({ state: 'hidden' })
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('letters that are typed into the chat do not open it', async () => {
    const { page } = await openPlayer(stage.browser, stage.server.url)
    await page.keyboard.press('Enter')
    await page.keyboard.type('no')
    expect(await page.locator('#line').inputValue()).toBe('no')
    expect(await page.evaluate(() => globalThis.tickwireLab)).toBeUndefined()
    await page.context().close()
  })
})

describe('a slider', () => {
  test('changes the round trip that the room measures, there and back', async () => {
    const { page, complaints } = await openPlayer(stage.browser, stage.server.url)
    await openLab(page)
    const latency = page.getByRole('slider', { name: 'Latency' })
    await latency.fill('600')
    await untilRtt(page, 600, 5_000)
    await latency.fill('0')
    await untilRtt(page, 1, 590)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('and all the rest works by the keyboard, in the order in which it is seen', async () => {
    const { page, complaints } = await openPlayer(stage.browser, stage.server.url)
    await openLab(page)
    const focused = () => page.evaluate(() => deepest(document)?.getAttribute('name') ?? deepest(document)?.textContent)
    await page.evaluate(() => {
      Object.assign(globalThis, {
        deepest: (root: Document) => {
          let piece = root.activeElement
          while (piece?.shadowRoot?.activeElement) piece = piece.shadowRoot.activeElement
          return piece
        },
      })
    })
    const order: unknown[] = []
    for (let stop = 0; stop < 16; stop++) {
      await page.keyboard.press('Tab')
      order.push(await focused())
    }
    expect(order.join()).toBe(
      '×,LAN,Wi-Fi,4G,Far,Bad,Train,lag,jitter,loss,stall,rate,Prediction,Smoothing,Interpolation,Ghost',
    )
    await page.keyboard.press('Space')
    await untilSet(page, { ghost: true })
    const latency = page.getByRole('slider', { name: 'Latency' })
    await latency.focus()
    for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowRight')
    await untilSet(page, { lag: 30 })
    expect(await latency.getAttribute('aria-valuetext')).toBe('30 ms')
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('leaves the keys of the game to the game', async () => {
    const { page } = await openPlayer(stage.browser, stage.server.url)
    await openLab(page)
    await page.getByRole('button', { name: 'Ghost' }).click()
    const before = await standing(page)
    await page.keyboard.down(before.x > 0 ? 'ArrowLeft' : 'ArrowRight')
    await page.waitForFunction((x) => Math.abs((globalThis.sparks?.own?.x ?? x) - x) > 60, before.x)
    await page.context().close()
  })
})

describe('a link', () => {
  test('reproduces what is set, also what was changed since', async () => {
    const { page, complaints } = await openPlayer(
      stage.browser,
      `${stage.server.url}?lab=open&${BAD}&predict=0&ghost=1`,
    )
    await untilSet(page, { lag: 200, jitter: 40, predict: false, smooth: true, ghost: true })
    await untilRtt(page, 200, 5_000)
    await page.getByRole('button', { name: 'Smoothing' }).click()
    await page.getByRole('button', { name: 'Far', exact: true }).click()
    await page.waitForURL(/lag=250/)
    const other = await openPlayer(stage.browser, page.url())
    await untilLab(other.page)
    expect(await settingsOf(other.page)).toEqual(await settingsOf(page))
    expect(await settingsOf(page)).toMatchObject({ lag: 250, jitter: 10, predict: false, smooth: false })
    expect([...complaints, ...other.complaints]).toEqual([])
    for (const one of [page, other.page]) await one.context().close()
  })
})

describe('a button', () => {
  test('cuts the connection, and the same ship plays on', async () => {
    const { page, complaints } = await openPlayer(stage.browser, stage.server.url)
    const before = await standing(page)
    await openLab(page)
    for (let round = 0; round < 2; round++) {
      const lost = page.evaluate(
        () => new Promise((resolve) => globalThis.sparks?.room.onState(({ name }) => name !== 'open' && resolve(name))),
      )
      await page.getByRole('button', { name: 'Cut' }).click()
      expect(await lost).toBe('reconnecting')
      await untilOpen(page)
    }
    const after = await standing(page)
    expect(after).toMatchObject({ me: before.me, ship: before.ship })
    await page.keyboard.down(after.x > 0 ? 'a' : 'd')
    await page.waitForFunction((x) => Math.abs((globalThis.sparks?.own?.x ?? x) - x) > 60, after.x)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('has the server send whole states, and tells what a tick takes there', async () => {
    const { page, complaints } = await openPlayer(stage.browser, stage.server.url)
    await openLab(page)
    const bytesEach = () =>
      page.evaluate(async () => {
        const { stats } = globalThis.sparks!.room
        while (globalThis.sparks!.room.stats.framesIn < stats.framesIn + 20) await new Promise(requestAnimationFrame)
        const after = globalThis.sparks!.room.stats
        return (after.bytesIn - stats.bytesIn) / (after.framesIn - stats.framesIn)
      })
    const changes = await bytesEach()
    await page.getByRole('button', { name: 'Whole states' }).click()
    await page.waitForURL(/whole=1/)
    await page.getByRole('button', { name: 'Lag comp.' }).click()
    await page.waitForURL(/compensate=0/)
    const whole = await bytesEach()
    console.log(`a state of the demo: ${Math.round(changes)} bytes of changes, ${Math.round(whole)} bytes whole`)
    expect(whole).toBeGreaterThan(2 * changes)
    const tick = page.locator('figure', { hasText: 'Server tick' }).locator('b')
    await expect.poll(() => tick.textContent()).toMatch(/^[\d.]+ ms$/)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('lets more players in, watches the leader, and hides the page', async () => {
    const { page, complaints } = await openPlayer(stage.browser, stage.server.url)
    await openLab(page)
    await page.getByRole('button', { name: '+10 bots' }).click()
    await page.waitForFunction(
      () => (globalThis.sparks?.room.view().ship.filter(({ name }) => name.startsWith('Extra')).length ?? 0) >= 10,
    )
    await page.getByRole('button', { name: 'Watch leader' }).click()
    expect(await page.getByRole('button', { name: 'Watch leader' }).getAttribute('aria-pressed')).toBe('true')
    await page.getByRole('button', { name: 'Hide' }).click()
    expect(await page.evaluate(() => document.visibilityState)).toBe('hidden')
    await page.getByRole('button', { name: 'Hide' }).click()
    expect(await page.evaluate(() => document.visibilityState)).toBe('visible')
    expect(complaints).toEqual([])
    await page.context().close()
  })
})

/** How far the ship, as it is drawn, is from where the server will have it and from where it last said that it was. */
interface Apart {
  readonly due: number
  readonly told: number
}

describe(`on a line of ${BAD}`, () => {
  test('the split screen has the ghost far from the ship on the left, and around it on the right', async () => {
    const context = await stage.browser.newContext({ viewport: { width: 1280, height: 800 } })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => /error|warning/.test(message.type()) && complaints.push(message.text()))
    await page.goto(`${stage.server.url}?lab=split&ghost=1&${BAD}`)
    const [left, right] = await bothClients(page)
    for (const frame of [left, right])
      await frame.waitForFunction(() => (globalThis.tickwireLab?.drawn.length ?? 0) > 0)
    expect([(await settingsOf(left))?.predict, (await settingsOf(right))?.predict]).toEqual([false, true])
    await watchGhost(left)
    await watchGhost(right)
    // To and fro: the arena has an edge.
    const rest = steerToAndFro(page)
    await Promise.all([untilApart(left, { due: [40, 900] }), untilApart(right, { due: [0, 12], told: [40, 900] })])
    await rest()
    expect(complaints).toEqual([])
    await context.close()
  })

  test('the own ship answers a key in one frame', async () => {
    const frames: number[] = []
    for (let attempt = 0; attempt < 3; attempt++) {
      const { page } = await openPlayer(stage.browser, `${stage.server.url}?lab=shut&${BAD}`)
      await untilThrough(page)
      frames.push(await page.evaluate(framesToAnswer))
      await page.context().close()
    }
    console.log(`${frames.join(', ')} frame(s) from key to moved ship`)
    expect(Math.min(...frames)).toBe(1)
    // One may fall between two steps of the game, then the next one shows it; the round trip is 12 frames long.
    expect(Math.max(...frames)).toBeLessThanOrEqual(2)
  })

  test('the others move in every frame, for sixty frames in a row', { timeout: 180_000 }, async () => {
    const { page } = await openPlayer(stage.browser, `${stage.server.url}?lab=shut&${BAD}`)
    await untilThrough(page)
    const seen = await page.evaluate(unbrokenMotion, 60)
    console.log(`${seen.moves} moves of others in ${seen.frames} frames, after ${seen.frozen} frozen frame(s) before`)
    // At least one of them in each; how many there are to see is chance.
    expect(seen.moves).toBeGreaterThanOrEqual(60)
    await page.context().close()
  })
})

describe('in the split screen of a phone', () => {
  test('a thumb that leaves its client steers both on as if it had not, and lets go out there', async () => {
    const viewport = { width: 390, height: 844 }
    const context = await stage.browser.newContext({ viewport, hasTouch: true, isMobile: true })
    const page = await context.newPage()
    await page.goto(`${stage.server.url}?lab=split`)
    const clients = await bothClients(page)
    for (const frame of clients) {
      await frame.evaluate(() => {
        const heard: string[] = []
        Object.assign(globalThis, { heard })
        for (const type of ['pointerdown', 'pointermove', 'pointerup'] as const) {
          document.querySelector('#stage')?.addEventListener(type, (event) => {
            heard.push(`${event.type} ${Math.round((event as PointerEvent).clientY)}`)
          })
        }
      })
    }
    const { y: top } = (await page.locator('iframe').last().boundingBox()) as { y: number }
    const cdp = await context.newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...ys: number[]) =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints: ys.map((y) => ({ x: 60, y: top + y })) })
    await touch('touchStart', 140)
    for (const y of [90, 40, -10, -60]) await touch('touchMove', y)
    await touch('touchEnd')
    const way = ['pointerdown 140', ...[90, 40, -10, -60].map((y) => `pointermove ${y}`), 'pointerup -60']
    for (const frame of clients) {
      await expect.poll(() => frame.evaluate(() => (globalThis as unknown as { heard: string[] }).heard)).toEqual(way)
    }
    await context.close()
  })
})

/** From now on, keeps what is apart in each frame of the last thirty. */
async function watchGhost(frame: Frame): Promise<void> {
  await frame.evaluate(() => {
    const seen: Apart[] = []
    Object.assign(globalThis, { seen })
    const look = () => {
      requestAnimationFrame(look)
      const { ghosts: [ghost] = [], drawn: [ship] = [] } = globalThis.tickwireLab ?? {}
      if (!ghost || !ship) return
      const off = (place: Record<string, unknown>) =>
        Math.hypot(Number(place.x) - Number(ship.x), Number(place.y) - Number(ship.y))
      seen.push({ due: off(ghost.due), told: off(ghost.told) })
      if (seen.length > 30) seen.shift()
    }
    look()
  })
}

/** Waits for thirty frames in a row in which both are within these bounds. */
async function untilApart(frame: Frame, bounds: { [Name in keyof Apart]?: readonly [number, number] }): Promise<void> {
  await frame.waitForFunction(
    (within) => {
      const { seen } = globalThis as unknown as { seen: Apart[] }
      const fits = (apart: Apart) =>
        Object.entries(within).every(([name, [least, most]]) => {
          const off = apart[name as keyof Apart]
          return off >= least && off <= most
        })
      return seen.length === 30 && seen.every(fits)
    },
    bounds,
    { timeout: 40_000 },
  )
}

/** Returns what ends it. */
function steerToAndFro(page: Page): () => Promise<void> {
  let isOver = false
  const steering = (async () => {
    for (let key = 'd'; !isOver; key = key === 'd' ? 'a' : 'd') {
      await page.keyboard.down(key)
      await page.waitForTimeout(2_200)
      await page.keyboard.up(key)
    }
  })()
  return () => {
    isOver = true
    return steering
  }
}

/** In the page: presses a key that steers to the middle, and counts the frames until the ship has moved. */
function framesToAnswer(): Promise<number> {
  const own = () => ({ x: globalThis.sparks?.own?.x ?? 0, y: globalThis.sparks?.own?.y ?? 0 })
  const before = own()
  const started = globalThis.sparks?.frames ?? 0
  const [key, code] = before.x > 0 ? ['a', 'KeyA'] : ['d', 'KeyD']
  window.dispatchEvent(new KeyboardEvent('keydown', { key, code, bubbles: true }))
  return new Promise((resolve) => {
    const look = () => {
      const { x, y } = own()
      if (x !== before.x || y !== before.y) resolve((globalThis.sparks?.frames ?? 0) - started)
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
}

/**
 * In the page: looks until, for so many frames in a row, every ship of another that was on its way has moved on. Counts
 * the moves in them, and how often one stood still before. Frames for which this machine brought no state in time, which
 * is later than the line can be, are left out.
 */
function unbrokenMotion(wanted: number): Promise<{ moves: number; frames: number; frozen: number }> {
  const places = new Map<number, { x: number; y: number; moved: number }>()
  let [moves, frames, frozen] = [0, 0, 0]
  function stands({ id, x, y }: { id: number; x: number; y: number }): boolean {
    const before = places.get(id) ?? { x, y, moved: 0 }
    const moved = Math.hypot(x - before.x, y - before.y)
    places.set(id, { x, y, moved })
    moves += Number(moved > 0.01)
    return before.moved > 1 && moved < 0.01
  }
  return new Promise((resolve) => {
    const look = () => {
      const room = globalThis.sparks?.room
      const isLate = (room?.stats.stateAgeMs ?? 0) > 200
      const standing = (room?.view().ship ?? []).filter((ship) => !ship.mine && stands(ship)).length
      // From the first that is seen to move.
      frames += Number(!isLate && moves > 0)
      if (standing > 0 && !isLate) [moves, frames, frozen] = [0, 0, frozen + 1]
      if (frames === wanted) resolve({ moves, frames, frozen })
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
}

declare global {
  var tickwireLab: MountedLab | undefined
  var deepest: (root: Document) => Element | null
}
