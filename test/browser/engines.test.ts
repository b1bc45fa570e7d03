// What must hold in every engine, in the two that are not Chromium's: the demo plays, a cut costs nothing, and the rules
// come to the same bits.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle } from '../../bench/bundle.ts'
import { DemoServer, pause } from '../support/demo.ts'
import { ENGINES, type Tab, until } from '../support/engines.ts'
import { longRun } from '../support/long-run.ts'
import { Path } from '../support/path.ts'
import { ROOT } from '../support/shell.ts'

const TICKS = 100_000
/** Long enough for a browser to hold up a page that goes on dialling. */
const AWAY_MS = 12_000

const PLAYING = `globalThis.sparks?.own && sparks.room.state.name === 'open'`
const STANDING = '({ me: sparks.room.me, ship: sparks.room.view().ship.find(({ mine }) => mine)?.id })'
const COMPLAIN = `void (globalThis.complaints = [],
  addEventListener('error', ({ message }) => complaints.push(message)),
  addEventListener('unhandledrejection', ({ reason }) => complaints.push(String(reason))))`

/** Goes so many pages forward in the tab's history, to one in which the expression holds. */
async function go(tab: Tab, pages: number, expression: string): Promise<void> {
  await tab.run(`void setTimeout(() => history.go(${pages}))`)
  // In between there is no page that could be asked.
  while (!(await tab.run(`Boolean(${expression})`).catch(() => false))) await pause(50)
}

for (const [name, launch] of Object.entries(ENGINES)) {
  describe(`in ${name}`, () => {
    let server: DemoServer
    let path: Path
    let tab: Tab

    beforeAll(async () => {
      server = await DemoServer.start()
      path = new Path(server.port)
      const port = await path.listen()
      tab = await launch()
      await tab.goto(`http://127.0.0.1:${port}/`)
      await tab.run(COMPLAIN)
      await until(tab, PLAYING)
    })
    afterAll(async () => {
      await tab?.close()
      await path?.close()
      await server?.end('SIGKILL')
    })

    test('a key moves the ship, which the server moves likewise', async () => {
      const before = await tab.run<number>('sparks.own.x')
      const key = before > 0 ? 'a' : 'd'
      await tab.press(key)
      await until(tab, `Math.abs(sparks.own.x - ${before}) > 150`)
      await tab.release(key)
      expect(await tab.run('sparks.room.stats.droppedInputs')).toBe(0)
    })

    test('a player whose socket is destroyed comes back to the same ship, after a reload too', async () => {
      const before = await tab.run(STANDING)
      path.cut()
      await until(tab, `sparks.room.state.name !== 'open'`)
      await until(tab, PLAYING)
      expect(await tab.run(STANDING)).toEqual(before)
      expect(await tab.run('complaints')).toEqual([])
      await tab.reload()
      await tab.run(COMPLAIN)
      await until(tab, PLAYING)
      expect(await tab.run(STANDING)).toEqual(before)
    })

    // WebKit's driver may have no answer for what it is asked between two pages.
    if (name === 'Firefox') {
      test('a player who goes back to the lobby, and forward again, has the same ship', async () => {
        // Nothing is there; but the browser keeps such a page, as it would a real lobby.
        await tab.goto(`http://127.0.0.1:${path.port}/lobby`)
        await tab.goto(`http://127.0.0.1:${path.port}/`)
        await until(tab, PLAYING)
        const before = await tab.run(STANDING)
        // Nobody goes in the very moment of coming.
        await pause(300)
        await go(tab, -1, `location.pathname === '/lobby'`)
        await go(tab, 1, PLAYING)
        expect(await tab.run(STANDING)).toEqual(before)
        await tab.run(COMPLAIN)
      })
    }

    test('a server that was away for long has its player back', async () => {
      const started = performance.now()
      await server.end('SIGKILL')
      await until(tab, `sparks.room.state.name === 'reconnecting'`)
      await pause(AWAY_MS - (performance.now() - started))
      await server.start()
      const back = performance.now()
      await until(tab, PLAYING)
      console.log(`${name}: playing ${Math.round(performance.now() - back)} ms after the server's return`)
      expect(await tab.run('complaints')).toEqual([])
    })

    test('100,000 ticks end with the same hash as in Node', async () => {
      const code = await bundle(
        `import { longRun } from './test/support/long-run.ts'\nglobalThis.longRun = longRun`,
        ROOT,
      )
      // The demo's own page may load nothing of this kind.
      await tab.goto(`${server.url}healthz`)
      await tab.run(
        `void (await import(URL.createObjectURL(new Blob([${JSON.stringify(code)}], { type: 'text/javascript' }))))`,
      )
      for (const seed of [1, 2]) {
        expect(await tab.run(`longRun(${TICKS}, ${seed})`)).toBe(longRun(TICKS, seed))
      }
    })
  })
}
