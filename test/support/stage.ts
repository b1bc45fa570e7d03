// A browser and the demo for all tests of a file, opened before the first and closed after the last.

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { launchChromium } from './chromium.ts'
import { DemoServer } from './demo.ts'

export interface Stage {
  readonly browser: Browser
  readonly server: DemoServer
}

/** Call it where the tests are declared; there is something in it once they run. */
export function openStage(): Stage {
  let browser: Browser
  let server: DemoServer
  beforeAll(async () => {
    browser = await launchChromium()
    server = await DemoServer.start()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.end('SIGKILL')
  })
  return {
    get browser() {
      return browser
    },
    get server() {
      return server
    },
  }
}
