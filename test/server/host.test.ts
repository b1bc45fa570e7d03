import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { defineGame, request, text, u8 } from '../../protocol/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { Arena, arena } from '../support/arena.ts'
import { deferred, settle } from '../support/clock.ts'
import { TestServer } from '../support/server.ts'

const fresh = (limits = {}) => new TestServer(arena, { room: Arena, small: Small }, limits)
const Small = defineRoom(arena, () => ({}), { capacity: 2 })

test('[M4] a hello is answered with a welcome that names the seat and the rates', async () => {
  const server = fresh()
  const ada = await server.join({ join: ['Ada'], id: 'lobby' })
  expect(ada.welcome).toMatchObject({
    outcome: 'new',
    reason: '',
    room: 'lobby',
    player: 1,
    received: 0,
    tickRate: 60,
    sendRate: 20,
    resumeWindowMs: 30_000,
  })
  expect(ada.welcome.epoch).toBeGreaterThan(0)
  expect(server.stats).toMatchObject({ accepted: 1, connections: 1, sessions: 1 })
  expect(server.host.rooms).toEqual([{ name: 'room', id: 'lobby', tick: 0, sessions: 1 }])
})

test('the making of a room that holds up the process is named', async () => {
  let late = 0
  const Slow = defineRoom(arena, () => {
    late += 500
    return {}
  })
  const server = new TestServer(arena, { slow: Slow })
  const { now } = server.shared.world
  server.shared.world.now = () => now() + late
  await server.join({ room: 'slow' })
  expect(server.shared.logged).toEqual(['the making of room slow held up the server for 500 ms'])
})

describe('a hello that cannot be is told why by its close code', () => {
  for (const [what, hello, code, words] of [
    ['[M3] a room that there is not', { room: 'nowhere' }, 4404, 'nowhere'],
    ['a room named like a property of every object', { room: 'constructor' }, 4404, 'constructor'],
    ['[M2] another definition', { hash: 123456789 }, 4426, '123456789'],
    ['a join that is nothing', { join: null }, 4400, ''],
    ['a join with a number for a name', { join: [7] }, 4400, ''],
    ['a join with one field too many', { join: ['Ada', 1] }, 4400, ''],
    ['a name that is too long', { join: ['x'.repeat(17)] }, 4400, ''],
    ['[M3] an id that is too long', { id: 'x'.repeat(65) }, 4400, '64'],
    ['[M3] an id with a control character', { id: 'a\u0000b' }, 4400, 'printed'],
    ['[M3] an id of two lines', { id: 'a\u2028b' }, 4400, 'printed'],
    ['[M3] an id that turns the text around it', { id: 'a\u202eb' }, 4400, 'printed'],
    ['[M3] an id with a character of nobody but one font', { id: 'a\ue000b' }, 4400, 'printed'],
  ] as const) {
    test(`${what}: ${code}`, async () => {
      const server = fresh()
      const client = await server.join(hello)
      expect(client.closed?.code).toBe(code)
      expect(client.closed?.reason).toContain(words)
      expect(server.host.rooms).toEqual([])
      expect(server.stats.connections).toBe(0)
    })
  }

  for (const id of ['👩\u200d🚀 base', 'می\u200cخواهم', 'cafe\u0301', '❤\ufe0f', '\u{1fae9}', 'a b'])
    test(`[M3] but an id that prints is taken: ${id}`, async () => {
      expect((await fresh().join({ id })).welcome.room).toBe(id)
    })

  test('and one with the longest name and id is let in', async () => {
    const client = await fresh().join({ join: ['x'.repeat(16)], id: 'ü'.repeat(64) })
    expect(client.closed).toBeNull()
  })
})

test('[M1] a second hello closes the socket with 4400', async () => {
  const client = await fresh().join()
  client.hello()
  await settle()
  expect(client.closed?.code).toBe(4400)
})

for (const wait of ['authenticate', 'onCreate'] as const) {
  test(`[M1] a second hello while the first waits for ${wait} closes the socket with 4400, and nobody is let in`, async () => {
    let calls = 0
    const waits = async () => {
      calls++
      await server.wait(300)
    }
    const Slow =
      wait === 'onCreate'
        ? defineRoom(arena, () => ({ onCreate: waits }))
        : defineRoom(arena, () => ({}), { authenticate: waits })
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Slow })
    const client = await server.join()
    client.hello()
    await settle()
    expect(client.closed).toEqual({ code: 4400, reason: 'wait for the welcome' })
    await server.pass(1_000)
    expect([calls, client.welcomes.length, server.stats.sessions]).toEqual([1, 0, 0])
  })
}

test('[M1] a frame between the hello and the welcome closes the socket with 4400', async () => {
  const Slow = defineRoom(arena, () => ({ onJoin: () => new Promise<void>(() => {}) }))
  const server = new TestServer(arena, { room: Slow })
  const client = await server.join()
  expect(client.closed).toBeNull()
  client.ack(0, 0)
  expect(client.closed?.code).toBe(4400)
})

test('[M1] a socket that says nothing is closed with 4401 after five seconds, and gone before six', async () => {
  const server = fresh()
  const silent = server.dial()
  await server.pass(4_900)
  expect(silent.closed).toBeNull()
  await server.pass(400)
  expect(silent.reason).toBe('HELLO_TIMEOUT')
  await server.pass(600)
  expect(silent.wasTerminated).toBe(true)
})

test('however many sockets come, one timer looks after all of them, and none when nobody is there nor was lately', async () => {
  const server = fresh()
  const clients = Array.from({ length: 8 }, () => server.dial())
  expect(server.clock.waiting).toBe(1)
  await server.pass(2_000)
  expect(server.clock.waiting).toBe(1)
  for (const client of clients) client.cut()
  await server.clock.pass(120_000, 50)
  expect(server.clock.waiting).toBe(0)
})

test('clients that name no instance fill one room after the other', async () => {
  const server = fresh()
  const clients = [
    await server.join({ room: 'small' }),
    await server.join({ room: 'small' }),
    await server.join({ room: 'small' }),
  ]
  const [first, second, third] = clients.map((client) => client.welcome.room)
  expect(first).toBe(second)
  expect(third).not.toBe(first)
})

test('[M3] clients that name no instance are not led to one that another has named', async () => {
  const server = fresh()
  const ann = await server.join({ id: 'ann-and-bob' })
  const stranger = await server.join()
  expect(stranger.welcome.room).not.toBe('ann-and-bob')
  expect((await server.join()).welcome.room).toBe(stranger.welcome.room)
  expect((await server.join({ id: 'ann-and-bob' })).welcome.room).toBe(ann.welcome.room)
  // Who is shown where a stranger plays is no stranger there, and makes nobody's room of it.
  expect((await server.join({ id: stranger.welcome.room })).welcome.room).toBe(stranger.welcome.room)
  expect((await server.join()).welcome.room).toBe(stranger.welcome.room)
})

describe('a room that is locked', () => {
  let lock: (isLocked: boolean) => void
  const Match = defineRoom(arena, (room) => {
    lock = (isLocked) => {
      room.isLocked = isLocked
    }
    return { onCreate: (options) => lock(options === 'alone') }
  })
  const match = () => new TestServer(arena, { room: Match })

  test('[M3] is passed over by who names none, and tells who names it that it is full', async () => {
    const server = match()
    const ada = await server.join()
    const id = ada.welcome.room
    lock(true)
    const bob = await server.join({ id })
    expect([bob.reason, bob.closed?.reason]).toEqual(['FULL', `room ${id} is full`])
    expect((await server.join()).welcome.room).not.toBe(id)
    expect(server.host.rooms.map(({ sessions }) => sessions)).toEqual([1, 1])
  })

  test('[M3] tells so at once while it is still being made', async () => {
    const opening = deferred()
    const Slow = defineRoom(arena, (room) => ({
      onCreate() {
        room.isLocked = true
        return opening.promise
      },
    }))
    const server = new TestServer(arena, { room: Slow })
    const [ada, bob] = [await server.join({ id: 'x' }), await server.join({ id: 'x' })]
    expect([ada.reason, bob.reason]).toEqual([undefined, 'FULL'])
    opening.resolve()
    await settle()
    expect(ada.welcome.room).toBe('x')
  })

  test('keeps who has a seat, and takes newcomers again once it is not', async () => {
    const server = match()
    const ada = await server.join()
    const { room, player } = ada.welcome
    lock(true)
    ada.cut()
    expect((await server.resume(ada)).welcome).toMatchObject({ outcome: 'resumed', room, player })
    lock(false)
    expect((await server.join({ id: room })).welcome.room).toBe(room)
    expect((await server.join()).welcome.room).toBe(room)
  })

  test('keeps out those who wait for its making, too, but for the one it was made for', async () => {
    const opening = deferred()
    const Duel = defineRoom(arena, (room) => ({
      onCreate: () => opening.promise,
      onJoin() {
        room.isLocked = room.sessions.size === 1
      },
    }))
    const server = new TestServer(arena, { room: Duel })
    const all = Array.from({ length: 3 }, () => server.dial())
    for (const client of all) client.hello({ id: 'x' })
    await settle()
    opening.resolve()
    await settle()
    expect(all.map(({ reason }) => reason)).toEqual([undefined, undefined, 'FULL'])
  })

  test('from its beginning has the one it was made for, and nobody else', async () => {
    const server = match()
    const ada = await server.join({ options: 'alone' })
    expect((await server.join({ id: ada.welcome.room })).reason).toBe('FULL')
    expect(ada.closed).toBeNull()
  })
})

for (const wait of ['authenticate', 'onCreate'] as const) {
  test(`who leaves while the hello waits for ${wait} has left, and is not let in`, async () => {
    const waits = () => server.wait(300)
    const hooks = wait === 'onCreate' ? { onCreate: waits } : {}
    const settings = wait === 'onCreate' ? {} : { authenticate: () => waits().then(() => 'Ada') }
    const server: TestServer<typeof arena> = new TestServer(arena, { room: defineRoom(arena, () => hooks, settings) })
    const [ada, bob] = [await server.join(), await server.join()]
    ada.send({ type: 'leave' })
    expect(ada.reason).toBe('LEFT')
    await server.pass(1_000)
    expect([ada.welcomes.length, bob.welcome.player, server.stats.sessions]).toEqual([0, 1, 1])
    expect(server.stats.closed).toMatchObject({ LEFT: 1, BAD_MESSAGE: 0 })
  })
}

test('[M7] a leave is no first frame', async () => {
  const client = fresh().dial()
  client.send({ type: 'leave' })
  expect(client.reason).toBe('BAD_MESSAGE')
})

test('[M3] a room that is full refuses one more with 1013, and has a place again when someone leaves', async () => {
  const server = fresh()
  const ada = await server.join({ room: 'small', id: 'a' })
  await server.join({ room: 'small', id: 'a' })
  const late = await server.join({ room: 'small', id: 'a' })
  expect(late.reason).toBe('FULL')
  ada.send({ type: 'leave' })
  expect(ada.reason).toBe('LEFT')
  const next = await server.join({ room: 'small', id: 'a' })
  expect(next.welcome.outcome).toBe('new')
})

test('two rooms of one id under two names are two rooms', async () => {
  const server = fresh()
  await server.join({ room: 'small', id: 'a' })
  await server.join({ room: 'room', id: 'a' })
  expect(server.host.rooms.map(({ name }) => name)).toEqual(['small', 'room'])
})

test('a room does not wait for one of the same id under another name to be saved', async () => {
  const Saving = defineRoom(arena, (room) => ({
    onCreate: () => void room.on('ask', () => room.close()),
    onDispose: () => new Promise<void>(() => {}),
  }))
  const server = new TestServer(arena, { room: Arena, saving: Saving })
  const ada = await server.join({ room: 'saving', id: 'a' })
  ada.say('ask', { what: 'end' })
  await settle()
  const bob = await server.join({ id: 'a' })
  expect([ada.reason, bob.welcomes.length]).toEqual(['ROOM_CLOSED', 1])
})

test('authenticate, a room that is saved and the way in have one time together', async () => {
  for (const [saveMs, welcomes] of [
    [1_900, 1],
    [3_000, 0],
  ] as const) {
    const Saving = defineRoom(
      arena,
      (room) => ({ onCreate: () => void room.on('ask', () => room.close()), onDispose: () => server.wait(saveMs) }),
      { authenticate: ({ auth }) => server.wait(auth ? 2_000 : 0).then(() => 'anyone') },
    )
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Saving }, { hookMs: 4_000 })
    const ada = await server.join({ id: 'a' })
    await server.pass(10)
    const bob = await server.join({ id: 'a', auth: 'slow' })
    await server.pass(1_900)
    ada.say('ask', { what: 'end' })
    await server.pass(2_200)
    const ends = ['ROOM_CLOSED', welcomes ? undefined : 'ROOM_FAILED']
    expect([ada.reason, bob.reason, bob.welcomes.length]).toEqual([...ends, welcomes])
  }
})

test('the server makes no more rooms than it may', async () => {
  const server = fresh({ rooms: 2 })
  await server.join({ id: 'a' })
  await server.join({ id: 'b' })
  const refused = await server.join({ id: 'c' })
  expect(refused.reason).toBe('FULL')
  expect((await server.join({ id: 'b' })).welcome.room).toBe('b')
})

test('a token that fits no seat gives a new one, and is counted', async () => {
  const server = fresh()
  const ada = await server.join()
  const claim = ada.claim()
  for (const token of ['', 'nonsense', `${claim.token}x`, claim.token.replace('.', '')]) {
    const client = await server.join({ resume: { ...claim, token } })
    expect(client.welcome).toMatchObject({ outcome: 'new', reason: 'unknown token' })
    expect(client.welcome.player).not.toBe(ada.welcome.player)
  }
  expect(server.stats.unknownTokens).toBe(4)
  expect(ada.closed).toBeNull()
})

describe('after five bad hellos of one address', () => {
  const junk = Uint8Array.of(0xc1)
  const spoil = (server: ReturnType<typeof fresh>, times: number) => {
    for (let count = 0; count < times; count++) server.dial().raw(junk)
  }

  test('a newcomer of it is refused with 4429 for a minute, and after four it is not', async () => {
    for (const { bad, reason } of [
      { bad: 4, reason: undefined },
      { bad: 5, reason: 'TOO_FAST' },
    ]) {
      const server = fresh()
      spoil(server, bad)
      expect((await server.join()).reason).toBe(reason)
      await server.pass(60_000)
      expect((await server.join()).reason).toBeUndefined()
    }
  })

  test('one that holds the token of a seat comes back to it', async () => {
    const server = fresh()
    const ada = await server.join()
    for (let count = 0; count < 5; count++) await server.join({ join: [7] })
    expect((await server.join()).reason).toBe('TOO_FAST')
    expect((await server.resume(ada)).welcome).toMatchObject({ outcome: 'resumed', player: ada.welcome.player })
  })

  test('an old secret is not one: a page that the browser goes back to gets a new seat, each time', async () => {
    const server = fresh()
    let ada = await server.join()
    const { player } = ada.welcome
    for (let count = 0; count < 10; count++) {
      const kept = ada.claim()
      ada = await server.resume(ada)
      ada.ack()
      const back = await server.join({ resume: kept })
      expect(back.welcome).toMatchObject({ outcome: 'new', reason: 'unknown token' })
      expect(ada.welcome.player).toBe(player)
    }
    expect((await server.join()).reason).toBeUndefined()
  })

  test('what a person may have typed, a name or an id, is not one, nor is a client that the game does not let in', async () => {
    const nice = { '~standard': { validate: () => ({ issues: [{ message: 'be nice' }] }) } }
    const Nice = defineRoom(arena, () => ({}), { validate: { join: nice } })
    const Closed = defineRoom(arena, () => ({}), { authenticate: () => null })
    const server = new TestServer(arena, { room: Arena, nice: Nice, closed: Closed })
    for (let count = 0; count < 5; count++) {
      expect((await server.join({ room: 'nice' })).closed).toEqual({ code: 4400, reason: 'join: be nice' })
      expect((await server.join({ room: 'closed' })).reason).toBe('REFUSED')
    }
    expect((await server.join()).reason).toBeUndefined()
    for (const id of ['XK3P9\n', `https://game.example/rooms/join?code=XK3P9&from=${'x'.repeat(40)}`]) {
      for (let count = 0; count < 5; count++) expect((await server.join({ id })).reason).toBe('BAD_MESSAGE')
    }
    expect((await server.join()).reason).toBeUndefined()
    for (let count = 0; count < 5; count++) await server.join({ id: 'XK3P9\n', join: [7] })
    expect((await server.join()).reason).toBe('TOO_FAST')
  })

  test('the right secret of who was away for too long is not one, and gives a new seat', async () => {
    const server = fresh({ tokenMs: 2_000 })
    const players = []
    for (let count = 0; count < 6; count++) players.push(await server.join({ room: 'room' }))
    for (let second = 0; second < 10; second++) {
      await server.pass(1_000)
      for (const { connection } of players) connection.heard()
    }
    for (const player of players) player.cut()
    await server.pass(1_000)
    expect((await server.resume(players[0]!)).welcome.outcome).toBe('resumed')
    await server.pass(1_000)
    for (const player of players.slice(1)) {
      expect((await server.resume(player)).welcome).toMatchObject({ outcome: 'new', reason: 'unknown token' })
    }
    expect((await server.join()).reason).toBeUndefined()
  })

  test('another address is not concerned, nor are frames that break the protocol after the welcome', async () => {
    const server = fresh()
    for (let count = 0; count < 5; count++) (await server.join()).raw(junk)
    expect((await server.join()).reason).toBeUndefined()
    spoil(server, 5)
    const other = server.dial('10.0.0.2')
    other.hello()
    await server.pass(0)
    expect(other.reason).toBeUndefined()
  })
})

test('a token does not open another room', async () => {
  const server = fresh()
  const ada = await server.join()
  const elsewhere = await server.join({ room: 'small', resume: ada.claim() })
  expect(elsewhere.welcome).toMatchObject({ outcome: 'new', reason: 'unknown token' })
  expect(ada.closed).toBeNull()
})

test('a path on which nothing is heard for five seconds is given up, and one with a sign of life is not', async () => {
  const server = fresh()
  const silent = await server.join()
  const alive = await server.join()
  silent.acks = false
  for (let second = 0; second < 6; second++) {
    await server.pass(1_000)
    alive.connection.heard()
  }
  expect(silent.wasTerminated).toBe(true)
  expect(alive.wasTerminated).toBe(false)
  expect(server.stats.silent).toBe(1)
})

test('a client that takes states and acknowledges none is closed with 4408', async () => {
  const server = fresh()
  const client = await server.join()
  client.acks = false
  for (let step = 0; step < 12; step++) {
    await server.pass(500)
    client.connection.heard()
  }
  expect(client.reason).toBe('TOO_SLOW')
})

test('a socket that said hello makes place for one that did not', async () => {
  const server = fresh()
  const silent = Array.from({ length: 32 }, () => server.dial())
  expect(server.host.refuse('10.0.0.1')).toBe('greetings')
  silent[0]?.hello()
  expect(server.host.refuse('10.0.0.1')).toBeNull()
  silent[1]?.cut()
  server.dial()
  expect(server.host.refuse('10.0.0.1')).toBeNull()
})

test('an address that only ever asked is forgotten, too', async () => {
  const server = fresh({ dialBurst: 1, dialsPerSecond: 1 })
  expect(server.host.refuse('10.0.0.1')).toBeNull()
  expect(server.clock.waiting).toBe(1)
  await server.pass(10_000)
  expect(server.clock.waiting).toBe(1)
  await server.pass(1_000)
  expect(server.clock.waiting).toBe(0)
})

describe('a server that stops', () => {
  test('[M7] tells everyone, waits for what is under way, and closes with 1012', async () => {
    const server = fresh()
    const ada = await server.join()
    const silent = server.dial()
    ada.acks = false
    ada.say('talk', { message: 'last words' })
    const drained = server.host.drain()
    await server.pass(500)
    expect(ada.stoppingMs).toBeGreaterThanOrEqual(1_000)
    expect(ada.closed).toBeNull()
    ada.ack(0, 1)
    await server.pass(100)
    await drained
    expect(ada.reason).toBe('SERVER_STOPPING')
    expect(silent.reason).toBe('SERVER_STOPPING')
    expect(server.host.rooms).toEqual([])
    expect(server.stats).toMatchObject({ connections: 0, sessions: 0 })
  })

  for (const [seats, ms] of [
    [1, 1_005],
    [200, 2_000],
    [1_900, 10_000],
  ] as const) {
    test(`gives ${seats} seats ${ms} ms to come back in`, async () => {
      const server = fresh()
      server.shared.world.randomBytes = (count) => new Uint8Array(randomBytes(count))
      const ada = await server.join()
      for (let seat = 1; seat < seats; seat++) server.dial(`10.0.${seat >> 8}.${seat & 255}`).hello()
      await settle()
      void server.host.drain()
      await settle()
      expect(ada.stoppingMs).toBe(ms)
    })
  }

  test('does not wait longer than two seconds for a client that acknowledges nothing', async () => {
    const server = fresh()
    const ada = await server.join()
    ada.acks = false
    ada.say('talk', { message: 'last words' })
    const drained = server.host.drain()
    await server.pass(1_900)
    expect(ada.closed).toBeNull()
    await server.pass(200)
    await drained
    expect(ada.reason).toBe('SERVER_STOPPING')
  })

  describe('while a listener is at work', () => {
    const shop = defineGame({ toServer: { talk: { word: text(8) }, buy: request({ item: u8() }, { gold: u8() }) } })

    /** Both listeners take so long, and what happened to whom is told. */
    async function working(ms: number) {
      const told: string[] = []
      const Shop = defineRoom(shop, (room) => ({
        onCreate() {
          room.on('buy', async () => {
            await server.wait(ms)
            told.push('bought')
            return { gold: 7 }
          })
          room.on('talk', async () => {
            await server.wait(ms)
            told.push('said')
          })
        },
        onDispose: () => void told.push('disposed'),
      }))
      const server: TestServer<typeof shop> = new TestServer(shop, { room: Shop })
      return { server, told, ada: await server.join() }
    }

    for (const [what, ms, answers] of [
      ['answers what was asked', 1_900, [[1, [7]]]],
      ['does not wait longer than two seconds to answer', 2_100, []],
    ] as const) {
      test(what, async () => {
        const { server, told, ada } = await working(ms)
        ada.say('buy', { ask: { item: 1 } })
        const drained = server.host.drain()
        await server.pass(1_000)
        expect([ada.closed, ada.stoppingMs]).toEqual([null, 1_005])
        await server.pass(950)
        ada.ack()
        await server.pass(2_000)
        await drained
        expect(ada.messages.map(({ body }) => body)).toEqual(answers)
        expect([ada.reason, told]).toEqual(['SERVER_STOPPING', ['bought', 'disposed']])
      })
    }

    test('does not wait to answer who has lost the line', async () => {
      const { server, told, ada } = await working(1_000)
      const bob = await server.join()
      ada.say('buy', { ask: { item: 1 } })
      ada.cut()
      const drained = server.host.drain()
      await settle()
      expect(bob.reason).toBe('SERVER_STOPPING')
      await server.pass(2_000)
      await drained
      expect(told).toEqual(['bought', 'disposed'])
    })

    test('waits until what a message began is done', async () => {
      const { server, told, ada } = await working(300)
      ada.say('talk', { word: 'save' })
      const drained = server.host.drain().then(() => void told.push('drained'))
      await server.pass(1_000)
      await drained
      expect(told).toEqual(['said', 'disposed', 'drained'])
    })
  })

  test('does not wait for a client that is away to acknowledge anything', async () => {
    const server = fresh()
    const ada = await server.join()
    ada.acks = false
    ada.say('talk', { message: 'last words' })
    await settle()
    ada.cut()
    void server.host.drain()
    await server.pass(100)
    expect(server.host.rooms).toEqual([])
  })

  test('lets nobody in any more', async () => {
    const server = fresh()
    const early = server.dial()
    await server.join()
    const drained = server.host.drain()
    expect(server.host.refuse('10.0.0.1')).toBe('stopping')
    early.hello()
    await drained
    expect(early.reason).toBe('SERVER_STOPPING')
  })

  for (const [what, ms, saved, words] of [
    ['waits until what is saved in onLeave and onDispose is saved', 3_000, ['left', 'disposed'], []],
    [
      'does not wait for it longer than eight seconds, which it logs',
      9_000,
      [],
      [/^room room \S+ what its hooks, .* took more than 4000 ms: /, /^the last hooks of the rooms took .* 8000 ms: /],
    ],
  ] as const) {
    test(what, async () => {
      const told: string[] = []
      const Saving = defineRoom(arena, () => {
        const save = (word: string) => server.wait(ms).then(() => void told.push(word))
        return { onLeave: () => save('left'), onDispose: () => save('disposed') }
      })
      const server: TestServer<typeof arena> = new TestServer(arena, { room: Saving })
      const ada = await server.join()
      let isDrained = false
      const drained = server.host.drain().then(() => {
        isDrained = true
      })
      await server.pass(2_900)
      expect([ada.reason, isDrained]).toEqual([undefined, false])
      await server.pass(5_200)
      await drained
      expect([ada.reason, told]).toEqual(['SERVER_STOPPING', saved])
      expect(server.shared.logged).toEqual(words.map((word) => expect.stringMatching(word)))
    })
  }

  test('sends a player away once its own onLeave has saved, or after four seconds: another process may be there', async () => {
    const saving: Record<number, number> = { 1: 0, 2: 1_000, 3: 9_000 }
    const Saving = defineRoom(arena, () => ({ onLeave: ({ id }) => server.wait(saving[id] ?? 0) }))
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Saving })
    const players = [await server.join(), await server.join(), await server.join()]
    const closed = () => players.map(({ reason }) => reason)
    void server.host.drain()
    await server.pass(900)
    expect(closed()).toEqual(['SERVER_STOPPING', undefined, undefined])
    await server.pass(200)
    expect(closed()).toEqual(['SERVER_STOPPING', 'SERVER_STOPPING', undefined])
    await server.pass(2_800)
    expect(closed()[2]).toBeUndefined()
    await server.pass(200)
    expect(closed()[2]).toBe('SERVER_STOPPING')
  })

  test('waits, too, for what is saved of who left, and of a room that was closed, just before', async () => {
    for (const last of ['onLeave', 'onDispose'] as const) {
      const told: string[] = []
      const Saving = defineRoom(arena, (room) => ({
        onCreate: () => void room.on('ask', () => room.close()),
        async [last]() {
          await server.wait(1_000)
          told.push('saved')
        },
      }))
      const server: TestServer<typeof arena> = new TestServer(arena, { room: Saving })
      const ada = await server.join()
      if (last === 'onLeave') ada.send({ type: 'leave' })
      else ada.say('ask', { what: 'end' })
      await server.pass(10)
      const drained = server.host.drain().then(() => void told.push('drained'))
      await server.pass(5_000)
      await drained
      expect(told).toEqual(['saved', 'drained'])
    }
  })

  /** Someone is on the way in for 300 ms, and someone else's last words keep a server from its end for as long. */
  async function halfway(hook: 'onCreate' | 'onJoin') {
    const Slow = defineRoom(arena, () => ({ [hook]: () => server.wait(300) }))
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Arena, slow: Slow })
    const ada = await server.join()
    ada.acks = false
    ada.say('talk', { message: 'last words' })
    return { server, ada, bob: await server.join({ room: 'slow' }) }
  }

  test('sends away who waits for a room to be made', async () => {
    const { server, bob } = await halfway('onCreate')
    const drained = server.host.drain()
    await server.pass(5_000)
    await drained
    expect([bob.reason, bob.welcomes.length]).toEqual(['SERVER_STOPPING', 0])
  })

  test('tells so, too, who is welcomed while it waits', async () => {
    const { server, ada, bob } = await halfway('onJoin')
    const drained = server.host.drain()
    await server.pass(200)
    expect([bob.welcomes.length, bob.stoppingMs]).toEqual([0, -1])
    await server.pass(5_000)
    await drained
    expect([bob.welcomes.length, bob.stoppingMs, bob.reason]).toEqual([1, ada.stoppingMs, 'SERVER_STOPPING'])
  })

  test('leaves no timer behind', async () => {
    const server = fresh()
    await server.join()
    await server.pass(1_000)
    await server.host.drain()
    await server.pass(300)
    expect(server.clock.waiting).toBe(0)
  })
})
