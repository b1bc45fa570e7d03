// The life of a page in a real browser: offline, loaded again, duplicated, hidden, frozen, left and come back to, and its
// server replaced. The player has the seat that it should have, nothing is lost, and no picture shows what was not so.
// LONG_LIFE=1 takes as long over it as people do.

import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { deferred } from '../support/clock.ts'
import { DemoServer, pause } from '../support/demo.ts'
import { type Diary, keepDiary } from '../support/diary.ts'
import { type Life, lifeOf, watchLife } from '../support/life.ts'
import { type Standing, standing, untilOpen } from '../support/pages.ts'
import { Path } from '../support/path.ts'
import { launchTabs, type Tabs } from '../support/tabs.ts'

const isLong = process.env.LONG_LIFE !== undefined
/** For how long the server hears nothing from a page until it gives it up. */
const PATIENCE_MS = isLong ? 5_000 : 2_000
const NAP_MS = isLong ? 3_000 : 800
const SLEEP_MS = isLong ? 10_000 : 3_500
const HIDDEN_MS = isLong ? 120_000 : 3_500
const TICK_MS = 1000 / 60

let tabs: Tabs
let diary: Diary

beforeAll(async () => {
  tabs = await launchTabs()
  diary = await keepDiary({ silenceMs: PATIENCE_MS, ackMs: PATIENCE_MS })
})

afterEach(async () => {
  for (const page of tabs.context.pages().slice(1)) await close(page)
  while (diary.players > 0) await pause(20)
})

afterAll(async () => {
  await tabs?.close()
  await diary?.close()
})

interface Player {
  readonly page: Page
  readonly before: Standing
}

/** A new tab in front, with a ship in its picture, that is watched from then on. */
async function open(url = diary.url): Promise<Player> {
  const page = await tabs.context.newPage()
  await page.goto(url)
  await untilShip(page)
  await watchLife(page)
  return { page, before: await standing(page) }
}

/** Closes a tab, and holds no seat for it that would go in the middle of another test. */
async function close(page: Page): Promise<void> {
  await page.evaluate(() => globalThis.sparks?.room.leave())
  await page.close()
}

const untilShip = (page: Page) => page.waitForFunction(() => globalThis.sparks?.own !== undefined)

/** Waits until both ends have all that was said so far. */
async function settled({ page, before }: Player): Promise<Life> {
  const { said, heard } = await lifeOf(page)
  await page.waitForFunction((least) => (globalThis.life?.heard.at(-1) ?? 0) > least, heard.at(-1) ?? 0)
  while ((diary.saidBy(before.me).at(-1) ?? 0) < said) await pause(20)
  return lifeOf(page)
}

const counted = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index)

/** The seat is the same, nothing was lost or doubled, no ship came or went but these, and no picture was wrong. */
async function expectWhole(player: Player, came: readonly number[] = []): Promise<Life> {
  const { page, before } = player
  // What comes is in the picture a little later than in a message.
  await page.waitForFunction((count) => (globalThis.life?.came.length ?? 0) >= count, came.length)
  const life = await settled(player)
  const said = diary.saidBy(before.me)
  expect(await standing(page)).toMatchObject({ me: before.me, ship: before.ship })
  expect(life.wrong).toEqual([])
  expect(life.heard).toEqual(counted(life.heard[0] ?? 0, life.heard.length))
  expect(said).toEqual(counted(1, said.length))
  expect(life).toMatchObject({ came, went: [], resets: [] })
  return life
}

/** What befell a player's seat, by the server. */
function visitsOf({ before: { me } }: Player): string[] {
  return diary.visits.filter((visit) => visit.startsWith(`${me} `)).map((visit) => visit.slice(`${me} `.length))
}

/** The steps from the last one of that name, with the one before it. */
const stepsFrom = ({ steps }: Life, name: string) => steps.slice(Math.max(0, steps.lastIndexOf(name) - 1))

const lifecycle = async (page: Page, state: 'frozen' | 'active') => {
  const devtools = await tabs.context.newCDPSession(page)
  await devtools.send('Page.setWebLifecycleState', { state })
}

/** Reloads the page, and holds its script; returns what lets it through. In between the page has no player. */
async function holdReload(page: Page): Promise<() => Promise<void>> {
  const holding = deferred()
  await page.route('**/assets/*.js', async (route) => {
    await holding.promise
    await route.continue()
  })
  const asked = page.waitForRequest('**/assets/*.js')
  const reload = page.reload()
  await asked
  return async () => {
    holding.resolve()
    await reload
    await untilShip(page)
  }
}

/** What the browser's own duplicate of a tab is: the same page, with a copy of what the tab has stored. */
async function duplicate(page: Page): Promise<Page> {
  const opened = tabs.context.waitForEvent('page')
  await page.evaluate(() => void window.open(location.href))
  const copy = await opened
  await untilShip(copy)
  return copy
}

describe('a page without a network', () => {
  test('dials when the browser says that it is online again, ahead of its turn, and goes on', async () => {
    const player = await open()
    const { page } = player
    const devtools = await tabs.context.newCDPSession(page)
    const setOffline = (offline: boolean) => {
      const line = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 }
      return devtools.send('Network.emulateNetworkConditions', { offline, ...line })
    }
    await devtools.send('Network.enable')
    const visits = ['joined']
    const outage = async () => {
      visits.push('dropped', 'resumed')
      // Open sockets become a black hole, and dials fail.
      await setOffline(true)
      await pause(8_000)
      await page.waitForFunction(() => {
        const state = globalThis.sparks?.room.state
        return state?.name === 'reconnecting' && state.retryAt - Date.now() > 200
      })
      await setOffline(false)
      await untilOpen(page)
      return expectWhole(player)
    }
    let life = await outage()
    // A busy machine may be later than the page's own turn.
    while (stepsFrom(life, 'online')[0] === 'dials' && visits.length < 9) life = await outage()
    expect(stepsFrom(life, 'online')).toEqual(['hurries', 'online', 'open'])
    expect(visitsOf(player)).toEqual(visits)
    console.log(`open ${Math.round(life.openAt - life.backAt)} ms after the browser was online again`)
  })

  test('is back in its seat after an outage of twelve seconds that nobody told of', async () => {
    const path = new Path(diary.port)
    const port = await path.listen()
    const player = await open(`http://127.0.0.1:${port}/`)
    path.isHole = true
    await pause(12_000)
    path.isHole = false
    const healed = performance.now()
    await untilOpen(player.page)
    console.log(`open ${Math.round(performance.now() - healed)} ms after an outage of 12 s`)
    const life = await expectWhole(player)
    expect(visitsOf(player)).toEqual(['joined', 'dropped', 'resumed'])
    expect(life.losses.length).toBeGreaterThan(1)
    for (const { retryInMs } of life.losses) expect(retryInMs).toBeLessThanOrEqual(1_000)
    await close(player.page)
    await path.close()
  })
})

describe('a page that is loaded again', () => {
  test('has its seat with new streams, and leaves no token lying about', async () => {
    const player = await open()
    const { page, before } = player
    await page.reload()
    await untilShip(page)
    expect(await standing(page)).toMatchObject({ me: before.me, ship: before.ship })
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
    expect(visitsOf(player)).toEqual(['joined', 'dropped', 'reset'])
  })

  test('has its seat, and who copied its token meanwhile has another', async () => {
    const owner = await open()
    const finish = await holdReload(owner.page)
    const copied = await owner.page.evaluate(() => Object.entries(sessionStorage))
    expect(copied).toHaveLength(1)
    await finish()
    await watchLife(owner.page)
    const thief = await tabs.context.newPage()
    await thief.addInitScript((entries) => {
      for (const [key, token] of entries) sessionStorage.setItem(key, token)
    }, copied)
    await thief.goto(diary.url)
    await untilShip(thief)
    const stranger = await standing(thief)
    expect(stranger.me).not.toBe(owner.before.me)
    await owner.page.bringToFront()
    await untilOpen(owner.page)
    const life = await lifeOf(owner.page)
    expect(life).toMatchObject({ wrong: [], went: [], losses: [] })
    expect(await standing(owner.page)).toMatchObject({ me: owner.before.me, ship: owner.before.ship })
    expect(visitsOf(owner)).toEqual(['joined', 'dropped', 'reset'])
  })
})

describe('a page that is duplicated', () => {
  for (const [when, prepare] of [
    ['while it is seen', async () => {}],
    ['while it is hidden', async () => void (await tabs.context.newPage())],
    [
      'while it is frozen',
      async (page: Page) => {
        await tabs.context.newPage()
        await lifecycle(page, 'frozen')
      },
    ],
  ] as const) {
    test(`${when} keeps its seat, and the copy takes one of its own`, async () => {
      const first = await open()
      await prepare(first.page)
      const copy = await duplicate(first.page)
      const second = await standing(copy)
      await lifecycle(first.page, 'active')
      await first.page.bringToFront()
      await untilOpen(first.page)
      expect(second.me).not.toBe(first.before.me)
      await expectWhole(first, [second.ship])
      expect(await copy.evaluate(() => globalThis.sparks?.room.state.name)).toBe('open')
    })
  }

  test('while it is loaded again has one of the two seats, and the copy has the other', async () => {
    const first = await open()
    const finish = await holdReload(first.page)
    const copy = await duplicate(first.page)
    const second = await standing(copy)
    await first.page.bringToFront()
    await finish()
    const { me } = await standing(first.page)
    expect(second.me).toBe(first.before.me)
    expect(me).not.toBe(second.me)
    for (const page of [first.page, copy]) {
      expect(await page.evaluate(() => globalThis.sparks?.room.state.name)).toBe('open')
    }
    expect(visitsOf(first)).toEqual(['joined', 'dropped', 'reset'])
  })
})

describe('a page that nobody looks at', () => {
  test(`[M8] is told once a second for ${HIDDEN_MS / 1000} s, and shows what is now with the first state after`, {
    timeout: HIDDEN_MS + 60_000,
  }, async () => {
    const player = await open()
    const { page } = player
    const other = await tabs.context.newPage()
    await other.bringToFront()
    await pause(HIDDEN_MS)
    // When the newest state is old, yet not so old that the picture would leap for that alone.
    for (let age = 0; age < 250 || age > 400; await pause(20)) {
      age = await page.evaluate(() => performance.now() - (globalThis.life?.states.at(-1)?.at ?? 0))
    }
    const { tick } = diary
    await page.bringToFront()
    await page.waitForFunction((least) => (globalThis.life?.states.at(-1)?.tick ?? 0) > least + 60, tick)
    const life = await expectWhole(player)
    const { backAt, states, pictures } = life
    const hidden = states.filter(({ at }) => at < backAt && at > backAt - HIDDEN_MS + 1_000)
    expect(hidden.length).toBeGreaterThan(1)
    hidden.slice(1).forEach((state, index) => {
      expect(state.tick - (hidden[index]?.tick ?? 0)).toBeGreaterThanOrEqual(55)
    })
    // One delta spans what was missed: no state is older than the return.
    const after = states.filter(({ at }) => at >= backAt)
    expect(after[0]?.tick).toBeGreaterThanOrEqual(tick)
    expect((after[1]?.tick ?? 0) - (after[0]?.tick ?? 0)).toBeLessThan(30)
    // It was late by agreement, for which no picture is to be later.
    expect(after[0]?.delayMs).toBe(hidden.at(-1)?.delayMs)
    const since = pictures.filter(({ at }) => at > (after[0]?.at ?? 0))
    const isNow = since.findIndex(({ newest, shown, delayMs }) => (newest - shown) * TICK_MS <= delayMs + TICK_MS)
    const now = since[isNow]
    console.log(
      `is told ${hidden.length} states while hidden; shows what is now ${isNow + 1} picture(s) after the first`,
    )
    expect(isNow).toBeGreaterThanOrEqual(0)
    expect(isNow).toBeLessThan(3)
    expect(after.filter(({ at }) => at <= (now?.at ?? 0)).length).toBeLessThanOrEqual(3)
  })
})

describe('a page that is frozen', () => {
  for (const [what, ms, visits] of [
    ['for less than the server waits', NAP_MS, ['joined']],
    ['for longer than the server waits', SLEEP_MS, ['joined', 'dropped']],
  ] as const) {
    test(`${what} has its seat when it thaws`, async () => {
      const player = await open()
      const { page } = player
      await tabs.context.newPage()
      await lifecycle(page, 'frozen')
      await pause(ms)
      expect(visitsOf(player)).toEqual(visits)
      await lifecycle(page, 'active')
      await page.bringToFront()
      await untilOpen(page)
      const life = await expectWhole(player)
      // Chromium closes the sockets of a page that it freezes, and says so when it thaws.
      expect(stepsFrom(life, 'resume').slice(0, 3)).toEqual(['freeze', 'resume', 'waits'])
      expect(visitsOf(player)).toEqual(['joined', 'dropped', 'resumed'])
      console.log(`open ${Math.round(life.openAt - life.backAt)} ms after it is seen again`)
    })
  }
})

describe('a page that is left and come back to', () => {
  const back = async (page: Page) => {
    await page.goto(`${diary.url}healthz`)
    await page.evaluate(() => void setTimeout(() => history.back()))
    await page.waitForFunction(() => globalThis.sparks?.room.state.name === 'open' && globalThis.sparks.own)
  }

  test('does not wait to dial when the browser kept it, although it is told of its loss only afterwards', async () => {
    const player = await open()
    await back(player.page)
    const life = await expectWhole(player)
    const [, , , how] = stepsFrom(life, 'pageshow')
    expect(stepsFrom(life, 'pageshow')).toEqual(['visible', 'pageshow', 'waits', how, 'open'])
    expect(how === 'hurries' || (life.losses[0]?.retryInMs ?? 0) < 150).toBe(true)
    expect(visitsOf(player)).toEqual(['joined', 'dropped', 'resumed'])
    expect(await player.page.evaluate(() => sessionStorage.length)).toBe(0)
    console.log(`open ${Math.round(life.openAt - life.backAt)} ms after the page is back`)
  })

  test('has its seat when the browser did not keep it', async () => {
    const player = await open()
    const { page, before } = player
    // No browser keeps a page that must know of its end.
    await page.evaluate(() => addEventListener('unload', () => {}))
    await back(page)
    await expect(lifeOf(page)).rejects.toThrow('nobody watches')
    expect(await standing(page)).toMatchObject({ me: before.me, ship: before.ship })
    expect(visitsOf(player)).toEqual(['joined', 'dropped', 'reset'])
  })
})

describe('a page whose server is replaced by another on the same port', () => {
  for (const [signal, exit, loss] of [
    ['SIGTERM', 0, { code: 1012, reason: 'the server is restarting' }],
    ['SIGKILL', null, { code: 1006, reason: '' }],
  ] as const) {
    test(`joins anew by itself after ${signal}, is told why, and plays`, async () => {
      const server = await DemoServer.start()
      const { page } = await open(server.url)
      await page.waitForFunction(() => (globalThis.life?.said ?? 0) > 2)
      expect(await server.end(signal)).toBe(exit)
      await page.waitForFunction(() => globalThis.sparks?.room.state.name === 'reconnecting')
      await server.start()
      const back = performance.now()
      await untilOpen(page, 15_000)
      console.log(`open ${Math.round(performance.now() - back)} ms after the server's return`)
      await page.waitForFunction(() => (globalThis.life?.pictures.at(-1)?.newest ?? 0) > 0 && globalThis.sparks?.own)
      const { x } = await standing(page)
      await page.keyboard.down(x > 0 ? 'a' : 'd')
      await page.waitForFunction((from) => Math.abs((globalThis.sparks?.own?.x ?? from) - from) > 100, x)
      const { wrong, losses, resets, said } = await lifeOf(page)
      expect(wrong).toEqual([])
      expect(losses[0]).toMatchObject(loss)
      expect(resets).toMatchObject([{ outcome: 'new' }])
      expect(resets[0]?.lost).toBeLessThanOrEqual(said)
      await close(page)
      await server.end('SIGKILL')
    })
  }
})
