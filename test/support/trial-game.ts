// What is played in a trial of sessions: numbered messages both ways.

import { defineGame, flag, text, u32 } from '../../protocol/index.ts'

export const game = defineGame({
  room: { said: u32() },
  input: { isUp: flag() },
  toServer: {
    say: { number: u32(), ballast: text(15_000) },
  },
  toClient: {
    tell: { number: u32(), ballast: text(15_000) },
  },
})
export type TrialGame = typeof game
