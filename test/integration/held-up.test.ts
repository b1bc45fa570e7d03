// A server that stands still at times. Both ends whole, on virtual time.

import { describe, expect, test } from 'vitest'
import { defineGame, fixed, flag } from '../../protocol/index.ts'
import { join } from '../../sdk/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { settle } from '../support/clock.ts'
import { Net, worldOver } from '../support/link.ts'
import { TestServer } from '../support/server.ts'
import { Standstill } from '../support/standstill.ts'

const PICTURE_MS = 1000 / 60
const SPEED = 240
/** Less than the bird flies in two ticks. */
const RADIUS = 7

const sky = defineGame({
  entities: { bird: { x: fixed(0, 1_000_000, 1 / 8) } },
  input: { aim: fixed(0, 1_000_000, 1 / 8), fire: flag() },
})

/** A page that aims at what it sees, and shoots every so often. */
async function watched(latencyMs: number) {
  const shots = { hits: 0, misses: 0 }
  const Sky = defineRoom(sky, (room) => {
    const bird = room.state.bird.add()
    return {
      onTick(dt) {
        bird.x += SPEED * dt
        for (const session of room.sessions) {
          for (const { aim, fire } of session.inputs()) {
            if (fire) shots[room.rewind(session, () => Math.abs(bird.x - aim)) < RADIUS ? 'hits' : 'misses']++
          }
        }
      },
    }
  })
  const server = new TestServer(sky, { sky: Sky })
  const process = new Standstill(server)
  const net = new Net(server.clock, process.accept)
  net.latencyMs = latencyMs
  const joining = join('ws://sky.test/ws', sky, { room: 'sky', ...worldOver(net, server.clock) })
  await server.pass(1_000)
  const page = await joining
  let pictures = 0
  /** The share of the pictures for which there was no newer state. */
  async function look(seconds: number): Promise<number> {
    let starved = 0
    const until = pictures + seconds * 60
    for (const since = pictures; pictures < until; pictures++) {
      server.clock.advance(PICTURE_MS)
      await settle()
      const { bird, shownTick, serverTick } = page.view()
      if (shownTick > serverTick) starved += 1 / (until - since)
      page.input({ aim: bird[0]?.x ?? 0, fire: pictures % 17 === 0 })
    }
    return starved
  }
  await look(10)
  return { server, process, page, shots, look }
}

describe('a server that stood still', () => {
  for (const { ms, times, apart } of [
    { ms: 1_000, times: 1, apart: 2 },
    { ms: 2_000, times: 1, apart: 2 },
    { ms: 450, times: 12, apart: 30 },
  ]) {
    test(`for ${ms} ms, ${times} times, shows others as smoothly and as late as before`, async () => {
      const { server, process, page, look } = await watched(20)
      const { delayMs } = page.stats
      for (let time = 0; time < times; time++) {
        process.begin(ms)
        await look(ms / 1_000 + apart)
      }
      expect(server.stats.droppedTicks).toBeGreaterThan(times * 10)
      expect(await look(10)).toBe(0)
      await look(80)
      expect(page.stats.delayMs).toBeLessThanOrEqual(delayMs + 10)
    })
  }

  test('has players hit what they see as before', async () => {
    const { process, shots, look } = await watched(125)
    expect([shots.hits > 20, shots.misses]).toEqual([true, 0])
    process.begin(1_000)
    await look(2)
    Object.assign(shots, { hits: 0, misses: 0 })
    await look(10)
    expect([shots.hits > 30, shots.misses]).toEqual([true, 0])
  })
})
