// Pages of the demo in a real browser, as a test reads and plays them.

import type { Browser, Page } from 'playwright-core'
import type { JoinedRoom } from '../../demo/client/room.ts'

interface Probe {
  readonly room: JoinedRoom
  readonly own: { readonly x: number; readonly y: number; readonly score: number } | undefined
  readonly frames: number
  readonly frameTimes: readonly number[]
}

// `window.sparks` in the page; the functions given to `evaluate` run there.
declare global {
  var sparks: Probe | undefined
}

export interface Player {
  readonly page: Page
  /** The page's errors and warnings so far. */
  readonly complaints: readonly string[]
}

export interface Screen {
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly deviceScaleFactor?: number
  readonly hasTouch?: boolean
}

interface Options extends Screen {
  readonly name?: string
}

/** Opens the page as a person of its own and waits until its ship is on the screen. */
export async function openPlayer(browser: Browser, url: string, options: Options = {}): Promise<Player> {
  const { name, viewport = { width: 1280, height: 800 }, deviceScaleFactor = 1, hasTouch = false } = options
  const context = await browser.newContext({ viewport, deviceScaleFactor, hasTouch, isMobile: hasTouch })
  if (name !== undefined) await context.addInitScript((own) => localStorage.setItem('sparks.name', own), name)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  await page.goto(url)
  await page.waitForFunction(() => globalThis.sparks?.own !== undefined)
  return { page, complaints }
}

export interface Standing {
  /** The player's id and its ship's. */
  readonly me: number
  readonly ship: number
  readonly x: number
  readonly y: number
  readonly score: number
}

/** Where a page's own ship is. */
export function standing(page: Page): Promise<Standing> {
  return page.evaluate(() => {
    const probe = globalThis.sparks
    const ship = probe?.room.view().ship.find(({ mine }) => mine)
    if (!probe || !ship) throw new Error('this page has no ship')
    return { me: probe.room.me, ship: ship.id, x: ship.x, y: ship.y, score: ship.score }
  })
}

/** How another player's ship looks on this page; null when it is not there. */
export function seenBy(page: Page, owner: number): Promise<{ id: number; x: number; y: number; name: string } | null> {
  return page.evaluate((id) => {
    const ship = globalThis.sparks?.room.view().ship.find((one) => one.owner === id)
    return ship ? { id: ship.id, x: ship.x, y: ship.y, name: ship.name } : null
  }, owner)
}

/** Waits until the page's connection is open. */
export async function untilOpen(page: Page, timeout = 10_000): Promise<void> {
  await page.waitForFunction(() => globalThis.sparks?.room.state.name === 'open', null, { timeout })
}

/** From now on, counts on this page the frames in which a player's ship is not there. */
export async function watchFor(page: Page, owner: number): Promise<() => Promise<number>> {
  await page.evaluate((id) => {
    const world = globalThis as { missing?: number }
    world.missing = 0
    const look = () => {
      if (!globalThis.sparks?.room.view().ship.some((ship) => ship.owner === id))
        world.missing = (world.missing ?? 0) + 1
      requestAnimationFrame(look)
    }
    look()
  }, owner)
  return () => page.evaluate(() => (globalThis as { missing?: number }).missing ?? -1)
}
