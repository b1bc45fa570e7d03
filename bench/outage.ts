// How long a page is away behind a server that was: what browsers do to pages that dial in vain counts, so the pages are
// those of a real Chromium and a real Firefox. Each has a line of its own, which refuses every dial for 25 s (OUTAGE_MS),
// seven minutes (OUTAGE_STEADY_MS) after it came in: Chromium forgives who got in lately. OUTAGE_SYSTEMS=tickwire
// measures some.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { launchChromium } from '../test/support/chromium.ts'
import { ENGINES } from '../test/support/engines.ts'
import { chosen } from './chosen.ts'
import { wholeOrNever } from './figures.ts'
import { ENTRIES, pageOf } from './outage-pages.ts'
import { Path } from './path.ts'
import { machineTime, Process } from './process.ts'
import type { Row } from './result.ts'
import type { TalkPlan } from './resume-server.ts'

const SYSTEMS = chosen('OUTAGE_SYSTEMS', Object.keys(ENTRIES))
const OUTAGE_MS = Number(process.env.OUTAGE_MS ?? 25_000)
const VISITS = 8
const STEADY_MS = Number(process.env.OUTAGE_STEADY_MS ?? 420_000)
const GIVE_UP_MS = 60_000
const DELAY_MS = 20

/** From the line's return to the first message that was sent after it; null for longer than a minute. */
interface Back {
  readonly backP50Ms: number | null
  readonly backMostMs: number | null
  /** Visits that were not back. */
  readonly away: number
}

/** By system and by browser. */
export interface OutageResult {
  readonly outageMs: number
  readonly systems: Readonly<Record<string, Readonly<Record<string, Back>>>>
}

export async function run(): Promise<OutageResult> {
  const crowds: Crowd[] = []
  const systems: Record<string, Record<string, Back>> = {}
  try {
    // One after the other: who starts ten browsers at once waits for all of them.
    for (const system of SYSTEMS) {
      for (const browser of Object.keys(BROWSERS) as Browser[]) crowds.push(await Crowd.enter(system, browser))
    }
    await pause(STEADY_MS)
    await Promise.all(
      crowds.map(async (crowd) => {
        const back = await crowd.suffer()
        systems[crowd.system] = { ...systems[crowd.system], [crowd.browser]: back }
      }),
    )
    return { outageMs: OUTAGE_MS, systems }
  } finally {
    await Promise.all(crowds.map((crowd) => crowd.leave()))
  }
}

export function table({ systems }: OutageResult): readonly Row[] {
  return Object.entries(systems).flatMap(([system, browsers]) =>
    Object.entries(browsers).map(([browser, { backP50Ms, backMostMs, away }]) => ({
      system,
      browser,
      backP50Ms: backP50Ms ?? 'never',
      backMostMs: backMostMs ?? 'never',
      away,
    })),
  )
}

/** What a page knows of one visit. */
interface Visit {
  readonly heard?: boolean
  readonly backAt: number | null
}

/** The pages of one browser, of one visit each or of all. */
interface Pages {
  /** What an expression comes to in each page; visits are in its `visits`. */
  run<T>(expression: string): Promise<readonly T[]>
  close(): Promise<void>
}

type Open = (url: string, lines: readonly string[]) => Promise<Pages>

/** Each in a process of its own, by which Chromium counts vain dials. */
const inChromium: Open = async (url, lines) => {
  const browser = await launchChromium()
  const pages = await Promise.all(lines.map(async () => (await browser.newContext()).newPage()))
  await Promise.all(pages.map((page, who) => page.goto(`${url}?who=${who}&lines=${lines[who]}`)))
  return {
    run: (expression) => Promise.all(pages.map((page) => page.evaluate(expression))) as Promise<never>,
    close: () => browser.close(),
  }
}

/** All in one page: Firefox counts by the address that is dialled. */
const inFirefox: Open = async (url, lines) => {
  const tab = await ENGINES.Firefox!()
  await tab.goto(`${url}?who=0&lines=${lines}`)
  return { run: async (expression) => [await tab.run(expression)], close: () => tab.close() }
}

const BROWSERS = { chromium: inChromium, firefox: inFirefox }
type Browser = keyof typeof BROWSERS

/** What one crowd is made of. */
interface Parts {
  readonly paths: readonly Path[]
  readonly pages: Pages
  readonly server: Process
  readonly web: Server
}

/** The visits of one system in one browser, each by a line of its own, and their server. */
class Crowd {
  readonly system: string
  readonly browser: Browser
  readonly #parts: Parts

  /** Resolves when all are in play. Throws Error where they are not within a minute. */
  static async enter(system: string, browser: Browser): Promise<Crowd> {
    const entry = ENTRIES[system]!
    const server = new Process('resume-server.ts', { system: entry.talk, clients: VISITS } satisfies TalkPlan)
    const { port: target } = await server.answer<{ port: number }>()
    const paths = Array.from({ length: VISITS }, () => new Path({ target, delayMs: DELAY_MS }))
    // A browser dials one socket at a time of one address, and each visit is to be one user's.
    const lines = await Promise.all(
      paths.map(async (path, who) => {
        const host = `127.0.0.${who + 2}`
        return `${host}:${await path.listen(host)}`
      }),
    )
    const web = await serving(await pageOf(entry))
    const pages = await BROWSERS[browser](`http://127.0.0.1:${(web.address() as AddressInfo).port}/`, lines)
    server.tell('speak')
    const visits = await until(pages, ({ heard }) => heard === true)
    if (visits.some(({ heard }) => !heard)) throw new Error(`not all pages of ${system} in ${browser} got in`)
    return new Crowd(system, browser, { paths, pages, server, web })
  }

  private constructor(system: string, browser: Browser, parts: Parts) {
    this.system = system
    this.browser = browser
    this.#parts = parts
  }

  async suffer(): Promise<Back> {
    const { paths, pages } = this.#parts
    for (const path of paths) path.cut()
    await pause(OUTAGE_MS)
    await pages.run(`void visits.forEach((visit) => { visit.since = ${machineTime()} })`)
    const mendedAt = Date.now()
    for (const path of paths) path.mend()
    const visits = await until(pages, ({ backAt }) => backAt !== null)
    return figuresOf(visits.map(({ backAt }) => backAt && backAt - mendedAt))
  }

  async leave(): Promise<void> {
    const { paths, pages, server, web } = this.#parts
    await pages.close()
    await server.stop()
    for (const path of paths) path.close()
    web.close()
  }
}

/** Waits until it holds for every visit, or for a minute. */
async function until(pages: Pages, isSo: (visit: Visit) => boolean): Promise<readonly Visit[]> {
  const giveUpAt = performance.now() + GIVE_UP_MS
  while (true) {
    const visits = (await pages.run<Visit[]>('JSON.parse(JSON.stringify(visits))')).flat()
    if (visits.every(isSo) || performance.now() > giveUpAt) return visits
    await pause(100)
  }
}

function figuresOf(backMs: readonly (number | null)[]): Back {
  return {
    backP50Ms: wholeOrNever(backMs, 0.5),
    backMostMs: wholeOrNever(backMs, 1),
    away: backMs.filter((ms) => ms === null).length,
  }
}

async function serving(html: string): Promise<Server> {
  const server = createServer((_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(html))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
