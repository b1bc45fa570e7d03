// What a server spends on keeping its clients up to date, beside the least it could: a bare `ws` that sends as many bytes
// as Tickwire does. Server and clients are processes of their own; the systems take turns, and medians are compared.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { LOAD_SCENES, type Load, type LoadRun, type LoadScene, SYSTEMS, type System } from './load-scenes.ts'
import type { Row } from './result.ts'
import { HZ } from './scenes.ts'

const ROUNDS = 3
const WARM_UP_MS = 2_000
const MEASURED_MS = 4_000
/** Until the bytes that Tickwire sends are known. */
const SOME_BYTES = 300

export interface LoadFigures {
  /** Server CPU per client and state, in microseconds; the median of the rounds, and the least and the most. */
  readonly cpuUs: number
  readonly spread: readonly [least: number, most: number]
  readonly timesFloor: number
  readonly bytesPerUpdate: number
  readonly latenessMs: number
  /** Of the updates that were due, how many were sent. */
  readonly sentShare: number
}

/** By scene and system. */
export type LoadResult = Readonly<Record<string, Readonly<Record<string, LoadFigures>>>>

export const name = 'load'

export async function run(): Promise<LoadResult> {
  const result: Record<string, Record<string, LoadFigures>> = {}
  for (const scene of Object.keys(LOAD_SCENES)) result[scene] = await measureScene(scene)
  return result
}

export function table(result: LoadResult): readonly Row[] {
  return Object.entries(result).flatMap(([scene, systems]) =>
    Object.entries(systems).map(([system, { spread, ...figures }]) => ({
      scene,
      system,
      ...figures,
      spread: spread.join('–'),
    })),
  )
}

async function measureScene(scene: string): Promise<Record<string, LoadFigures>> {
  // Without views of their own the others would send 200 clients the whole world.
  const systems = LOAD_SCENES[scene]?.view === undefined ? SYSTEMS : (['floor', 'tickwire'] as const)
  const loads = new Map<System, Load[]>(systems.map((system) => [system, []]))
  let bytes = SOME_BYTES
  for (let round = 0; round < ROUNDS; round++) {
    // Tickwire first: the floor sends what it sends.
    for (const system of [...systems].reverse()) {
      const load = await measure({ system, scene, bytes })
      if (system === 'tickwire') bytes = Math.round(load.bytes / load.updates)
      loads.get(system)?.push(load)
    }
  }
  const floor = median((loads.get('floor') ?? []).map(cpuUs))
  return Object.fromEntries([...loads].map(([system, rounds]) => [system, figures(rounds, floor, scene)]))
}

async function measure(run: LoadRun): Promise<Load> {
  const server = fork(join(import.meta.dirname, 'load-server.js'), [JSON.stringify(run)])
  const { port } = await answer<{ port: number }>(server)
  const clients = fork(join(import.meta.dirname, 'load-clients.js'), [JSON.stringify({ run, port })])
  try {
    await answer(clients)
    await pause(WARM_UP_MS)
    server.send('begin')
    await pause(MEASURED_MS)
    server.send('end')
    const load = await answer<Load>(server)
    clients.send('check')
    const { isRight } = await answer<{ isRight: boolean }>(clients)
    if (!isRight) throw new Error(`a client of ${run.system} in ${run.scene} does not see what it should`)
    return load
  } finally {
    clients.disconnect()
    server.disconnect()
    await Promise.all([clients, server].map((child) => once(child, 'exit')))
  }
}

async function answer<T>(child: ChildProcess): Promise<T> {
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the load ended with ${code}`)
  })
  const [words] = (await Promise.race([once(child, 'message'), exited])) as [T]
  exited.catch(() => {})
  return words
}

function figures(rounds: readonly Load[], floor: number, scene: string): LoadFigures {
  const times = rounds.map(cpuUs).sort((a, b) => a - b)
  const { clients } = LOAD_SCENES[scene] as LoadScene
  const due = (clients * HZ * MEASURED_MS) / 1000
  return {
    cpuUs: round(median(times)),
    spread: [round(times[0] ?? 0), round(times.at(-1) ?? 0)],
    timesFloor: round(median(times) / floor),
    bytesPerUpdate: round(median(rounds.map(({ bytes, updates }) => bytes / updates))),
    latenessMs: round(median(rounds.map(({ latenessMs }) => latenessMs))),
    sentShare: round(median(rounds.map(({ updates }) => updates / due))),
  }
}

function cpuUs({ cpuMs, updates }: Load): number {
  return (cpuMs * 1000) / updates
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
