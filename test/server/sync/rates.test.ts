import { expect, test } from 'vitest'
import { sendInterval, ticksPerState } from '../../../server/sync/rates.ts'

test('a state follows after as many whole ticks as come nearest to the send rate, and in a room of turns after each', () => {
  const rates = [
    [60, 20],
    [60, 25],
    [20, 60],
    [0, 20],
  ].map(([tickRate = 0, sendRate = 0]) => ({ tickRate, sendRate }))
  expect(rates.map(ticksPerState)).toEqual([3, 2, 1, 1])
  expect(rates.map(sendInterval)).toEqual([50, 2000 / 60, 50, 0])
})
