// The room's time at those who hardly speak: a spectator, and a player of a game of turns. Virtual time.

import { describe, expect, test } from 'vitest'
import { join } from '../../sdk/index.ts'
import { defineRoom, type Room } from '../../server/room/room.ts'
import { arena } from '../support/arena.ts'
import { settle } from '../support/clock.ts'
import { Net } from '../support/link.ts'
import { seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const SEED = 6

/** The largest error of a client that only looks, once a tenth of a second, after the time that it may take to know. */
async function watch(tickRate: number, knowsAfterMs: number): Promise<number> {
  let host: Pick<Room<typeof arena>, 'time'> = { time: Number.NaN }
  const Watched = defineRoom(
    arena,
    (room) => {
      host = room
      return {}
    },
    { tickRate },
  )
  const server = new TestServer(arena, { room: Watched })
  const { now, after } = server.clock
  const net = new Net({ now, after, random: seeded(SEED) }, (socket) => server.host.accept(socket, '10.0.0.1'))
  net.up.line.jitterMs = net.down.line.jitterMs = 2
  const world = { WebSocket: net.WebSocket, now: () => now() * 1.0001, after, random: seeded(SEED), fetch: null }
  const joining = join('ws://arena.test/ws', arena, { room: 'room', with: { name: 'Ada' }, ...world, page: null })
  await server.pass(200)
  const room = await joining
  await server.pass(knowsAfterMs)
  let worst = 0
  for (let step = 0; step < 600; step++) {
    server.clock.advance(100)
    await settle()
    worst = Math.max(worst, Math.abs(room.time - host.time))
  }
  return worst
}

describe('the time of a room', () => {
  test(`is known to a spectator at once, within 3 ms, seed ${SEED}`, async () => {
    expect(await watch(60, 100)).toBeLessThan(3)
  })

  test(`is known in a room of turns in which nothing happens, within 3 ms, seed ${SEED}`, async () => {
    expect(await watch(0, 100)).toBeLessThan(3)
  })
})
