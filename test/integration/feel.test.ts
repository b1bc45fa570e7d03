// What is promised of how a game feels, on both ends whole and virtual time: `npm run bench -- feel` prints the figures
// of ten minutes.

import { describe, expect, test } from 'vitest'
import { feel } from '../../bench/feel-play.ts'
import { PROFILES } from '../../sdk/profiles.ts'

const SEED = 11

describe(`a player, seed ${SEED}`, () => {
  for (const name of ['lan', 'home'] as const) {
    test(`on ${name} is never corrected, sees others 80 ms late at the most, and all inputs come in time`, async () => {
      const felt = await feel({ profile: PROFILES[name], seconds: 120, seed: SEED })
      expect(felt).toMatchObject({ corrections: 0, popsPerMinute: 0, starvedPercent: 0, lostInputsPercent: 0 })
      expect(felt.delayMs).toBeLessThanOrEqual(80)
      expect(felt.lateInputsPercent).toBeLessThan(0.5)
      expect(felt.clockErrorP99Ms).toBeLessThanOrEqual(2)
    })
  }

  test('at 200 ms is never corrected', async () => {
    const felt = await feel({ profile: PROFILES.far, seconds: 60, seed: SEED })
    expect(felt).toMatchObject({ corrections: 0, popsPerMinute: 0, starvedPercent: 0, lostInputsPercent: 0 })
    expect(felt.lateInputsPercent).toBeLessThan(0.5)
  })

  test('on a bad line sees others move smoothly: a jump a minute at the most, and hardly a picture without a state', async () => {
    const felt = await feel({ profile: PROFILES.bad200, seconds: 120, seed: SEED })
    expect(felt.popsPerMinute).toBeLessThanOrEqual(1)
    expect(felt.starvedPercent).toBeLessThan(1)
    expect(felt.clockErrorP99Ms).toBeLessThanOrEqual(5)
  })

  for (const name of ['clock+500ppm', 'clock-500ppm'] as const) {
    test(`with a ${name} loses nothing by it`, async () => {
      const felt = await feel({ profile: PROFILES[name], seconds: 120, seed: SEED })
      expect(felt).toMatchObject({ corrections: 0, popsPerMinute: 0, starvedPercent: 0, lostInputsPercent: 0 })
      expect(felt.lateInputsPercent).toBeLessThan(0.5)
      expect(felt.clockErrorP99Ms).toBeLessThanOrEqual(3)
    })
  }

  for (const lateInputs of ['catch-up', 'strict'] as const) {
    test(`whose round trip gets 100 ms longer loses under 0.5 % of its inputs in a room that is ${lateInputs}`, async () => {
      const profile = { line: { ...PROFILES.home.line, latencyMs: 40 } }
      const felt = await feel({
        ...{ profile, seconds: 240, seed: SEED, lateInputs },
        meanwhile: (net, second) => {
          if (second === 60) net.latencyMs = 90
        },
      })
      expect(felt.lostInputsPercent).toBeLessThan(0.5)
      expect(felt.lateInputsPercent).toBeLessThan(1)
    })
  }

  test('chooses between late and smooth', async () => {
    const plan = { profile: PROFILES.bad200, seconds: 60, seed: SEED }
    const competitive = await feel({ ...plan, quality: 'competitive' })
    const smooth = await feel({ ...plan, quality: 'smooth' })
    expect(competitive.delayMs).toBeLessThan(smooth.delayMs)
    expect(competitive.starvedPercent).toBeGreaterThan(smooth.starvedPercent)
  })
})
