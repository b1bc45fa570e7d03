// Rooms in which nobody sees everything: each client's state is compared with what its rules say, frame by frame, and
// bytes with what must never be in them.

import { describe, expect, test } from 'vitest'
import { floatBits } from '../../../protocol/bytes.ts'
import { defineGame, f32, fixed, u8 } from '../../../protocol/index.ts'
import { ENTERED, KNOWS_HIDDEN, KNOWS_OWNER } from '../../../protocol/snapshot.ts'
import type { Connection } from '../../../server/base/connection.ts'
import { defineRoom, type Room } from '../../../server/room/room.ts'
import type { Session } from '../../../server/room/session.ts'
import { between, pick, seeded } from '../../support/random.ts'
import { type TestClient, TestServer } from '../../support/server.ts'

const SIZE = 1000
const world = defineGame({
  entities: {
    ship: { x: fixed(0, SIZE, 1), y: fixed(0, SIZE, 1), fuel: u8().owner(), cargo: u8().hidden() },
    rock: { x: fixed(0, SIZE, 1), y: fixed(0, SIZE, 1) },
    trap: { team: u8(), charge: f32() },
    flag: { taken: u8() },
  },
  join: { team: u8() },
})
type World = typeof world

const NEAR = { x: 'x', y: 'y', width: 400, height: 300, margin: 50 } as const
const CANARY = 0.123456789

type LiveRoom = Room<World, 'ship'>

/** A room whose state the test plays with directly. */
function openWorld() {
  const sessions = new Map<number, Session<World, 'ship'>>()
  const teams = new Map<number, number>()
  const rooms: LiveRoom[] = []
  const room = defineRoom<World, 'ship'>(
    world,
    (room) => ({
      onCreate: () => {
        rooms.push(room)
      },
      onJoin: (session, { team }) => {
        teams.set(session.id, team)
        sessions.set(session.id, session)
        session.avatar = room.state.ship.add({ x: 500, y: 500, fuel: 7, cargo: 9, owner: session })
      },
    }),
    {
      avatar: 'ship',
      sendRate: 60,
      views: {
        ship: { near: NEAR },
        rock: { near: { x: 'x', y: 'y', width: 400, height: 300 } },
        trap: { visibleTo: (trap, session) => trap.team === teams.get(session.id) },
      },
    },
  )
  const live = {
    sessions,
    /** The room that the first client has opened. */
    get room(): LiveRoom {
      return rooms[0] as LiveRoom
    },
    get state(): LiveRoom['state'] {
      return live.room.state
    },
  }
  return { world: new TestServer(world, { room }), teams, live }
}

const KIND = { ship: 2, rock: 3, trap: 4, flag: 5 } as const

function seen(client: TestClient, kind: keyof typeof KIND): number[] {
  const table = client.state.tables[KIND[kind]]
  return [...(table?.ids.subarray(0, table.count) ?? [])]
}

interface Placed {
  readonly id: number
  readonly x: number
  readonly y: number
}

function isWithin(entity: Placed, focus: Placed, { width, height }: { width: number; height: number }): boolean {
  return Math.abs(entity.x - focus.x) <= width / 2 && Math.abs(entity.y - focus.y) <= height / 2
}

/** What moves about in the world, and what a client may and must see of it. */
class Zoo {
  readonly #state: LiveRoom['state']
  readonly #random: () => number

  constructor(state: LiveRoom['state'], random: () => number) {
    this.#state = state
    this.#random = random
    for (let index = 0; index < 40; index++) {
      state.ship.add(this.anywhere())
      state.rock.add(this.anywhere())
    }
    for (let index = 0; index < 6; index++) state.trap.add({ team: between(random, 1, 2) })
  }

  anywhere(): { x: number; y: number } {
    return { x: between(this.#random, 0, SIZE), y: between(this.#random, 0, SIZE) }
  }

  stir(): void {
    const random = this.#random
    for (const entity of [...this.#state.ship, ...this.#state.rock]) {
      entity.x = Math.min(SIZE, Math.max(0, entity.x + between(random, -30, 30)))
      entity.y = Math.min(SIZE, Math.max(0, entity.y + between(random, -30, 30)))
    }
    for (const trap of this.#state.trap) if (random() < 0.05) trap.team = between(random, 1, 2)
    if (random() < 0.3) this.#state.rock.remove(pick(random, [...this.#state.rock]))
    if (random() < 0.3) this.#state.rock.add(this.anywhere())
  }

  check(client: TestClient, own: Placed, team: number): void {
    const idsOf = (entities: Iterable<{ readonly id: number }>) => [...entities].map(({ id }) => id)
    expect(new Set(seen(client, 'rock'))).toEqual(
      new Set(idsOf([...this.#state.rock].filter((rock) => isWithin(rock, own, NEAR)))),
    )
    expect(seen(client, 'trap')).toEqual(idsOf([...this.#state.trap].filter((trap) => trap.team === team)))
    const ships = seen(client, 'ship')
    const mayBeSeen = { width: NEAR.width + 2 * NEAR.margin, height: NEAR.height + 2 * NEAR.margin }
    for (const ship of this.#state.ship) {
      if (isWithin(ship, own, NEAR) || ship.id === own.id) expect(ships).toContain(ship.id)
      else if (!isWithin(ship, own, mayBeSeen)) expect(ships).not.toContain(ship.id)
    }
    expect(client.column('ship', 'x')).toEqual(ships.map((id) => this.#state.ship.get(id)?.x))
    expect(client.column('rock', 'y')).toEqual(seen(client, 'rock').map((id) => this.#state.rock.get(id)?.y))
  }
}

describe('a room with views', () => {
  test('shows what is near the avatar, keeps it a margin longer, and shows it anew when it comes back', async () => {
    const { world: server, live } = openWorld()
    const ada = await server.join({ join: [1] })
    await server.pass(50)
    const other = live.state.ship.add({ x: 650, y: 500 })
    const far = live.state.ship.add({ x: 751, y: 500 })
    await server.pass(50)
    const own = live.sessions.get(ada.welcome.player)?.avatar.id
    expect(seen(ada, 'ship')).toEqual([own, other.id])
    for (const [x, isSeen] of [
      [700, true],
      [701, true],
      [750, true],
      [751, false],
      [749, false],
      [700, true],
    ] as const) {
      other.x = x
      await server.pass(50)
      expect(seen(ada, 'ship').includes(other.id), `at ${x}`).toBe(isSeen)
    }
    expect(seen(ada, 'ship')).not.toContain(far.id)
    expect(ada.column('ship', 'x')).toEqual([500, 700])
  })

  test('shows what is near above and below, too, and keeps it a margin longer', async () => {
    const { world: server, live } = openWorld()
    const ada = await server.join({ join: [1] })
    await server.pass(50)
    const other = live.state.ship.add({ x: 500, y: 650 })
    for (const [y, isSeen] of [
      [650, true],
      [651, true],
      [700, true],
      [701, false],
      [651, false],
      [650, true],
      [350, true],
      [300, true],
      [299, false],
      [349, false],
    ] as const) {
      other.y = y
      await server.pass(50)
      expect(seen(ada, 'ship').includes(other.id), `at ${y}`).toBe(isSeen)
    }
  })

  test('shows what is its own, however much that is, and whatever the rule says', async () => {
    const { world: server, live } = openWorld()
    const ada = await server.join({ join: [1] })
    await server.pass(50)
    const owner = live.sessions.get(ada.welcome.player) as Session<World, 'ship'>
    const add = (count: number, team: number) =>
      Array.from({ length: count }, () => live.state.trap.add({ team, owner }).id)
    const ids = add(10, 1)
    await server.pass(50)
    ids.push(...add(9, 2))
    await server.pass(50)
    expect(seen(ada, 'trap')).toEqual(ids)
  })

  test('follows the avatar, or what it was told to look at', async () => {
    const { world: server, live } = openWorld()
    const ada = await server.join({ join: [1] })
    await server.pass(50)
    const session = live.sessions.get(ada.welcome.player) as Session<World, 'ship'>
    const [here, there] = [live.state.rock.add({ x: 500, y: 500 }), live.state.rock.add({ x: 100, y: 100 })]
    await server.pass(50)
    expect(seen(ada, 'rock')).toEqual([here.id])
    session.avatar.x = session.avatar.y = 100
    await server.pass(50)
    expect(seen(ada, 'rock')).toEqual([there.id])
    session.focus = { x: 500, y: 500 }
    await server.pass(50)
    expect(seen(ada, 'rock')).toEqual([here.id])
    session.focus = there
    await server.pass(50)
    expect(seen(ada, 'rock')).toEqual([there.id])
    session.focus = null
    session.avatar.x = session.avatar.y = 900
    await server.pass(50)
    expect(seen(ada, 'rock')).toEqual([])
  })

  test('shows the own ship wherever it is, with what only its owner knows, and a stranger without it', async () => {
    const { world: server, live } = openWorld()
    const [ada, ben] = [await server.join({ join: [1] }), await server.join({ join: [2] })]
    await server.pass(50)
    const session = live.sessions.get(ada.welcome.player) as Session<World, 'ship'>
    session.focus = { x: 0, y: 0 }
    await server.pass(50)
    expect(seen(ada, 'ship')).toEqual([session.avatar.id])
    expect((ada.state.tables[KIND.ship]?.known[0] ?? 0) & ~ENTERED).toBe(KNOWS_OWNER)
    expect(ada.column('ship', 'fuel')).toEqual([7])
    const stranger = ben.state.tables[KIND.ship]
    expect((stranger?.known[stranger.indexOf(session.avatar.id)] ?? 99) & ~ENTERED).toBe(0)
  })

  test('tells what was revealed again when it comes back into view', async () => {
    const { world: server, live } = openWorld()
    const ada = await server.join({ join: [1] })
    await server.pass(50)
    const other = live.state.ship.add({ x: 500, y: 500, cargo: 42 })
    const cargo = () => {
      const row = ada.state.tables[KIND.ship]?.indexOf(other.id) ?? -1
      const known = ada.state.tables[KIND.ship]?.known[row] ?? 0
      return row >= 0 && known & KNOWS_HIDDEN ? ada.column('ship', 'cargo')[row] : undefined
    }
    await server.pass(50)
    expect(cargo()).toBeUndefined()
    live.room.reveal(other, live.sessions.get(ada.welcome.player) as Session<World, 'ship'>)
    await server.pass(50)
    expect(cargo()).toBe(42)
    other.x = 0
    await server.pass(50)
    expect(ada.state.tables[KIND.ship]?.indexOf(other.id)).toBe(-1)
    other.x = 500
    await server.pass(50)
    expect(cargo()).toBe(42)
  })

  test('shows a kind without a rule to everyone, and one with a rule to those that it names', async () => {
    const { world: server, live } = openWorld()
    const [ada, ben] = [await server.join({ join: [1] }), await server.join({ join: [2] })]
    await server.pass(50)
    const [trap, flag] = [live.state.trap.add({ team: 1, charge: CANARY }), live.state.flag.add()]
    await server.pass(50)
    expect([seen(ada, 'trap'), seen(ada, 'flag')]).toEqual([[trap.id], [flag.id]])
    expect([seen(ben, 'trap'), seen(ben, 'flag')]).toEqual([[], [flag.id]])
    trap.team = 2
    await server.pass(50)
    expect([seen(ada, 'trap'), seen(ben, 'trap')]).toEqual([[], [trap.id]])
  })

  for (let seed = 1; seed <= 12; seed++) {
    test(`is seen by each client as its rules say, through skips, cuts and resumes, seed ${seed}`, async () => {
      const random = seeded(seed)
      const { world: server, live, teams } = openWorld()
      const clients = await Promise.all([1, 2, 1].map((team) => server.join({ join: [team] })))
      await server.pass(50)
      const zoo = new Zoo(live.state, random)
      for (let step = 0; step < 150; step++) {
        zoo.stir()
        for (const { avatar } of live.sessions.values()) if (random() < 0.05) Object.assign(avatar, zoo.anywhere())
        for (const client of clients) client.acks = random() < 0.8
        if (random() < 0.05) {
          const index = between(random, 0, clients.length - 1)
          clients[index]?.cut()
          clients[index] = await server.resume(clients[index] as TestClient)
        }
        const before = clients.map((client) => client.state.tick)
        await server.pass(50)
        clients.forEach((client, index) => {
          const { player } = client.welcome
          const session = live.sessions.get(player) as Session<World, 'ship'>
          // One that was skipped sees what was.
          if (client.state.tick > (before[index] as number)) zoo.check(client, session.avatar, teams.get(player) ?? 0)
        })
      }
      expect(server.stats.failedRooms).toBe(0)
    })
  }

  test('never puts what a client may not see into its bytes, over 100,000 frames, seed 4', {
    timeout: 300_000,
  }, async () => {
    const random = seeded(4)
    const { world: server, live } = openWorld()
    const bits = new Uint8Array(Int32Array.of(floatBits(CANARY)).buffer)
    const clients = await Promise.all(
      Array.from({ length: 25 }, (_, index) => server.join({ join: [1 + (index % 5 === 0 ? 1 : 0)] })),
    )
    await server.pass(50)
    let frames = 0
    const sightings = clients.map(() => 0)
    clients.forEach((client, index) => {
      const socket = client.connection as unknown as { send(bytes: Uint8Array): void }
      const send = socket.send.bind(client.connection as Connection)
      socket.send = (bytes) => {
        frames++
        if (holds(bytes, bits)) sightings[index] = (sightings[index] as number) + 1
        send(bytes)
      }
    })
    const trap = live.state.trap.add({ team: 2, charge: CANARY })
    const decoys = Array.from({ length: 3 }, () => live.state.trap.add({ team: 1, charge: 0.5 }))
    for (let step = 0; step < 10_000 && frames < 100_000; step++) {
      for (const { avatar } of live.sessions.values()) avatar.x = between(random, 0, SIZE)
      for (const decoy of decoys) decoy.charge = random()
      trap.charge = random() < 0.5 ? CANARY : -CANARY
      await server.pass(1000 / 60)
    }
    expect(frames).toBeGreaterThanOrEqual(100_000)
    clients.forEach((client, index) => {
      const isOfTeam = index % 5 === 0
      expect(seen(client, 'trap').includes(trap.id)).toBe(isOfTeam)
      if (isOfTeam) expect(sightings[index]).toBeGreaterThan(0)
      else expect(sightings[index]).toBe(0)
    })
  })
})

function holds(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = bytes.indexOf(part[0] as number); at >= 0; at = bytes.indexOf(part[0] as number, at + 1)) {
    if (part.every((byte, index) => bytes[at + index] === byte)) return true
  }
  return false
}

/** What is logged of a room of three traps, of each of which `look` is asked. */
async function loggedOf(look: (room: Room<World>, trap: { readonly id: number }) => void): Promise<string[]> {
  let here: Room<World> | undefined
  const visibleTo = (trap: { readonly id: number }) => {
    if (here) look(here, trap)
    return true
  }
  const Field = defineRoom<World>(
    world,
    (room) => ({
      onCreate: () => {
        for (let team = 1; team <= 3; team++) room.state.trap.add({ team })
        here = room
      },
    }),
    { views: { trap: { visibleTo } } },
  )
  const server = new TestServer(world, { room: Field })
  await server.join({ join: [1] })
  await server.pass(100)
  return server.shared.logged
}

test('a rule that removes what is still to be asked about fails its room by name, and one that looks does not', async () => {
  const logged = await loggedOf(({ state }) => {
    const [, , last] = state.trap
    if (last) state.trap.remove(last)
  })
  expect(logged).toEqual([expect.stringMatching(/failed in sending: visibleTo must not remove entities/)])
  expect(await loggedOf(({ state }, { id }) => void state.trap.get(id))).toEqual([])
})

describe('a rule of who sees what that returns', () => {
  /** The traps that the second of two sees by the rule, and what is logged. */
  async function seenBy(visibleTo: () => unknown, strict = true) {
    const Field = defineRoom<World>(world, (room) => ({ onCreate: () => void room.state.trap.add({ team: 1 }) }), {
      views: { trap: { visibleTo: visibleTo as () => boolean } },
    })
    const server = new TestServer(world, { room: Field }, {}, strict)
    const ada = await server.join({ join: [1] })
    await server.pass(100)
    return { traps: ada.reason ? undefined : seen(ada, 'trap').length, logged: server.shared.logged }
  }

  for (const [what, verdict, came] of [
    ['a promise', async () => false, '[object Promise]'],
    ['a promise that rejects', async () => Promise.reject(new Error('oops')), '[object Promise]'],
    ['an object', () => ({}), '[object Object]'],
    ['nothing', () => {}, 'undefined'],
    ['a number', () => 1, '1'],
  ] as const) {
    test(`${what} fails its room by name, and shows nothing`, async () => {
      const { traps, logged } = await seenBy(verdict)
      const complaint = `failed in sending: visibleTo of trap must return true or false, got ${came}`
      expect([traps, logged]).toEqual([undefined, [expect.stringContaining(complaint)]])
    })
  }

  test('true and false are taken; in a room that is not strict anything but an object counts as one of them', async () => {
    for (const strict of [true, false]) {
      expect(await seenBy(() => true, strict)).toEqual({ traps: 1, logged: [] })
      expect(await seenBy(() => false, strict)).toEqual({ traps: 0, logged: [] })
    }
    expect(await seenBy(() => 1, false)).toEqual({ traps: 1, logged: [] })
    expect(await seenBy(() => undefined, false)).toEqual({ traps: 0, logged: [] })
    expect((await seenBy(async () => false, false)).traps).toBeUndefined()
  })
})

describe('what comes into a view and goes from it', () => {
  test('[S3] is told apart from what came into the room and went from it', async () => {
    const { world, live } = openWorld()
    const ada = await world.join({ join: [1] })
    await world.pass(50)
    const rocks = () => ada.state.tables[KIND.rock]
    const entered = (id: number) => ((rocks()?.known[rocks()?.indexOf(id) ?? -1] ?? 0) & ENTERED) > 0
    const near = live.state.rock.add({ x: 510, y: 500 })
    const far = live.state.rock.add({ x: 900, y: 900 })
    await world.pass(20)
    expect([seen(ada, 'rock'), entered(near.id)]).toEqual([[near.id], false])
    far.x = far.y = 520
    await world.pass(20)
    expect([seen(ada, 'rock'), entered(far.id)]).toEqual([[near.id, far.id], true])
    near.x = 0
    live.state.rock.remove(far)
    const left: number[] = []
    for (let step = 0; step < 4; step++) {
      await world.pass(5)
      left.push(...(rocks()?.left ?? []))
    }
    expect(seen(ada, 'rock')).toEqual([])
    expect(new Set(left)).toEqual(new Set([near.id]))
  })

  test('[S3] is said of nothing in a room that everyone sees, but of all that is there at first', async () => {
    const { world, live } = openWorld()
    await world.join({ join: [1] })
    const first = live.state.flag.add()
    await world.pass(50)
    const bob = await world.join({ join: [2] })
    await world.pass(50)
    const second = live.state.flag.add()
    await world.pass(50)
    const flags = bob.state.tables[KIND.flag]
    const marks = [first, second].map(({ id }) => ((flags?.known[flags.indexOf(id)] ?? 0) & ENTERED) > 0)
    expect(marks).toEqual([true, false])
  })
})
