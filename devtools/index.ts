// The door of the lab, which a page loads when someone asks for it: `mountLab(room)` for any game, and the split screen.

import type { Game, KindOf, Of } from '../protocol/game.ts'
import type { Room } from '../sdk/room.ts'
import { Lab } from './lab.ts'
import { type Abilities, MountedLab, type ServerSide } from './mounted.ts'
import type { Place } from './overlay.ts'

export type { Ghost } from './ghost.ts'
export type { Place } from './overlay.ts'
export type { Settings } from './settings.ts'
export { splitScreen } from './split.ts'
export type { MountedLab, ServerSide }

/** What a game lets its lab do. */
export interface LabOptions<G extends Game> {
  /** Where an own entity is on the screen now, in CSS pixels. Without it there is no ghost. */
  readonly place?: (entity: { [Kind in KindOf<G>]: Of<G, Kind> }[KindOf<G>]) => Place | undefined
  /** Lets `count` more players in. */
  readonly addBots?: (count: number) => void
  /** Looks at the leader instead of oneself, or at oneself again. */
  readonly watchLeader?: (isOn: boolean) => void
  /** What the game's server does at the lab's word, and tells it. */
  readonly server?: ServerSide
}

/**
 * Opens the lab for a room, with what the page's address says; key N opens and closes it from then on. Once a page: it
 * is also `globalThis.tickwireLab`, for the console and for tests.
 */
export function mountLab<G extends Game>(room: Room<G>, options: LabOptions<G> = {}): MountedLab {
  const lab = new Lab(room as unknown as Room<Game>)
  globalThis.tickwireLab = new MountedLab(lab, options as Abilities)
  return globalThis.tickwireLab
}

declare global {
  var tickwireLab: MountedLab | undefined
}
