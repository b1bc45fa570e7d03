// The real world, as Node has it: a clock, timers and chance for the core.

import { createHash, randomBytes } from 'node:crypto'
import type { World } from './world.ts'

export const nodeWorld: World = {
  now: () => performance.now(),
  after: (ms, run) => {
    // Node cuts fractions off, so that it would be too early by as much again.
    const timer = setTimeout(run, Math.ceil(ms))
    return () => clearTimeout(timer)
  },
  randomBytes: (count) => new Uint8Array(randomBytes(count)),
  digest: (text) => createHash('sha256').update(text).digest('base64'),
}
