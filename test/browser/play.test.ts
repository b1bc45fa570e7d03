import { describe, expect, test } from 'vitest'
import { isolated } from '../../demo/client/page.ts'
import { DemoServer } from '../support/demo.ts'
import { openPlayer, seenBy, standing, untilOpen, watchFor } from '../support/pages.ts'
import { Path } from '../support/path.ts'
import { openStage } from '../support/stage.ts'

const stage = openStage()

describe('two people in two browsers', () => {
  test('are playing without a click, and without a complaint of the browser', async () => {
    const started = performance.now()
    const { page, complaints } = await openPlayer(stage.browser, stage.server.url)
    console.log(`playing ${Math.round(performance.now() - started)} ms after opening the page`)
    await page.keyboard.down('d')
    await page.waitForFunction(() => (globalThis.sparks?.frames ?? 0) > 30)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('see each other move', async () => {
    const [ada, ben] = [
      await openPlayer(stage.browser, stage.server.url),
      await openPlayer(stage.browser, stage.server.url),
    ]
    const before = await standing(ada.page)
    const seenBefore = await seenBy(ben.page, before.me)
    const direction = before.x > 0 ? 'a' : 'd'
    await ada.page.keyboard.down(direction)
    await ada.page.waitForFunction((x) => Math.abs((globalThis.sparks?.own?.x ?? x) - x) > 150, before.x)
    await ada.page.keyboard.up(direction)
    await ben.page.waitForFunction(
      ([id, x]) => {
        const ship = globalThis.sparks?.room.view().ship.find(({ owner }) => owner === id)
        return ship && Math.abs(ship.x - x) > 100
      },
      [before.me, seenBefore?.x ?? 0] as const,
    )
    for (const { page } of [ada, ben]) await page.context().close()
  })

  test('hear each other, and words that look like markup are only words', async () => {
    const markup = '<b>Bobby</b>'
    const ada = await openPlayer(stage.browser, stage.server.url, { name: markup })
    const ben = await openPlayer(stage.browser, stage.server.url, { name: 'Ben' })
    const words = '<img src=x onerror="document.title=1"> hi & "hello"'
    await ada.page.keyboard.press('Enter')
    await ada.page.locator('#line').fill(words)
    await ada.page.keyboard.press('Enter')
    const line = ben.page.locator('#log li', { hasText: words })
    await line.waitFor({ state: 'attached' })
    expect(await line.locator('b').textContent()).toBe(isolated(markup))
    expect(await ben.page.locator('#log img, #log b b, #board b b').count()).toBe(0)
    expect(await ben.page.title()).toBe('Sparks')
    const { me } = await standing(ada.page)
    expect((await seenBy(ben.page, me))?.name).toBe(markup)
    for (const { page } of [ada, ben]) await page.context().close()
  })
})

describe('a player whose socket is destroyed', () => {
  test('comes back to the same ship with the same score, and nobody saw it leave', async () => {
    const path = new Path(stage.server.port)
    const port = await path.listen()
    const ada = await openPlayer(stage.browser, `http://127.0.0.1:${port}/`)
    const ben = await openPlayer(stage.browser, stage.server.url)
    const before = await standing(ada.page)
    await ben.page.waitForFunction(
      (id) => globalThis.sparks?.room.view().ship.some(({ owner }) => owner === id),
      before.me,
    )
    const missing = await watchFor(ben.page, before.me)
    path.cut()
    await ada.page.waitForFunction(() => globalThis.sparks?.room.state.name !== 'open')
    await untilOpen(ada.page)
    const after = await standing(ada.page)
    expect(after).toMatchObject({ me: before.me, ship: before.ship })
    // It may have collected something on the way out of the socket; nothing was taken away.
    expect(after.score).toBeGreaterThanOrEqual(before.score)
    await ada.page.keyboard.down(after.x > 0 ? 'a' : 'd')
    await ada.page.waitForFunction((x) => Math.abs((globalThis.sparks?.own?.x ?? x) - x) > 100, after.x)
    expect(await missing()).toBe(0)
    for (const { page } of [ada, ben]) await page.context().close()
    await path.close()
  })

  test('finds the seat again after a reload of the page, and what was said in the meantime', async () => {
    const { page } = await openPlayer(stage.browser, stage.server.url)
    const before = await standing(page)
    const words = `said before ${before.me} reloads`
    await page.keyboard.press('Enter')
    await page.locator('#line').fill(words)
    await page.keyboard.press('Enter')
    const line = page.locator('#log li', { hasText: words })
    await line.waitFor({ state: 'attached' })
    await page.reload()
    await page.waitForFunction(() => globalThis.sparks?.own !== undefined)
    expect(await standing(page)).toMatchObject({ me: before.me, ship: before.ship })
    await line.waitFor({ state: 'attached' })
    expect(await line.count()).toBe(1)
    await page.context().close()
  })
})

describe('a server that is killed and started again', () => {
  test('has both pages playing again by themselves', async () => {
    const own = await DemoServer.start()
    const [ada, ben] = [await openPlayer(stage.browser, own.url), await openPlayer(stage.browser, own.url)]
    await own.end('SIGKILL')
    for (const { page } of [ada, ben]) {
      await page.waitForFunction(() => globalThis.sparks?.room.state.name === 'reconnecting')
    }
    await own.start()
    const back = performance.now()
    await Promise.all([ada, ben].map(({ page }) => untilOpen(page, 15_000)))
    await Promise.all([ada, ben].map(({ page }) => page.waitForFunction(() => globalThis.sparks?.own !== undefined)))
    console.log(`playing ${Math.round(performance.now() - back)} ms after the server's return`)
    const { me } = await standing(ada.page)
    await ben.page.waitForFunction((id) => globalThis.sparks?.room.view().ship.some(({ owner }) => owner === id), me)
    for (const { page } of [ada, ben]) await page.context().close()
    await own.end('SIGKILL')
  })
})

describe('on a phone', () => {
  test('a thumb on the left steers', async () => {
    const { page } = await openPlayer(stage.browser, stage.server.url, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
    })
    const before = await standing(page)
    const cdp = await page.context().newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x: number, y: number) =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] })
    const way = before.x > 0 ? -80 : 80
    await touch('touchStart', 110, 640)
    await touch('touchMove', 110 + way / 2, 640)
    await touch('touchMove', 110 + way, 640)
    await page.waitForFunction((x) => Math.abs((globalThis.sparks?.own?.x ?? x) - x) > 100, before.x)
    await touch('touchEnd', 0, 0)
    const after = await standing(page)
    expect(Math.sign(after.x - before.x)).toBe(Math.sign(way))
    await page.context().close()
  })
})

describe('with a round trip of 200 ms', () => {
  test('the own ship answers a key in the next frame', async () => {
    const path = new Path(stage.server.port)
    const port = await path.listen()
    const { page } = await openPlayer(stage.browser, `http://127.0.0.1:${port}/`)
    path.delayMs = 100
    await page.waitForFunction(() => (globalThis.sparks?.frames ?? 0) > 60)
    const frames = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const own = () => ({ x: globalThis.sparks?.own?.x ?? 0, y: globalThis.sparks?.own?.y ?? 0 })
          const before = own()
          const started = globalThis.sparks?.frames ?? 0
          const key = before.x > 0 ? 'a' : 'd'
          window.dispatchEvent(
            new KeyboardEvent('keydown', { key, code: key === 'a' ? 'KeyA' : 'KeyD', bubbles: true }),
          )
          const look = () => {
            const now = own()
            if (now.x !== before.x || now.y !== before.y) resolve((globalThis.sparks?.frames ?? 0) - started)
            else requestAnimationFrame(look)
          }
          requestAnimationFrame(look)
        }),
    )
    console.log(`${frames} frame(s) from key to moved ship at 200 ms`)
    // A frame may fall between two steps of the game, then the next one shows it; the round trip is 12 frames long.
    expect(frames).toBeLessThanOrEqual(2)
    await page.context().close()
    await path.close()
  })
})
