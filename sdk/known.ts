// Which fields of a row this client was told.

import type { Audience } from '../protocol/fields.ts'
import { KNOWS_HIDDEN, KNOWS_OWNER } from '../protocol/snapshot.ts'

/** `known`: the row's KNOWS_… bits. */
export function isKnown(audience: Audience, known: number): boolean {
  return audience === 'all' || (known & (audience === 'hidden' ? KNOWS_HIDDEN : KNOWS_OWNER)) !== 0
}
