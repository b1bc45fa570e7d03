// The game in which Tickwire's clients and their server tell each other numbers.

import { defineGame } from '../../protocol/game.ts'
import { f64, u16, u32 } from '../../protocol/vocabulary.ts'

export const words = defineGame({
  join: { who: u16() },
  toServer: { word: { number: u32() } },
  toClient: { word: { number: u32(), sentAt: f64() } },
})
