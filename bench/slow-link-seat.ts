// A client of the slow-link benchmark, in a process of its own, behind a path or not. Every few milliseconds from `begin`
// on it notes which state is the newest that it holds.

import { Path } from './path.ts'
import { given, machineTime, say } from './process.ts'
import { SYSTEMS, type SystemName } from './systems/all.ts'
import type { Address } from './systems/system.ts'

export interface SeatPlan {
  readonly system: SystemName
  readonly address: Address
  /** A path of this process between it and the server. */
  readonly path?: { readonly delayMs: number; readonly bytesPerSecond: number }
}

export interface SeatReport {
  /** When it looked, and the number of the state that it held. */
  readonly looks: readonly (readonly [at: number, newest: number])[]
  readonly states: number
  readonly bytes: number
  /** From the start on. */
  readonly drops: number
}

const SAMPLE_MS = 10

const { system, address, path } = given<SeatPlan>()
const near = path ? { host: '127.0.0.1', port: await new Path({ ...path, target: address.port }).listen() } : address
const seat = await SYSTEMS[system].enter(near)
const looks: (readonly [number, number])[] = []
let before = { states: 0, bytes: 0 }

process.on('message', (word) => {
  const { states, bytes } = seat.tally
  if (word === 'begin') {
    before = { states, bytes }
    setInterval(() => looks.push([machineTime(), seat.newest()]), SAMPLE_MS)
    return
  }
  const report = { looks, states: states - before.states, bytes: bytes - before.bytes, drops: seat.drops() }
  say(report satisfies SeatReport)
})
say('ready')
