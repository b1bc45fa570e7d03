// What is played in a trial of sessions: numbered messages and requests, both ways.

import { defineGame, flag, request, text, u32 } from '../../protocol/index.ts'

export const game = defineGame({
  room: { said: u32() },
  input: { isUp: flag() },
  toServer: {
    say: { number: u32(), ballast: text(15_000) },
    buy: request({ number: u32() }, { number: u32() }),
  },
  toClient: {
    tell: { number: u32(), ballast: text(15_000) },
    poll: request({ number: u32() }, { number: u32() }),
  },
})
export type TrialGame = typeof game

/** For an answer: longer than a trial. */
export const PATIENCE_MS = 600_000
