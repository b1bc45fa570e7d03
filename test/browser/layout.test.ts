// What lies over what, by the rectangles that a real browser gives. 640 and 320 pixels are a desktop at 200 and 400 %.

import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { openPlayer } from '../support/pages.ts'
import { openStage } from '../support/stage.ts'

const DESKTOP = ['1280x800', '1024x768', '800x600', '700x700', '640x400', '512x320', '320x568', '320x200']
const PHONE = ['844x390', '390x844', '375x667', '360x640', '320x568', '375x550', '340x310', '312x600', '812x290']
const PIECES = ['#score', '#rank', '#name', '#tools', '#board', '#log', '#hint']
const PANEL = 'section:has(kbd)'

const stage = openStage()

/** Which of these pieces lie over each other. */
function overlaps(page: Page, ...selectors: readonly string[]): Promise<string[]> {
  return page.evaluate((all) => {
    const roots = [document, ...[...document.body.children].flatMap(({ shadowRoot }) => shadowRoot ?? [])]
    const pieces = all.flatMap((name) =>
      roots.flatMap((root) => [...root.querySelectorAll(name)].map((piece) => ({ name, piece }))),
    )
    const seen = pieces
      .filter(({ piece }) => piece.checkVisibility({ opacityProperty: true }))
      .map(({ name, piece }) => ({ name, box: piece.getBoundingClientRect() }))
    const areApart = (a: DOMRect, b: DOMRect) =>
      a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top
    return seen.flatMap((a, index) =>
      seen.slice(index + 1).flatMap((b) => (areApart(a.box, b.box) ? [] : `${a.name} ${b.name}`)),
    )
  }, selectors)
}

/** An element where one's own ship is: in the middle. */
async function markShip(page: Page): Promise<void> {
  await page.evaluate(() => {
    const ship = Object.assign(document.createElement('i'), { id: 'ship' })
    Object.assign(ship.style, { position: 'fixed', inset: '0', width: '40px', height: '40px', margin: 'auto' })
    document.body.append(ship)
  })
}

/** Has the page stay as it is in its first seconds, with all that it may have to show. */
async function fill(page: Page): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.evaluate(async () => {
    const frame = new Promise(requestAnimationFrame)
    window.requestAnimationFrame = () => 0
    await frame
    for (const row of document.querySelectorAll<HTMLElement>('.row')) row.hidden = false
    const words = 'Somebody says something that is too long for one line of the chat'
    for (let line = 0; line < 10; line++) {
      document.querySelector('#log')?.append(Object.assign(document.createElement('li'), { textContent: words }))
    }
    Object.assign(document.querySelector('#score') as Element, { textContent: '188' })
  })
}

/** Shows the sign of an outage, or the news, which the page leaves alone from now on. */
async function announce(page: Page, id: 'connection' | 'toast', words: string): Promise<void> {
  await page.evaluate(
    ([id, words]) => {
      const shown = document.createElement('p')
      Object.assign(shown, { id, className: 'shown', textContent: words })
      document.getElementById(id)?.replaceWith(shown)
    },
    [id, words] as const,
  )
}

async function atEach(
  page: Page,
  sizes: readonly string[],
  look: () => Promise<string[]>,
): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const size of sizes) {
    const [width = 0, height = 0] = size.split('x').map(Number)
    await page.setViewportSize({ width, height })
    found[size] = await look()
  }
  return found
}

const none = (sizes: readonly string[]) => Object.fromEntries(sizes.map((size) => [size, []]))

describe('no piece of the page lies over another, as full as it gets,', () => {
  for (const [where, hasTouch, sizes] of [
    ['with a mouse', false, DESKTOP],
    ['by touch', true, PHONE],
  ] as const) {
    test(where, async () => {
      const { page } = await openPlayer(stage.browser, stage.server.url, { hasTouch })
      await fill(page)
      await markShip(page)
      const look = async () => [
        ...(await overlaps(page, ...PIECES)),
        ...(await overlaps(page, '#ship', '#board')),
        ...(await overlaps(page, '#ship', '#hint')),
        ...(await overlaps(page, '#ship', '#log')),
      ]
      expect(await atEach(page, sizes, look)).toEqual(none(sizes))
      await page.context().close()
    })

    for (const [what, id, words] of [
      ['the sign of an outage', 'connection', 'Connection lost. Trying again in 3 s …'],
      ['the news', 'toast', 'Wonderful Otters burst you: 188 sparks'],
    ] as const) {
      test(`${where}, nor does ${what}`, async () => {
        const { page } = await openPlayer(stage.browser, stage.server.url, { hasTouch })
        await fill(page)
        await markShip(page)
        await announce(page, id, words)
        const look = async () =>
          (await overlaps(page, `#${id}`, '#ship', ...PIECES)).filter((pair) => pair.includes(id))
        expect(await atEach(page, sizes, look)).toEqual(none(sizes))
        await page.context().close()
      })
    }
  }
})

test('a phone does not zoom in on a field that it writes in', async () => {
  const { page } = await openPlayer(stage.browser, stage.server.url, { hasTouch: true })
  const sizes = await page
    .locator('input')
    .evaluateAll((fields) => fields.map((field) => getComputedStyle(field).fontSize))
  expect(sizes).toEqual(['16px', '16px'])
  await page.context().close()
})

describe('the lab', () => {
  test('leaves one’s own ship to be seen', async () => {
    const { page } = await openPlayer(stage.browser, `${stage.server.url}?lab=open`)
    await page.locator(PANEL).waitFor()
    await markShip(page)
    const sizes = ['1280x800', '800x600', '700x700', '640x400', '390x844', '320x568']
    expect(await atEach(page, sizes, () => overlaps(page, '#ship', PANEL))).toEqual(none(sizes))
    await page.context().close()
  })

  test('shows also in forced colours which of its buttons are down', async () => {
    const { page } = await openPlayer(stage.browser, `${stage.server.url}?lab=open`)
    await page.emulateMedia({ forcedColors: 'active' })
    const colour = (name: string) =>
      page.getByRole('button', { name, exact: true }).evaluate((button) => getComputedStyle(button).color)
    expect(await colour('Prediction')).not.toBe(await colour('Ghost'))
    await page.context().close()
  })

  test('is beside both clients of the split screen, and its button beside their titles', async () => {
    const context = await stage.browser.newContext()
    const page = await context.newPage()
    await page.goto(`${stage.server.url}?lab=split`)
    const sizes = ['1280x800', '844x390', '768x1024', '640x400', '390x844', '360x640', '320x568']
    const errors: Error[] = []
    page.on('pageerror', (error) => errors.push(error))
    await page.locator('.opener').waitFor()
    const shut = await atEach(page, sizes, () => overlaps(page, 'h1', '.opener'))
    await page.keyboard.press('n')
    await page.locator(PANEL).waitFor()
    const open = await atEach(page, sizes, () => overlaps(page, '.pane', PANEL))
    expect([shut, open]).toEqual([none(sizes), none(sizes)])
    expect(errors).toEqual([])
    await context.close()
  })

  test('has its titles below what is said in each client', async () => {
    const context = await stage.browser.newContext({ viewport: { width: 1280, height: 800 } })
    const page = await context.newPage()
    await page.goto(`${stage.server.url}?lab=split`)
    const said = page.locator('iframe').first().contentFrame().locator('#log li').last()
    const [line, title] = [await said.boundingBox(), await page.locator('h1').first().boundingBox()]
    expect(line!.y + line!.height).toBeLessThanOrEqual(title!.y)
    await context.close()
  })

  test('shows nothing to press in clients that no pointer reaches', async () => {
    const context = await stage.browser.newContext({ viewport: { width: 1280, height: 800 } })
    const page = await context.newPage()
    await page.goto(`${stage.server.url}?lab=split`)
    const client = page.locator('iframe').first().contentFrame()
    await client.locator('#log li').last().waitFor()
    expect(await client.locator('button, input').filter({ visible: true }).count()).toBe(0)
    await context.close()
  })
})
