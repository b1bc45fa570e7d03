// A line that stalls or breaks for longer than the room keeps its states: what is on the page stays there, for the next
// state is made from one that it holds. Both ends whole, on virtual time; in these rooms nothing is ever removed.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { defineGame, fixed, u16 } from '../../protocol/index.ts'
import { join, type Room } from '../../sdk/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { Feed } from '../../server/sync/feed.ts'
import { Net, worldOver } from '../support/link.ts'
import { seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const sky = defineGame({ entities: { bird: { x: fixed(0, 4096, 1 / 8), y: fixed(0, 4096, 1 / 8), food: u16() } } })
const EVERYWHERE = { bird: { near: { x: 'x', y: 'y', width: 9_000, height: 9_000 } } } as const

interface Flock {
  readonly birds: number
  /** So many of them move. */
  readonly moving: number
  readonly rate?: number
  readonly seed?: number
}

function skyOf({ birds, moving, rate = 20, seed = 1 }: Flock, views: object) {
  const random = seeded(seed)
  const near = (at: number) => Math.min(4096, Math.max(0, at + (random() - 0.5) * 40))
  return defineRoom(
    sky,
    ({ state }) => ({
      onCreate() {
        for (let count = 0; count < birds; count++) state.bird.add({ x: random() * 4096, y: random() * 4096 })
      },
      onJoin(session) {
        session.avatar = state.bird.add({ x: 2_000, y: 2_000, owner: session })
      },
      onTick() {
        for (const bird of [...state.bird].slice(0, moving)) {
          bird.x = near(bird.x)
          bird.y = near(bird.y)
          if (random() < 0.3) bird.food = Math.floor(random() * 60_000)
        }
      },
    }),
    { tickRate: rate, sendRate: rate, avatar: 'bird', views },
  )
}

interface Line {
  readonly bytesPerSecond: number
  readonly downMs: number
  readonly upMs: number
}

afterEach(() => void vi.restoreAllMocks())

class Watched {
  readonly #server: TestServer<typeof sky>
  readonly net: Net
  readonly #joining: Promise<Room<typeof sky>>
  /** Birds that went, and why. */
  readonly gone: string[] = []
  /** Ticks from which states were made; 0 for a whole one. */
  readonly bases: number[] = []
  #room!: Room<typeof sky>

  constructor(flock: Flock, { bytesPerSecond, downMs, upMs }: Line, views = {}) {
    this.#server = new TestServer(sky, { sky: skyOf(flock, views) })
    const { clock, host } = this.#server
    this.net = new Net(clock, (socket) => host.accept(socket, '10.0.0.1'))
    Object.assign(this.net.down.line, { latencyMs: downMs, bytesPerSecond, queueBytes: 64 * 1024 })
    this.net.up.line.latencyMs = upMs
    this.#joining = join('ws://sky.test/ws', sky, { room: 'sky', ...worldOver(this.net, clock) })
  }

  async begin(warmMs: number): Promise<void> {
    await this.#server.pass(1_000)
    this.#room = await this.#joining
    await this.pass(warmMs)
    const { viewFrom } = Feed.prototype
    const { bases } = this
    vi.spyOn(Feed.prototype, 'viewFrom').mockImplementation(function (this: Feed, base) {
      bases.push(base)
      return viewFrom.call(this, base)
    })
    this.#room.onRemove('bird', ({ id }, why) => this.gone.push(`${id} ${why}`))
  }

  /** With a picture each 10 ms. */
  async pass(ms: number): Promise<void> {
    for (let time = 0; time < ms; time += 10) {
      await this.#server.pass(10)
      this.#room.view()
    }
  }

  get birds(): number {
    return this.#room.view().bird.length
  }
}

describe('a line that stalls once takes nothing off the page', () => {
  const line = { bytesPerSecond: 1_000_000, downMs: 30, upMs: 30 }
  for (const birds of [300, 1_000]) {
    for (const stallMs of [1_000, 2_000, 3_000]) {
      test(`of ${birds} birds in a view, at 60 states a second, ${stallMs} ms`, async () => {
        const page = new Watched({ birds, moving: 40, rate: 60 }, line, EVERYWHERE)
        await page.begin(3_000)
        page.net.stall(stallMs)
        await page.pass(stallMs + 6_000)
        expect([page.gone, page.birds]).toEqual([[], birds + 1])
        expect(Math.min(...page.bases)).toBeGreaterThan(0)
      })
    }
  }
})

test('lines that stall take nothing from whoever is away, at 60 states a second', async () => {
  const server = new TestServer(sky, { room: skyOf({ birds: 300, moving: 40, rate: 60 }, {}) })
  const bob = await server.join()
  const others = []
  for (let count = 0; count < 20; count++) others.push(await server.join())
  await server.pass(2_000)
  bob.cut()
  await server.pass(500)
  for (const other of others) {
    other.acks = false
    await server.pass(120)
  }
  await server.pass(2_000)
  const back = await server.resume(bob)
  await server.pass(200)
  expect(back.states[0]?.baseTick).toBeGreaterThan(0)
})

describe('a cut of a slow line takes nothing off the page', () => {
  for (const [moving, bytesPerSecond, downMs] of [
    [60, 4_000, 580],
    [80, 8_000, 580],
    [300, 20_000, 580],
    [300, 12_000, 380],
  ] as const) {
    for (const seed of [1, 2, 3]) {
      test(`${moving} of 2,500 birds move, ${bytesPerSecond} bytes a second, ${downMs} ms, seed ${seed}`, async () => {
        const page = new Watched({ birds: 2_500, moving, seed }, { bytesPerSecond, downMs, upMs: 20 })
        await page.begin(19_000 + seed * 1_300)
        expect(page.birds).toBe(2_501)
        page.net.cut()
        await page.pass(15_000)
        expect([page.gone, page.birds]).toEqual([[], 2_501])
        expect(Math.min(...page.bases)).toBeGreaterThan(0)
      })
    }
  }
})
