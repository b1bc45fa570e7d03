// What everything of one server has in common.

import type { Limits } from './limits.ts'
import type { ReplayPool } from './replay.ts'
import type { ServerStats } from './stats.ts'
import type { Log, World } from './world.ts'

export interface Shared {
  readonly world: World
  readonly limits: Limits
  readonly stats: ServerStats
  readonly log: Log
  readonly replay: ReplayPool
}
