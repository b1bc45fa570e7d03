// Who is let in: the game's own judgement of whoever says hello, before a room is made or a seat is given. A seat that is
// held for someone is resumed by its token, without being asked again.

import { ProtocolError } from '../protocol/errors.ts'
import { isInTime, tooLate } from './base/deadline.ts'
import { guard } from './base/guard.ts'
import type { Shared } from './base/shared.ts'
import type { Log } from './base/world.ts'
import type { Authenticate, Knock } from './room/session.ts'

/** Throws ProtocolError, without details, for a client that is not let in, or when that took too long to find out. */
export async function authenticated(judge: Authenticate, knock: Knock, shared: Shared, log: Log): Promise<unknown> {
  let auth: unknown
  const judging = guard(
    async () => {
      auth = await judge(knock)
    },
    (error) => log('someone was refused: authenticate failed', error),
  )
  if (judging && !(await isInTime(shared, judging))) {
    log(`authenticate took more than ${shared.limits.hookMs} ms`)
    throw tooLate()
  }
  if (!auth) throw new ProtocolError('REFUSED', 'not let in')
  return auth
}
