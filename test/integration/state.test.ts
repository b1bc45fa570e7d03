// The property that matters most, over all of the state path: whatever happens to the game's objects and to the lines,
// after each frame a client holds exactly what it may see of that tick. STATE_SEEDS=10000 plays more of them.

import { describe, expect, test } from 'vitest'
import { Play } from '../support/play.ts'
import { seeded } from '../support/random.ts'

const SEEDS = Number(process.env.STATE_SEEDS ?? 500)
const STEPS = 20
/** One in so many is long enough for someone to come back beyond the ring. */
const LONG_EACH = 50
/** Seeds that share a test: as many tests as seeds would take longer to list than to run. */
const GROUP = 50
const FAILED_ONCE: readonly number[] = [252, 709]

function play(seed: number): number {
  const match = new Play(seeded(seed))
  const steps = seed % LONG_EACH === 0 ? STEPS + 100 : STEPS
  try {
    for (let step = 0; step < steps && match.wrong === ''; step++) match.step()
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
  }
  if (match.wrong !== '') throw new Error(`seed ${seed}: ${match.wrong}`)
  return match.watchers.reduce((sum, { frames }) => sum + frames, 0)
}

describe('a client holds what it may see of the server’s state, after every frame', () => {
  for (const seed of FAILED_ONCE) test(`[S10] seed ${seed}`, () => void play(seed))

  for (let first = 1; first <= SEEDS; first += GROUP) {
    const last = Math.min(SEEDS, first + GROUP - 1)
    test(`[S10] whatever happens, seeds ${first} to ${last}`, () => {
      let frames = 0
      for (let seed = first; seed <= last; seed++) frames += play(seed)
      expect(frames).toBeGreaterThan((last - first + 1) * STEPS * 0.5)
    })
  }
})
