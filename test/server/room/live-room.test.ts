import { describe, expect, test } from 'vitest'
import { HEARTBEAT_MS, WINDOW_FRAMES } from '../../../protocol/limits.ts'
import { pack } from '../../../protocol/plain.ts'
import { defineRoom, type Room } from '../../../server/room/room.ts'
import type { Session } from '../../../server/room/session.ts'
import { Arena, arena } from '../../support/arena.ts'
import { deferred, settle } from '../../support/clock.ts'
import { type TestClient, TestServer } from '../../support/server.ts'
import { pass } from '../../support/telling.ts'

describe('a turn-based room', () => {
  const turns = () => {
    let ticks = 0
    const Turns = defineRoom(
      arena,
      (room) => ({
        onCreate() {
          room.on('ask', () => void room.state.room.phase++)
        },
        onTick(dt) {
          expect(dt).toBe(0)
          ticks++
          for (const session of room.sessions) for (const input of session.inputs()) session.player.score += input.dx
        },
      }),
      { tickRate: 0 },
    )
    return { server: new TestServer(arena, { room: Turns }), ticks: () => ticks }
  }

  test('sends after a message, once for all of one turn of the event loop', async () => {
    const { server, ticks } = turns()
    const ada = await server.join()
    const bob = await server.join()
    await server.pass(100)
    const before = ticks()
    const states = bob.states.length
    ada.say('ask', { what: 'a' })
    ada.say('ask', { what: 'b' })
    await server.pass(10)
    expect(ticks()).toBe(before + 1)
    expect(bob.states.length).toBe(states + 1)
    expect(bob.column('room', 'phase')).toEqual([2])
  })

  test('is told to those for whom it is news: a turn that changed nothing is not sent to the others', async () => {
    const { server } = turns()
    await server.pass(1_000)
    const [ada, bob, cy] = [await server.join(), await server.join(), await server.join()]
    await server.pass(100)
    const heard = () => [bob, cy].map(({ states }) => states.filter(({ hash }) => hash === undefined).length)
    const before = heard()
    for (let seq = 1; seq <= 5; seq++) {
      // An input that moves nobody is news to its player alone.
      ada.input(seq, { dx: 0, dash: false })
      await server.pass(60)
    }
    expect(ada.states.at(-1)?.inputSeq).toBe(5)
    expect(heard()).toEqual(before)
    ada.input(6, { dx: 3, dash: false })
    await server.pass(60)
    expect(heard()).toEqual(before.map((count) => count + 1))
    expect(bob.column('player', 'score')).toEqual([3, 0, 0])
    // Who is back hears at once, though nothing has changed.
    cy.cut()
    const back = await server.resume(cy)
    await server.pass(60)
    expect(back.states).toHaveLength(1)
  })

  for (const as of ['reliable', 'latest', 'volatile'] as const) {
    test(`follows a ${as} message with a state of its tick, for those who are told it, and once`, async () => {
      let tell = (_: number): void => {}
      const Turns = defineRoom(
        arena,
        (room) => {
          tell = (except) => {
            for (const session of room.sessions) {
              if (session.id !== except) session.send('talk', { message: 'boom' }, { as })
            }
          }
          return {
            onTick() {
              for (const session of room.sessions) for (const _ of session.inputs());
            },
          }
        },
        { tickRate: 0 },
      )
      // A hash would be news.
      const server = new TestServer(arena, { room: Turns }, { hashMs: 60_000 })
      const [ada, bob] = [await server.join(), await server.join()]
      await server.pass(200)
      const before = bob.states.length
      for (const count of [1, 2, 3]) {
        tell(bob.welcome.player)
        await server.pass(60)
        const { tick } = ada.messages.at(-1)!
        expect([ada.messages.length, ada.state.tick >= tick, bob.states.length]).toEqual([count, true, before])
      }
      const told = ada.states.length
      for (let turn = 0; turn < 3; turn++) {
        bob.input(turn + 1, { dx: 0, dash: false })
        await server.pass(60)
      }
      expect([ada.states.length, bob.states.length]).toEqual([told, before + 3])
    })
  }

  test('takes all inputs of a turn', async () => {
    const { server } = turns()
    const ada = await server.join()
    ada.input(1, ...[1, 2, 3, 4, 5].map((dx) => ({ dx, dash: false })))
    await server.pass(10)
    expect(ada.column('player', 'score')).toEqual([15])
    expect(ada.states.at(-1)?.inputSeq).toBe(5)
  })

  for (const [what, act] of [
    ['a listener does after it has waited', (ada: TestClient, _: TestClient) => void ada.say('ask', { what: 'later' })],
    ['onDrop does', (_: TestClient, bob: TestClient) => bob.cut()],
    ['onLeave does after it has waited', (_: TestClient, bob: TestClient) => bob.send({ type: 'leave' })],
  ] as const) {
    test(`shows at once what ${what}`, async () => {
      const Marking = defineRoom(
        arena,
        (room) => ({
          onCreate() {
            room.on('ask', async () => {
              await server.wait(100)
              room.state.room.phase = 7
            })
          },
          onDrop() {
            room.state.room.phase = 7
          },
          async onLeave() {
            await server.wait(100)
            room.state.room.phase = 7
          },
        }),
        { tickRate: 0 },
      )
      const server: TestServer<typeof arena> = new TestServer(arena, { room: Marking })
      const [ada, bob] = [await server.join(), await server.join()]
      await server.pass(1_600)
      act(ada, bob)
      await server.pass(200)
      expect(ada.column('room', 'phase')).toEqual([7])
    })
  }

  for (const [what, change] of [
    ['of which all are told', (room) => room.broadcast('note', { text: 'a' })],
    ['of which one is told', (_, session) => session.send('note', { text: 'a' })],
    ['that comes with a secret', (room, session) => room.reveal(session.player, 'all')],
    ['that comes with a gift', (room, session) => room.give(room.state.ship.add({}), session)],
    ['that it stirs the room for', (room) => room.stir()],
  ] as [string, (room: Room<typeof arena>, session: Session<typeof arena>) => unknown][]) {
    test(`shows at once what a timer of the game changes ${what}, and takes one turn for it`, async () => {
      let ticks = 0
      const Timed = defineRoom(
        arena,
        (room) => ({
          onJoin(session) {
            server.clock.after(5_000, () => {
              room.state.room.phase = 7
              change(room, session)
            })
          },
          onTick() {
            ticks++
            // What is said within a turn is no news that another one must follow.
            room.broadcast('note', { text: 'b' })
            for (const session of room.sessions) session.send('note', { text: 'c' })
          },
        }),
        { tickRate: 0 },
      )
      const server: TestServer<typeof arena> = new TestServer(arena, { room: Timed })
      const ada = await server.join()
      await pass(server, 4_990, ada)
      const before = ticks
      expect(ada.column('room', 'phase')).toEqual([0])
      await server.pass(20)
      expect([ada.column('room', 'phase'), ticks - before]).toEqual([[7], 1])
      await pass(server, 1_000, ada)
      expect(ticks - before).toBe(1)
    })
  }

  test('that says something while it is made takes its first turn when that has settled', async () => {
    const opening = deferred()
    const ticks: number[] = []
    const Told = defineRoom(
      arena,
      (room) => {
        room.stir()
        return {
          onCreate() {
            room.broadcast('note', { text: 'a' })
            return opening.promise
          },
          onTick: () => void ticks.push(room.tick),
        }
      },
      { tickRate: 0 },
    )
    const server = new TestServer(arena, { room: Told })
    const ada = await server.join()
    await pass(server, 2_000, ada)
    expect(ticks).toEqual([])
    opening.resolve()
    await server.pass(10)
    expect(ticks[0]).toBe(1)
  })

  test('lets no two seconds pass without a state', async () => {
    const { server } = turns()
    const ada = await server.join()
    await server.pass(10)
    for (let second = 0; second < 10; second++) {
      const before = ada.states.length
      await server.pass(2_000)
      expect(ada.states.length).toBeGreaterThan(before)
    }
  })

  for (const sendRate of [20, 1]) {
    test(`lets no two seconds pass without a state to one, also when only others have news, ${sendRate} times a second`, async () => {
      const Turns = defineRoom(arena, () => ({}), { tickRate: 0, sendRate })
      // A hash would be news.
      const server = new TestServer(arena, { room: Turns }, { hashMs: 60_000 })
      const [ada, bob] = [await server.join(), await server.join()]
      let [since, longest] = [server.clock.now(), 0]
      for (let [step, seq, states] = [0, 0, ada.states.length]; step < 3_000; step++) {
        const silentMs = server.clock.now() - since
        // One after each state, not long before the next.
        if (silentMs >= 1_400 && seq < ada.states.length) bob.input(++seq, { dx: 0, dash: false })
        if (ada.states.length > states) since = server.clock.now()
        longest = Math.max(longest, silentMs)
        states = ada.states.length
        await server.pass(10)
        for (const { connection } of [ada, bob]) connection.heard()
      }
      expect(longest).toBeLessThanOrEqual(HEARTBEAT_MS)
      expect([ada.closed, bob.closed]).toEqual([null, null])
    })
  }

  for (const isStuck of [false, true]) {
    test(`sends no more often ${isStuck ? 'for one who is behind' : 'than it says'}`, async () => {
      const Turns = defineRoom(arena, () => ({}), { tickRate: 0, sendRate: 1 })
      const server = new TestServer(arena, { room: Turns }, { hashMs: 60_000 })
      const ada = await server.join()
      const bob = await server.join()
      await server.pass(500)
      if (isStuck) bob.bufferedAmount = 100_000
      await server.pass(3_000)
      const before = ada.states.length
      for (let step = 1; step <= 200; step++) {
        ada.input(step, { dx: 1, dash: false })
        await server.pass(50)
        for (const { connection } of [ada, bob]) connection.heard()
      }
      // Ten, and some that are a heartbeat of the other's.
      expect(ada.states.length - before).toBeLessThanOrEqual(13)
      expect(bob.closed).toBeNull()
    })
  }

  test('gives a client that was skipped its state as soon as it acknowledges', async () => {
    const { server } = turns()
    const ada = await server.join()
    const bob = await server.join()
    await server.pass(10)
    bob.acks = false
    for (let turn = 0; turn < 20; turn++) {
      ada.say('ask', { what: 'next' })
      await server.pass(60)
    }
    expect(bob.column('room', 'phase')).toEqual([WINDOW_FRAMES])
    bob.ack()
    await server.pass(10)
    expect(bob.column('room', 'phase')).toEqual([20])
  })
})

describe('messages', () => {
  test('of a client that do not fit the definition close its socket with 4400', async () => {
    for (const body of [null, [], [7], ['a', 'b'], ['x'.repeat(201)], { message: 'hi' }]) {
      const server = new TestServer(arena, { room: Arena })
      const ada = await server.join()
      ada.raw(pack([2, 1, 0, 0, body]))
      expect(ada.closed?.code, JSON.stringify(body)).toBe(4400)
    }
    const server = new TestServer(arena, { room: Arena })
    const ada = await server.join()
    ada.raw(pack([2, 1, 0, 0, ['hi']]))
    expect(ada.closed).toBeNull()
    ada.raw(pack([2, 2, 9, 0, ['hi']]))
    expect(ada.closed).toEqual({ code: 4400, reason: 'there is no message 9 to the server' })
  })

  test('are broadcast to all but one, and a listener that is off hears nothing', async () => {
    const Talking = defineRoom(arena, (room) => ({
      onCreate() {
        const off = room.on('talk', (session, { message }) => {
          room.broadcast('talk', { message }, { except: session })
          if (message === 'bye') off()
        })
      },
    }))
    const server = new TestServer(arena, { room: Talking })
    const [ada, bob] = [await server.join(), await server.join()]
    for (const message of ['hi', 'bye', 'again']) ada.say('talk', { message })
    await settle()
    expect(bob.heard('talk')).toEqual([{ message: 'hi' }, { message: 'bye' }])
    expect(ada.heard('talk')).toEqual([])
  })

  for (const [what, trouble] of [
    ['full buffer', { acks: false }],
    ['socket that holds too much', { bufferedAmount: 300_000 }],
  ] as const) {
    test(`are heard by all in one order, also when one of them finds a ${what} and the game tells of that`, async () => {
      const Telling = defineRoom(arena, (room) => ({
        onCreate: () => void room.on('ask', (_, { what }) => room.broadcast('talk', { message: what })),
        onDrop: ({ id }) => room.broadcast('talk', { message: `${id} is away` }),
      }))
      const server = new TestServer(arena, { room: Telling })
      const [ada, bob, cy] = [await server.join(), await server.join(), await server.join()]
      Object.assign(bob, trouble)
      for (let number = 1; !bob.closed && number <= 600; number++) {
        ada.say('ask', { what: `${number}` })
        await server.pass(50)
        bob.ack(bob.state.tick, 0)
        cy.ack()
      }
      await server.pass(100)
      const [last] = cy.heard('talk').slice(-1)
      expect([bob.reason, last]).toEqual(['TOO_SLOW', { message: '2 is away' }])
      expect(cy.heard('talk')).toEqual(ada.heard('talk'))
    })
  }

  test('of one who is kicked for them are not told to who listens next', async () => {
    const told: string[] = []
    const Strict = defineRoom(arena, (room) => ({
      onCreate() {
        room.on('talk', (session, { message }) => message === 'boo' && session.kick())
        room.on('talk', (_, { message }) => void told.push(message))
      },
    }))
    const server = new TestServer(arena, { room: Strict })
    const ada = await server.join()
    for (const message of ['hi', 'boo']) ada.say('talk', { message })
    await settle()
    expect([told, ada.reason]).toEqual([['hi'], 'REFUSED'])
  })

  test('that do not fit throw where they are sent', async () => {
    const errors: string[] = []
    const Wrong = defineRoom(arena, () => ({
      onJoin(session) {
        try {
          session.send('note', { text: 'x'.repeat(21) })
        } catch (error) {
          errors.push((error as Error).message)
        }
      },
    }))
    await new TestServer(arena, { room: Wrong }).join()
    expect(errors[0]).toMatch(/^text: must be text\(20\)/)
  })
})

test('a client that owns a ship sees what is for its eyes, and nobody else does', async () => {
  const Revealing = defineRoom(arena, (room) => ({
    onCreate() {
      room.on('ask', (session) => {
        for (const ship of room.state.ship) room.reveal(ship, session)
      })
    },
    onJoin: (session) => void room.state.ship.add({ fuel: 9, cargo: 7, owner: session }),
  }))
  const server = new TestServer(arena, { room: Revealing })
  const [ada, bob] = [await server.join(), await server.join()]
  await server.pass(100)
  expect(ada.column('ship', 'fuel')).toEqual([9, 0])
  expect(bob.column('ship', 'fuel')).toEqual([0, 9])
  expect(bob.column('ship', 'cargo')).toEqual([0, 0])
  bob.say('ask', { what: 'cargo' })
  await server.pass(100)
  expect(bob.column('ship', 'cargo')).toEqual([7, 7])
  expect(ada.column('ship', 'cargo')).toEqual([0, 0])
})

test("what is given to another is the other one's, and its secrets are", async () => {
  const owners: unknown[] = []
  const Giving = defineRoom(arena, (room) => ({
    onCreate() {
      room.on('ask', (session) => {
        for (const ship of room.state.ship) room.give(ship, session)
      })
    },
    onJoin(session) {
      const ship = room.state.ship.add({ fuel: 9, owner: session })
      owners.push(room.ownerOf(ship) === session)
    },
    onLeave(session) {
      owners.push([...room.state.ship].map((ship) => room.ownerOf(ship) === session))
    },
  }))
  const server = new TestServer(arena, { room: Giving })
  const [ada, bob] = [await server.join(), await server.join()]
  await server.pass(100)
  expect(owners).toEqual([true, true])
  expect(ada.column('ship', 'fuel')).toEqual([9, 0])
  bob.say('ask', { what: 'fuel' })
  await server.pass(100)
  expect(bob.column('ship', 'fuel')).toEqual([9, 9])
  bob.send({ type: 'leave' })
  await server.pass(100)
  expect(owners[2]).toEqual([true, true])
  expect(ada.column('ship', 'fuel')).toEqual([])
})

test("what is given to nobody is nobody's, and who had it is told no more of its secrets", async () => {
  const Giving = defineRoom(arena, (room) => ({
    onCreate() {
      room.on('ask', () => {
        for (const ship of room.state.ship) room.give(Object.assign(ship, { fuel: 5 }), null)
      })
    },
    onJoin: (session) => void room.state.ship.add({ fuel: 9, owner: session }),
  }))
  const server = new TestServer(arena, { room: Giving })
  const ada = await server.join()
  await server.pass(100)
  expect([ada.column('ship', 'owner'), ada.column('ship', 'fuel')]).toEqual([[ada.welcome.player], [9]])
  ada.say('ask', { what: 'away' })
  await server.pass(100)
  expect([ada.column('ship', 'owner'), ada.column('ship', 'fuel')]).toEqual([[0], [9]])
  expect(server.shared.logged).toEqual([])
})

test("what is given to a session that left is nobody's, and a session of another room gets, sees and saw nothing", async () => {
  const sessions: Session<typeof arena>[] = []
  const rooms: Room<typeof arena>[] = []
  const Open = defineRoom(arena, (room) => ({
    onCreate: () => void rooms.push(room),
    onJoin: (session) => void sessions.push(session),
  }))
  const server = new TestServer(arena, { room: Open })
  const [ada, bob] = [await server.join({ id: 'a' }), await server.join({ id: 'a' })]
  await server.join({ id: 'b' })
  const [here] = rooms as [Room<typeof arena>]
  const [first, second, elsewhere] = sessions as [(typeof sessions)[0], (typeof sessions)[0], (typeof sessions)[0]]
  const ship = here.state.ship.add()
  here.give(ship, first)
  // Players are numbered anew in each room.
  expect(elsewhere.id).toBe(first.id)
  expect(() => here.give(ship, elsewhere)).toThrow("give takes a session of this room, got another's")
  expect(() => here.reveal(ship, elsewhere)).toThrow("reveal takes a session of this room, got another's")
  expect(() => here.state.ship.add({ owner: elsewhere })).toThrow("owner takes a session of this room, got another's")
  expect(() => here.rewind(elsewhere, () => 7)).toThrow("rewind takes a session of this room, got another's")
  expect([here.ownerOf(ship), here.rewind(first, () => 7)]).toEqual([first, 7])
  here.give(ship, second)
  ada.send({ type: 'leave' })
  await server.pass(100)
  here.give(ship, first)
  here.reveal(ship, first)
  const [late, mine] = [here.state.ship.add({ owner: first }), here.state.ship.add({ owner: second })]
  await server.pass(100)
  expect([ship, late, mine].map((one) => here.ownerOf(one))).toEqual([undefined, undefined, second])
  // Not even by its number, which a later player will have.
  expect(bob.column('ship', 'owner')).toEqual([0, 0, second.id])
})

test('where a session is wanted anything else is refused by what it is, and by the types', async () => {
  let told = 0
  const Wanting = defineRoom(arena, (room) => ({
    onJoin(session) {
      const ship = room.state.ship.add({ owner: session })
      const complaint = (who: string, got: string) => new TypeError(`${who} takes a session, got ${got}`)
      // @ts-expect-error a player is no session
      expect(() => room.state.ship.add({ owner: session.player })).toThrow(complaint('owner', 'another object'))
      // @ts-expect-error nor is an entity
      expect(() => room.state.ship.add({ owner: ship })).toThrow(complaint('owner', 'another object'))
      expect(() => room.give(ship, session.id as never)).toThrow(complaint('give', '1'))
      // @ts-expect-error it must be said to whom
      expect(() => room.reveal(ship)).toThrow(complaint('reveal', 'undefined'))
      expect([room.state.ship.size, room.ownerOf(ship)]).toEqual([1, session])
      told++
    },
  }))
  const ada = await new TestServer(arena, { room: Wanting }).join()
  expect([told, ada.reason]).toEqual([1, undefined])
})

test('a session is found by its player id from the end of its onJoin to its end', async () => {
  const seen: unknown[] = []
  let room!: Room<typeof arena>
  const Finding = defineRoom(arena, (made: Room<typeof arena>) => {
    room = made
    const isFound = (session: Session<typeof arena>) => [
      room.session(session.id) === session,
      room.sessions.has(session),
    ]
    return {
      onJoin: (session) => void seen.push('join', ...isFound(session)),
      onDrop: (session) => void seen.push('drop', ...isFound(session)),
      onLeave: (session) => void seen.push('leave', ...isFound(session)),
    }
  })
  const server = new TestServer(arena, { room: Finding })
  const [ada, bob] = [await server.join(), await server.join()]
  ada.cut()
  bob.send({ type: 'leave' })
  expect(seen).toEqual(['join', false, false, 'join', false, false, 'drop', true, true, 'leave', false, false])
  const [left] = room.sessions
  expect([room.session(left!.id), room.session(99), room.session(undefined as never)]).toEqual([
    left,
    undefined,
    undefined,
  ])
})
