// The network that tests run on: the simulated one, on virtual time.

import type { Net } from '../../sdk/netsim.ts'
import type { VirtualClock } from './clock.ts'
import { seeded } from './random.ts'

export { type Far, type FarSocket, type Link, Net } from '../../sdk/netsim.ts'

/** The world of a page without a browser around it, behind that line. */
export function worldOver({ WebSocket }: Net, { now, after }: VirtualClock, random = seeded(1)) {
  return { WebSocket, now, after, random, fetch: null, storage: null, page: null }
}
