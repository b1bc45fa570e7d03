// How many clients one server process keeps up with, each with a view of some sixty of a thousand ships, 20 times a
// second: their number grows until states are late or missing. CLIENTS_SYSTEMS=tickwire measures one.

import { chosen } from './chosen.ts'
import { round } from './figures.ts'
import { cpuUs, type Load, runLoad } from './load-run.ts'
import type { Row } from './result.ts'
import { HZ } from './scenes.ts'
import type { SystemName } from './systems/all.ts'

const SYSTEMS = chosen<SystemName>('CLIENTS_SYSTEMS', ['tickwire', 'ws + ready bytes', 'colyseus'])
const COUNTS = [100, 200, 300, 400, 600, 800, 1000]
/** Short, for there are many steps: what is still being compiled meanwhile counts against every system. */
const WARM_UP_MS = 2_000
const MEASURED_MS = 5_000
/** Until the bytes that Tickwire sends are known, which the system with ready bytes sends, too. */
const SOME_BYTES = 300
/** A tick that is later than half of its interval is as good as missed. */
const LATE_MS = 1000 / HZ / 2
const LEAST_SHARE = 0.99

interface Step {
  readonly clients: number
  readonly usPerUpdate: number
  readonly bytesPerUpdate: number
  readonly tickLateP99Ms: number
  /** Of the states that were due, how many came. */
  readonly sentShare: number
  /** How much of one core the server took. */
  readonly cores: number
  readonly keptUp: boolean
}

export interface ClientsResult {
  /** By system, the most clients that it kept up with, and the steps up to there and one beyond. */
  readonly systems: Readonly<Record<string, { readonly most: number; readonly steps: readonly Step[] }>>
}

export async function run(): Promise<ClientsResult> {
  const systems: Record<string, ClientsResult['systems'][string]> = {}
  for (const system of SYSTEMS) {
    const bytes = systems.tickwire?.steps[0]?.bytesPerUpdate ?? SOME_BYTES
    systems[system] = await climb(system, bytes)
  }
  return { systems }
}

export function table({ systems }: ClientsResult): readonly Row[] {
  return Object.entries(systems).flatMap(([system, { steps }]) =>
    steps.map(({ keptUp, ...figures }) => ({ system, ...figures, keptUp: keptUp ? 'yes' : 'no' })),
  )
}

async function climb(system: SystemName, bytes: number): Promise<ClientsResult['systems'][string]> {
  const steps: Step[] = []
  for (const clients of COUNTS) {
    const load = await runLoad({ system, stage: 'thousand', clients, bytes }, WARM_UP_MS, MEASURED_MS)
    const step = stepOf(clients, load)
    steps.push(step)
    if (!step.keptUp) break
  }
  return { most: Math.max(0, ...steps.filter(({ keptUp }) => keptUp).map(({ clients }) => clients)), steps }
}

function stepOf(clients: number, load: Load): Step {
  const sentShare = load.states / ((clients * HZ * MEASURED_MS) / 1000)
  return {
    clients,
    usPerUpdate: round(cpuUs(load), 0),
    bytesPerUpdate: round(load.bytes / load.states, 0),
    tickLateP99Ms: round(load.latenessMs, 1),
    sentShare: round(sentShare, 3),
    cores: round(load.cpuMs / MEASURED_MS, 2),
    keptUp: load.wrong === '' && sentShare >= LEAST_SHARE && load.latenessMs <= LATE_MS,
  }
}
