// What a broken line costs: 200 clients and their server tell each other ten numbers a second. All lines are cut at once
// for 1, 5 and 20 s, and then swallow everything for 8 s without a word. RESUME_CLIENTS and RESUME_CUTS=1000,5000 make
// it shorter, RESUME_SYSTEMS=tickwire measures some.

import { setTimeout as pause } from 'node:timers/promises'
import { chosen } from './chosen.ts'
import { wholeOrNever } from './figures.ts'
import { Process } from './process.ts'
import type { Row } from './result.ts'
import type { Break, BreakReport } from './resume-clients.ts'
import type { TalkPlan } from './resume-server.ts'
import type { Outcome } from './sequence.ts'
import type { TalkName } from './talk/all.ts'

const CLIENTS = Number(process.env.RESUME_CLIENTS ?? 200)
const CUTS = (process.env.RESUME_CUTS ?? '1000,5000,20000').split(',').map(Number)
const SYSTEMS = chosen<TalkName>('RESUME_SYSTEMS', ['tickwire', 'socket.io', 'colyseus'])
const HALF_OPEN_MS = 8_000
const STEADY_MS = 6_000
/** For what is still under way once nobody says anything new. */
const DRAIN_MS = 15_000

/** Of one break, over all clients; null for a time that is later than the benchmark waits, which is 20 s. */
interface BreakFigures {
  /** From the line's return to the first message that was sent after it. */
  readonly backP50Ms: number | null
  readonly backP99Ms: number | null
  /** From the break to the client's knowing of it. */
  readonly noticedP50Ms: number | null
  readonly noticedP99Ms: number | null
  /** Clients that did not come back. */
  readonly away: number
  /** Messages, both ways together. */
  readonly sent: number
  readonly lost: number
  readonly duplicated: number
  readonly reordered: number
  /** Both ways, of one client until it is back; the median. */
  readonly resumeBytes: number | null
}

interface Breaks {
  readonly cuts: Readonly<Record<string, BreakFigures>>
  readonly halfOpen: BreakFigures
}

/** Tickwire's figures, and beside them each peer's. */
export interface ResumeResult extends Partial<Breaks> {
  readonly peers: Readonly<Record<string, Breaks>>
}

export async function run(): Promise<ResumeResult> {
  const all: Record<string, Breaks> = {}
  for (const system of SYSTEMS) all[system] = await measure(system)
  const { tickwire, ...peers } = all
  return { ...tickwire, peers }
}

export function table({ peers, cuts, halfOpen }: ResumeResult): readonly Row[] {
  const own = cuts && halfOpen ? { tickwire: { cuts, halfOpen } } : {}
  return Object.entries({ ...own, ...peers }).flatMap(([system, breaks]) =>
    [...Object.entries(breaks.cuts), ['half-open', breaks.halfOpen] as const].map(([cut, figures]) => ({
      system,
      cut,
      ...Object.fromEntries(Object.entries(figures).map(([what, value]) => [what, value ?? 'never'])),
    })),
  )
}

async function measure(system: TalkName): Promise<Breaks> {
  const talk = await Conversation.start({ system, clients: CLIENTS })
  try {
    const cuts: Record<string, BreakFigures> = {}
    for (const ms of CUTS) cuts[ms] = await talk.suffer({ how: 'cut', ms })
    return { cuts, halfOpen: await talk.suffer({ how: 'swallow', ms: HALF_OPEN_MS }) }
  } finally {
    await talk.stop()
  }
}

/** A server and its clients, two processes. */
class Conversation {
  readonly #server: Process
  readonly #clients: Process
  #before: Outcome = { sent: 0, received: 0, duplicated: 0, reordered: 0 }

  static async start(plan: TalkPlan): Promise<Conversation> {
    const server = new Process('resume-server.ts', plan)
    const { port } = await server.answer<{ port: number }>()
    const clients = new Process('resume-clients.ts', { ...plan, port })
    await clients.answer()
    return new Conversation(server, clients)
  }

  private constructor(server: Process, clients: Process) {
    this.#server = server
    this.#clients = clients
  }

  async suffer(how: Break): Promise<BreakFigures> {
    for (const end of [this.#server, this.#clients]) end.tell('speak')
    await pause(STEADY_MS)
    this.#clients.tell(how)
    const report = await this.#clients.answer<BreakReport>()
    for (const end of [this.#server, this.#clients]) end.tell('hush')
    const before = this.#before
    const now = await this.#settle()
    const sent = now.sent - before.sent
    this.#before = now
    return {
      ...figuresOf(report),
      sent,
      lost: sent - (now.received - before.received),
      duplicated: now.duplicated - before.duplicated,
      reordered: now.reordered - before.reordered,
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#clients.stop(), this.#server.stop()])
  }

  /** Waits until all that was sent came, or nothing more will. */
  async #settle(): Promise<Outcome> {
    const giveUpAt = performance.now() + DRAIN_MS
    while (true) {
      await pause(500)
      const outcomes = await Promise.all([this.#server, this.#clients].map((end) => countOf(end)))
      const sum = (what: keyof Outcome) => outcomes.reduce((total, outcome) => total + outcome[what], 0)
      const now = {
        sent: sum('sent'),
        received: sum('received'),
        duplicated: sum('duplicated'),
        reordered: sum('reordered'),
      }
      if (now.received - this.#before.received >= now.sent - this.#before.sent || performance.now() > giveUpAt)
        return now
    }
  }
}

function countOf(end: Process): Promise<Outcome> {
  end.tell('count')
  return end.answer<Outcome>()
}

function figuresOf({ backMs, noticedMs, bytes }: BreakReport) {
  return {
    backP50Ms: wholeOrNever(backMs, 0.5),
    backP99Ms: wholeOrNever(backMs, 0.99),
    noticedP50Ms: wholeOrNever(noticedMs, 0.5),
    noticedP99Ms: wholeOrNever(noticedMs, 0.99),
    away: backMs.filter((ms) => ms === null).length,
    resumeBytes: wholeOrNever(bytes, 0.5),
  }
}
