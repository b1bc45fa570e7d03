// How long somebody is waited for: the game's code, or a client that is away.

import { ProtocolError } from '../../protocol/errors.ts'
import type { Shared } from './shared.ts'
import type { World } from './world.ts'

/** A timer that is later than this was held up with the whole process. */
const STANDSTILL_MS = 1_000
/** So long after a standstill what arrived in it has been heard. */
const HEARD_MS = 250

/**
 * Calls `run` once the time is over; returns what calls it off. After a standstill of the process Node runs the timers
 * that are due before it reads what came in meanwhile: `run` waits for that.
 */
export function onceOver(world: Pick<World, 'now' | 'after'>, ms: number, run: () => void): () => void {
  const due = world.now() + ms
  let cancel = world.after(ms, () => {
    if (world.now() - due < STANDSTILL_MS) run()
    else cancel = world.after(HEARD_MS, run)
  })
  return () => cancel()
}

/** Whether the work settles within the time that a hook may take, or within `ms`. */
export function isInTime({ world, limits }: Shared, work: Promise<void>, ms = limits.hookMs): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = onceOver(world, ms, () => resolve(false))
    void work.then(() => {
      cancel()
      resolve(true)
    })
  })
}

/** What a client is told whom the game's code kept waiting for too long. */
export function tooLate(): ProtocolError {
  return new ProtocolError('ROOM_FAILED', 'joining took too long')
}
