// Real Chromium for the browser tests: Debian's, driven by playwright-core, with a fresh profile each time.
// CHROMIUM_PATH names another executable.

import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Headless, without the GPU, and quiet: no traffic but what the page itself makes. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts a browser, which the caller closes. Throws when there is no executable. */
export async function launchChromium(flags: readonly string[] = [], without: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) {
    throw new Error(`no Chromium at ${executablePath}: install Debian's chromium, or name one by CHROMIUM_PATH`)
  }
  const args = [...FLAGS, ...flags]
  // launch() makes an empty profile of its own and removes it on close.
  return chromium.launch({ executablePath, headless: true, args, ignoreDefaultArgs: [...without] })
}
