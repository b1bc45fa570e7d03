// A real Chromium as a person has it: tabs in one window, of which one is seen.

import { type BrowserContext, chromium } from 'playwright-core'
import { launchChromium } from './chromium.ts'
import { freePort } from './demo.ts'

export interface Tabs {
  readonly context: BrowserContext
  close(): Promise<void>
}

/**
 * Starts a browser with one window: a tab behind another is hidden, a hidden one can be frozen, and a page that was left
 * is kept for when one comes back to it. Pages of `launchChromium` are always shown.
 */
export async function launchTabs(): Promise<Tabs> {
  const port = await freePort()
  const browser = await launchChromium([`--remote-debugging-port=${port}`], ['--disable-back-forward-cache'])
  // Only a browser that was there already is left as it is.
  const guest = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true })
  const [context] = guest.contexts()
  if (context === undefined) throw new Error('the browser has no window')
  // The first tab stays: it is what is seen when all others are closed.
  await context.newPage()
  return {
    context,
    async close() {
      await guest.close()
      await browser.close()
    },
  }
}
