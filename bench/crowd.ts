// Limits of Tickwire's server that are wide enough for all clients of a benchmark, which have one address.

import type { Limits } from '../server/index.ts'

export const CROWD = {
  socketsPerAddress: 5_000,
  greetings: 5_000,
  greetingsPerAddress: 5_000,
  dialsPerSecond: 5_000,
  dialBurst: 5_000,
} as const satisfies Partial<Limits>
