import { beforeEach, describe, expect, test } from 'vitest'
import { join } from '../../sdk/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import type { Knock, Session } from '../../server/room/session.ts'
import { arena } from '../support/arena.ts'
import { Net, worldOver } from '../support/link.ts'
import { TestServer } from '../support/server.ts'

let server: TestServer<typeof arena>
let knocks: Knock[]
let users: string[]
let rooms: number
/** What the outside world says of an `auth`, and how long it takes for it. */
let judge: (auth: string) => { user: string } | null
let takesMs: number

const Guarded = defineRoom(
  arena,
  () => ({
    onCreate: () => void rooms++,
    onJoin: (session) => void users.push(session.auth.user),
  }),
  {
    async authenticate(knock: Knock) {
      knocks.push(knock)
      if (takesMs > 0) await server.wait(takesMs)
      return judge(knock.auth)
    },
  },
)

beforeEach(() => {
  knocks = []
  users = []
  rooms = takesMs = 0
  judge = (auth) => (auth === 'key' ? { user: 'ada' } : null)
  server = new TestServer(arena, { room: Guarded })
})

describe('authenticate', () => {
  test('sees what the client brought, the headers and the instance, and what it returns is on the session', async () => {
    const ada = await server.join({ auth: 'key', id: 'lobby' })
    expect(ada.welcome.outcome).toBe('new')
    expect(knocks).toEqual([{ auth: 'key', headers: {}, address: '10.0.0.1', id: 'lobby' }])
    expect(users).toEqual(['ada'])
  })

  for (const [what, auth, verdict] of [
    ['another key', 'kez', () => null],
    ['no key', undefined, () => null],
    [
      'a key that makes it throw',
      'key',
      () => {
        throw new Error('the users are at 10.0.0.7')
      },
    ],
  ] as const) {
    test(`refuses ${what} with 4403 and no detail, and no room is made for it`, async () => {
      judge = verdict
      const ada = await server.join({ auth })
      expect(ada.closed).toEqual({ code: 4403, reason: 'not let in' })
      expect([ada.welcomes.length, rooms, server.stats.sessions]).toEqual([0, 0, 0])
    })
  }

  for (const nothing of [undefined, false, '', 0]) {
    test(`refuses who is judged ${JSON.stringify(nothing)}, and lets in whom it judges 1`, async () => {
      const verdicts: unknown[] = [nothing, 1]
      const Door = defineRoom(arena, () => ({}), { authenticate: () => verdicts.shift() })
      server = new TestServer(arena, { room: Door })
      expect((await server.join()).reason).toBe('REFUSED')
      expect((await server.join()).welcome.outcome).toBe('new')
    })
  }

  test('may take as long as a hook, and no longer; who is gone meanwhile gets no seat', async () => {
    server = new TestServer(arena, { room: Guarded }, { hookMs: 2_000 })
    takesMs = 1_990
    const [ada, gone] = [await server.join({ auth: 'key' }), await server.join({ auth: 'key' })]
    gone.cut()
    await server.pass(2_000)
    expect([ada.welcomes.length, users.length, server.stats.sessions]).toEqual([1, 1, 1])
    takesMs = 2_010
    const late = await server.join({ auth: 'key' })
    await server.pass(2_050)
    expect([late.reason, late.welcomes.length]).toEqual(['ROOM_FAILED', 0])
    expect(users).toHaveLength(1)
  })

  test('has no room made for who is gone meanwhile', async () => {
    takesMs = 100
    const gone = await server.join({ auth: 'key' })
    gone.cut()
    await server.pass(200)
    expect([knocks.length, rooms]).toEqual([1, 0])
  })

  test('is not asked again by who comes back to a seat, and is asked by who shows a token of none', async () => {
    const ada = await server.join({ auth: 'key' })
    judge = () => null
    const back = await server.resume(ada)
    expect([back.welcome.outcome, knocks.length]).toEqual(['resumed', 1])
    const thief = await server.join({ resume: { ...back.claim(), token: 'no.token' } })
    expect([thief.reason, knocks.length]).toEqual(['REFUSED', 2])
  })

  test('that takes too long, or refuses, bars nobody, however often', async () => {
    takesMs = 11_000
    const clients = []
    for (let count = 0; count < 6; count++) clients.push(await server.join({ auth: 'key' }))
    for (let second = 0; second < 12; second++) {
      await server.pass(1_000)
      for (const { connection } of clients) connection.heard()
    }
    expect(clients.map(({ reason }) => reason)).toEqual(Array(6).fill('ROOM_FAILED'))
    takesMs = 0
    for (let count = 0; count < 6; count++) expect((await server.join({ auth: 'old' })).reason).toBe('REFUSED')
    expect((await server.join({ auth: 'key' })).reason).toBeUndefined()
  })

  test('that fails is logged as far as anyone can read, and refuses each', async () => {
    judge = () => {
      throw new Error('no JSON')
    }
    for (let count = 0; count < 60; count++) {
      expect((await server.join({ auth: 'x' })).reason).toBe('REFUSED')
      await server.pass(100)
    }
    expect(server.shared.logged).toHaveLength(20 + 5)
    expect(server.shared.logged[0]).toBe('someone was refused: authenticate failed: no JSON')
  })

  test('that holds up the process for more than 250 ms is named in the log; one that only waits so long is not', async () => {
    takesMs = 1_500
    await server.join({ auth: 'key' })
    await server.pass(2_000)
    expect([users, server.shared.logged]).toEqual([['ada'], []])
    takesMs = 0
    const { now } = server.shared.world
    let late = 0
    server.shared.world.now = () => now() + late
    judge = () => {
      late += 1_500
      return { user: 'bob' }
    }
    await server.join({ auth: 'key' })
    expect([users, server.stats.slowHooks]).toEqual([['ada', 'bob'], 1])
    expect(server.shared.logged).toEqual([
      expect.stringMatching(/^authenticate of room \S+ held up the server for 1500 ms$/),
    ])
  })

  test('lets nobody in while the server stops', async () => {
    takesMs = 100
    const ada = await server.join({ auth: 'key' })
    void server.host.drain()
    await server.pass(200)
    expect([ada.reason, rooms]).toEqual(['SERVER_STOPPING', 0])
  })
})

describe('a page that joins', () => {
  const auth = (given: string | (() => string)) => {
    const net = new Net(server.clock, (socket) => server.host.accept(socket, '10.0.0.1'))
    const world = worldOver(net, server.clock)
    const joining = join('ws://arena.test/ws', arena, { room: 'room', with: { name: 'Ada' }, auth: given, ...world })
    return { net, joining }
  }

  test('brings its auth in the first frame, and another one whenever it dials for another seat', async () => {
    let count = 0
    judge = (key) => ({ user: key })
    const { net, joining } = auth(() => `key ${++count}`)
    await server.pass(100)
    const room = await joining
    expect(net.link.url).toBe('ws://arena.test/ws')
    net.isDown = true
    net.cut()
    await server.pass(31_000)
    net.isDown = false
    await server.pass(6_000)
    expect([room.state.name, users.length, users[0]]).toEqual(['open', 2, 'key 1'])
    expect(users[1]).not.toBe('key 1')
  })

  test('is told that it was refused, and does not dial again', async () => {
    const { net, joining } = auth('wrong')
    const refused = expect(joining).rejects.toMatchObject({ reason: 'REFUSED', code: 4403, message: 'not let in' })
    await server.pass(20_000)
    await refused
    expect(net.links).toHaveLength(1)
  })
})

test('the type of auth comes from what is returned', () => {
  const check = (session: Session<typeof arena, 'ship', { user: string } | null>): string => session.auth.user
  expect(check).toBeTypeOf('function')
})
