// A long life in virtual time: players come, play, are cut off, come back or do not; and at the end nothing is left of
// them: no seat, no room, no kept message, no timer.

import { randomBytes } from 'node:crypto'
import { queryObjects, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { Bucket } from '../../server/base/bucket.ts'
import { Connection } from '../../server/base/connection.ts'
import { LiveRoom } from '../../server/room/live-room.ts'
import { Seat } from '../../server/room/seat.ts'
import { Flow } from '../../server/sync/flow.ts'
import { Arena, arena } from '../support/arena.ts'
import { settle } from '../support/clock.ts'
import { between, pick, seeded } from '../support/random.ts'
import { type TestClient, TestServer } from '../support/server.ts'
import { IS_LONG, leaveRow, volume } from '../support/siege.ts'

const TICKS = Number(process.env.HOSTILE_TICKS ?? volume(400_000, 6_000))
/** At the end of each everyone leaves, and everything must be gone. */
const CHAPTERS = volume(20, 2)
const STEP = 1000 / 60

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const countOf = (type: () => void) => queryObjects(type, { format: 'count' }) as number

/** Bytes that are really in use, and how many objects there are of the classes of which none may be left. */
async function inUse(): Promise<{ bytes: number; objects: number }> {
  const counts = [Seat, LiveRoom, Connection, Flow, Bucket].map((type) => countOf(type as unknown as () => void))
  const objects = counts.reduce((sum, count) => sum + count)
  let bytes = Number.POSITIVE_INFINITY
  // What one collection finds is in part freed only in the next turn.
  for (let round = 0; round < 5; round++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
    const { heapUsed, external } = process.memoryUsage()
    bytes = Math.min(bytes, heapUsed + external)
  }
  return { bytes, objects }
}

/** By how much the least of the last quarter is above that of the first, as a share: what else runs here comes and goes. */
function growthOf(samples: readonly number[]): number {
  const quarter = Math.ceil(samples.length / 4)
  return Math.min(...samples.slice(-quarter)) / Math.min(...samples.slice(0, quarter)) - 1
}

test(`after ${TICKS} ticks of joins, leaves and cuts everything is back where it began, seed 3`, async () => {
  const random = seeded(3)
  const server = new TestServer(arena, { room: Arena })
  server.shared.world.randomBytes = (count) => new Uint8Array(randomBytes(count))
  const { stats } = server
  const players = new Set<TestClient>()
  const began = await inUse()
  const bytes: number[] = []
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
  // On its own, so that no variable of the test holds the last of them.
  const leaveAll = () => {
    for (const player of players) player.send({ type: 'leave' })
    players.clear()
  }
  for (let tick = 1; tick <= TICKS; tick++) {
    server.clock.advance(STEP)
    await null
    if (tick % 20 === 0) await change()
    if (tick % Math.floor(TICKS / CHAPTERS) !== 0) continue
    leaveAll()
    // As long as a seat, an empty room or an address is remembered.
    await server.clock.pass(120_000, 50)
    expect([stats.sessions, stats.connections, stats.failedRooms]).toEqual([0, 0, 0])
    expect(server.host.rooms).toEqual([])
    expect(server.shared.replay.bytes).toBe(0)
    expect(server.shared.logged).toEqual([])
    expect(server.clock.waiting).toBe(0)
    const left = await inUse()
    expect(left.objects).toBe(began.objects)
    bytes.push(left.bytes)
  }
  expect(come).toBeGreaterThan(TICKS / 200)
  expect(stats.resumed).toBeGreaterThan(TICKS / 500)
  // The first tenth makes the process as large as it has to be.
  const counted = bytes.slice(CHAPTERS / 10)
  const growth = growthOf(counted)
  const sizes = `${((counted[0] ?? 0) / 1e6).toFixed(2)} to ${((counted.at(-1) ?? 0) / 1e6).toFixed(2)} MB`
  const closed = `${sizes}, growth ${(growth * 100).toFixed(2)} %; nothing left in ${bytes.length} of ${bytes.length} pauses`
  leaveRow({ case: 'soak', volume: `${TICKS} ticks, ${come} joins, ${stats.resumed} resumes`, closed })
  if (IS_LONG) expect(growth).toBeLessThan(0.01)
})
