// What there is to see, as the game's room shows it, in the words of this game.

import type { Seen } from 'tickwire'
import type { Sparks } from '../game.ts'

export type SeenShip = Seen<Sparks, 'ship'>
export type SeenSpark = Seen<Sparks, 'spark'>

export interface Scene {
  readonly room: { readonly leader: number }
  readonly ship: readonly SeenShip[]
  readonly spark: readonly SeenSpark[]
}
