// How long the game's code may keep somebody waiting.

import { ProtocolError } from '../../protocol/errors.ts'
import type { Shared } from './shared.ts'

/** Whether the work settles within the time that a hook may take, or within `ms`. */
export function isInTime({ world, limits }: Shared, work: Promise<void>, ms = limits.hookMs): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = world.after(ms, () => resolve(false))
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
