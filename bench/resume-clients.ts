// The clients of the resume benchmark, in a process of their own, each behind a path of its own that can break.

import { setTimeout as pause } from 'node:timers/promises'
import { Path } from './path.ts'
import { given, machineTime, say } from './process.ts'
import type { Order, TalkPlan } from './resume-server.ts'
import { TALKS } from './talk/all.ts'
import { Speaker } from './talk/speaker.ts'

/** How the lines break, and for how long. */
export interface Break {
  readonly how: 'cut' | 'swallow'
  readonly ms: number
}

/** By client, in milliseconds and bytes; Infinity, which is null on the way, for those that did not notice or come back. */
export interface BreakReport {
  /** From the line's return to the first message that was sent after it. */
  readonly backMs: readonly (number | null)[]
  /** From the break to the system's word that the line is lost. */
  readonly noticedMs: readonly (number | null)[]
  /** Both ways through the path, from the line's return to that message. */
  readonly bytes: readonly (number | null)[]
}

const DELAY_MS = 20
const GIVE_UP_MS = 20_000
/** So many come in at a time. */
const DOOR = 20

class Visitor {
  readonly path: Path
  backAt = Number.POSITIVE_INFINITY
  lostAt = Number.POSITIVE_INFINITY
  bytes = Number.POSITIVE_INFINITY
  /** When the line returned; before, and once a message came that is younger, there is nothing to wait for. */
  #since = Number.POSITIVE_INFINITY
  #carried = 0

  constructor(target: number) {
    this.path = new Path({ target, delayMs: DELAY_MS })
  }

  hear(sentAt: number): void {
    if (sentAt < this.#since || this.backAt < Number.POSITIVE_INFINITY) return
    this.backAt = machineTime()
    this.bytes = this.path.carried - this.#carried
  }

  break(how: Break['how']): void {
    this.backAt = this.lostAt = this.bytes = this.#since = Number.POSITIVE_INFINITY
    this.path[how]()
  }

  mend(at: number): void {
    this.#since = at
    this.#carried = this.path.carried
    this.path.mend()
  }
}

const { system, clients, port } = given<TalkPlan & { readonly port: number }>()
const visitors = Array.from({ length: clients }, () => new Visitor(port))
const tells: ((number: number) => boolean)[] = []
const speaker = new Speaker(clients, (who, [number]) => tells[who]!(number))
for (let first = 0; first < clients; first += DOOR) {
  await Promise.all(visitors.slice(first, first + DOOR).map((visitor, index) => admit(visitor, first + index)))
}

async function admit(visitor: Visitor, who: number): Promise<void> {
  const address = { host: '127.0.0.1', port: await visitor.path.listen() }
  tells[who] = await TALKS[system].enter(address, {
    who,
    hear: ([number, sentAt]) => {
      speaker.hear(who, number)
      visitor.hear(sentAt)
    },
    lose: () => {
      visitor.lostAt = Math.min(visitor.lostAt, machineTime())
    },
  })
}

/** Breaks all lines for that long; resolves when everyone is back, or will not be. */
async function breakFor({ how, ms }: Break): Promise<BreakReport> {
  const brokenAt = machineTime()
  for (const visitor of visitors) visitor.break(how)
  await pause(ms)
  const mendedAt = machineTime()
  for (const visitor of visitors) visitor.mend(mendedAt)
  while (machineTime() < mendedAt + GIVE_UP_MS && visitors.some(({ backAt }) => backAt === Number.POSITIVE_INFINITY)) {
    await pause(50)
  }
  return {
    backMs: visitors.map(({ backAt }) => backAt - mendedAt),
    noticedMs: visitors.map(({ lostAt }) => lostAt - brokenAt),
    bytes: visitors.map(({ bytes }) => bytes),
  }
}

process.on('message', (order: Order | Break) => {
  if (typeof order === 'object') void breakFor(order).then(say)
  else if (order === 'count') say(speaker.outcome())
  else speaker[order]()
})
say('ready')
