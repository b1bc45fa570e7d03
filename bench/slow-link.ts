// How old the state is at a client whose line is too slow for it: 500 moving ships, 20 states a second, a healthy client
// and a slow one in each room, all slow ones behind paths of the same make, at the same time, on real sockets.

import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { pack } from 'msgpackr'
import { join } from '../sdk/index.ts'
import { defineRoom, serve } from '../server/index.ts'
import type { Row } from './result.ts'
import { game, HZ, Motion, quantised, SCENES } from './scenes.ts'
import { SlowPath } from './slow-path.ts'

// The one that the server itself uses: peers that are measured bring another.
const require = createRequire(new URL('../server/index.js', import.meta.url))
const { WebSocket, WebSocketServer } = require('ws') as typeof import('ws')

const SHIPS = { ...SCENES.arena, entities: 500 }
const SECONDS = Number(process.env.SLOW_LINK_SECONDS ?? 30)
const SETTLE_MS = 3_000
const SAMPLE_MS = 10
const DELAY_MS = 40
const RATE = 60_000
/** In front of this many bytes, a server that heeds the buffered amount waits. */
const PATIENT = 16 * 1024

/** What became of one system: ages in milliseconds at the slow client, and at the healthy one. */
interface SystemResult {
  readonly ageP50Ms: number
  readonly ageP95Ms: number
  readonly healthyP50Ms: number
  readonly healthyP99Ms: number
  readonly framesPerSecond: number
  /** States that were not sent to the slow client. */
  readonly skips: number
  readonly disconnects: number
}

interface LinkResult {
  readonly rateKBps: number
  readonly [system: string]: SystemResult | number
}

export interface SlowLinkResult {
  readonly links: { readonly fixed60: LinkResult; readonly offered40: LinkResult }
}

/** A client as far as it is measured. */
interface Client {
  /** The number of the newest state. */
  newest(): number
  frames(): number
  bytes(): number
  disconnects(): number
}

interface System {
  readonly port: number
  /** When each state was made. */
  readonly madeAt: readonly number[]
  skips(): number
  enter(port: number): Promise<Client>
  close(): Promise<void>
}

export const name = 'slow-link'

export async function run(): Promise<SlowLinkResult> {
  const fixed60 = await measureLink(RATE)
  const offered40 = await measureLink(0.4 * fixed60.offered)
  return { links: { fixed60: fixed60.result, offered40: offered40.result } }
}

export function table({ links }: SlowLinkResult): readonly Row[] {
  return Object.entries(links).flatMap(([link, { rateKBps, ...systems }]) =>
    Object.entries(systems).map(([system, result]) => ({ link, rateKBps, system, ...(result as SystemResult) })),
  )
}

const SYSTEMS: Readonly<Record<string, () => Promise<System>>> = {
  tickwire: serveTickwire,
  'ws, always': () => serveBare(Number.POSITIVE_INFINITY),
  'ws, bufferedAmount': () => serveBare(PATIENT),
}

async function measureLink(bytesPerSecond: number): Promise<{ result: LinkResult; offered: number }> {
  const measured = await Promise.all(
    Object.entries(SYSTEMS).map(
      async ([system, start]) => [system, await measure(await start(), bytesPerSecond)] as const,
    ),
  )
  const results = measured.map(([system, { result }]) => [system, result] as const)
  const rateKBps = round(bytesPerSecond / 1000)
  return { result: { rateKBps, ...Object.fromEntries(results) }, offered: measured[0]?.[1].offered ?? 0 }
}

/** `offered`: bytes a second that the healthy client was sent. */
async function measure(system: System, bytesPerSecond: number): Promise<{ result: SystemResult; offered: number }> {
  const path = new SlowPath({ target: system.port, delayMs: DELAY_MS, bytesPerSecond })
  const healthy = await system.enter(system.port)
  const slow = await system.enter(await path.listen())
  await pause(SETTLE_MS)
  const ages: number[] = []
  const healthyAges: number[] = []
  const before = { skips: system.skips(), frames: slow.frames(), bytes: healthy.bytes() }
  const sampling = setInterval(() => {
    ages.push(ageOf(system, slow))
    healthyAges.push(ageOf(system, healthy))
  }, SAMPLE_MS)
  await pause(SECONDS * 1000)
  clearInterval(sampling)
  const result = {
    ageP50Ms: percentile(ages, 0.5),
    ageP95Ms: percentile(ages, 0.95),
    healthyP50Ms: percentile(healthyAges, 0.5),
    healthyP99Ms: percentile(healthyAges, 0.99),
    framesPerSecond: round((slow.frames() - before.frames) / SECONDS),
    skips: system.skips() - before.skips,
    disconnects: slow.disconnects(),
  }
  const offered = (healthy.bytes() - before.bytes) / SECONDS
  path.close()
  await system.close()
  return { result, offered }
}

function ageOf({ madeAt }: System, client: Client): number {
  return performance.now() - (madeAt[client.newest()] ?? performance.now())
}

async function serveTickwire(): Promise<System> {
  const madeAt = [performance.now()]
  const Ships = defineRoom(
    game,
    (room) => {
      const motion = new Motion(SHIPS)
      const ships = motion.ships.map(({ x, y, heading, hp, flags }) =>
        room.state.ship.add({ x, y, heading, hp, flags }),
      )
      return {
        onTick() {
          madeAt.push(performance.now())
          motion.step()
          ships.forEach((ship, index) => {
            const { x, y, heading, hp, flags } = motion.ships[index]!
            Object.assign(ship, { x, y, heading, hp, flags })
          })
        },
      }
    },
    { tickRate: HZ, sendRate: HZ },
  )
  const server = await serve({ port: 0, host: '127.0.0.1', game, rooms: { ships: Ships }, signals: false })
  return {
    port: server.port,
    madeAt,
    skips: () => server.stats.skippedFrames,
    close: () => server.close(),
    enter: async (port) => {
      let lost = 0
      const room = await join(`ws://127.0.0.1:${port}/ws`, game, { room: 'ships', WebSocket })
      room.onState(({ name }) => {
        if (name === 'reconnecting' || name === 'closed') lost++
      })
      return {
        newest: () => room.view().serverTick,
        frames: () => room.stats.framesIn,
        bytes: () => room.stats.bytesIn,
        disconnects: () => lost,
      }
    },
  }
}

/** A `ws` server that sends every state, unless so many bytes are buffered: msgpack, each ship's numbers. */
async function serveBare(patience: number): Promise<System> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const motion = new Motion(SHIPS)
  const madeAt = [performance.now()]
  let skips = 0
  const timer = setInterval(() => {
    motion.step()
    const state = pack([madeAt.push(performance.now()) - 1, motion.ships.map(quantised)])
    for (const socket of server.clients) {
      if (socket.bufferedAmount > patience) skips++
      else socket.send(state)
    }
  }, 1000 / HZ)
  return {
    port: (server.address() as AddressInfo).port,
    madeAt,
    skips: () => skips,
    enter: enterBare,
    close: async () => {
      clearInterval(timer)
      for (const socket of server.clients) socket.terminate()
      server.close()
    },
  }
}

async function enterBare(port: number): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  const seen = { newest: 0, frames: 0, bytes: 0, lost: 0 }
  socket.on('message', (bytes: Buffer) => {
    seen.frames++
    seen.bytes += bytes.length
    // Behind the head of an array of two: a small number, or one of two or four bytes.
    seen.newest = bytes[1]! < 128 ? bytes[1]! : bytes[1] === 0xcc ? bytes[2]! : bytes.readUInt16BE(2)
  })
  socket.on('close', () => seen.lost++)
  socket.on('error', () => {})
  await once(socket, 'open')
  return {
    newest: () => seen.newest,
    frames: () => seen.frames,
    bytes: () => seen.bytes,
    disconnects: () => seen.lost,
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function percentile(values: readonly number[], part: number): number {
  return Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN)
}

function round(value: number): number {
  return Number(value.toFixed(1))
}
