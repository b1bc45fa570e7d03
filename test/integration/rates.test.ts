// A line that takes everything is sent everything, however far away and unsteady it is. Both ends whole, on virtual time.

import { describe, expect, test } from 'vitest'
import { defineGame, fixed, i8 } from '../../protocol/index.ts'
import { join } from '../../sdk/index.ts'
import { PROFILES, type Profile } from '../../sdk/profiles.ts'
import { defineRoom } from '../../server/room/room.ts'
import type { SessionStats } from '../../server/room/session.ts'
import { settle } from '../support/clock.ts'
import { Net, worldOver } from '../support/link.ts'
import { seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const PICTURE_MS = 1000 / 60
const sky = defineGame({ entities: { bird: { x: fixed(0, 4096, 1 / 8) } }, input: { dx: i8() } })

/** What share of the states that a room sends a page was offered at the least, and was sent, in a minute and a half. */
async function shares(sendRate: number, profile: Profile, seed: number) {
  let statsOf = (): SessionStats | undefined => undefined
  const Sky = defineRoom(
    sky,
    (room) => {
      const birds = Array.from({ length: 20 }, () => room.state.bird.add())
      statsOf = () => [...room.sessions][0]?.stats
      return {
        onTick() {
          for (const bird of birds) bird.x = (bird.x + 1) % 4096
          for (const session of room.sessions) for (const _ of session.inputs());
        },
      }
    },
    { tickRate: 60, sendRate },
  )
  const server = new TestServer(sky, { sky: Sky })
  const { clock } = server
  const chance = { now: clock.now, after: clock.after, random: seeded(seed) }
  const net = new Net(chance, (socket) => server.host.accept(socket, '10.0.0.1'))
  net.follow(profile)
  const joining = join('ws://sky.test/ws', sky, { room: 'sky', ...worldOver(net, clock) })
  await server.pass(2_000)
  const page = await joining
  let offered = sendRate
  let before = 0
  for (let picture = 0; picture < 100 * 60; picture++) {
    clock.advance(PICTURE_MS)
    await settle()
    page.input({ dx: 1 })
    page.view()
    offered = Math.min(offered, statsOf()?.sendRate ?? 0)
    if (picture === 10 * 60) before = page.stats.framesIn
  }
  return { offered: offered / sendRate, sent: (page.stats.framesIn - before) / (90 * sendRate) }
}

const line = (latencyMs: number, jitterMs: number): Profile => ({ line: { ...PROFILES.lan.line, latencyMs, jitterMs } })

describe('a line that takes everything', () => {
  for (const [name, profile, rates, least] of [
    ['of 4g', PROFILES['4g'], [20, 30, 60], 0.95],
    ['of 200 ms there and back', PROFILES.far, [20, 30, 60], 0.99],
    ['that varies by 15 ms each way', line(60, 15), [20, 30, 60], 0.97],
    ['of 200 ms that varies by 15 ms each way', line(100, 15), [20, 30, 60], 0.9],
    // Of 60 a second no more than sixteen may be under way, which is less than it takes for them to come back.
    ['of 200 ms that loses packets and stalls for it', PROFILES.bad200, [20, 30], 0.7],
  ] as const) {
    for (const rate of rates) {
      test(`${name} is offered all of ${rate} states a second`, async () => {
        for (const seed of [1, 2, 3]) {
          const { offered, sent } = await shares(rate, profile, seed)
          expect(offered).toBeCloseTo(1)
          expect(sent).toBeGreaterThan(least)
        }
      })
    }
  }
})
