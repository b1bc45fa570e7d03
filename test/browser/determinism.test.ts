// The demo's rules in a real browser and here: the same inputs, the same bits, for a hundred thousand ticks.

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../../bench/bundle.ts'
import { launchChromium } from '../support/chromium.ts'
import { longRun } from '../support/long-run.ts'
import { ROOT } from '../support/shell.ts'

const TICKS = 100_000

let browser: Browser
let page: Page

beforeAll(async () => {
  browser = await launchChromium()
  page = await browser.newPage()
  const code = await bundle(`import { longRun } from './test/support/long-run.ts'\nglobalThis.longRun = longRun`, ROOT)
  await page.addScriptTag({ content: code, type: 'module' })
})

afterAll(() => browser?.close())

for (const seed of [1, 2]) {
  test(`100,000 ticks end with the same hash in Chromium as in Node, seed ${seed}`, async () => {
    const there = await page.evaluate(`longRun(${TICKS}, ${seed})`)
    expect(there).toBe(longRun(TICKS, seed))
    expect(there).not.toBe(longRun(TICKS - 1, seed))
  })
}
