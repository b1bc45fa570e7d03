// How old the state is at a client whose line is too slow for it: 500 moving ships, 20 states a second, a healthy client
// and a slow one of each system, all slow ones behind paths of the same make, at the same time, on real sockets, each in
// a process of its own. SLOW_LINK_SECONDS makes it shorter; SLOW_LINK_NETNS=1 makes the path one of the kernel's own TCP
// between network namespaces (see netns.py).

import { setTimeout as pause } from 'node:timers/promises'
import { percentile } from '../test/support/percentile.ts'
import { round } from './figures.ts'
import { Namespaces } from './namespaces.ts'
import { Process } from './process.ts'
import type { Row } from './result.ts'
import type { SeatPlan, SeatReport } from './slow-link-seat.ts'
import type { ServerPlan, ServerReport } from './stage-server.ts'
import type { SystemName } from './systems/all.ts'

const SECONDS = Number(process.env.SLOW_LINK_SECONDS ?? 30)
const SETTLE_MS = 3_000
const DELAY_MS = 40
const RATE = 60_000

const ALL = ['tickwire', 'colyseus', 'socket.io', 'ws + msgpackr', 'ws + bufferedAmount'] as const

/** What became of one system: ages in milliseconds at the slow client, and at the healthy one. */
interface SystemResult {
  readonly ageP50Ms: number
  readonly ageP95Ms: number
  readonly healthyP50Ms: number
  readonly healthyP99Ms: number
  readonly framesPerSecond: number
  readonly disconnects: number
  /** `healthyP99Ms` at the same time in a room without a slow client; of Tickwire. */
  readonly aloneP99Ms?: number
}

interface LinkResult {
  readonly rateKBps: number
  readonly [system: string]: SystemResult | number
}

export interface SlowLinkResult {
  readonly links: { readonly fixed60: LinkResult; readonly offered40: LinkResult }
}

export async function run(): Promise<SlowLinkResult> {
  const fixed60 = await measureLink(ALL, RATE)
  const offered40 = await measureLink(['tickwire'], 0.4 * fixed60.offered)
  return { links: { fixed60: fixed60.result, offered40: offered40.result } }
}

export function table({ links }: SlowLinkResult): readonly Row[] {
  return Object.entries(links).flatMap(([link, { rateKBps, ...systems }]) =>
    Object.entries(systems).map(([system, result]) => ({ link, rateKBps, system, ...(result as SystemResult) })),
  )
}

/** `offered`: bytes a second that Tickwire's healthy client was sent. */
async function measureLink(
  systems: readonly SystemName[],
  bytesPerSecond: number,
): Promise<{ result: LinkResult; offered: number }> {
  const namespaces = process.env.SLOW_LINK_NETNS ? await Namespaces.open({ delayMs: DELAY_MS, bytesPerSecond }) : null
  const rooms = systems.map((system) => new Room(system, namespaces))
  const alone = new Room('tickwire', namespaces)
  try {
    await Promise.all([...rooms.map((room) => room.fill(bytesPerSecond)), alone.fill(null)])
    await pause(SETTLE_MS)
    for (const room of [...rooms, alone]) room.begin()
    await pause(SECONDS * 1000)
    const reports = await Promise.all(rooms.map((room) => room.end()))
    const aloneP99Ms = wholeMs((await alone.end()).healthyAges, 0.99)
    const results = reports.map((report, index) => {
      const system = systems[index]!
      return [system, { ...resultOf(report), ...(system === 'tickwire' ? { aloneP99Ms } : {}) }] as const
    })
    const result = { rateKBps: round(bytesPerSecond / 1000, 1), ...Object.fromEntries(results) }
    return { result, offered: (reports[0]?.healthy.bytes ?? 0) / SECONDS }
  } finally {
    await Promise.all([...rooms, alone].map((room) => room.close()))
    await namespaces?.close()
  }
}

interface RoomReport {
  readonly ages: readonly number[]
  readonly healthyAges: readonly number[]
  readonly slow: SeatReport | undefined
  readonly healthy: SeatReport
}

/** A server, a healthy client of it, and a slow one: three processes. */
class Room {
  readonly #system: SystemName
  readonly #namespaces: Namespaces | null
  readonly #server: Process
  readonly #seats: Process[] = []

  constructor(system: SystemName, namespaces: Namespaces | null) {
    this.#system = system
    this.#namespaces = namespaces
    const plan: ServerPlan = { system, stage: 'fleet', bytes: 0 }
    this.#server = new Process('stage-server.ts', plan, namespaces?.server)
  }

  /** Resolves when its clients are in. `bytesPerSecond`: the slow one's; null: there is none. */
  async fill(bytesPerSecond: number | null): Promise<void> {
    const { port } = await this.#server.answer<{ port: number }>()
    await this.#seat({ system: this.#system, address: { host: '127.0.0.1', port } }, this.#namespaces?.server)
    if (bytesPerSecond === null) return
    const path = { delayMs: DELAY_MS, bytesPerSecond }
    const slow: SeatPlan = this.#namespaces
      ? { system: this.#system, address: { host: this.#namespaces.host, port } }
      : { system: this.#system, address: { host: '127.0.0.1', port }, path }
    await this.#seat(slow, this.#namespaces?.client)
  }

  begin(): void {
    for (const process of [this.#server, ...this.#seats]) process.tell('begin')
  }

  async end(): Promise<RoomReport> {
    for (const process of [...this.#seats, this.#server]) process.tell('end')
    const { madeAt } = await this.#server.answer<ServerReport>()
    const [healthy, slow] = await Promise.all(this.#seats.map((seat) => seat.answer<SeatReport>()))
    const agesOf = (report?: SeatReport) => report?.looks.map(([at, newest]) => at - (madeAt[newest] ?? at)) ?? []
    return { ages: agesOf(slow), healthyAges: agesOf(healthy), slow, healthy: healthy! }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#seats, this.#server].map((process) => process.stop()))
  }

  async #seat(plan: SeatPlan, namespace?: string): Promise<void> {
    const seat = new Process('slow-link-seat.ts', plan, namespace)
    this.#seats.push(seat)
    await seat.answer()
  }
}

function resultOf({ ages, healthyAges, slow }: RoomReport): SystemResult {
  return {
    ageP50Ms: wholeMs(ages, 0.5),
    ageP95Ms: wholeMs(ages, 0.95),
    healthyP50Ms: wholeMs(healthyAges, 0.5),
    healthyP99Ms: wholeMs(healthyAges, 0.99),
    framesPerSecond: round((slow?.states ?? 0) / SECONDS, 1),
    disconnects: slow?.drops ?? 0,
  }
}

function wholeMs(ages: readonly number[], share: number): number {
  return Math.round(percentile(ages, share))
}
