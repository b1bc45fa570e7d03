// A room that is quiet for long, and busy at once, on a line that could take it: what was late while there was nothing to
// tell says nothing of how much the line takes. On virtual time.

import { expect, test } from 'vitest'
import { defineGame, fixed, u16 } from '../../protocol/index.ts'
import { join } from '../../sdk/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { Net, worldOver } from '../support/link.ts'
import { seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const field = defineGame({ entities: { foe: { x: fixed(0, 4096, 1 / 8), y: fixed(0, 4096, 1 / 8), wounds: u16() } } })
const FOES = 200
const LOOK_MS = 10

/** By wave, after 20 s in which nothing happens: the milliseconds until a client has all foes that come at once. */
async function waves(line: { latencyMs: number; jitterMs: number; bytesPerSecond?: number }): Promise<number[]> {
  const random = seeded(1)
  let comes = false
  const Field = defineRoom(
    field,
    (room) => ({
      onTick() {
        if (comes) {
          for (let foe = 0; foe < FOES; foe++) room.state.foe.add({ x: random() * 4096, y: random() * 4096 })
          comes = false
        }
        for (const foe of room.state.foe) {
          foe.x = Math.min(4096, Math.max(0, foe.x + random() * 8 - 4))
          if (random() < 0.1) foe.wounds++
          if (foe.wounds > 30) room.state.foe.remove(foe)
        }
      },
    }),
    { tickRate: 20, sendRate: 20 },
  )
  const server = new TestServer(field, { field: Field })
  const net = new Net({ ...server.clock, random }, (socket) => server.host.accept(socket, '10.0.0.1'))
  Object.assign(net.up.line, line)
  Object.assign(net.down.line, line)
  const joining = join('ws://x.test/ws', field, { room: 'field', ...worldOver(net, server.clock, seeded(2)) })
  await server.clock.pass(1_000, LOOK_MS)
  const room = await joining
  const took: number[] = []
  for (let wave = 0; wave < 3; wave++) {
    await server.clock.pass(20_000, LOOK_MS)
    const { newest } = room.inside.session.ring
    const before = newest.tables.at(-1)!.count
    comes = true
    let ms = 0
    while (room.inside.session.ring.newest.tables.at(-1)!.count < before + FOES && ms < 5_000) {
      await server.clock.pass(LOOK_MS, LOOK_MS)
      ms += LOOK_MS
    }
    took.push(ms)
    await server.clock.pass(40_000, LOOK_MS)
  }
  return took
}

test('what comes at once after a quiet time is known within half a second on a line that is uneven', async () => {
  for (const line of [
    { latencyMs: 35, jitterMs: 30, bytesPerSecond: 250_000 },
    { latencyMs: 60, jitterMs: 45 },
  ])
    for (const ms of await waves(line)) expect(ms).toBeLessThan(500)
})
