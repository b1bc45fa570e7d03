// A room in which much moves, and watchers behind lines of their own, on virtual time: for what a line can bear.

import { bytes, defineGame, fixed, u8 } from '../../protocol/index.ts'
import { join, type Room } from '../../sdk/index.ts'
import { Net } from '../../sdk/netsim.ts'
import type { Line } from '../../sdk/way.ts'
import { defineRoom } from '../../server/room/room.ts'
import type { SessionStats } from '../../server/room/session.ts'
import { settle } from './clock.ts'
import { seeded } from './random.ts'
import { TestServer } from './server.ts'

export const crowd = defineGame({
  entities: {
    mover: { x: fixed(0, 4096, 1 / 8), y: fixed(0, 4096, 1 / 8) },
    ballast: { load: bytes(16_384) },
  },
  input: { dx: u8() },
})

export type Watcher = Room<typeof crowd>

interface Mover {
  x: number
  y: number
  vx: number
  vy: number
}

const SPEED = 160
const SAMPLE_MS = 10

/** `movers` that turn at random, and a load of so many bytes that is another one each time; 20 states a second. */
export interface Load {
  readonly movers?: number
  readonly bytes?: number
  /** The share that turns in a tick. */
  readonly turning?: number
}

export class Crowd {
  readonly server: TestServer<typeof crowd>
  readonly nets: Net[] = []
  readonly rooms: Watcher[] = []
  /** By watcher, the age in milliseconds of the newest state that it has, a hundred times a second. */
  readonly ages: number[][] = []
  /** By watcher, when something came, how many frames it was, and the tick of the newest state then. */
  readonly arrivals: { readonly at: number; readonly frames: number; readonly tick: number }[][] = []
  readonly #random = seeded(11)
  readonly #framesIn: number[] = []
  readonly #newest: number[] = []
  /** When each tick was made. */
  readonly #madeAt = [0]
  /** How the server sees each watcher's line. */
  readonly lines: { readonly stats: SessionStats }[] = []

  constructor(load: Load) {
    const made = this.#madeAt
    const { lines } = this
    const { clock, movers, draw } = { clock: () => this.server.clock.now(), movers: [] as Mover[], draw: this.#random }
    const Moving = defineRoom(
      crowd,
      (room) => {
        let ballast: { load: Uint8Array } | undefined
        return {
          onCreate() {
            for (let count = 0; count < (load.movers ?? 0); count++) {
              const mover = room.state.mover.add({ x: draw() * 4096, y: draw() * 4096 }) as unknown as Mover
              movers.push(Object.assign(mover, { vx: draw() - 0.5, vy: draw() - 0.5 }))
              turn(mover, draw)
            }
            if (load.bytes) ballast = room.state.ballast.add({}) as { load: Uint8Array }
          },
          onJoin: (session) => void lines.push(session),
          onTick() {
            made.push(clock())
            for (const mover of movers) move(mover, draw, load.turning ?? 0.4)
            if (ballast) ballast.load = new Uint8Array(load.bytes ?? 0).fill(room.tick)
          },
        }
      },
      { tickRate: 20, sendRate: 20 },
    )
    this.server = new TestServer(crowd, { crowd: Moving })
  }

  get clock() {
    return this.server.clock
  }

  /** Someone watches from behind such a line. Returns the number of the watcher. */
  async watch(up: Partial<Line>, down: Partial<Line> = up): Promise<number> {
    const place = this.nets.length
    const net = new Net({ ...this.clock, random: seeded(place + 1) }, (socket) =>
      this.server.host.accept(socket, '10.0.0.1'),
    )
    Object.assign(net.up.line, up)
    Object.assign(net.down.line, down)
    this.nets.push(net)
    this.ages.push([])
    this.arrivals.push([])
    this.#framesIn.push(0)
    this.#newest.push(0)
    const { now, after } = this.clock
    const world = {
      WebSocket: net.WebSocket,
      now,
      after,
      random: seeded(place + 1),
      fetch: null,
      storage: null,
      page: null,
    }
    const joining = join('ws://crowd.test/ws', crowd, { room: 'crowd', ...world })
    await this.run(1_000)
    this.rooms.push(await joining)
    return place
  }

  /** Everyone watches. */
  async run(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= SAMPLE_MS) {
      this.clock.advance(SAMPLE_MS)
      await settle()
      this.rooms.forEach((room, place) => void this.#sample(room, place))
    }
  }

  /** Forgets what was seen so far. */
  forget(): void {
    for (const list of [...this.ages, ...this.arrivals]) list.length = 0
  }

  /** When the server made the state of that tick. */
  madeAt(tick: number): number {
    return this.#madeAt[tick] ?? 0
  }

  #sample(room: Watcher, place: number): void {
    const { framesIn } = room.stats
    const frames = framesIn - this.#framesIn[place]!
    this.#framesIn[place] = framesIn
    // A view of much costs much, and tells nothing new unless something came.
    if (frames > 0) this.#newest[place] = room.view().serverTick
    const tick = this.#newest[place]!
    if (frames > 0) this.arrivals[place]!.push({ at: this.clock.now(), frames, tick })
    this.ages[place]!.push(this.clock.now() - this.madeAt(tick))
  }
}

/** Turns by up to 17 degrees. */
function turn(mover: Mover, random: () => number): void {
  const angle = Math.atan2(mover.vy, mover.vx) + (random() - 0.5) * 0.6
  mover.vx = Math.cos(angle) * SPEED
  mover.vy = Math.sin(angle) * SPEED
}

function move(mover: Mover, random: () => number, turning: number): void {
  if (random() < turning) turn(mover, random)
  mover.x = Math.min(4096, Math.max(0, mover.x + mover.vx / 20))
  mover.y = Math.min(4096, Math.max(0, mover.y + mover.vy / 20))
}
