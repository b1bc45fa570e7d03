// A long life in virtual time: players come, play, are cut off, come back or do not; and at the end nothing is left of
// them: no seat, no room, no kept message, no timer.

import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { Arena, arena } from '../support/arena.ts'
import { settle } from '../support/clock.ts'
import { between, pick, seeded } from '../support/random.ts'
import { type TestClient, TestServer } from '../support/server.ts'
import { IS_LONG, leaveRow, volume } from '../support/siege.ts'

const TICKS = Number(process.env.HOSTILE_TICKS ?? volume(400_000, 6_000))
const STEP = 1000 / 60

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Megabytes that are really in use. */
function heapMB(): number {
  collect()
  return process.memoryUsage().heapUsed / 1e6
}

test(`after ${TICKS} ticks of joins, leaves and cuts everything is back where it began, seed 3`, async () => {
  const random = seeded(3)
  const server = new TestServer(arena, { room: Arena })
  server.shared.world.randomBytes = (count) => new Uint8Array(randomBytes(count))
  const { stats } = server
  const players = new Set<TestClient>()
  const heap: number[] = []
  let come = 0
  const change = async () => {
    const [player] = players.size > 0 ? [pick(random, [...players])] : []
    if (!player || (players.size < 8 && random() < 0.4)) {
      const newcomer = server.dial(`10.${(come >> 8) & 255}.${come++ & 255}.1`)
      newcomer.hello()
      players.add(newcomer)
    } else if (random() < 0.3) player.send({ type: 'leave' })
    else if (random() < 0.5) player.say('talk', { message: 'x'.repeat(between(random, 1, 200)) })
    else {
      player.cut()
      if (random() < 0.7 && player.welcomes.length > 0) players.add(await server.resume(player))
    }
    await settle()
    for (const other of players) {
      other.messages.length = other.states.length = other.stateBytes.length = 0
      if (other.connection.isDead) players.delete(other)
    }
  }
  for (let tick = 0; tick < TICKS; tick++) {
    server.clock.advance(STEP)
    await null
    if (tick % 20 === 0) await change()
    if (IS_LONG && tick % Math.floor(TICKS / 10) === 0) heap.push(heapMB())
  }
  for (const player of players) player.send({ type: 'leave' })
  players.clear()
  await server.pass(60_000)
  expect(come).toBeGreaterThan(TICKS / 200)
  expect(stats.resumed).toBeGreaterThan(TICKS / 500)
  expect([stats.sessions, stats.connections, stats.failedRooms]).toEqual([0, 0, 0])
  expect(server.host.rooms).toEqual([])
  expect(server.shared.replay.bytes).toBe(0)
  expect(server.shared.logged).toEqual([])
  expect(server.clock.waiting).toBe(0)
  const [, first = 0] = heap
  const last = heap.at(-1) ?? 0
  const growth = `heap ${first.toFixed(1)} to ${last.toFixed(1)} MB`
  leaveRow({ case: 'soak', volume: `${TICKS} ticks, ${come} joins, ${stats.resumed} resumes`, closed: growth })
  if (IS_LONG) expect(last).toBeLessThan(first * 1.01)
})
