// Storms of our own making: when all are cut off at once they come back soon and not all at once; and a server that was
// held up for a while finds everyone where they were.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { sparks } from '../../demo/game.ts'
import { Connection } from '../../sdk/connection.ts'
import { join, type Room } from '../../sdk/index.ts'
import { realWorld } from '../../sdk/world.ts'
import { VirtualClock } from '../support/clock.ts'
import { type FarSocket, Net } from '../support/link.ts'
import { seeded } from '../support/random.ts'
import { address, IS_LONG, leaveRow, percentile, Siege, volume } from '../support/siege.ts'

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
      greet: () => client.ready({ stalledMs: 1_500, deadMs: 5_000 }),
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

const sockets = new Set<WebSocket>()
/** WebSockets that come from that address, and can be cut all at once. */
const cable = (localAddress: string) =>
  class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols, { localAddress })
      sockets.add(this)
      this.on('close', () => sockets.delete(this))
    }
  }

async function realCrowd(count: number, net: number): Promise<Room<typeof sparks>[]> {
  const rooms: Room<typeof sparks>[] = []
  for (let index = 0; index < count; index++) {
    const options = { room: 'lobby', with: { name: `crowd ${index}` }, WebSocket: cable(address(net, index + 1)) }
    rooms.push(await join(siege.url, sparks, options))
  }
  return rooms
}

/** When each of them, having lost its socket, is open again. */
function comeBack(rooms: readonly Room<typeof sparks>[]): Promise<number[]> {
  const back = rooms.map((room) => {
    let isLost = false
    return new Promise<number>((resolve) => {
      room.onState(({ name }) => {
        if (name === 'reconnecting') isLost = true
        if (name === 'open' && isLost) resolve(performance.now())
      })
    })
  })
  return Promise.all(back)
}

test('T17: a crowd that loses its sockets at once is back in its seats, without a storm', async () => {
  const count = volume(1_000, 30)
  const rooms = await realCrowd(count, 25)
  const seats = rooms.map(({ me }) => me)
  let backMs = 0
  let peak = 0
  const felt = await siege.attack('T17 reconnect storm', async () => {
    await siege.ask()
    const began = performance.now()
    const back = comeBack(rooms)
    for (const socket of sockets) socket.terminate()
    backMs = percentile(await back, 1) - began
    const { accepts } = await siege.ask()
    expect(accepts.length).toBeGreaterThanOrEqual(count)
    peak = peakOf(accepts)
    const dials = `${accepts.length} accepts, at most ${peak.toFixed(2)} × the mean in ${BIN_MS} ms`
    return `${count} clients: all back in ${Math.round(backMs)} ms; ${dials}`
  })
  expect(rooms.map(({ me }) => me)).toEqual(seats)
  expect(felt.after.stats.resumed - felt.before.stats.resumed).toBe(count)
  if (IS_LONG) {
    expect(backMs).toBeLessThan(3_000)
    expect(peak).toBeLessThanOrEqual(1.5)
  }
  await Promise.all(rooms.map((room) => room.leave()))
})

test('T17: a server whose process is held up for 3 s has lost nobody afterwards, and nobody dials', async () => {
  const rooms = await realCrowd(volume(200, 20), 27)
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
