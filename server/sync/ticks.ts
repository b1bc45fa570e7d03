// A baseline as its ticks tell it: those who go on from the same ones are sent the same delta.

import type { Baseline } from '../../protocol/snapshot.ts'

export interface Ticks {
  readonly base: number
  /** Of the two states before the base, `last` being the later one; 0 where movement is not expected to go on. */
  readonly last: number
  readonly first: number
}

export function areSame(one: Ticks, other: Ticks): boolean {
  return one.base === other.base && one.last === other.last && one.first === other.first
}

export function ticksOf({ base, earlier }: Baseline): Ticks {
  return { base: base.tick, last: earlier?.[0].tick ?? 0, first: earlier?.[1].tick ?? 0 }
}
