// Rooms of which each client sees a part. Every state that one has is compared with what the room's rules say it sees of
// what there was at that tick, and every state's hash with what the client makes of it.

import { describe, expect, test } from 'vitest'
import { columnDigests } from '../../../protocol/column-digests.ts'
import { digest } from '../../../protocol/digest.ts'
import { angle, defineGame, fixed, u8 } from '../../../protocol/index.ts'
import { KNOWS_HIDDEN, KNOWS_OWNER, type Table } from '../../../protocol/snapshot.ts'
import { defineRoom, type Room } from '../../../server/room/room.ts'
import type { Seat } from '../../../server/room/seat.ts'
import type { Session } from '../../../server/room/session.ts'
import { SURVEYS } from '../../../server/sync/seen-states.ts'
import { between, pick, seeded } from '../../support/random.ts'
import { type TestClient, TestServer } from '../../support/server.ts'

const SIZE = 4_000
const TURN = (2 * Math.PI) / 256
const [BIRDS, CLOUDS] = [200, 40]
const TICK_MS = 1_000 / 60
/** No room for a state in what may wait besides; and room for a small part of one. */
const FULL = 70_000
const SHORT = 64 * 1024 - 250

const game = defineGame({
  entities: {
    bird: { x: fixed(0, SIZE, 1), turn: angle(8), flock: u8(), fuel: u8().owner(), cargo: u8().hidden() },
    cloud: { x: fixed(0, SIZE, 1), y: fixed(0, SIZE, 1) },
    star: { light: u8() },
  },
})
type Sky = typeof game
type SkyRoom = Room<Sky, 'bird'>

const [BIRD, CLOUD, STAR] = [2, 3, 4]
const near = { x: 'x', y: 'y', width: 1_600, height: 1_600 } as const

const seesBird = (flock: number, player: number) => (flock + player) % 3 !== 0

/** What one client must hold of a tick. */
interface Told {
  readonly birds: readonly (readonly number[])[]
  readonly clouds: readonly (readonly number[])[]
  readonly stars: readonly (readonly number[])[]
}

class SkyWorld {
  readonly server: TestServer<Sky>
  readonly seats = new Map<number, Seat>()
  /** By tick and player. */
  readonly #told = new Map<string, Told>()
  /** How many of the birds turn up elsewhere in a tick. */
  wildness = 0.02
  readonly #random: () => number
  #compared = 0
  readonly #looked = new Map<TestClient, number>()

  constructor(random: () => number) {
    this.#random = random
    const Open = defineRoom<Sky, 'bird'>(
      game,
      (room) => ({
        onCreate: () => this.#fill(room),
        onJoin: (session) => {
          this.seats.set(session.id, session as unknown as Seat)
          session.avatar = room.state.bird.add({ x: 2_000, fuel: session.id, owner: session })
          session.focus = { x: 2_000, y: 2_000 }
        },
        onTick: () => this.#stir(room),
      }),
      {
        avatar: 'bird',
        sendRate: 60,
        views: {
          bird: { visibleTo: ({ flock }, { id }) => seesBird(flock, id) },
          cloud: { near },
        },
      },
    )
    // Every state says its hash.
    this.server = new TestServer(game, { room: Open }, { hashMs: 1e-6, socketsPerAddress: 100 })
  }

  /** How many states were compared with what there was. */
  get compared(): number {
    return this.#compared
  }

  #fill(room: SkyRoom): void {
    for (let count = 0; count < BIRDS; count++) this.#addBird(room)
    for (let count = 0; count < CLOUDS; count++) room.state.cloud.add(this.#anywhere())
    for (let count = 0; count < 4; count++) room.state.star.add({ light: count })
  }

  #addBird(room: SkyRoom): void {
    const { x } = this.#anywhere()
    const bird = room.state.bird.add({ x, flock: between(this.#random, 0, 2), cargo: between(this.#random, 0, 255) })
    room.reveal(bird, 'all')
  }

  #anywhere(): { x: number; y: number } {
    return { x: between(this.#random, 0, SIZE), y: between(this.#random, 0, SIZE) }
  }

  #stir(room: SkyRoom): void {
    this.#move(room)
    this.#comeAndGo(room)
    for (const session of room.sessions) this.#tell(room, session)
  }

  #move({ state: { bird, cloud, star } }: SkyRoom): void {
    const random = this.#random
    for (const one of bird) {
      one.x = (one.x + (one.id % 9)) % SIZE
      one.turn += (one.id % 4) * TURN
      if (random() < this.wildness) one.x = this.#anywhere().x
      if (random() < 0.05) one.flock = (one.flock + 1) % 3
      if (random() < 0.02) one.cargo = between(random, 0, 255)
    }
    for (const one of cloud) if (random() < 0.1) Object.assign(one, this.#anywhere())
    for (const one of star) if (random() < 0.1) one.light = between(random, 0, 255)
  }

  #comeAndGo(room: SkyRoom): void {
    const random = this.#random
    const { bird, cloud, star } = room.state
    if (random() < 0.2 && cloud.size > CLOUDS) cloud.remove(pick(random, [...cloud]))
    if (random() < 0.2) cloud.add(this.#anywhere())
    if (random() < 0.2)
      bird.remove(
        pick(
          random,
          [...bird].filter(({ id }) => !this.#isAvatar(room, id)),
        ),
      )
    if (random() < 0.2) this.#addBird(room)
    if (random() < 0.1) star.add({ light: 9 })
    if (random() < 0.1 && star.size > 1) star.remove(pick(random, [...star]))
  }

  #isAvatar({ sessions }: SkyRoom, id: number): boolean {
    return [...sessions].some(({ avatar }) => avatar.id === id)
  }

  #tell(room: SkyRoom, session: Session<Sky, 'bird'>): void {
    const { tick, state } = room
    const isIn = ({ x, y }: { x: number; y: number }) => Math.abs(x - 2_000) <= 800 && Math.abs(y - 2_000) <= 800
    const birds = [...state.bird].filter(({ id, flock }) => seesBird(flock, session.id) || id === session.avatar.id)
    this.#told.set(`${tick} ${session.id}`, {
      birds: birds.map((bird) => {
        const turn = Math.round(bird.turn / TURN) & 255
        const own = bird.id === session.avatar.id
        return [
          bird.id,
          bird.x,
          turn,
          bird.flock,
          own ? bird.fuel : -1,
          this.#isAvatar(room, bird.id) ? -1 : bird.cargo,
        ]
      }),
      clouds: [...state.cloud].filter(isIn).map(({ id, x, y }) => [id, x, y]),
      stars: [...state.star].map(({ id, light }) => [id, light]),
    })
  }

  /** A tick passes, after which what each of the clients has is compared. */
  async step(clients: readonly TestClient[]): Promise<void> {
    await this.server.pass(TICK_MS)
    for (const client of clients) {
      const { length } = client.states
      if (this.#looked.get(client) === length) continue
      this.#looked.set(client, length)
      if (length > 0) this.#compare(client)
    }
  }

  #compare(client: TestClient): void {
    const { tick } = client.state
    const { player } = client.welcome
    const at = `player ${player} at tick ${tick}`
    expect(digest(columnDigests(game, client.state)), at).toBe(client.states.at(-1)?.hash)
    const told = this.#told.get(`${tick} ${player}`)
    // What was sent of a part alone is not all that it sees.
    if (told === undefined || this.seats.get(player)?.feed.isBehind) return
    expect(held(client), at).toEqual(told)
    this.#compared++
  }
}

function held(client: TestClient): Told {
  const [birds, clouds, stars] = [BIRD, CLOUD, STAR].map((kind) => client.state.tables[kind] as Table) as [
    Table,
    Table,
    Table,
  ]
  const cells = ({ ids, ints, count }: Table, ...columns: number[]) =>
    Array.from({ length: count }, (_, row) => [ids[row] as number, ...columns.map((at) => ints[at]?.[row] as number)])
  const known = (row: number, bit: number) => ((birds.known[row] as number) & bit) > 0
  return {
    birds: cells(birds, 1, 2, 3, 4, 5).map(([id, x, turn, flock, fuel, cargo], row) => [
      id as number,
      x as number,
      turn as number,
      flock as number,
      known(row, KNOWS_OWNER) ? (fuel as number) : -1,
      known(row, KNOWS_HIDDEN) ? (cargo as number) : -1,
    ]),
    clouds: cells(clouds, 1, 2),
    stars: cells(stars, 1),
  }
}

/** The ticks of the baseline of the last state. */
function baselineOf({ states, ring }: TestClient): string {
  const header = states.at(-1)
  const earlier = header?.isSteady ? [ring.back(2)?.tick, ring.back(3)?.tick] : []
  return [header?.baseTick, ...earlier].join()
}

describe('in a room with views', () => {
  for (let seed = 1; seed <= 2; seed++) {
    test(`clients on more baselines than are surveyed in one tick are all sent what they see, seed ${seed}`, async () => {
      const random = seeded(seed)
      const world = new SkyWorld(random)
      const clients: TestClient[] = []
      for (let count = 0; count < SURVEYS + 12; count++) clients.push(await world.server.join())
      let most = 0
      for (let step = 0; step < 120; step++) {
        for (const client of clients) client.bufferedAmount = random() < 0.6 ? FULL : 0
        const before = clients.map(({ states }) => states.length)
        await world.step(clients)
        const told = clients.filter(({ states }, index) => states.length > (before[index] as number))
        most = Math.max(most, new Set(told.map(baselineOf)).size)
      }
      expect(most).toBeGreaterThan(SURVEYS)
      expect(world.compared).toBeGreaterThan(200)
      expect(world.server.shared.logged).toEqual([])
    })
  }

  test('nobody waits for a turn because the others go on from many baselines', async () => {
    const world = new SkyWorld(seeded(5))
    const clients: TestClient[] = []
    for (let count = 0; count < SURVEYS + 4; count++) clients.push(await world.server.join())
    await world.step(clients)
    for (const client of clients) {
      await world.step(clients)
      await world.step(clients)
      client.bufferedAmount = FULL
    }
    await world.step(clients)
    for (const client of clients) client.bufferedAmount = 0
    expect(new Set(clients.map(({ state }) => state.tick)).size).toBe(SURVEYS + 4)
    const { skippedFrames } = world.server.stats
    for (let step = 0; step < 60; step++) await world.step(clients)
    expect(world.server.stats.skippedFrames).toBe(skippedFrames)
    expect(new Set(clients.map(({ state }) => state.tick)).size).toBe(1)
  })

  for (let seed = 1; seed <= 4; seed++) {
    test(`a client on a short line goes over to states of its own and back, and is exact throughout, seed ${seed}`, async () => {
      const world = new SkyWorld(seeded(seed))
      world.wildness = 0.5
      const [ada, bob] = [await world.server.join(), await world.server.join()]
      const pair = [ada, bob]
      const { feed } = world.seats.get(ada.welcome.player) as Seat
      const run = async (steps: number, bytes: number) => {
        ada.bufferedAmount = bytes
        let wasShort = 0
        for (let step = 0; step < steps; step++) {
          await world.step(pair)
          if (feed.shortage && feed.isBehind) wasShort++
        }
        return wasShort
      }
      expect(await run(20, 0)).toBe(0)
      for (let round = 0; round < 4; round++) {
        expect(await run(15, SHORT)).toBeGreaterThan(5)
        await run(60, 0)
        expect([feed.shortage, feed.own, feed.isBehind]).toEqual([null, null, false])
      }
      expect(world.compared).toBeGreaterThan(400)
      expect(world.server.shared.logged).toEqual([])
    })
  }

  test('a client that comes back goes on from what it acknowledged', async () => {
    const world = new SkyWorld(seeded(6))
    const ada = await world.server.join()
    for (let step = 0; step < 30; step++) await world.step([ada])
    const lastTick = ada.state.tick
    ada.cut()
    // Longer than the room’s ring goes back.
    for (let step = 0; step < 90; step++) await world.step([])
    const back = await world.server.resume(ada)
    const before = world.compared
    for (let step = 0; step < 30; step++) await world.step([back])
    expect([back.welcome.outcome, back.states[0]?.baseTick]).toEqual(['resumed', lastTick])
    expect(world.compared - before).toBeGreaterThan(20)
  })

  test('one that claims a state that it was never sent is sent its view as a whole', async () => {
    const world = new SkyWorld(seeded(7))
    const ada = await world.server.join()
    for (let step = 0; step < 30; step++) await world.step([ada])
    ada.cut()
    for (let step = 0; step < 10; step++) await world.step([])
    const back = await world.server.resume(ada, { lastTick: ada.state.tick + 5 })
    for (let step = 0; step < 10; step++) await world.step([back])
    expect(back.states[0]?.baseTick).toBe(0)
    expect(back.states.length).toBeGreaterThan(5)
  })

  for (let seed = 1; seed <= 6; seed++) {
    test(`whoever is skipped, short, silent, cut and back has what it sees at every state, seed ${seed}`, async () => {
      const random = seeded(seed + 100)
      const world = new SkyWorld(random)
      world.wildness = 0.3
      const clients: TestClient[] = []
      for (let count = 0; count < 5; count++) clients.push(await world.server.join())
      for (let step = 0; step < 240; step++) {
        for (const client of clients) disturb(client, random)
        if (random() < 0.03) await leaveAndReturn(world, clients, random)
        await world.step(clients)
      }
      expect(world.compared).toBeGreaterThan(200)
      expect(world.server.shared.logged).toEqual([])
    })
  }
})

function disturb(client: TestClient, random: () => number): void {
  if (random() < 0.1) client.bufferedAmount = pick(random, [0, 0, 0, FULL, SHORT])
  if (random() < 0.1) client.acks = random() < 0.7
  if (client.acks && random() < 0.1) client.ack()
}

/** One of the clients is away for up to 40 ticks. */
async function leaveAndReturn(world: SkyWorld, clients: TestClient[], random: () => number): Promise<void> {
  const index = between(random, 0, clients.length - 1)
  const client = clients[index] as TestClient
  client.cut()
  const others = clients.filter((other) => other !== client)
  for (let away = between(random, 0, 40); away > 0; away--) await world.step(others)
  clients[index] = await world.server.resume(client)
}
