// Storms of our own making: when all are cut off at once they come back soon and not all at once; and a server that was
// held up for a while finds everyone where they were.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { sparks } from '../../demo/game.ts'
import { Connection } from '../../sdk/connection.ts'
import type { Room } from '../../sdk/index.ts'
import { realWorld } from '../../sdk/world.ts'
import { VirtualClock } from '../support/clock.ts'
import { type FarSocket, Net } from '../support/link.ts'
import { seeded } from '../support/random.ts'
import { address, IS_LONG, leaveRow, Siege, volume } from '../support/siege.ts'

const BIN_MS = 250

/** How many times the mean the fullest stretch of 250 ms is, in the second after the first, or longer if it takes longer. */
function peakOf(times: readonly number[]): number {
  const first = Math.min(...times)
  const bins: number[] = [0, 0, 0, 0]
  for (const time of times) {
    const bin = Math.floor((time - first) / BIN_MS)
    bins[bin] = (bins[bin] ?? 0) + 1
  }
  return (Math.max(...bins.filter(Boolean)) * bins.length) / times.length
}

/** As many clients as it says, taken in by a server in memory; `accepts` are the times at which it took one in. */
function crowd(count: number, seed: number) {
  const clock = new VirtualClock(1_000_000)
  const random = seeded(seed)
  const accepts: number[] = []
  const far: FarSocket[] = []
  const net = new Net({ now: clock.now, after: clock.after, random }, (socket) => {
    accepts.push(clock.now())
    far.push(socket)
    return { receive: () => {}, closed: () => {} }
  })
  const { WebSocket } = net
  const world = realWorld({ WebSocket, now: clock.now, after: clock.after, random, page: null })
  const clients = Array.from({ length: count }, () => {
    const client: Connection = new Connection({ WebSocket, url: 'ws://arena.test/ws', protocols: [] }, world, {
      greet: () => client.ready(1_500, 5_000),
      receive: () => {},
      accuse: () => {},
    })
    client.dial()
    return client
  })
  // As every server does, it says something now and then.
  const speak = () => far.forEach((socket) => void socket.send(Uint8Array.of(1)))
  const hush = clock.every(500, speak)
  clock.advance(1_000)
  accepts.length = 0
  const areOpen = () => clients.every(({ state }) => state.name === 'open')
  return { clock, net, accepts, areOpen, speak, hush }
}

for (const seed of [1, 2, 3]) {
  test(`T17: by the client's own rule a thousand that are cut off at once come back within 3 s, and spread, seed ${seed}`, () => {
    const { clock, net, accepts, areOpen } = crowd(1_000, seed)
    expect(areOpen()).toBe(true)
    net.cut()
    clock.advance(3_000)
    expect(areOpen()).toBe(true)
    expect(accepts).toHaveLength(1_000)
    expect(peakOf(accepts)).toBeLessThanOrEqual(1.5)
    const closed = `peak of accepts ${peakOf(accepts).toFixed(2)} × the mean`
    leaveRow({ case: `T17 storm in virtual time, seed ${seed}`, volume: '1000 clients', closed })
  })
}

test('T17: a thousand whose server is gone for two seconds come back within 3 s of its return', () => {
  const { clock, net, accepts, areOpen } = crowd(1_000, 4)
  net.isDown = true
  net.cut()
  clock.advance(2_000)
  expect(accepts).toEqual([])
  net.isDown = false
  clock.advance(3_000)
  expect(areOpen()).toBe(true)
})

test('T17: a server that says nothing for 3 s makes nobody dial', () => {
  const { clock, accepts, areOpen, speak, hush } = crowd(1_000, 5)
  hush()
  clock.advance(3_000)
  expect(areOpen()).toBe(false)
  speak()
  clock.advance(100)
  expect(areOpen()).toBe(true)
  expect(accepts).toEqual([])
})

let siege: Siege

beforeAll(async () => {
  siege = await Siege.start()
})
afterAll(() => siege.stop())

test('T17: a crowd that loses its sockets at once is back in its seats, without a storm', async () => {
  const count = volume(1_000, 30)
  const idlers = await siege.idlers(count, 250)
  let backMs = 0
  let peak = 0
  const felt = await siege.attack('T17 reconnect storm', async () => {
    await siege.ask()
    backMs = await idlers.cut()
    const { accepts } = await siege.ask()
    peak = peakOf(accepts)
    expect(await idlers.left()).toBe(count)
    const dials = `${accepts.length} accepts, at most ${peak.toFixed(2)} × the mean in ${BIN_MS} ms`
    return `${count} clients: all back in ${Math.round(backMs)} ms; ${dials}`
  })
  expect(felt.after.stats.resumed - felt.before.stats.resumed).toBe(count)
  expect(felt.after.stats.sessions).toBe(felt.before.stats.sessions)
  if (IS_LONG) {
    expect(backMs).toBeLessThan(3_000)
    expect(peak).toBeLessThanOrEqual(1.5)
  }
  idlers.leave()
  const open = async () => (await siege.ask()).stats.connections
  await expect.poll(open, { timeout: 30_000 }).toBe(felt.before.stats.connections - count)
})

test('T17: a server whose process is held up for 3 s has lost nobody afterwards, and nobody dials', async () => {
  const rooms: Room<typeof sparks>[] = []
  for (let index = 0; index < volume(50, 10); index++) {
    rooms.push(await siege.player(`crowd ${index}`, address(27, index + 1), 'lobby'))
  }
  const felt = await siege.attack('T17 blocked process', async () => {
    await siege.ask()
    await siege.block(3_000)
    // Long enough for whoever would give up on account of it to have done so.
    await new Promise((resolve) => setTimeout(resolve, volume(6_000, 500)))
    const { accepts } = await siege.ask()
    expect(accepts).toEqual([])
    return `3 s, ${rooms.length + 4} clients: ${accepts.length} dials`
  })
  expect(rooms.filter(({ state }) => state.name !== 'open')).toEqual([])
  expect(felt.after.stats.connections).toBe(felt.before.stats.connections)
  expect(felt.after.stats.silent).toBe(felt.before.stats.silent)
  await Promise.all(rooms.map((room) => room.leave()))
})
