// A server under load, in a process of its own: a scene in motion, and one system that tells all clients of it 20 times
// a second. Each client answers every state with a few bytes, which all systems read and drop alike.

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { performance } from 'node:perf_hooks'
import { pack } from 'msgpackr'
import { defineRoom, serve } from '../server/index.ts'
import { colyseus } from './colyseus.ts'
import {
  type FromServer,
  LOAD_SCENES,
  type LoadRun,
  type LoadScene,
  type System,
  type ToServer,
} from './load-scenes.ts'
import { game, HZ, Motion, quantised, type Ship } from './scenes.ts'

// The one that the server itself uses: peers that are measured bring another.
const require = createRequire(new URL('../server/index.js', import.meta.url))
const { WebSocket, WebSocketServer } = require('ws') as typeof import('ws')

/** Counts what leaves, and how late. */
class Meter {
  updates = 0
  bytes = 0
  lateness: number[] = []
  #cpu = process.cpuUsage()

  begin(): void {
    this.updates = this.bytes = 0
    this.lateness = []
    this.#cpu = process.cpuUsage()
  }

  end(): FromServer {
    const { user, system } = process.cpuUsage(this.#cpu)
    const sorted = this.lateness.sort((a, b) => a - b)
    const latenessMs = sorted[Math.floor(sorted.length * 0.99)] ?? 0
    return { cpuMs: (user + system) / 1000, updates: this.updates, bytes: this.bytes, latenessMs }
  }

  sent(bytes: number): void {
    this.updates++
    this.bytes += bytes
  }
}

/** Tells when ticks are late: they should be evenly spaced, however the system arranges it. */
class Punctuality {
  #first = 0
  #ticks = 0

  /** A tick runs; returns by how many milliseconds it is late. */
  tick(): number {
    const now = performance.now()
    if (this.#ticks === 0) this.#first = now
    const due = this.#first + (this.#ticks++ * 1000) / HZ
    // The first may have been late itself.
    if (now < due) this.#first -= due - now
    return Math.max(0, now - due)
  }
}

async function serveTickwire(scene: LoadScene, meter: Meter): Promise<number> {
  const { view } = scene
  const near = view ? ({ x: 'x', y: 'y', width: view, height: view } as const) : undefined
  const room = defineRoom(
    game,
    (room) => {
      const motion = new Motion(scene)
      const ships = motion.ships.map(({ x, y, heading, hp }) => room.state.ship.add({ x, y, heading, hp }))
      const punctuality = new Punctuality()
      let joined = 0
      return {
        onJoin(session) {
          session.focus = ships[Math.floor((joined++ * ships.length) / scene.clients)] ?? null
        },
        onTick() {
          meter.lateness.push(punctuality.tick())
          motion.step()
          for (let index = 0; index < ships.length; index++) copy(motion.ships[index]!, ships[index]!)
        },
      }
    },
    { tickRate: HZ, sendRate: HZ, capacity: 1000, ...(near ? { views: { ship: { near } } } : {}) },
  )
  const crowd = { socketsPerAddress: 5_000, greetings: 5_000, greetingsPerAddress: 5_000 }
  const rates = { dialsPerSecond: 5_000, dialBurst: 5_000, framesPerSecond: 1_000 }
  const server = await serve({ port: 0, game, rooms: { load: room }, signals: false, limits: { ...crowd, ...rates } })
  meterSends(meter)
  return server.port
}

// All states leave through here, whatever made them.
function meterSends(meter: Meter): void {
  const { send } = WebSocket.prototype
  WebSocket.prototype.send = function (this: InstanceType<typeof WebSocket>, ...given: Parameters<typeof send>) {
    meter.sent((given[0] as Uint8Array).length)
    send.apply(this, given)
  } as typeof send
}

function copy(from: Ship, to: Ship): void {
  to.x = from.x
  to.y = from.y
  to.heading = from.heading
  to.hp = from.hp
  to.flags = from.flags
}

/** What all are to be sent in a tick. */
type Message = (motion: Motion) => Uint8Array | string | Promise<Uint8Array>

async function messageOf(system: System, scene: LoadScene, bytes: number): Promise<Message> {
  if (system === 'floor') {
    const same = new Uint8Array(bytes).fill(7)
    return () => same
  }
  if (system === 'json') return ({ ships }) => JSON.stringify(ships.map((ship) => quantised(ship)))
  if (system === 'msgpackr') return ({ ships }) => pack(ships.map((ship) => quantised(ship)))
  const { ships, encode } = await colyseus(scene.entities)
  return (motion) => {
    for (let index = 0; index < ships.length; index++) {
      const [x, y, heading, hp, flags] = quantised(motion.ships[index]!)
      Object.assign(ships[index]!, { x, y, heading, hp, flags })
    }
    // Its encoder goes on writing into the same bytes, and a socket may still hold them.
    return encode().slice()
  }
}

/** The other systems on a bare `ws`, with a timer that makes up for its delays. */
async function serveBare({ system, bytes }: LoadRun, scene: LoadScene, meter: Meter): Promise<number> {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false, maxPayload: 16_384 })
  sockets.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', () => {})
  })
  const motion = new Motion(scene)
  const message = await messageOf(system, scene, bytes)
  const punctuality = new Punctuality()
  meterSends(meter)
  const start = performance.now()
  let ticks = 0
  const next = () => {
    ticks++
    setTimeout(next, Math.max(0, start + ((ticks + 1) * 1000) / HZ - performance.now()))
    meter.lateness.push(punctuality.tick())
    motion.step()
    const words = message(motion) as Uint8Array | string
    for (const socket of sockets.clients) socket.send(words)
  }
  setTimeout(next, 1000 / HZ)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return (http.address() as AddressInfo).port
}

const run = JSON.parse(process.argv[2] ?? '') as LoadRun
const scene = LOAD_SCENES[run.scene] as LoadScene
const meter = new Meter()
const port = run.system === 'tickwire' ? await serveTickwire(scene, meter) : await serveBare(run, scene, meter)
const tell = (what: FromServer) => process.send?.(what)
process.on('message', (what: ToServer) => (what === 'begin' ? meter.begin() : tell(meter.end())))
process.on('disconnect', () => process.exit())
tell({ port })
