import { describe, expect, test } from 'vitest'
import { defineRoom } from '../../../server/room/room.ts'
import { arena } from '../../support/arena.ts'
import { deferred, settle } from '../../support/clock.ts'
import { type TestClient, TestServer } from '../../support/server.ts'
import { pass, telling } from '../../support/telling.ts'

test('the game is told of a loss and a return once each, also when the return comes first', async () => {
  const { told, server } = telling()
  const ada = await server.join()
  const back = await server.resume(ada)
  ada.cut()
  expect(told.slice(2)).toEqual(['drop 1 false', 'resume 1 true'])
  back.cut()
  await server.resume(back)
  expect(told.slice(4)).toEqual(['drop 1 false', 'resume 1 true'])
  await server.pass(31_000)
  expect(told.length).toBe(6)
})

test('who waits for a room to be made takes a place in it, so that one more is given another room', async () => {
  const opening = deferred()
  const { server } = telling({ capacity: 2 }, { onCreate: () => opening.promise })
  const clients = [await server.join(), await server.join(), await server.join()]
  expect(server.host.rooms.length).toBe(2)
  opening.resolve()
  await settle()
  expect(clients.map(({ closed }) => closed)).toEqual([null, null, null])
  expect(server.host.rooms.map(({ sessions }) => sessions)).toEqual([2, 1])
  expect((await server.join({ id: server.host.rooms[0]?.id ?? '' })).reason).toBe('FULL')
  expect((await server.join({ id: server.host.rooms[1]?.id ?? '' })).reason).toBeUndefined()
})

test('a session is among the sessions only when onJoin has settled', async () => {
  const entering = deferred()
  const { server } = telling({}, { onJoin: () => entering.promise })
  await server.join()
  await server.pass(100)
  expect(server.host.rooms[0]?.sessions).toBe(0)
  entering.resolve()
  await settle()
  expect(server.host.rooms[0]?.sessions).toBe(1)
})

test('a session on its way in takes a place', async () => {
  const { server } = telling({ capacity: 1 }, { onJoin: () => new Promise<void>(() => {}) })
  const ada = await server.join({ id: 'a' })
  const bob = await server.join({ id: 'a' })
  expect(ada.closed).toBeNull()
  expect(bob.reason).toBe('FULL')
})

test('an onJoin of more than eight seconds costs its client the seat, and is followed by onLeave when it has settled', async () => {
  let joins = 0
  const entering = deferred()
  const told: string[] = []
  const Slow = defineRoom(arena, (room) => ({
    async onJoin(session) {
      if (joins++ === 0) return
      await entering.promise
      room.state.ship.add({ owner: session })
    },
    onLeave: (session, how) => void told.push(`leave ${session.id} ${how}`),
  }))
  const server = new TestServer(arena, { room: Slow })
  const ada = await server.join()
  const slow = await server.join()
  await pass(server, 9_000, slow)
  expect(slow.reason).toBe('ROOM_FAILED')
  expect(ada.closed).toBeNull()
  expect(server.host.rooms[0]?.sessions).toBe(1)
  expect(told).toEqual([])
  entering.resolve()
  await server.pass(100)
  expect(told).toEqual(['leave 2 dropped'])
  expect([ada.column('ship', 'owner'), ada.column('player', 'name').length]).toEqual([[], 1])
})

test('an onJoin that fails after its client was refused for being late costs nobody else anything, and no onLeave follows', async () => {
  let joins = 0
  const entering = deferred()
  const { told, server } = telling({}, { onJoin: () => (joins++ === 0 ? undefined : entering.promise) })
  const [ada, bob] = [await server.join(), await server.join()]
  await pass(server, 9_000, bob)
  expect(bob.reason).toBe('ROOM_FAILED')
  entering.reject(new Error('no answer'))
  await settle()
  expect([ada.closed, server.stats.failedRooms, told]).toEqual([null, 0, ['create null']])
  await server.pass(100)
  expect(ada.column('player', 'name')).toHaveLength(1)
  expect(server.shared.logged.at(-1)).toMatch(/failed in onJoin: no answer$/)
})

for (const { closeAt, joinAt, how } of [
  { closeAt: 0, joinAt: 3_900, how: 'join 1,leave 1 closed of 0,dispose' },
  { closeAt: 0, joinAt: 4_100, how: 'dispose,join 1' },
  { closeAt: 7_000, joinAt: 8_100, how: 'join 1,leave 1 closed of 0,dispose' },
  { closeAt: 9_000, joinAt: 12_900, how: 'join 1,leave 1 closed of 0,dispose' },
  { closeAt: 9_000, joinAt: 13_100, how: 'dispose,join 1' },
]) {
  test(`a session whose room ends after ${closeAt} ms of an onJoin of ${joinAt} ms: ${how}`, async () => {
    const told: string[] = []
    const Closing = defineRoom(arena, (room) => ({
      async onJoin(session) {
        server.clock.after(closeAt, () => room.close())
        await server.wait(joinAt)
        told.push(`join ${session.id}`)
      },
      onLeave: (session, how) => void told.push(`leave ${session.id} ${how} of ${room.sessions.size}`),
      onDispose: () => void told.push('dispose'),
    }))
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Closing })
    const ada = await server.join()
    await pass(server, 16_000, ada)
    expect([told.join(), server.stats.failedRooms]).toEqual([how, 0])
  })
}

test('a session whose onJoin fails at the end of its room has no onLeave, for it was never there', async () => {
  const { told, server } = telling(
    {},
    {
      async onJoin() {
        await null
        void server.host.drain()
        await server.wait(1_000)
        throw new Error('oops')
      },
    },
  )
  await server.join()
  await server.pass(5_000)
  expect(told.slice(1)).toEqual(['dispose'])
})

test('what a late onJoin loads from a store is what onLeave saves there', async () => {
  const store = new Map([['Ada', 500]])
  const { server } = telling(
    {},
    {
      async onJoin(session, { name }) {
        await server.wait(name === 'Ada' ? 12_000 : 0)
        Object.assign(session.player, { name, score: store.get(name) ?? 0 })
      },
      onLeave: ({ player }) => void store.set(player.name, player.score),
    },
  )
  const [ada, bob] = [await server.join({ join: ['Ada'] }), await server.join({ join: ['Bob'] })]
  await pass(server, 11_000, ada, bob)
  expect([ada.reason, bob.reason]).toEqual(['ROOM_FAILED', undefined])
  await pass(server, 2_000, bob)
  expect(store).toEqual(new Map([['Ada', 500]]))
  bob.send({ type: 'leave' })
  expect(store.get('Bob')).toBe(0)
})

test('a seat whose onJoin is late is free for another, and its room ends if nobody comes', async () => {
  for (const comes of [true, false]) {
    const { server, told } = telling({ capacity: 1 }, { onJoin: () => new Promise<void>(() => {}) })
    const ada = await server.join({ id: 'a' })
    await pass(server, 9_000, ada)
    if (comes) expect((await server.join({ id: 'a' })).closed).toBeNull()
    await server.pass(14_000)
    expect(told.includes('dispose')).toBe(!comes)
  }
})

test('a client waits eight seconds in all for what lets it in', async () => {
  for (const [createMs, joinMs, reason] of [
    [3_900, 3_900, undefined],
    [4_100, 4_100, 'ROOM_FAILED'],
    [0, 7_900, undefined],
  ] as const) {
    const { server } = telling({}, { onCreate: () => server.wait(createMs), onJoin: () => server.wait(joinMs) })
    const ada = await server.join()
    await pass(server, 9_000, ada)
    expect([ada.reason, ada.welcomes.length]).toEqual([reason, reason ? 0 : 1])
  }
})

test('a session whose loss ends its room, or its seat, is told of that end when it comes back', async () => {
  for (const [how, reason] of [
    ['close', 'ROOM_CLOSED'],
    ['kick', 'REFUSED'],
  ] as const) {
    const Ending = defineRoom(arena, (room) => ({
      onDrop: (session) => (how === 'close' ? room.close() : session.kick()),
    }))
    const server = new TestServer(arena, { room: Ending })
    const ada = await server.join()
    expect((await server.resume(ada)).reason).toBe(reason)
  }
})

test('a session whose onJoin closes its room is left before the room is', async () => {
  const told: string[] = []
  const Closing = defineRoom(arena, (room) => ({
    onJoin(session) {
      room.close()
      told.push(`join ${session.id}`)
    },
    onLeave: (session, how) => void told.push(`leave ${session.id} ${how}`),
    onDispose: () => void told.push('dispose'),
  }))
  const server = new TestServer(arena, { room: Closing })
  expect((await server.join()).reason).toBe('ROOM_CLOSED')
  expect(told).toEqual(['join 1', 'leave 1 closed', 'dispose'])
})

test('a client that went away during onCreate is not let in', async () => {
  const opening = deferred()
  const { server, told } = telling({}, { onCreate: () => opening.promise })
  const ada = await server.join()
  ada.cut()
  opening.resolve()
  await settle()
  expect([told, server.stats.sessions]).toEqual([[], 0])
  const bob = await server.join({ join: ['Bob'] })
  expect([told, bob.welcome.player]).toEqual([['join 1 Bob'], 1])
})

test('a client that went away during onJoin leaves no seat behind', async () => {
  const entering = deferred()
  const { server, told } = telling({}, { onJoin: () => entering.promise })
  const ada = await server.join()
  ada.cut()
  await settle()
  expect(told.length).toBe(1)
  entering.resolve()
  await settle()
  expect(told.at(-1)).toBe('leave 1 dropped of 0')
  expect(server.stats.sessions).toBe(0)
  expect(server.host.rooms[0]?.sessions).toBe(0)
})

describe('a client that goes before its welcome', () => {
  for (const { goes, how, reason } of [
    { goes: (client: TestClient) => client.send({ type: 'leave' }), how: 'left', reason: 'LEFT' },
    { goes: (client: TestClient) => client.cut(), how: 'dropped', reason: undefined },
  ]) {
    test(`is ${how}, once its onJoin has settled, and its place is free at once`, async () => {
      const [first, second] = [deferred(), deferred()]
      const { server, told } = telling({ capacity: 1 }, { onJoin: ({ id }) => (id === 1 ? first : second).promise })
      const ada = await server.join({ id: 'a' })
      goes(ada)
      expect([ada.reason, server.stats.sessions, server.stats.closed.BAD_MESSAGE]).toEqual([reason, 0, 0])
      const again = await server.join({ id: 'a' })
      first.resolve()
      await settle()
      expect(told.at(-1)).toBe(`leave 1 ${how} of 0`)
      second.resolve()
      await settle()
      expect([again.welcome.player, ada.welcomes.length, server.stats.sessions]).toEqual([2, 0, 1])
    })
  }

  test('may say nothing else but that', async () => {
    const { server, told } = telling({}, { onJoin: () => new Promise<void>(() => {}) })
    const ada = await server.join()
    ada.say('talk', { message: 'hello?' })
    expect([ada.reason, told]).toEqual(['BAD_MESSAGE', ['create null']])
  })
})

describe('a seat whose client left the line with its welcome, and was never heard of', () => {
  /** A room for two in which Bob is, and of which Ada was welcomed: whether she got to know is not known. */
  async function half(answers: (ada: TestClient) => void = () => {}) {
    const { server, told } = telling({ capacity: 2 })
    await server.join({ id: 'a', join: ['Bob'] })
    const ada = server.dial()
    ada.acks = false
    ada.hello({ id: 'a', join: ['Ada'] })
    await settle()
    answers(ada)
    return { server, told, ada }
  }

  test('is given up for whoever wants its place, and not before', async () => {
    const { server, told, ada } = await half()
    ada.cut()
    await pass(server, 5_000)
    expect(told.at(-1)).toBe('drop 2 false')
    const again = await server.join({ id: 'a', join: ['Ada'] })
    expect([again.welcome.player, server.host.rooms[0]?.sessions]).toEqual([3, 2])
    expect(told.slice(-2)).toEqual(['leave 2 dropped of 1', 'join 3 Ada'])
    expect((await server.resume(ada)).welcome).toMatchObject({ outcome: 'new', reason: 'unknown token' })
  })

  test('is given up, too, for one who names no room', async () => {
    const { server } = telling({ capacity: 1 })
    const ada = server.dial()
    ada.acks = false
    ada.hello()
    await settle()
    ada.cut()
    const bob = await server.join()
    expect([server.host.rooms.length, bob.welcome.room]).toEqual([1, ada.welcome.room])
  })

  test('is held while its client has the line, and once anything came on it', async () => {
    const still = await half()
    expect((await still.server.join({ id: 'a' })).reason).toBe('FULL')
    const heard = await half((ada) => ada.ack(0))
    heard.ada.cut()
    expect((await heard.server.join({ id: 'a' })).reason).toBe('FULL')
    expect((await heard.server.resume(heard.ada)).welcome.outcome).toBe('resumed')
  })

  test('is held as any other once its client came back', async () => {
    const { server, ada } = await half()
    ada.cut()
    const back = await server.resume(ada)
    expect(back.welcome.outcome).toBe('resumed')
    back.cut()
    expect((await server.join({ id: 'a' })).reason).toBe('FULL')
  })

  test('is held in a room that is locked, where nobody else gets the place', async () => {
    const told: string[] = []
    const Locked = defineRoom(
      arena,
      (room) => ({
        onJoin() {
          room.isLocked = room.sessions.size === 1
        },
        onDrop: () => void told.push('drop'),
        onLeave: () => void told.push('leave'),
      }),
      { capacity: 2 },
    )
    const server = new TestServer(arena, { room: Locked })
    await server.join({ id: 'a' })
    const ada = server.dial()
    ada.acks = false
    ada.hello({ id: 'a' })
    await settle()
    ada.cut()
    expect((await server.join({ id: 'a' })).reason).toBe('FULL')
    expect(told).toEqual(['drop'])
  })
})

for (const ms of [0, 9_000])
  test(`a client kicked during onJoin is left only when onJoin has settled, ${ms} ms later`, async () => {
    const entering = deferred()
    const told: string[] = []
    const Picky = defineRoom(arena, () => ({
      async onJoin(session) {
        session.kick('not you')
        await entering.promise
        told.push('joined')
      },
      onLeave: (_, how) => void told.push(how),
    }))
    const server = new TestServer(arena, { room: Picky })
    expect((await server.join()).reason).toBe('REFUSED')
    await server.pass(ms)
    expect(told).toEqual([])
    entering.resolve()
    await settle()
    expect(told).toEqual(['joined', 'kicked'])
  })

test('a client kicked in onJoin is told why, and nothing of it stays', async () => {
  const left: string[] = []
  const Picky = defineRoom(arena, (room) => ({
    onLeave: ({ id }, how) => void left.push(`${id} ${how} with ${room.state.ship.size} ships`),
    onJoin(session, { name }) {
      if (name === 'Eve') session.kick('not you')
      room.state.ship.add({ owner: session })
    },
  }))
  const server = new TestServer(arena, { room: Picky })
  const ada = await server.join({ join: ['Ada'] })
  const eve = await server.join({ join: ['Eve'] })
  expect(eve.closed).toEqual({ code: 4403, reason: 'not you' })
  expect(eve.welcomes).toEqual([])
  expect(left).toEqual(['2 kicked with 2 ships'])
  await server.pass(100)
  expect(ada.column('ship', 'owner')).toEqual([ada.welcome.player])
  expect(server.stats.sessions).toBe(1)
})

for (const how of ['left', 'kicked'] as const) {
  test(`who ${how === 'left' ? 'leaves' : 'is kicked'} and is back at once loads what onLeave saves`, async () => {
    const store = new Map([['Ada', 10]])
    const Club = defineRoom(arena, (room) => ({
      onCreate: () => void room.on('ask', (session) => session.kick()),
      async onJoin(session, { name }) {
        await server.wait(50)
        session.player.score = store.get(name) ?? 0
      },
      async onLeave({ player: { name, score } }) {
        await server.wait(300)
        store.set(name || 'Ada', score + 90)
      },
    }))
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Club })
    const ada = await server.join({ join: ['Ada'] })
    await server.pass(200)
    if (how === 'left') ada.send({ type: 'leave' })
    else ada.say('ask', { what: 'kick' })
    const again = await server.join({ join: ['Ada'] })
    await server.pass(1_000)
    expect(again.column('player', 'score')).toEqual([100])
  })
}

test('an onLeave that hangs keeps newcomers out for four seconds, and not for good', async () => {
  const { server } = telling({}, { onLeave: () => new Promise(() => {}) })
  const [ada, bob] = [await server.join({ id: 'a' }), await server.join({ id: 'a' })]
  ada.send({ type: 'leave' })
  const [early, late] = [await server.join({ id: 'a' }), server.dial()]
  await pass(server, 3_900, bob, early)
  expect(early.welcomes.length).toBe(0)
  await pass(server, 200, bob, early)
  expect(early.welcomes.length).toBe(1)
  late.hello({ id: 'a' })
  await settle()
  expect(late.welcomes.length).toBe(1)
})

test('a player who comes back while it is saved is given a room where onLeave closes an empty one', async () => {
  const told: string[] = []
  const Duel = defineRoom(arena, (room) => ({
    onJoin: ({ id }) => void told.push(`join ${id}`),
    async onLeave({ id }) {
      await server.wait(300) // saves
      told.push(`saved ${id}`)
      if (room.sessions.size === 0) room.close()
    },
  }))
  const server: TestServer<typeof arena> = new TestServer(arena, { room: Duel })
  const ada = await server.join({ id: 'a' })
  ada.send({ type: 'leave' })
  await server.pass(100)
  const again = await server.join({ id: 'a' })
  await server.pass(2_000)
  expect([again.reason, again.welcomes.length]).toEqual([undefined, 1])
})

test('who waits for what onLeave saves keeps the room from ending as empty', async () => {
  const Club = defineRoom(arena, () => ({ onLeave: () => server.wait(2_000) }))
  const server: TestServer<typeof arena> = new TestServer(arena, { room: Club }, { emptyRoomMs: 1_000 })
  const ada = await server.join({ id: 'a' })
  ada.send({ type: 'leave' })
  await server.pass(500)
  const again = await server.join({ id: 'a' })
  await pass(server, 3_000, again)
  expect([again.reason, again.welcomes.length]).toEqual([undefined, 1])
})

test('who is gone before those who left are saved gets no seat', async () => {
  const { server, told } = telling({}, { onLeave: () => server.wait(1_000) })
  const ada = await server.join({ id: 'a' })
  ada.send({ type: 'leave' })
  const bob = await server.join({ id: 'a', join: ['Bob'] })
  bob.cut()
  await server.pass(2_000)
  expect([told.filter((what) => what.startsWith('join')), server.stats.sessions]).toEqual([['join 1 '], 0])
})

test('two seats that never answered make place for two newcomers', async () => {
  const { server } = telling({ capacity: 3 }, { onLeave: () => server.wait(300) })
  await server.join({ id: 'a' })
  for (let n = 0; n < 2; n++) {
    const stranger = server.dial()
    stranger.acks = false
    stranger.hello({ id: 'a' })
    await settle()
    stranger.cut()
  }
  const [ada, bob] = [await server.join({ id: 'a' }), await server.join({ id: 'a' })]
  await server.pass(1_500)
  expect([ada.reason, bob.reason]).toEqual([undefined, undefined])
})

test('no more players are on their way in than the room has places, however many leave before their welcome', async () => {
  let most = 0
  let here = 0
  const Duel = defineRoom(
    arena,
    (room) => ({
      async onJoin(session) {
        session.avatar = room.state.ship.add({ owner: session })
        most = Math.max(most, ++here)
        await server.wait(3_000)
      },
      onLeave: () => void here--,
    }),
    { capacity: 2, avatar: 'ship' },
  )
  const server: TestServer<typeof arena> = new TestServer(arena, { room: Duel })
  for (let n = 0; n < 20; n++) {
    const eve = server.dial()
    eve.hello({ id: 'a' })
    await settle()
    eve.send({ type: 'leave' })
    await server.pass(10)
  }
  expect(most).toBeLessThanOrEqual(2)
})

test('who left before the welcome is saved before a newcomer is let in', async () => {
  const store = new Map([['Ada', 10]])
  const { server } = telling(
    {},
    {
      async onJoin(session, { name }) {
        await server.wait(300)
        session.player.name = name
        session.player.score = store.get(name) ?? 0
        store.delete(name) // checked out: it is in one room at a time
      },
      async onLeave({ player: { name, score } }) {
        await server.wait(300)
        store.set(name, score)
      },
    },
  )
  const ada = await server.join({ id: 'a', join: ['Ada'] })
  await server.pass(100)
  ada.send({ type: 'leave' })
  const again = await server.join({ id: 'a', join: ['Ada'] })
  await server.pass(2_000)
  expect(again.column('player', 'score')).toEqual([10])
  again.send({ type: 'leave' })
  await server.pass(1_000)
  expect(store.get('Ada')).toBe(10)
})
