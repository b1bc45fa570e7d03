// Script time a frame of the demo's page in headless Chromium, in an arena with 100 ships and 500 sparks: what is left
// of the 16.7 ms of a frame belongs to the browser.

import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import sirv from 'sirv'
import type { Sparks } from '../demo/game.ts'
import { sparks } from '../demo/game.ts'
import { Arena } from '../demo/server/arena.ts'
import { type RoomClass, serve } from '../server/index.ts'
import { launchChromium } from '../test/support/chromium.ts'
import { openPlayer, type Screen } from '../test/support/pages.ts'
import { percentile } from '../test/support/percentile.ts'
import { round } from './figures.ts'
import type { Row } from './result.ts'

class CrowdedArena extends Arena {
  static override fleet = 100
  static override sparks = 0 // five come with each ship
  static override regrowth = 50
}

interface Frames {
  readonly ships: number
  readonly sparks: number
  readonly frames: number
  readonly scriptMsP50: number
  readonly scriptMsP95: number
}

export interface FramesResult {
  readonly screens: Readonly<Record<string, Frames>>
}

const SCREENS = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true },
}
const WARM_UP_MS = 3_000
const MEASURED_FRAMES = 300

export async function run(): Promise<FramesResult> {
  // From dist/bench/, where this runs.
  const page = sirv(fileURLToPath(new URL('../demo/page', import.meta.url)))
  const rooms = { sparks: CrowdedArena as unknown as RoomClass<Sparks> }
  const server = await serve({ port: 0, game: sparks, rooms, page, signals: false })
  const browser = await launchChromium()
  try {
    const screens: Record<string, Frames> = {}
    for (const screen of Object.keys(SCREENS) as (keyof typeof SCREENS)[]) {
      screens[screen] = await measure(browser, `http://127.0.0.1:${server.port}/`, SCREENS[screen])
    }
    return { screens }
  } finally {
    await browser.close()
    await server.close()
  }
}

export function table({ screens }: FramesResult): readonly Row[] {
  return Object.entries(screens).map(([screen, frames]) => ({ screen, ...frames }))
}

async function measure(browser: Browser, url: string, screen: Screen): Promise<Frames> {
  const { page } = await openPlayer(browser, url, screen)
  await page.waitForTimeout(WARM_UP_MS)
  const from = await page.evaluate(() => globalThis.sparks?.frames ?? 0)
  await page.waitForFunction((least) => (globalThis.sparks?.frames ?? 0) >= least, from + MEASURED_FRAMES)
  const found = await page.evaluate((count) => {
    const probe = globalThis.sparks
    const view = probe?.room.view()
    const times = probe?.frameTimes.slice(-count) ?? []
    return { ships: view?.ship.length ?? 0, sparks: view?.spark.length ?? 0, times }
  }, MEASURED_FRAMES)
  await page.context().close()
  const { ships, sparks: sparkCount, times } = found
  const at = (share: number) => round(percentile(times, share), 2)
  return { ships, sparks: sparkCount, frames: times.length, scriptMsP50: at(0.5), scriptMsP95: at(0.95) }
}
