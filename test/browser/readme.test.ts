// The blocks of README.md, taken from the page: a user's project made of them compiles under strict, and plays.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { bundle } from '../../bench/bundle.ts'
import { defineGame } from '../../protocol/game.ts'
import { fixed } from '../../protocol/vocabulary.ts'
import { join as joinRoom } from '../../sdk/index.ts'
import { launchChromium } from '../support/chromium.ts'
import { freePort } from '../support/demo.ts'
import { makeFolder, ROOT, removeFolder, run, writeFiles } from '../support/shell.ts'
import { install, pack } from '../support/tarball.ts'

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const blocks = [...readme.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)]
const files = new Map(blocks.map(([, name, code]) => [name as string, code as string]))

const [, TSCONFIG = ''] = /```json\n([\s\S]*?)```/.exec(readme) ?? []
/** Likewise, for a Node that does not read TypeScript. */
const TO_BUILD = JSON.stringify({
  extends: './tsconfig.json',
  compilerOptions: { noEmit: false, outDir: 'built', rewriteRelativeImportExtensions: true },
  include: ['*.ts'],
})

// The definition in the page, once more: a third client of this test watches with it.
const place = { x: fixed(0, 800, 1 / 8), y: fixed(0, 600, 1 / 8) }
const squares = defineGame({ entities: { square: place }, input: place })

let browser: Browser
let folder: string
let port: number
let server: ChildProcess
let page: Server

beforeAll(async () => {
  folder = await makeFolder()
  port = await freePort()
  // The page says 8080, which may be taken here.
  const project = [...files].map(([name, code]) => [name, code.replaceAll('8080', String(port))])
  await writeFiles(folder, {
    ...Object.fromEntries(project),
    'tsconfig.json': TSCONFIG,
    'tsconfig.build.json': TO_BUILD,
    'package.json': '{"type":"module"}',
  })
  await install(await pack(folder), folder, ['@types/node', 'undici-types'])
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  server?.kill()
  page?.close()
  await removeFolder(folder)
})

test('README shows a whole game with prediction, both ends, in 25 lines of code', () => {
  expect([...files.keys()]).toEqual(['game.ts', 'server.ts', 'client.ts'])
  expect(files.get('client.ts')).toContain('room.predict(')
  const lines = [...files.values()].flatMap((code) => code.split('\n').filter((line) => line.trim() !== ''))
  expect(lines.length).toBeLessThanOrEqual(25)
})

test('the blocks of README compile by its tsconfig, under strict, against the package as it is published', async () => {
  expect(JSON.parse(TSCONFIG).compilerOptions.strict).toBe(true)
  for (const config of ['tsconfig.json', 'tsconfig.build.json']) {
    expect(await run('tsc', ['-p', join(folder, config)])).toEqual({ code: 0, output: '' })
  }
})

test('the blocks of README are a game in a real browser', async () => {
  server = spawn(process.execPath, [join(folder, 'built/server.js')], { cwd: folder, stdio: 'inherit' })
  const script = await bundle(`import './built/client.js'`, folder)
  page = createServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(`<canvas width="800" height="600"></canvas><script type="module">${script}</script>`)
  })
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve))
  const address = page.address()
  if (address === null || typeof address === 'string') throw new Error('the page is not served')
  const tab = await browser.newPage()
  const errors: string[] = []
  tab.on('pageerror', (error) => errors.push(String(error)))
  const watcher = await joinRoom(`ws://127.0.0.1:${port}/ws`, squares, { room: 'square', WebSocket })
  await tab.goto(`http://127.0.0.1:${address.port}/`)
  const theirs = () => watcher.view().square.find(({ mine }) => !mine)
  await expect.poll(() => theirs()?.x, { timeout: 20_000 }).toBe(400)
  await tab.mouse.move(700, 120)
  await expect.poll(() => theirs()?.x, { timeout: 20_000 }).toBeGreaterThan(600)
  expect(theirs()?.y).toBeLessThan(200)
  expect(errors).toEqual([])
  await watcher.leave()
})
