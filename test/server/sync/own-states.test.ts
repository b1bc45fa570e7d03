import { describe, expect, test } from 'vitest'
import { defineGame, json, u8 } from '../../../protocol/index.ts'
import { WINDOW_FRAMES } from '../../../protocol/limits.ts'
import { ENTERED } from '../../../protocol/snapshot.ts'
import { defineRoom, type Room } from '../../../server/room/room.ts'
import type { Seat } from '../../../server/room/seat.ts'
import { MOST_BYTES } from '../../../server/sync/own-states.ts'
import { Shortage } from '../../../server/sync/shortage.ts'
import { Arena, arena } from '../../support/arena.ts'
import { TestServer } from '../../support/server.ts'

const MANY = 10_000

/** A room of 200 ships that leap about, its seats in the order of their joining, and the room itself once it is made. */
function restless(settings: { views?: { ship: { visibleTo(ship: { id: number }): boolean } } } = {}) {
  const seats: Seat[] = []
  const made: { room?: Room<typeof arena> } = {}
  const Restless = defineRoom(
    arena,
    (room) => ({
      onCreate() {
        made.room = room
        for (let ship = 0; ship < 200; ship++) room.state.ship.add({ x: ship * 7 })
      },
      onJoin: (session) => void seats.push(session as unknown as Seat),
      onTick() {
        for (const ship of room.state.ship) ship.y = (ship.y * 7 + ship.id) % 1_000
      },
    }),
    settings,
  )
  return { server: new TestServer(arena, { room: Restless }), seats, made }
}

/** A field of stones of all sizes, over which newcomers fly. */
function fieldOf(stones: number) {
  return defineRoom(
    arena,
    (room) => ({
      onCreate() {
        for (let stone = 0; stone < stones; stone++) room.state.rock.add({ size: stone % 251 })
        for (let ship = 0; ship < stones; ship++) room.state.ship.add({ x: (ship * 7) % 4096, y: (ship * 13) % 4096 })
      },
      onJoin(session) {
        session.avatar = room.state.ship.add({ x: 2_000, y: 2_000, owner: session })
      },
      onTick() {
        for (const session of room.sessions) session.avatar.x += 1 / 8
      },
    }),
    { avatar: 'ship' },
  )
}

describe('a room of 20,000 entities', () => {
  test('reaches a newcomer in frames of at most 64 KiB, its own ship first, and exactly', async () => {
    const server = new TestServer(arena, { room: fieldOf(MANY) })
    const ada = await server.join()
    await server.pass(60)
    expect(ada.states.length).toBe(1)
    expect(ada.column('ship', 'owner')).toContain(ada.welcome.player)
    await server.pass(1_000)
    expect(Math.max(...ada.stateBytes)).toBeLessThanOrEqual(MOST_BYTES)
    expect(ada.stateBytes.filter((bytes) => bytes > 10_000).length).toBeGreaterThan(2)
    expect(ada.column('rock', 'size')).toEqual(Array.from({ length: MANY }, (_, stone) => stone % 251))
    const xs = ada.column('ship', 'x')
    expect(xs.slice(0, MANY)).toEqual(Array.from({ length: MANY }, (_, ship) => (ship * 7) % 4096))
    expect([server.stats.droppedTicks, server.stats.skippedFrames, server.shared.logged]).toEqual([0, 0, []])
  })

  test('is then sent to it as to everyone: what it was sent alone is forgotten', async () => {
    const server = new TestServer(arena, { room: fieldOf(MANY) })
    const clients = [await server.join(), await server.join(), await server.join()]
    await server.pass(1_000)
    const before = clients.map(({ states }) => states.length)
    await server.pass(500)
    for (const [index, { states, stateBytes, column }] of clients.entries()) {
      expect(states.length - before[index]!).toBeGreaterThanOrEqual(9)
      expect(Math.max(...stateBytes.slice(-9))).toBeLessThan(60)
      expect(column.call(clients[index], 'ship', 'x').length).toBe(MANY + 3)
    }
  })

  test('reaches one that comes back in the middle of it', async () => {
    const server = new TestServer(arena, { room: fieldOf(MANY) })
    const ada = await server.join()
    await server.pass(110)
    expect(ada.column('rock', 'size').length + ada.column('ship', 'x').length).toBeLessThan(2 * MANY)
    ada.cut()
    await server.pass(300)
    const back = await server.resume(ada)
    expect(back.welcome.outcome).toBe('resumed')
    await server.pass(2_000)
    expect(back.column('rock', 'size')).toEqual(Array.from({ length: MANY }, (_, stone) => stone % 251))
    expect(back.column('ship', 'x').length).toBe(MANY + 1)
  })
})

test('a round that replaces 20,000 entities by others begins, and all of them come', async () => {
  let begin = (): void => {}
  const Rounds = defineRoom(arena, ({ state }) => {
    begin = () => {
      for (const ship of [...state.ship]) state.ship.remove(ship)
      for (let ship = 0; ship < 2 * MANY; ship++) state.ship.add({ x: (ship * 7) % 4096, y: (ship * 13) % 4096 })
    }
    return { onCreate: begin }
  })
  const server = new TestServer(arena, { room: Rounds })
  const ada = await server.join()
  await server.pass(2_000)
  const idsNow = () => new Set(ada.state.tables[2]?.ids.subarray(0, ada.state.tables[2].count))
  const before = idsNow()
  begin()
  await server.pass(2_000)
  expect(idsNow().size).toBe(2 * MANY)
  expect([...idsNow()].filter((id) => before.has(id))).toEqual([])
  expect(Math.max(...ada.stateBytes)).toBeLessThanOrEqual(MOST_BYTES)
})

test('a room of more rows than are gone through in one tick reaches a newcomer, too', async () => {
  const sky = defineGame({ entities: { a: { size: u8() }, b: { size: u8() }, c: { size: u8() }, d: { size: u8() } } })
  const Sky = defineRoom(sky, ({ state }) => ({
    onCreate() {
      for (const list of [state.a, state.b, state.c, state.d]) for (let star = 0; star < 50_100; star++) list.add()
    },
  }))
  const server = new TestServer(sky, { room: Sky })
  const ada = await server.join()
  await server.pass(200)
  expect(ada.states.length).toBeGreaterThanOrEqual(2)
})

test('a value larger than any frame should be leaves once nothing else is under way', async () => {
  const atlas = defineGame({ room: { map: json(250_000), turn: u8() } })
  let draw = (_size: number): void => {}
  const Atlas = defineRoom(atlas, ({ state }) => {
    draw = (size) => {
      state.room.map = 'm'.repeat(size)
    }
    return {
      onTick() {
        state.room.turn = (state.room.turn + 1) % 200
      },
    }
  })
  const server = new TestServer(atlas, { room: Atlas })
  const ada = await server.join()
  await server.pass(500)
  ada.acks = false
  await server.pass(150)
  draw(200_000)
  await server.pass(100)
  expect(ada.column('room', 'map')).not.toEqual(['m'.repeat(200_000)])
  ada.acks = true
  ada.ack()
  await server.pass(500)
  expect(ada.column('room', 'map')).toEqual(['m'.repeat(200_000)])
  const states = ada.states.length
  await server.pass(500)
  expect(ada.states.length - states).toBeGreaterThanOrEqual(9)
})

test('while a room has more rows than are gone through in one tick, who is short is sent to in turn', async () => {
  const sky = defineGame({ entities: { a: { size: u8() }, b: { size: u8() }, c: { size: u8() }, d: { size: u8() } } })
  const Sky = defineRoom(sky, ({ state }) => ({
    onCreate() {
      for (const list of [state.a, state.b, state.c, state.d]) for (let star = 0; star < 50_100; star++) list.add()
    },
  }))
  const server = new TestServer(sky, { room: Sky })
  const clients = [await server.join(), await server.join(), await server.join()]
  const states = () => clients.reduce((sum, { states }) => sum + states.length, 0)
  await server.pass(60)
  expect(states()).toBe(1)
  await server.pass(50)
  expect(states()).toBe(2)
  await server.pass(200)
  expect(clients.every(({ states }) => states.length > 0)).toBe(true)
})

test('each who is short has a turn before any has two, however many a tick has time for', async () => {
  const sky = defineGame({ entities: { star: { size: u8() } } })
  const Sky = defineRoom(sky, ({ state }) => ({
    onCreate() {
      for (let star = 0; star < 50_100; star++) state.star.add()
    },
  }))
  const server = new TestServer(sky, { room: Sky })
  const clients = []
  for (let count = 0; count < 6; count++) clients.push(await server.join())
  await server.pass(400)
  const ticks = clients.map(({ states }) => states.slice(0, 2).map(({ tick }) => tick))
  const [start = 0] = ticks.flat().sort((one, other) => one - other)
  const turns = ticks.map((two) => two.map((tick) => (tick - start) / 3))
  expect(turns.sort(([one = 0], [other = 0]) => one - other)).toEqual([
    [0, 3],
    [0, 3],
    [1, 4],
    [1, 4],
    [2, 5],
    [2, 5],
  ])
})

test('where everyone sees all, who goes on from a part that its seat has not got any more is sent the whole', async () => {
  let [turn, isOver] = [0, false]
  const Restless = defineRoom(arena, (room) => ({
    onCreate() {
      for (let ship = 0; ship < 200; ship++) room.state.ship.add({ x: ship * 7 })
    },
    onTick() {
      turn++
      for (const ship of room.state.ship) if (!isOver) ship.y = (ship.id * 37 + turn ** 2 * 11) % 1_000
    },
  }))
  const server = new TestServer(arena, { room: Restless })
  const [ada, bob] = [await server.join(), await server.join()]
  await server.pass(300)
  bob.bufferedAmount = server.shared.limits.skipBytes - 300
  await server.pass(300)
  const lastTick = bob.state.tick
  expect(bob.column('ship', 'y')).not.toEqual(ada.column('ship', 'y'))
  await server.pass(1_500)
  isOver = true
  bob.cut()
  bob.bufferedAmount = 0
  const back = await server.resume(bob, { lastTick })
  await server.pass(500)
  expect([back.welcome.outcome, back.states[0]?.baseTick]).toEqual(['resumed', 0])
  expect(back.column('ship', 'y')).toEqual(ada.column('ship', 'y'))
})

test('who was told parts for a while is told what is for it alone as before, once its line takes all', async () => {
  const { server, seats, made } = restless()
  const ada = await server.join()
  const [seat] = seats as [Seat]
  await server.pass(300)
  ada.bufferedAmount = server.shared.limits.skipBytes - 300
  await server.pass(500)
  expect(seat.feed.shortage).not.toBeNull()
  ada.bufferedAmount = 0
  await server.pass(1_000)
  expect(seat.feed.shortage).toBeNull()
  made.room?.state.ship.add({ fuel: 77, owner: seat as never })
  await server.pass(200)
  expect(ada.column('ship', 'fuel').at(-1)).toBe(77)
})

test('of a part is told what came into the room, and what was there before its client was told of it', async () => {
  const { server, seats, made } = restless()
  await server.join()
  await server.pass(100)
  const ada = server.dial()
  ada.bufferedAmount = server.shared.limits.skipBytes - 350
  ada.hello()
  await server.pass(100)
  const [ROCK, SHIP] = [3, 2]
  const first = ada.state.tables[SHIP]!.count
  expect(first).toBeLessThan(200)
  await server.pass(1_000)
  const ships = ada.state.tables[SHIP]!
  expect(ships.count).toBeGreaterThan(first)
  expect(seats[1]!.feed.shortage).not.toBeNull()
  expect(ships.known.subarray(0, ships.count).every((known) => (known & ENTERED) > 0)).toBe(true)
  made.room?.state.rock.add({ size: 9, owner: seats[1] as never })
  await server.pass(100)
  const rocks = ada.state.tables[ROCK]!
  expect([rocks.count, rocks.known[0]! & ENTERED]).toEqual([1, 0])
  // Each is known to have been there at the base, the first one of its kind, too.
  const { part } = seats[1]!.feed.viewer
  expect([...ships.ids.subarray(0, 3)].map((id) => part?.had(SHIP, id))).toEqual([true, true, true])
  expect(part?.had(SHIP, 65_000)).toBe(false)
})

test('the first part is made from the last state that was whole', async () => {
  const { server } = restless()
  const ada = await server.join()
  await server.pass(500)
  const whole = ada.state.tick
  const before = ada.states.length
  ada.bufferedAmount = server.shared.limits.skipBytes - 400
  await server.pass(100)
  expect(ada.states[before]?.baseTick).toBe(whole)
})

test('where each sees a part, whose line takes all is not behind because another one’s does not', async () => {
  const { server, seats } = restless({ views: { ship: { visibleTo: ({ id }) => id % 9 > 0 } } })
  const clients = [await server.join(), await server.join(), await server.join()]
  await server.pass(200)
  clients[1]!.bufferedAmount = server.shared.limits.skipBytes - 300
  for (let step = 0; step < 10; step++) {
    await server.pass(50)
    expect(seats.map(({ feed }) => feed.isBehind)).toEqual([false, true, false])
  }
  // Of the kinds of which all is seen the first is known, too.
  expect([1, 2, 3, 4].map((player) => seats[0]!.feed.viewer.part?.had(1, player))).toEqual([true, true, true, false])
})

test('who was told a part, and then nothing for long, is told how movement went on', async () => {
  const Sailing = defineRoom(arena, (room) => ({
    onCreate() {
      for (let ship = 0; ship < 300; ship++) room.state.ship.add({ x: ship * 7 })
    },
    onTick() {
      for (const ship of room.state.ship) ship.y = (ship.y + 1 + (ship.id % 3)) % 4_000
    },
  }))
  const server = new TestServer(arena, { room: Sailing })
  const ada = await server.join()
  ada.bufferedAmount = server.shared.limits.skipBytes - 400
  await server.pass(1_000)
  const before = ada.states.length
  expect(before).toBeGreaterThan(10)
  // Room for nothing that must be told.
  ada.bufferedAmount = server.shared.limits.skipBytes - 20
  await server.pass(1_000)
  expect(ada.states.length).toBe(before)
  // Room for a little, which is not worth a frame.
  ada.bufferedAmount = server.shared.limits.skipBytes - 100
  await server.pass(300)
  expect(ada.states.length).toBe(before)
  ada.bufferedAmount = server.shared.limits.skipBytes - 400
  await server.pass(200)
  expect(ada.states.slice(3).filter(({ isSteady }) => !isSteady)).toEqual([])
  expect(ada.states.length).toBeGreaterThan(before)
})

test('where each sees a part, what came and went while nothing could be sent is not kept in sight at its edge', async () => {
  let rover = { x: 0 }
  const Near = defineRoom(
    arena,
    (room) => ({
      onCreate() {
        rover = room.state.ship.add({ x: 2_000, y: 1_000 })
      },
      onJoin(session) {
        session.focus = { x: 1_000, y: 1_000 }
      },
    }),
    { views: { ship: { near: { x: 'x', y: 'y', width: 400, height: 400, margin: 100 } } } },
  )
  const server = new TestServer(arena, { room: Near })
  const ada = await server.join()
  const seenAt = async (x: number) => {
    rover.x = x
    await server.pass(200)
    return ada.column('ship', 'x')
  }
  expect(await seenAt(2_000)).toEqual([])
  ada.bufferedAmount = server.shared.limits.skipBytes - 5
  expect(await seenAt(1_150)).toEqual([])
  expect(await seenAt(1_250)).toEqual([])
  ada.bufferedAmount = 0
  expect(await seenAt(1_250)).toEqual([])
  expect(await seenAt(1_150)).toEqual([1_150])
  expect(await seenAt(1_250)).toEqual([1_250])
})

test('in a room of turns the rest follows what is acknowledged, without a turn of the game’s own', async () => {
  const Turns = defineRoom(
    arena,
    (room) => ({
      onCreate() {
        for (let stone = 0; stone < 2 * MANY; stone++) room.state.rock.add({ size: stone % 251 })
      },
    }),
    { tickRate: 0 },
  )
  const server = new TestServer(arena, { room: Turns })
  const ada = await server.join()
  await server.pass(100)
  expect(ada.states.length).toBeGreaterThan(1)
  expect(ada.column('rock', 'size')).toEqual(Array.from({ length: 2 * MANY }, (_, stone) => stone % 251))
})

test('one that can take all again after a stall has what the others have, to the bit', async () => {
  const server = new TestServer(arena, { room: Arena })
  const [ada, bob] = [await server.join(), await server.join()]
  for (let round = 0; round < 30; round++) {
    bob.bufferedAmount = round % 3 === 0 ? 65_500 : 0
    bob.acks = round % 4 !== 0
    await server.pass(70)
  }
  bob.bufferedAmount = 0
  bob.acks = true
  bob.ack()
  await server.pass(500)
  expect(bob.column('ship', 'x')).toEqual(ada.column('ship', 'x'))
  expect(bob.state.tick).toBe(ada.state.tick)
})

/** A client that sees a quarter of twenty ships, and acknowledges nothing by itself. */
async function silentViewer() {
  const seats: Seat[] = []
  const Seen = defineRoom(
    arena,
    (room) => ({
      onCreate() {
        for (let ship = 0; ship < 20; ship++) room.state.ship.add({ x: ship * 200 })
      },
      onJoin: (session) => void seats.push(session as unknown as Seat),
    }),
    { views: { ship: { visibleTo: ({ x }) => x < 1_000 } } },
  )
  const server = new TestServer(arena, { room: Seen })
  const ada = await server.join()
  ada.acks = false
  return { server, ada, seats }
}

test('where each sees a part, who comes back before anything of a full window arrived goes on from what it has', async () => {
  const { server, ada, seats } = await silentViewer()
  // On a line this long as many states may be under way as ever.
  await server.pass(700)
  ada.ack(ada.states[0]?.tick)
  await server.pass(1_000)
  const [{ feed }] = seats as [Seat]
  const lastTick = feed.flow.acknowledgedTick
  expect(feed.flow.inFlight).toBe(WINDOW_FRAMES)
  ada.cut()
  const back = await server.resume(ada, { lastTick })
  await server.pass(100)
  expect(back.states[0]?.baseTick).toBe(lastTick)
  expect(back.column('ship', 'x')).toEqual([0, 200, 400, 600, 800])
})

test('where each sees a part, who goes on from a state that its seat has not got any more is sent its view as a whole', async () => {
  const { server, ada, seats } = await silentViewer()
  // On a line this long fourteen states are under way.
  for (let step = 0; step < 60; step++) {
    await server.pass(50)
    const tick = ada.states.at(-15)?.tick ?? (step === 14 && ada.states[0]?.tick)
    if (tick) ada.ack(tick)
  }
  const [{ feed }] = seats as [Seat]
  const lastTick = ada.states.at(-12)?.tick as number
  expect(feed.flow.acknowledgedTick).toBeLessThan(lastTick)
  feed.shortage = new Shortage(feed.flow.base)
  ada.cut()
  const back = await server.resume(ada, { lastTick })
  await server.pass(100)
  expect(back.states[0]?.baseTick).toBe(0)
  expect(back.column('ship', 'x')).toEqual([0, 200, 400, 600, 800])
})

for (const { where, views, acks } of [
  { where: 'everyone sees all', views: {}, acks: false },
  { where: 'everyone sees all', views: {}, acks: true },
  {
    where: 'each sees a part',
    views: { ship: { visibleTo: ({ id }: { readonly id: number }) => id % 9 > 0 } },
    acks: false,
  },
]) {
  const since = acks ? 'and it said so' : 'of which it said nothing'
  test(`where ${where}, who comes back to a state that told it a part has what the others have, though its line took all since, ${since}`, async () => {
    const seats: Seat[] = []
    let turn = 0
    let isOver = false
    const Restless = defineRoom(
      arena,
      (room) => ({
        onCreate() {
          for (let ship = 0; ship < 200; ship++) room.state.ship.add({ x: ship * 7 })
        },
        onJoin: (session) => void seats.push(session as unknown as Seat),
        onTick() {
          turn++
          for (const ship of room.state.ship) if (!isOver) ship.y = (ship.id * 37 + turn ** 2 * 11) % 1_000
        },
      }),
      { views },
    )
    const server = new TestServer(arena, { room: Restless })
    const [ada, bob] = [await server.join(), await server.join()]
    await server.pass(300)
    bob.bufferedAmount = server.shared.limits.skipBytes - 300
    await server.pass(200)
    const { feed } = seats[1] as Seat
    const lastTick = bob.state.tick
    isOver = true
    bob.acks = acks
    bob.bufferedAmount = 0
    for (let step = 0; step < 30 && feed.shortage?.isOver === false; step++) await server.pass(10)
    if (acks) await server.pass(100)
    expect(feed.shortage?.isOver).toBe(acks ? undefined : true)
    expect(bob.column('ship', 'y')).toEqual(ada.column('ship', 'y'))
    bob.cut()
    await server.pass(100)
    const back = await server.resume(bob, { lastTick })
    await server.pass(500)
    // Where it was forgotten what the client was told of that state, it cannot be gone on from.
    expect([back.welcome.outcome, back.states[0]?.baseTick]).toEqual(['resumed', acks ? 0 : lastTick])
    expect(back.column('ship', 'y')).toEqual(ada.column('ship', 'y'))
    expect(feed.shortage).toBeNull()
  })
}

test('who is told a part each time is told how movement goes on, and has states kept for it in one place for eight under way', async () => {
  const seats: Seat[] = []
  const Sailing = defineRoom(arena, (room) => ({
    onCreate() {
      for (let ship = 0; ship < 300; ship++) room.state.ship.add({ x: ship * 7 })
    },
    onJoin: (session) => void seats.push(session as unknown as Seat),
    onTick() {
      for (const ship of room.state.ship) ship.y = (ship.y + 1 + (ship.id % 3)) % 4_000
    },
  }))
  const server = new TestServer(arena, { room: Sailing })
  const ada = await server.join()
  const [{ feed }] = seats as [Seat]
  ada.bufferedAmount = server.shared.limits.skipBytes - 400
  ada.acks = false
  // Each state is acknowledged when eight more have left.
  for (let step = 0; step < 60; step++) {
    await server.pass(50)
    const tick = ada.states.at(-9)?.tick ?? (step === 8 && ada.states[0]?.tick)
    if (tick) ada.ack(tick)
  }
  expect(feed.shortage).not.toBeNull()
  expect([feed.flow.inFlight, feed.own?.size]).toEqual([8, 0])
  expect(ada.states.length).toBeGreaterThan(11)
  expect(ada.states.slice(3).every(({ isSteady }) => isSteady)).toBe(true)
})
