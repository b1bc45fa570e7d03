// What a server spends on keeping its clients up to date, beside the least it could: a bare `ws` that sends as many bytes
// as Tickwire does. Server and clients are processes of their own. The systems take turns, and each is compared with those
// of its own round: a shared machine is a fast one now and a slow one later. LOAD_ROUNDS and LOAD_SECONDS make it shorter
// or surer, LOAD_SCENES=arena,crowd plays some, LOAD_PEERS=colyseus beside some only.

import { chosen } from './chosen.ts'
import { median, round } from './figures.ts'
import { cpuUs, type Load, runLoad } from './load-run.ts'
import type { Row } from './result.ts'
import { HZ } from './scenes.ts'
import type { ServerPlan } from './stage-server.ts'
import type { SystemName } from './systems/all.ts'
import { STAGES, type StageName, type StageScene } from './systems/system.ts'

const ROUNDS = Number(process.env.LOAD_ROUNDS ?? 3)
/** A server that runs for hours is measured: what it does once a tick takes so long until the last of it is compiled. */
const WARM_UP_MS = 30_000
const MEASURED_MS = Number(process.env.LOAD_SECONDS ?? 4) * 1000
const SCENES = chosen<StageName>('LOAD_SCENES', ['arena', 'crowd', 'rooms', 'world'])
/** Until the bytes that Tickwire sends are known. */
const SOME_BYTES = 300

const FLOOR = 'ws + ready bytes'
const PEERS = chosen<SystemName>('LOAD_PEERS', ['colyseus', 'socket.io', 'ws + msgpackr', 'ws + JSON'])
/** Those that know rooms and views: the others would send everyone everything. */
const WITH_ROOMS: readonly SystemName[] = ['colyseus']

interface SystemFigures {
  /** Server CPU per client and state, in microseconds; the median of the rounds. */
  readonly usPerUpdate: number
  /** How many times what the floor took in the same round: the median of the rounds, and the least and the most. */
  readonly ratioToFloor: number
  readonly spread: readonly [least: number, most: number]
  readonly bytesPerUpdate: number
  readonly tickLateP99Ms: number
  /** Of the server's process, in megabytes. */
  readonly residentMB: number
  /** Of the states that were due, how many came. */
  readonly sentShare: number
}

/**
 * Of Tickwire, and beside it each system. `colyseusRatio`: what Colyseus spends for each of Tickwire's microseconds; NaN
 * where it did not run.
 */
interface SceneFigures {
  readonly clients: number
  readonly hz: number
  readonly usPerUpdate: number
  readonly floorUsPerUpdate: number
  readonly ratioToFloor: number
  readonly colyseusRatio: number
  readonly tickLateP99Ms: number
  readonly systems: Readonly<Record<string, SystemFigures>>
}

export interface LoadResult {
  readonly scenes: Readonly<Record<string, SceneFigures>>
}

export async function run(): Promise<LoadResult> {
  const scenes: Record<string, SceneFigures> = {}
  for (const stage of SCENES) scenes[stage] = await measureScene(stage)
  return { scenes }
}

export function table({ scenes }: LoadResult): readonly Row[] {
  return Object.entries(scenes).flatMap(([scene, { systems }]) =>
    Object.entries(systems).map(([system, { spread, ...figures }]) => ({
      scene,
      system,
      ...figures,
      spread: spread.join('–'),
    })),
  )
}

async function measureScene(stage: StageName): Promise<SceneFigures> {
  const scene: StageScene = STAGES[stage]
  const loads = new Map<SystemName, Load[]>(systemsOf(scene).map((name) => [name, []]))
  let bytes = SOME_BYTES
  for (let round = 0; round < ROUNDS; round++) {
    for (const [system, rounds] of loads) {
      const load = await measure({ system, stage, bytes })
      if (system === 'tickwire') bytes = Math.round(load.bytes / load.states)
      rounds.push(load)
    }
  }
  const floor = loads.get(FLOOR) ?? []
  const systems = Object.fromEntries([...loads].map(([system, rounds]) => [system, figuresOf(rounds, floor, scene)]))
  const { usPerUpdate, ratioToFloor, tickLateP99Ms } = systems.tickwire as SystemFigures
  return {
    clients: scene.clients,
    hz: HZ,
    usPerUpdate,
    floorUsPerUpdate: round(median(floor.map(cpuUs)), 2),
    ratioToFloor,
    colyseusRatio: round(median(ratios(loads.get('colyseus') ?? [], loads.get('tickwire') ?? [])), 2),
    tickLateP99Ms,
    systems,
  }
}

/** In turn; Tickwire first: the floor sends what it sends. */
function systemsOf(scene: StageScene): readonly SystemName[] {
  const isForAll = scene.view === undefined && scene.seats === undefined
  const peers = isForAll ? PEERS : PEERS.filter((name) => WITH_ROOMS.includes(name))
  return ['tickwire', FLOOR, ...peers]
}

/** How many times the others' CPU, round by round. */
function ratios(loads: readonly Load[], others: readonly Load[]): readonly number[] {
  return loads.map((load, index) => cpuUs(load) / cpuUs(others[index]!))
}

async function measure(plan: ServerPlan): Promise<Load> {
  const load = await runLoad(plan, WARM_UP_MS, MEASURED_MS)
  if (load.wrong === '') return load
  throw new Error(`a client of ${plan.system} in ${plan.stage} sees what is not so: ${load.wrong}`)
}

function figuresOf(rounds: readonly Load[], floor: readonly Load[], { clients }: StageScene): SystemFigures {
  const times = ratios(rounds, floor)
  const due = (clients * HZ * MEASURED_MS) / 1000
  return {
    usPerUpdate: round(median(rounds.map(cpuUs)), 2),
    ratioToFloor: round(median(times), 2),
    spread: [round(Math.min(...times), 2), round(Math.max(...times), 2)],
    bytesPerUpdate: round(median(rounds.map(({ bytes, states }) => bytes / states)), 2),
    tickLateP99Ms: round(median(rounds.map(({ latenessMs }) => latenessMs)), 2),
    residentMB: round(median(rounds.map(({ residentMB }) => residentMB)), 0),
    sentShare: round(median(rounds.map(({ states }) => states / due)), 2),
  }
}
