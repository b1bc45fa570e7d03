// The server of a benchmark, in a process of its own: a scene in motion and one system that tells it. Says its port; and
// on `end` what it spent since `begin`, how late its ticks were, and when it made which state.

import { performance } from 'node:perf_hooks'
import { percentile } from '../test/support/percentile.ts'
import { given, machineTime, say } from './process.ts'
import { HZ } from './scenes.ts'
import { SYSTEMS, type SystemName } from './systems/all.ts'
import { type StageName, sceneOf } from './systems/system.ts'

export interface ServerPlan {
  readonly system: SystemName
  readonly stage: StageName
  /** Instead of as many as the stage has. */
  readonly clients?: number | undefined
  /** How many the floor sends at a time. */
  readonly bytes: number
}

export interface ServerReport {
  readonly cpuMs: number
  /** At the 99th percentile. */
  readonly latenessMs: number
  /** Memory of the process, in megabytes. */
  readonly residentMB: number
  /** By the states' numbers, from the server's start on. */
  readonly madeAt: readonly number[]
}

const plan = given<ServerPlan>()
const madeAt = [machineTime()]
let lateness: number[] = []
let cpu = process.cpuUsage()
let first = 0

/** By how much a tick is late: they should be evenly spaced, however the system arranges it. */
function lateBy(tick: number): number {
  const now = performance.now()
  const due = first + (tick * 1000) / HZ
  // The first may have been late itself.
  if (tick === 0 || now < due) first = now - (tick * 1000) / HZ
  return Math.max(0, now - (first + (tick * 1000) / HZ))
}

const port = await SYSTEMS[plan.system].serve({
  scene: sceneOf(plan),
  bytes: plan.bytes,
  onTick() {
    lateness.push(lateBy(madeAt.length - 1))
    madeAt.push(machineTime())
  },
})

process.on('message', (word) => {
  if (word === 'begin') {
    lateness = []
    cpu = process.cpuUsage()
    return
  }
  const { user, system } = process.cpuUsage(cpu)
  const latenessMs = percentile(lateness, 0.99) || 0
  const residentMB = process.memoryUsage.rss() / 1e6
  say({ cpuMs: (user + system) / 1000, latenessMs, residentMB, madeAt } satisfies ServerReport)
})
say({ port })
