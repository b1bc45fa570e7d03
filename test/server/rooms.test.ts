import { describe, expect, test } from 'vitest'
import { defineRoom } from '../../server/room/room.ts'
import { Arena, arena } from '../support/arena.ts'
import { deferred, settle } from '../support/clock.ts'
import { type TestClient, TestServer } from '../support/server.ts'

const ids = ({ host }: TestServer) => host.rooms.map(({ id }) => id)

/** A client of that address that is in the room of that id. */
async function enter(server: TestServer, id: string, address = '10.0.0.1'): Promise<TestClient> {
  const client = server.dial(address)
  client.hello({ id })
  await settle()
  // It has answered: its seat is held.
  if (!client.closed) client.ack(0)
  return client
}

describe('of the rooms that one address has made and nobody is in', () => {
  for (const resumeWindow of [30, 600]) {
    test(`there are 64, as fast as it may dial, where a seat is held for ${resumeWindow} s; and others come in`, async () => {
      const Table = defineRoom(arena, () => ({}), { tickRate: 0, resumeWindow })
      const server = new TestServer(arena, { room: Table })
      let made = 0
      let most = 0
      for (let at = 0; at < 260_000; at += 250) {
        await server.pass(250)
        if (server.host.refuse('10.6.6.6') !== null) continue
        const client = await enter(server, `x${made}`, '10.6.6.6')
        expect(client.closed).toBeNull()
        made++
        client.cut()
        most = Math.max(most, ids(server).length)
      }
      expect(made).toBeGreaterThan(1_000)
      expect(most).toBe(64)
      expect(server.stats.desertedRooms).toBe(made - 64)
      expect((await enter(server, 'club')).closed).toBeNull()
    })
  }

  test('the one that was left longest ago ends for the next, and whoever lost the line after that comes back', async () => {
    const left: string[] = []
    const Telling = defineRoom(arena, (room) => ({ onLeave: (_, how) => void left.push(`${room.id} ${how}`) }))
    const server = new TestServer(arena, { room: Telling }, { desertedRoomsPerAddress: 2 })
    const [ada, bob] = [await enter(server, 'a'), await enter(server, 'b')]
    bob.cut()
    await server.pass(1_000)
    ada.cut()
    await server.pass(1_000)
    await enter(server, 'c')
    expect([ids(server), left, server.stats.desertedRooms]).toEqual([['a', 'c'], ['b closed'], 1])
    expect((await server.resume(ada)).welcome.outcome).toBe('resumed')
    expect((await server.resume(bob)).welcome).toMatchObject({ outcome: 'new', reason: 'unknown token' })
  })

  test('an empty one ends before those whose seats are held', async () => {
    const server = new TestServer(arena, { room: Arena }, { desertedRoomsPerAddress: 2 })
    const [ada, bob] = [await enter(server, 'a'), await enter(server, 'b')]
    ada.cut()
    await server.pass(1_000)
    bob.send({ type: 'leave' })
    await enter(server, 'c')
    expect(ids(server)).toEqual(['a', 'c'])
  })

  test('those of other addresses are none', async () => {
    const server = new TestServer(arena, { room: Arena }, { desertedRoomsPerAddress: 2 })
    for (const id of ['a', 'b']) (await enter(server, id, '10.0.0.2')).cut()
    for (const id of ['c', 'd']) (await enter(server, id)).cut()
    expect(ids(server)).toEqual(['a', 'b', 'c', 'd'])
    await enter(server, 'e')
    expect(ids(server)).toEqual(['a', 'b', 'd', 'e'])
  })
})

test('a school has as many rooms at once as it has sockets', async () => {
  const server = new TestServer(arena, { room: Arena })
  for (let id = 0; id < 64; id++) await enter(server, `x${id}`)
  await server.pass(20_000)
  expect([ids(server).length, server.stats.desertedRooms]).toEqual([64, 0])
})

test('a school whose line breaks has all its games back, whoever is first, and whoever begins another meanwhile', async () => {
  const server = new TestServer(arena, { room: Arena })
  const pupils: TestClient[] = []
  for (let id = 0; id < 60; id++) pupils.push(await enter(server, `x${id}`))
  for (const pupil of pupils) pupil.cut()
  await server.pass(3_000)
  await enter(server, 'late')
  for (const pupil of pupils) expect((await server.resume(pupil)).welcome.outcome).toBe('resumed')
})

test.each(['onCreate', 'onLeave'] as const)(
  'a room is not deserted in the moment in which who waited for its %s is given a seat',
  async (hook) => {
    for (let order = 0; order < 32; order++) {
      const database = deferred()
      const after = async (steps: number) => {
        await database.promise
        for (let step = 0; step < steps; step++) await null
      }
      const Slow = defineRoom(arena, () => ({ [hook]: () => after(order >> 3) }), {
        async authenticate({ auth }) {
          if (auth === 'late') await after(order & 7)
          return { auth }
        },
      })
      const server = new TestServer(arena, { room: Slow }, { desertedRoomsPerAddress: 1 })
      if (hook === 'onLeave') (await server.join({ id: 'a' })).send({ type: 'leave' })
      const ada = await server.join({ id: 'a' })
      await server.join({ id: 'b', auth: 'late' })
      database.resolve()
      await server.pass(100)
      expect([ada.reason, ada.welcomes.length, server.stats.desertedRooms]).toEqual([undefined, 1, 0])
    }
  },
)

test('a room in which anybody has a connection, or waits to be let in, is not deserted', async () => {
  const opening = deferred()
  const Slow = defineRoom(arena, () => ({ onCreate: () => opening.promise }))
  const server = new TestServer(arena, { room: Arena, slow: Slow }, { desertedRoomsPerAddress: 1 })
  const maker = await enter(server, 'a')
  const guest = await enter(server, 'a', '10.0.0.2')
  maker.cut()
  const waiting = server.dial()
  waiting.hello({ room: 'slow', id: 'b' })
  await settle()
  await enter(server, 'c')
  expect(ids(server)).toEqual(['a', 'b', 'c'])
  opening.resolve()
  await settle()
  expect([waiting.welcomes.length, guest.closed]).toEqual([1, null])
  guest.cut()
  await enter(server, 'd')
  expect(ids(server)).toEqual(['b', 'c', 'd'])
})

test('where there is no place for one more room, one that nobody is in makes place for the next of its address', async () => {
  const server = new TestServer(arena, { room: Arena }, { rooms: 2, desertedRoomsPerAddress: 1 })
  const ada = await enter(server, 'a')
  await enter(server, 'b')
  expect((await enter(server, 'c')).reason).toBe('FULL')
  ada.cut()
  expect((await enter(server, 'c', '10.0.0.2')).reason).toBe('FULL')
  expect((await enter(server, 'c')).closed).toBeNull()
  expect(ids(server)).toEqual(['b', 'c'])
})

for (const [what, hook, words] of [
  ['onCreate', 'onCreate', /^room room \S+ failed in onCreate: no such map$/],
  ['constructor', 'set up', /^room room could not be made: no such map$/],
] as const) {
  test(`rooms whose ${what} fails are counted, logged as far as anyone can read, and hide no other failure`, async () => {
    const fail = () => {
      throw new Error('no such map')
    }
    const Picky = defineRoom(arena, () => (hook === 'set up' ? fail() : { onCreate: fail }))
    const Failing = defineRoom(arena, () => ({
      onJoin() {
        throw new Error('oops')
      },
    }))
    const server = new TestServer(arena, { room: Picky, other: Failing })
    for (let count = 0; count < 60; count++) {
      expect((await server.join({ options: { map: 'x' } })).reason).toBe('ROOM_FAILED')
      await server.pass(100)
    }
    await server.join({ room: 'other' })
    expect([server.stats.failedRooms, server.shared.logged.length]).toEqual([61, 20 + 5 + 1])
    expect(server.shared.logged[0]).toMatch(words)
    expect(server.shared.logged.at(-1)).toMatch(/failed in onJoin: oops$/)
  })
}
