// The property that matters most, over whole connections: whatever a line does, a client holds of each tick what the
// server's objects were, to the cell, and comes to the hash that every frame tells.

import { describe, expect, test } from 'vitest'
import { PROFILES, type ProfileName } from '../../sdk/profiles.ts'
import { Menagerie } from '../support/menagerie.ts'

const SEED = 2

describe('while everything changes at random, clients hold what the server has', () => {
  for (const name of Object.keys(PROFILES) as ProfileName[]) {
    test(`[S10] behind ${name}, seed ${SEED}`, async () => {
      const zoo = new Menagerie(SEED)
      for (const each of ['lan', name] as const) await zoo.enter(PROFILES[each])
      zoo.isLively = true
      await zoo.run(20_000)
      for (const visitor of zoo.visitors) visitor.recover()
      await zoo.run(5_000)
      zoo.isLively = false
      await zoo.run(2_000)
      for (const { room, wrong, same, looks, isUpToDate } of zoo.visitors) {
        expect([wrong, room.stats.keyframes, room.state.name, isUpToDate]).toEqual(['', 0, 'open', true])
        expect(same).toBeGreaterThan(250)
        expect(same / looks).toBeGreaterThan(0.95)
      }
      expect([zoo.server.stats.reset, zoo.server.stats.failedRooms, zoo.server.shared.logged]).toEqual([0, 0, []])
    })
  }
})
