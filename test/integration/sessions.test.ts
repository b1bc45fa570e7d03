// The property that matters most of sessions: whatever happens to lines, pages and servers, nothing is lost, nothing
// comes twice, and nobody is locked out. `SEEDS=100000` runs more of it; a seed that once failed stays.

import { expect, test } from 'vitest'
import { Trial } from '../support/trial.ts'

const FAILED_ONCE: readonly number[] = [18_834, 19_330, 59_667]
const SEEDS = Number(process.env.SEEDS ?? 2_000)

test(`[R1-R6] the nine invariants of a session hold, seeds 1 to ${SEEDS}`, { timeout: 0 }, async () => {
  const totals = { heard: 0, answered: 0, resumed: 0, reset: 0 }
  for (const seed of [...FAILED_ONCE, ...Array.from({ length: SEEDS }, (_, index) => index + 1)]) {
    const trial = new Trial(seed)
    expect(await trial.run()).toBe('')
    for (const what of ['heard', 'answered', 'resumed', 'reset'] as const) totals[what] += trial.ledger[what]
  }
  const { heard, answered, resumed, reset } = totals
  console.log(`${SEEDS} seeds: ${heard} messages arrived, ${answered} requests were answered,`)
  console.log(`sessions were resumed ${resumed} times, and reset ${reset} times`)
  expect(answered).toBeGreaterThan(SEEDS)
  expect(totals.resumed).toBeGreaterThan(SEEDS)
})
