// The clients of a load run, in a process of their own: they read every state and answer with a few bytes, and decode
// nothing, but for two that are whole clients and must see what the server has.

import { setTimeout as pause } from 'node:timers/promises'
import { given, say } from './process.ts'
import { Motion } from './scenes.ts'
import { SYSTEMS, type SystemName } from './systems/all.ts'
import { type Address, type Cells, cellsOf, focusOf, type Seat, type StageName, sceneOf } from './systems/system.ts'

export interface ClientsPlan {
  readonly system: SystemName
  readonly stage: StageName
  /** Instead of as many as the stage has. */
  readonly clients?: number | undefined
  readonly address: Address
}

export interface ClientsReport {
  /** States that came since `begin`, to all clients together, and their bytes. */
  readonly states: number
  readonly bytes: number
  /** What a whole client sees that the server has not; '' is right. */
  readonly wrong: string
}

const WHOLE = 2
const CHECKS = 40
/** What a view may lack at its edge, in pixels. */
const EDGE = 32

const plan = given<ClientsPlan>()
const { system, address } = plan
const scene = sceneOf(plan)
const { enter, listen } = SYSTEMS[system]

/** Compares the state that the client holds with what the scene was then. */
function wrongIn(seat: Seat, joined: number): string {
  const motion = new Motion(scene)
  for (let tick = 0; tick < seat.newest(); tick++) motion.step()
  const truth = cellsOf(motion)
  const seen = seat.ships()
  for (const [place, cells] of seen) {
    if (String(cells) !== String(truth[place])) return `ship ${place} is at ${cells} and not ${truth[place]}`
  }
  const missing = truth.findIndex((cells, place) => !seen.has(place) && isNear(cells, truth[focusOf(scene, joined)]!))
  return missing === -1 ? '' : `ship ${missing} is not seen`
}

function isNear([x, y]: Cells, [fromX, fromY]: Cells): boolean {
  const reach = ((scene.view ?? Number.POSITIVE_INFINITY) / 2 - EDGE) * 8
  return Math.abs(x - fromX) <= reach && Math.abs(y - fromY) <= reach
}

/** A server whose last tick was not sent yet is asked again. */
async function check(seats: readonly Seat[]): Promise<string> {
  let wrong = ''
  for (let time = 0; time < CHECKS; time++) {
    wrong = seats.map(wrongIn).join('')
    if (wrong === '') return ''
    await pause(25)
  }
  return wrong
}

const heard = { states: 0, bytes: 0 }
const seats: Seat[] = []
if (system !== 'ws + ready bytes') while (seats.length < WHOLE) seats.push(await enter(address))
for (let count = seats.length; count < scene.clients; count++) await listen(address, heard)

const total = (what: 'states' | 'bytes') => seats.reduce((sum, { tally }) => sum + tally[what], heard[what])
let before = { states: 0, bytes: 0 }
process.on('message', (word) => {
  const now = { states: total('states'), bytes: total('bytes') }
  if (word === 'begin') {
    before = now
    return
  }
  const report = { states: now.states - before.states, bytes: now.bytes - before.bytes }
  void check(seats).then((wrong) => say({ ...report, wrong } satisfies ClientsReport))
})
say('ready')
