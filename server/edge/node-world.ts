// The real world, as Node has it: a clock, timers and chance for the core.

import { createHash, randomBytes } from 'node:crypto'
import { TIMER_MS, type World } from '../base/world.ts'

export const nodeWorld: World = {
  now: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  },
  after: (ms, run) => {
    let timer: NodeJS.Timeout
    function wait(rest: number): void {
      const next = rest > TIMER_MS ? () => wait(rest - TIMER_MS) : run
      timer = setTimeout(next, Math.min(rest, TIMER_MS))
    }
    // Node cuts fractions off: the timer would fire too early.
    wait(Math.ceil(ms))
    return () => clearTimeout(timer)
  },
  randomBytes: (count) => new Uint8Array(randomBytes(count)),
  digest: (text) => createHash('sha256').update(text).digest('base64'),
}
