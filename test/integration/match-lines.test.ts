// The same match over every line there is a profile of: it goes on, stays fresh, loses nothing, and can be played again
// to the byte. MATCH_MINUTES=10 plays longer ones again.

import { describe, expect, test } from 'vitest'
import { PROFILES, type Profile, type ProfileName } from '../../sdk/profiles.ts'
import { Match } from '../support/match.ts'
import { percentile } from '../support/percentile.ts'

const SEED = 5
const MINUTES = Number(process.env.MATCH_MINUTES ?? 2)
const NAMES = ['Ada', 'Ben', 'Cy', 'Di']

async function play(seed: number, profile: Profile, ms: number): Promise<Match> {
  const match = new Match(seed)
  for (const name of NAMES) await match.enter(name, profile)
  await match.run(ms)
  return match
}

/** What is promised of the age of the state: at p50 and p95, in milliseconds. Outages and absences are part of it. */
const FRESH: { readonly [Name in ProfileName]: readonly [p50: number, p95: number] } = {
  lan: [50, 70],
  home: [70, 90],
  wifi: [70, 90],
  '4g': [100, 150],
  far: [170, 190],
  bad200: [200, 500],
  stall1s: [70, 1_500],
  stall6s: [6_500, 8_000],
  train: [120, 2_800],
  slowReader: [80, 2_000],
  hiddenTab: [70, 100],
  'clock+500ppm': [70, 90],
  'clock-500ppm': [70, 90],
}
/** Profiles in which no path dies. */
const STEADY = (name: ProfileName) => name !== 'stall6s'
/** Those in which one is silent for so long that another is dialled beside it. */
const STALLS: ReadonlySet<ProfileName> = new Set(['stall1s', 'stall6s', 'train', 'slowReader'])

for (const name of Object.keys(PROFILES) as ProfileName[]) {
  describe(`four players behind ${name}, seed ${SEED}`, () => {
    test('see fresh states, hear each saying once and in order, and all see the same in the end', async () => {
      const match = await play(SEED, PROFILES[name], 18_000)
      const { stats } = match.server
      const [p50, p95] = FRESH[name]
      for (const { ages } of match.players) {
        expect(percentile(ages, 0.5)).toBeLessThanOrEqual(p50)
        expect(percentile(ages, 0.95)).toBeLessThanOrEqual(p95)
      }
      match.freeze()
      await match.run(15_000)
      for (const { room, ships, truth, heard, resets } of match.players) {
        expect([room.state.name, resets]).toEqual(['open', 0])
        expect(ships).toEqual(truth)
        expect(ships.length).toBeGreaterThanOrEqual(NAMES.length - 1)
        expect(heard).toEqual(heard.map((_, index) => (heard[0] as number) + index))
        expect(heard.at(-1)).toBe(match.players[0]?.heard.at(-1))
        expect(heard.length).toBeGreaterThan(5)
      }
      expect([stats.failedRooms, stats.reset, match.server.shared.logged]).toEqual([0, 0, []])
      if (!STALLS.has(name)) expect(stats.accepted).toBe(NAMES.length)
      if (STEADY(name)) expect(stats.silent).toBe(0)
      else expect(stats.resumed).toBeGreaterThanOrEqual(NAMES.length)
    })
  })
}

test('another seed is another match', async () => {
  const digests: string[] = []
  for (const seed of [3, 4]) digests.push((await play(seed, PROFILES.bad200, 5_000)).digest())
  expect(digests[1]).not.toBe(digests[0])
})

test(`on the worst of lines ${MINUTES} minutes of one seed are the same to the byte when played again`, {
  timeout: 300_000,
}, async () => {
  const digests: string[] = []
  for (const _ of [1, 2]) digests.push((await play(3, PROFILES.bad200, MINUTES * 60_000)).digest())
  expect(digests[1]).toBe(digests[0])
})

test('ten minutes of four players take seconds', { timeout: 300_000 }, async () => {
  const began = performance.now()
  const match = await play(SEED, PROFILES.wifi, 600_000)
  const { failedRooms, accepted, framesOut } = match.server.stats
  console.log(`ten simulated minutes, ${framesOut} frames: ${((performance.now() - began) / 1000).toFixed(1)} s`)
  expect([failedRooms, accepted]).toEqual([0, NAMES.length])
  expect(framesOut).toBeGreaterThan(NAMES.length * 600 * 20 * 0.99)
  for (const { ages, heard } of match.players) {
    expect(percentile(ages, 0.95)).toBeLessThanOrEqual(90)
    expect(heard).toEqual(heard.map((_, index) => (heard[0] as number) + index))
  }
})
