// Who is meant by a broadcast.

import type { SendOptions } from './session.ts'
import type { Owner } from './state.ts'

/** `S`: a session. */
export interface BroadcastOptions<S = Owner> extends SendOptions {
  /** Everyone but this one. */
  readonly except?: S
  /** Those who subscribed to this topic. */
  readonly to?: string
  /** Those whose focus (the avatar, unless it was set) has its `x` and `y` at most so far from there. */
  readonly near?: { readonly x: number; readonly y: number; readonly radius: number }
}

/** What `isMeant` looks at of a session. */
interface Hearer extends Owner {
  readonly topics: { has(topic: string): boolean }
  readonly focus: object | null
}

export function isMeant(seat: Hearer, { except, to, near }: BroadcastOptions): boolean {
  if (seat === except || (to !== undefined && !seat.topics.has(to))) return false
  if (near === undefined) return true
  const { x = Number.NaN, y = Number.NaN } = (seat.focus ?? {}) as { readonly x?: number; readonly y?: number }
  return Math.hypot(x - near.x, y - near.y) <= near.radius
}
