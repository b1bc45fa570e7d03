import { describe, expect, test } from 'vitest'
import { columnDigests } from '../../../protocol/column-digests.ts'
import { digest } from '../../../protocol/digest.ts'
import { defineRoom } from '../../../server/room/room.ts'
import { Arena, arena } from '../../support/arena.ts'
import { type TestClient, TestServer } from '../../support/server.ts'

const right = { dx: 1, dash: false }
/** Frames that a client is sent before it has acknowledged any. */
const FIRST = 6

test('a room of 60 ticks sends every third of them, each made from the one before', async () => {
  const server = new TestServer(arena, { room: Arena })
  const ada = await server.join()
  await server.pass(1_000)
  const ticks = ada.states.map(({ tick }) => tick)
  expect(ticks.length).toBe(20)
  expect(ticks.every((tick) => tick % 3 === 0)).toBe(true)
  expect(ada.states.map(({ baseTick }) => baseTick)).toEqual([0, ...ticks.slice(0, -1)])
})

test('a client that acknowledges nothing is sent six frames, and then one that spans the gap', async () => {
  const server = new TestServer(arena, { room: Arena })
  const [ada, bob] = [await server.join(), await server.join()]
  bob.acks = false
  for (let seq = 1; seq <= 60; seq++) {
    ada.input(seq, right)
    await server.pass(1_000 / 60)
  }
  expect(bob.states.length).toBe(FIRST)
  expect(server.stats.skippedFrames).toBe(ada.states.length - FIRST)
  const before = bob.state.tick
  bob.acks = true
  bob.ack()
  await server.pass(100)
  expect(bob.states[FIRST]?.baseTick).toBe(before)
  expect(bob.states[FIRST]?.tick).toBeGreaterThan(before + 30)
  expect(bob.column('ship', 'x')).toEqual(ada.column('ship', 'x'))
})

test('a client whose socket holds too much for another frame is skipped, and is not when there is room for one', async () => {
  const server = new TestServer(arena, { room: Arena })
  const ada = await server.join()
  ada.bufferedAmount = server.shared.limits.skipBytes
  await server.pass(1_000)
  expect(ada.states.length).toBe(0)
  expect(ada.closed).toBeNull()
  ada.bufferedAmount -= 1_000
  await server.pass(100)
  expect(ada.states.length).toBe(2)
})

test('a client that gets every other state is told only how movement went differently, as one that gets all', async () => {
  const server = new TestServer(arena, { room: Arena })
  const [ada, bob] = [await server.join(), await server.join()]
  for (let seq = 1; seq <= 120; seq++) {
    ada.input(seq, right)
    bob.bufferedAmount = Math.floor(seq / 3) % 2 === 0 ? 0 : 70_000
    await server.pass(1_000 / 60)
  }
  expect(bob.states.length).toBeLessThan(ada.states.length * 0.6)
  for (const client of [ada, bob]) expect(client.states.map(({ isSteady }) => isSteady).indexOf(true)).toBe(3)
  expect(bob.states.slice(3).every(({ isSteady }) => isSteady)).toBe(true)
  bob.bufferedAmount = 0
  await server.pass(200)
  expect(bob.column('ship', 'x')).toEqual(ada.column('ship', 'x'))
})

test('[S1] a client that fell out of the ring is told what changed since what was sent to it last', async () => {
  const server = new TestServer(arena, { room: Arena })
  const [ada, bob] = [await server.join(), await server.join()]
  await server.pass(120)
  bob.acks = false
  await server.pass(100)
  const held = bob.state.tick
  bob.bufferedAmount = 70_000
  for (let seq = 1; seq <= 240; seq++) {
    ada.input(seq, right)
    await server.pass(1_000 / 60)
    bob.connection.heard()
  }
  bob.bufferedAmount = 0
  bob.acks = true
  await server.pass(100)
  expect(bob.states.at(-2)?.baseTick).toBe(held)
  expect(bob.column('ship', 'x')).toEqual(ada.column('ship', 'x'))
})

test('with more than eight baselines in one tick the rest waits its turn, and all are right in the end', async () => {
  const server = new TestServer(arena, { room: Arena }, { socketsPerAddress: 100 })
  const clients = []
  for (let count = 0; count < 12; count++) clients.push(await server.join())
  await server.pass(100)
  for (const client of clients) {
    client.bufferedAmount = 70_000
    await server.pass(50)
  }
  const baselines = new Set(clients.map(({ state }) => state.tick)).size
  expect(baselines).toBeGreaterThan(8)
  const before = server.stats.skippedFrames
  for (const client of clients) client.bufferedAmount = 0
  await server.pass(50)
  expect(server.stats.skippedFrames - before).toBe(baselines - 8)
  await server.pass(100)
  const [first, ...others] = clients
  for (const other of others) expect(other.column('ship', 'x')).toEqual(first?.column('ship', 'x'))
  expect(new Set(clients.map(({ state }) => state.tick)).size).toBe(1)
})

test('clients on one baseline are given the same bytes for what everyone sees', async () => {
  const Plain = defineRoom(arena, (room) => ({ onCreate: () => void room.state.rock.add({ size: 9 }) }))
  const server = new TestServer(arena, { room: Plain })
  const clients = [await server.join(), await server.join(), await server.join()]
  await server.pass(200)
  const [first, ...others] = clients.map(({ stateBytes }) => stateBytes)
  for (const other of others) expect(other).toEqual(first)
})

test('a room in which nothing happens costs a client less than ten bytes a frame, also with what it tells of time', async () => {
  const Still = defineRoom(arena, (room) => ({ onJoin: (session) => void room.state.ship.add({ owner: session }) }))
  const server = new TestServer(arena, { room: Still })
  const ada = await server.join()
  await server.pass(1_000)
  const bytes = ada.stateBytes.slice(1)
  expect(bytes.reduce((sum, count) => sum + count, 0) / bytes.length).toBeLessThan(10)
  expect(Math.max(...bytes)).toBeLessThan(18)
})

describe('the hash of the state', () => {
  /** What the server says of its own state, and what the client holds of it. */
  const agrees = (client: TestClient) => client.states.at(-1)?.hash === digest(columnDigests(arena, client.state))

  test('[S13] is said once a second, to all at the same tick', async () => {
    const server = new TestServer(arena, { room: Arena })
    const clients = [await server.join(), await server.join()]
    await server.pass(4_000)
    const hashed = clients.map(({ states }) => states.filter(({ hash }) => hash !== undefined).map(({ tick }) => tick))
    expect(hashed[0]?.length).toBe(4)
    expect(hashed[1]).toEqual(hashed[0])
  })

  test('[S13] is that of what the client holds, for everyone and for each view', async () => {
    const views = { rock: { visibleTo: ({ size }: { size: number }, { id }: { id: number }) => size === id } }
    const Views = defineRoom(
      arena,
      (room) => ({ onJoin: (session) => void room.state.rock.add({ size: session.id }) }),
      { views },
    )
    for (const room of [Arena, Views]) {
      const server = new TestServer(arena, { room }, { hashMs: 1 })
      const clients = [await server.join({ join: ['Ada'] }), await server.join({ join: ['Bob'] })]
      for (let round = 0; round < 5; round++) {
        await server.pass(60)
        expect(clients.map(agrees)).toEqual([true, true])
      }
    }
  })

  test('[S13] is that of the state that it comes with, whatever changed since the one before', async () => {
    const server = new TestServer(arena, { room: Arena }, { hashMs: 1 })
    const clients = [await server.join(), await server.join()]
    const hashes = new Set<number | undefined>()
    for (let seq = 1; seq <= 5; seq++) {
      clients[0]!.input(seq, right)
      await server.pass(60)
      expect(clients.map(agrees)).toEqual([true, true])
      hashes.add(clients[0]!.states.at(-1)?.hash)
    }
    expect(hashes.size).toBe(5)
  })

  test('[S13] is that of what it holds also where a client is told a part', async () => {
    const Sailing = defineRoom(arena, (room) => ({
      onCreate() {
        for (let ship = 0; ship < 300; ship++) room.state.ship.add({ x: ship * 7 })
      },
      onTick() {
        for (const ship of room.state.ship) ship.y = (ship.y * 7 + ship.id) % 4_000
      },
    }))
    const server = new TestServer(arena, { room: Sailing }, { hashMs: 1 })
    const [ada, bob] = [await server.join(), await server.join()]
    await server.pass(300)
    bob.bufferedAmount = server.shared.limits.skipBytes - 400
    for (let round = 0; round < 5; round++) {
      await server.pass(60)
      expect([ada, bob].map(agrees)).toEqual([true, true])
    }
    expect(bob.column('ship', 'y')).not.toEqual(ada.column('ship', 'y'))
  })

  test('[M9] that is not what a client holds is answered with the whole state, once a second, and named', async () => {
    const server = new TestServer(arena, { room: Arena })
    const ada = await server.join()
    await server.pass(1_100)
    ;(ada.state.tables[2]?.ints[1] as Int32Array)[0]! ^= 9
    const ask = () =>
      ada.send({ type: 'keyframe', tick: ada.state.tick, digests: columnDigests(arena, ada.state).slice(0, 99) })
    ask()
    await server.pass(100)
    ask()
    await server.pass(500)
    expect(ada.states.filter(({ baseTick }) => baseTick === 0).length).toBe(2)
    expect(ada.column('ship', 'x')).toEqual([100])
    expect(server.stats.keyframes).toBe(1)
    expect(server.shared.logged).toEqual([
      expect.stringMatching(/session 1 .* of tick \d+\. .*: ship\.x, likely that of ship 1: 100 here, 101\.125 there/),
    ])
    await server.pass(500)
    ask()
    await server.pass(100)
    expect(server.stats.keyframes).toBe(2)
  })

  test('goes out whole when the game says so, and what is there stays', async () => {
    let again = () => {}
    const room = defineRoom(arena, () => ({
      onJoin: (session) => {
        again = () => session.keyframe()
      },
    }))
    const server = new TestServer(arena, { room })
    const ada = await server.join()
    await server.pass(500)
    const wholes = () => ada.states.filter(({ baseTick }) => baseTick === 0).length
    expect(wholes()).toBe(1)
    again()
    await server.pass(100)
    expect(wholes()).toBe(2)
    expect(ada.state.tables[1]?.count).toBe(1)
  })

  test('goes out whole, too, to who was cut off before that, and only to who was told so', async () => {
    const room = defineRoom(arena, () => ({ onDrop: (session) => session.id === 1 && session.keyframe() }))
    const server = new TestServer(arena, { room })
    const clients = [await server.join(), await server.join()]
    await server.pass(500)
    for (const client of clients) client.cut()
    const back = [await server.resume(clients[0]!), await server.resume(clients[1]!)]
    await server.pass(100)
    expect(back.map(({ welcome }) => welcome.outcome)).toEqual(['resumed', 'resumed'])
    const wholes = back.map(({ states }) => states.filter(({ baseTick }) => baseTick === 0).length)
    expect(wholes).toEqual([1, 0])
  })

  test('goes out whole with each turn where a room of turns says so in each, and brings about none itself', async () => {
    let turns = 0
    const room = defineRoom(
      arena,
      (stage) => ({
        onTick() {
          for (const session of stage.sessions) if (++turns < 99) session.keyframe()
        },
      }),
      { tickRate: 0 },
    )
    const server = new TestServer(arena, { room })
    const ada = await server.join()
    await server.pass(500)
    expect(turns).toBe(1)
    ada.send({ type: 'keyframe', tick: ada.state.tick, digests: [] })
    await server.pass(100)
    expect(turns).toBe(1)
    expect(ada.states.map(({ baseTick }) => baseTick)).toEqual([0, 0])
  })

  test('[M9] is no way to wear the server out: who asks all the time is closed as too fast', async () => {
    const server = new TestServer(arena, { room: Arena })
    const mallory = await server.join()
    for (let times = 0; times < 60; times++) mallory.send({ type: 'keyframe', tick: 0, digests: [] })
    expect([mallory.reason, server.stats.keyframes]).toEqual(['TOO_FAST', 1])
  })
})

describe('in a room of turns', () => {
  /** A room in which what is said makes a turn. */
  const turns = (options: object = {}) =>
    defineRoom(
      arena,
      (room) => ({
        onCreate() {
          for (const size of [1, 200]) room.state.rock.add({ size })
          room.on('talk', (_, { message }) => {
            const [seen, unseen] = room.state.rock
            if (message === 'echo') room.broadcast('talk', { message })
            if (message === 'phase') room.state.room.phase ^= 1
            if (message === 'seen') seen!.size++
            if (message === 'unseen') unseen!.size++
          })
        },
      }),
      { tickRate: 0, ...options },
    )

  test('who was skipped is told the next turn, though by then all is as it was, and has its heartbeats again', async () => {
    const server = new TestServer(arena, { room: turns() })
    const [ada, bob] = [await server.join(), await server.join()]
    await server.pass(500)
    const before = ada.states.length
    ada.bufferedAmount = 70_000
    bob.say('talk', { message: 'phase' })
    await server.pass(100)
    expect(ada.states.length).toBe(before)
    ada.bufferedAmount = 0
    bob.say('talk', { message: 'phase' })
    await server.pass(100)
    expect(ada.states.length).toBe(before + 1)
    for (let step = 0; step < 40; step++) {
      await server.pass(100)
      ada.connection.heard()
      bob.connection.heard()
    }
    expect(ada.states.length).toBeGreaterThan(before + 1)
  })

  test('who is told nothing new has a state as often as a heartbeat is due, and no oftener', async () => {
    const server = new TestServer(arena, { room: turns() }, { hashMs: 1e9 })
    const ada = await server.join()
    await server.pass(500)
    const before = ada.states.length
    for (let step = 0; step < 150; step++) {
      await server.pass(100)
      ada.connection.heard()
    }
    expect(ada.states.length - before).toBeGreaterThanOrEqual(7)
    expect(ada.states.length - before).toBeLessThanOrEqual(10)
  })

  test('a message is followed by a state of its tick, though nothing else is new', async () => {
    const server = new TestServer(arena, { room: turns() }, { hashMs: 1e9 })
    const [ada, bob] = [await server.join(), await server.join()]
    for (let turn = 0; turn < 5; turn++) {
      await server.pass(200)
      bob.say('talk', { message: 'echo' })
      await server.pass(100)
      expect(ada.heard('talk')).toHaveLength(turn + 1)
      expect(ada.state.tick).toBeGreaterThanOrEqual(ada.messages.at(-1)!.tick)
    }
  })

  test('a turn that changes nothing for somebody is told once a second, with its hash', async () => {
    const server = new TestServer(arena, { room: turns() })
    const [ada, bob] = [await server.join(), await server.join()]
    await server.pass(500)
    const before = ada.states.length
    for (let turn = 0; turn < 30; turn++) {
      bob.say('talk', { message: 'nothing' })
      await server.pass(100)
    }
    const told = ada.states.slice(before)
    expect(told.length).toBeGreaterThanOrEqual(3)
    expect(told.length).toBeLessThanOrEqual(4)
    expect(told.every(({ hash }) => hash !== undefined)).toBe(true)
  })

  test('who sees a part goes on from what it had, however many turns it saw nothing of', async () => {
    const views = { rock: { visibleTo: ({ size }: { readonly size: number }) => size < 100 } }
    const server = new TestServer(arena, { room: turns({ views }) }, { hashMs: 1e9 })
    const [ada, bob] = [await server.join(), await server.join()]
    await server.pass(100)
    // All before the next heartbeat.
    for (let turn = 0; turn < 20; turn++) {
      bob.say('talk', { message: 'unseen' })
      await server.pass(60)
      ada.connection.heard()
    }
    const held = ada.state.tick
    bob.say('talk', { message: 'seen' })
    await server.pass(100)
    expect(ada.states.at(-1)?.baseTick).toBeGreaterThanOrEqual(held)
    expect(ada.states.filter(({ baseTick }) => baseTick === 0)).toHaveLength(1)
    expect(ada.column('rock', 'size')).toEqual([2])
  })
})

test('a client that was skipped is known to have been', async () => {
  const sessions: { readonly stats: { readonly skippedFrames: number } }[] = []
  const Plain = defineRoom(arena, () => ({ onJoin: (session) => void sessions.push(session) }))
  const server = new TestServer(arena, { room: Plain })
  const ada = await server.join()
  ada.bufferedAmount = server.shared.limits.skipBytes
  await server.pass(500)
  expect(server.stats.skippedFrames).toBeGreaterThan(7)
  expect(sessions[0]?.stats.skippedFrames).toBe(server.stats.skippedFrames)
})

test('each time another client is the first to be sent to', async () => {
  const server = new TestServer(arena, { room: Arena })
  const clients = [await server.join(), await server.join(), await server.join()]
  const first: number[] = []
  for (const client of clients) {
    const { connection } = client
    const { send } = connection
    connection.send = (bytes) => {
      first.push(client.welcome.player)
      send.call(connection, bytes)
    }
  }
  await server.pass(300)
  const firsts = first.filter((_, index) => index % 3 === 0)
  expect(firsts.slice(0, 6)).toEqual([2, 3, 1, 2, 3, 1])
})

test('a server that takes most of an interval to send its states sends every one to each client', async () => {
  const Plain = defineRoom(arena, (room) => ({ onCreate: () => void room.state.rock.add({ size: 9 }) }), {
    tickRate: 20,
  })
  const server = new TestServer(arena, { room: Plain })
  const clients: TestClient[] = []
  for (let count = 0; count < 5; count++) clients.push(await server.join())
  const { world } = server.shared
  const { clock } = server
  // A send takes 8 ms, of the 50 of an interval.
  const spent = { at: 0, ms: 0 }
  world.now = () => clock.now() + (clock.now() === spent.at ? spent.ms : 0)
  for (const { connection } of clients) {
    const { send } = connection
    connection.send = (bytes, now) => {
      spent.ms = clock.now() === spent.at ? spent.ms + 8 : 8
      spent.at = clock.now()
      send.call(connection, bytes, now)
    }
  }
  await server.pass(1_000)
  expect(clients.map(({ states }) => states.length)).toEqual([20, 20, 20, 20, 20])
})
