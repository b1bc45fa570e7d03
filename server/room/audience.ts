// Who is meant by a broadcast.

import type { Places } from '../sync/places.ts'
import type { SendOptions } from './session.ts'
import type { Owner } from './state.ts'

/** `S`: a session. */
export interface BroadcastOptions<S = Owner> extends SendOptions {
  /** Everyone but this one; undefined, as `ownerOf` may say, is nobody. */
  readonly except?: S | undefined
  /** Those who subscribed to this topic. Left out, everyone; undefined is refused. */
  readonly to?: string
  /**
   * Those whose focus (the avatar, unless it was set) lies at most so far from there: by the two fields that the room's
   * views name for its kind, else by its `x` and `y`.
   */
  readonly near?: { readonly x: number; readonly y: number; readonly radius: number }
}

/** What `isMeant` looks at of a session. */
interface Hearer extends Owner {
  readonly topics: { has(topic: string): boolean }
  readonly focus: object | null
}

/**
 * Throws TypeError for a topic that is undefined, for what was meant for a few would be told to all; and for a place or a
 * radius that is no number, for it would be told to nobody.
 */
export function checkAudience(options: BroadcastOptions): void {
  if ('to' in options && options.to === undefined) throw new TypeError('to must be a topic, got undefined')
  if (options.near === undefined) return
  const { x, y, radius } = options.near
  if (![x, y, radius].every((number) => number >= Number.NEGATIVE_INFINITY)) {
    throw new TypeError(`near must have numbers x, y and radius, got ${x}, ${y} and ${radius}`)
  }
}

export function isMeant(seat: Hearer, { except, to, near }: BroadcastOptions, places: Pick<Places, 'of'>): boolean {
  if (seat === except || (to !== undefined && !seat.topics.has(to))) return false
  if (near === undefined) return true
  const place = places.of(seat.focus)
  return place !== null && Math.hypot(place.x - near.x, place.y - near.y) <= near.radius
}
