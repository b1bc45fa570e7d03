import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { defineRoom } from '../../../server/room/room.ts'
import type { Session } from '../../../server/room/session.ts'
import { Arena, arena } from '../../support/arena.ts'
import { deferred, settle } from '../../support/clock.ts'
import { TestServer } from '../../support/server.ts'
import { pass, telling } from '../../support/telling.ts'

describe('the life of a room', () => {
  test('is counted in milliseconds from its beginning, whatever it does meanwhile', async () => {
    const times: number[] = []
    const Timed = defineRoom(arena, (room) => ({
      onCreate: () => void times.push(room.time),
      onTick: () => void times.push(room.time),
    }))
    const server = new TestServer(arena, { room: Timed })
    await server.pass(5_000)
    await server.join()
    await server.pass(1_000)
    expect(times[0]).toBe(0)
    expect(times.at(-1)).toBeCloseTo((59 * 1_000) / 60, 6)
  })

  test('begins with the options of the first client, and ends when it was empty for ten seconds', async () => {
    const { told, server } = telling()
    const ada = await server.join({ join: ['Ada'], options: { map: 3 } })
    await server.join({ join: ['Bob'], options: { map: 4 } }).then((bob) => bob.send({ type: 'leave' }))
    ada.send({ type: 'leave' })
    expect(told).toEqual(['create {"map":3}', 'join 1 Ada', 'join 2 Bob', 'leave 2 left of 1', 'leave 1 left of 0'])
    await server.pass(9_900)
    expect(server.host.rooms.length).toBe(1)
    await server.pass(200)
    expect(server.host.rooms.length).toBe(0)
    expect(told.at(-1)).toBe('dispose')
  })

  for (const { what, saved, words } of [
    { what: 'an id of an earlier day', saved: { id: 70_000, score: 5 }, words: [/onJoin: .* read only property 'id'/] },
    { what: 'no id', saved: { score: 5 }, words: [] },
  ]) {
    test(`comes to its end where a player is given what was saved of it, with ${what}`, async () => {
      const onJoin = (session: Session<typeof arena>) => void Object.assign(session.player, saved)
      const { server } = telling({}, { onJoin })
      const ada = await server.join()
      ada.cut()
      await pass(server, 45_000)
      expect(server.shared.logged).toEqual(words.map((word) => expect.stringMatching(word)))
      expect(server.host.rooms).toEqual([])
    })
  }

  test('goes on while a seat is held for someone who is away', async () => {
    const { told, server } = telling()
    const ada = await server.join()
    ada.cut()
    await server.pass(29_000)
    expect(server.host.rooms.length).toBe(1)
    await server.pass(12_000)
    expect(server.host.rooms.length).toBe(0)
    expect(told.slice(-3)).toEqual(['drop 1 false', 'leave 1 dropped of 0', 'dispose'])
  })

  test('goes on when someone comes in time', async () => {
    const { server } = telling()
    const ada = await server.join({ id: 'a' })
    ada.send({ type: 'leave' })
    await server.pass(8_000)
    const bob = await server.join({ id: 'a' })
    for (let step = 0; step < 5; step++) await server.pass(1_000)
    expect(bob.closed).toBeNull()
    expect(server.host.rooms.length).toBe(1)
  })

  test('goes on when one of several leaves', async () => {
    const { server } = telling()
    const [ada, bob] = [await server.join({ id: 'a' }), await server.join({ id: 'a' })]
    bob.send({ type: 'leave' })
    await server.pass(15_000)
    expect(ada.closed).toBeNull()
  })

  test('ends for everyone when the game closes it', async () => {
    const told: string[] = []
    const Closing = defineRoom(arena, (room) => ({
      onCreate: () => void room.on('ask', () => room.close()),
      onLeave: (session, how) => void told.push(`leave ${session.id} ${how} of ${room.sessions.size}`),
      onDispose: () => void told.push('dispose'),
    }))
    const closing = new TestServer(arena, { room: Closing })
    const ada = await closing.join()
    const bob = await closing.join()
    ada.say('ask', { what: 'close' })
    expect([ada.reason, bob.reason]).toEqual(['ROOM_CLOSED', 'ROOM_CLOSED'])
    expect(told).toEqual(['leave 1 closed of 1', 'leave 2 closed of 0'])
    expect(closing.host.rooms).toEqual([])
    await settle()
    expect(told.at(-1)).toBe('dispose')
  })

  test('that failed lets the game take leave of each session once, whatever fails then', async () => {
    const told: string[] = []
    const Failing = defineRoom(arena, (room) => ({
      onTick() {
        if (room.tick === 5) throw new Error('oops')
      },
      onLeave(session, how) {
        told.push(`leave ${session.id} ${how}`)
        room.broadcast('note', { text: 'bye' })
        throw new Error('again')
      },
    }))
    const server = new TestServer(arena, { room: Failing })
    await server.join()
    await server.join()
    await server.pass(200)
    expect(told).toEqual(['leave 1 closed', 'leave 2 closed'])
    expect(server.shared.logged.map((line) => line.replace(/^.* failed/, 'failed'))).toEqual([
      'failed in onTick: oops',
      'failed in onLeave: again',
      'failed in onLeave: again',
    ])
    expect([server.stats.failedRooms, server.stats.sessions]).toEqual([1, 0])
  })
})

describe('a room that is closed', () => {
  for (const when of ['in onCreate', 'in an onCreate that waits', 'while it is constructed']) {
    test(`${when} tells the one it was made for that it is, and is not there for the next`, async () => {
      let closes: string | undefined = when
      const Picky = defineRoom(arena, (room) => {
        if (closes === 'while it is constructed') room.close()
        return {
          async onCreate() {
            if (closes === 'in an onCreate that waits') await null
            if (closes?.startsWith('in')) room.close()
          },
        }
      })
      const server = new TestServer(arena, { room: Picky })
      expect((await server.join()).reason).toBe('ROOM_CLOSED')
      closes = undefined
      expect((await server.join()).reason).toBeUndefined()
      expect([server.host.rooms.length, server.shared.logged]).toEqual([1, []])
    })
  }
})

const oops = () => {
  throw new Error('oops')
}
const late = async () => oops()
const foreign = () => runInNewContext("Promise.reject(new Error('oops'))") as Promise<never>

describe('what a hook of one session throws is logged and counted, and the others in its room play on', () => {
  for (const [how, fails] of [
    ['at once', oops],
    ['late', late],
    ['as a promise of another realm', foreign],
  ] as const) {
    for (const hook of ['onLeave', 'onDrop', 'onResume'] as const) {
      test(`${hook}, ${how}`, async () => {
        const { server } = telling({}, { [hook]: fails })
        const [ada, bob] = [await server.join(), await server.join()]
        if (hook === 'onLeave') bob.send({ type: 'leave' })
        else bob.cut()
        if (hook === 'onResume') expect((await server.resume(bob)).welcome.outcome).toBe('resumed')
        await server.pass(100)
        expect([ada.closed, server.stats.failedHooks, server.stats.failedRooms]).toEqual([null, 1, 0])
        expect(ada.column('player', 'name')).toHaveLength(hook === 'onLeave' ? 1 : 2)
        expect(server.shared.logged).toEqual([
          expect.stringMatching(new RegExp(`^room room \\S+ failed in ${hook}: oops$`)),
        ])
      })
    }

    test(`onJoin, ${how}, which costs its client the seat`, async () => {
      const { told, server } = telling({}, { onJoin: ({ id }: { id: number }) => (id === 1 ? undefined : fails()) })
      const [ada, bob] = [await server.join(), await server.join()]
      await server.pass(100)
      expect([ada.closed, bob.reason]).toEqual([null, 'ROOM_FAILED'])
      expect([ada.column('player', 'name').length, ada.column('ship', 'owner'), server.stats.sessions]).toEqual([
        1,
        [],
        1,
      ])
      expect([server.stats.failedHooks, server.stats.failedRooms, told]).toEqual([1, 0, ['create null']])
      expect(server.shared.logged).toEqual([expect.stringMatching(/^room room \S+ failed in onJoin: oops$/)])
    })
  }

  for (const what of ['was kicked', 'lost the line'] as const) {
    test(`onJoin, where its client ${what} before and one other is there`, async () => {
      const loading = deferred()
      const { server } = telling(
        {},
        {
          async onJoin(session: Session<typeof arena>) {
            if (session.id === 1) return
            if (what === 'was kicked') session.kick('banned')
            await loading.promise
            oops()
          },
        },
      )
      const ada = await server.join()
      const bob = server.dial()
      bob.hello()
      await settle()
      if (what === 'lost the line') bob.cut()
      loading.resolve()
      await server.pass(100)
      expect([ada.closed, server.stats.failedRooms, server.stats.failedHooks]).toEqual([null, 0, 1])
      expect(ada.column('player', 'name')).toHaveLength(1)
    })
  }

  test('onJoin where nobody else is: the room is closed, for it may be one that nobody can join any more', async () => {
    const { server } = telling({}, { onJoin: oops })
    expect((await server.join()).reason).toBe('ROOM_FAILED')
    expect([server.host.rooms, server.stats.failedRooms, server.stats.failedHooks]).toEqual([[], 1, 0])
  })
})

describe('a room whose code throws is closed with 4500 and logged, and others go on', () => {
  for (const [hook, hooks] of [
    ['onCreate', { onCreate: oops }],
    ['onJoin', { onJoin: oops }],
    ['onTick', { onTick: oops }],
    ['a late onCreate', { onCreate: late }],
    ['a late onJoin', { onJoin: late }],
    ['a late onTick', { onTick: late }],
    ['a foreign onCreate', { onCreate: foreign }],
    ['a foreign onJoin', { onJoin: foreign }],
  ] as const) {
    test(hook, async () => {
      const { server } = telling({}, hooks)
      const other = await server.join({ room: 'other' })
      const ada = await server.join()
      await server.pass(100)
      expect(ada.reason).toBe('ROOM_FAILED')
      expect(server.shared.logged[0]).toMatch(new RegExp(`^room room \\S+ failed in ${hook.split(' ').at(-1)}: oops$`))
      expect(server.stats.failedRooms).toBeGreaterThan(0)
      expect(other.closed).toBeNull()
      expect(server.host.rooms.map(({ name }) => name)).toEqual(['other'])
    })
  }

  for (const [what, listener] of [
    ['a listener to messages', oops],
    ['a late listener to messages', late],
  ] as const) {
    test(`but ${what} costs only the sender its socket, and it comes back to its seat`, async () => {
      const Failing = defineRoom(arena, (room) => ({ onCreate: () => void room.on('ask', listener) }))
      const server = new TestServer(arena, { room: Failing })
      const [ada, other] = [await server.join(), await server.join()]
      ada.say('ask', { what: 'boom' })
      await settle()
      expect(ada.reason).toBe('ROOM_FAILED')
      expect(other.closed).toBeNull()
      expect(server.shared.logged[0]).toMatch(/failed in the listener to ask, for session 1: oops$/)
      expect([server.stats.failedMessages, server.stats.failedRooms]).toEqual([1, 0])
      const again = await server.resume(ada)
      expect(again.welcome).toMatchObject({ outcome: 'resumed', received: 1 })
    })
  }

  test('a value that does not fit its field, in development', async () => {
    const Wrong = defineRoom(arena, (room) => ({
      onTick() {
        room.state.room.phase = Number.NaN
      },
    }))
    const wrong = new TestServer(arena, { room: Wrong })
    const ada = await wrong.join()
    await wrong.pass(100)
    expect(ada.reason).toBe('ROOM_FAILED')
    expect(wrong.shared.logged[0]).toContain('phase cannot be NaN')
  })

  for (const [what, onDispose] of [
    ['onDispose', oops],
    ['a late onDispose', late],
  ] as const) {
    test(`${what} is logged and hinders nothing`, async () => {
      const { server } = telling({}, { onDispose })
      const ada = await server.join()
      ada.send({ type: 'leave' })
      const other = await server.join({ room: 'other' })
      await server.pass(11_000)
      expect(other.closed).toBeNull()
      expect(server.host.rooms.map(({ name }) => name)).toEqual(['other'])
      expect(server.shared.logged[0]).toMatch(/failed in onDispose: oops$/)
    })
  }

  test('what fails after the end of its room is logged', async () => {
    const Closing = defineRoom(arena, (room) => ({
      async onJoin() {
        room.close()
        oops()
      },
    }))
    const server = new TestServer(arena, { room: Closing })
    expect((await server.join()).reason).toBe('ROOM_CLOSED')
    expect(server.shared.logged[0]).toMatch(/failed in onJoin: oops$/)
    expect(server.stats.failedRooms).toBe(0)
  })
})

describe('hooks that return a promise are awaited', () => {
  test('a room takes its first player when onCreate has settled, and ticks only then', async () => {
    const opening = deferred()
    const { told, server } = telling({}, { onCreate: () => opening.promise })
    const ada = server.dial()
    ada.hello()
    await server.pass(1_000)
    expect(ada.welcomes).toEqual([])
    expect(server.host.rooms[0]?.tick).toBe(0)
    opening.resolve()
    await settle()
    expect(told).toEqual(['join 1 '])
    expect(ada.welcome.outcome).toBe('new')
    await server.pass(100)
    expect(server.host.rooms[0]?.tick).toBeGreaterThan(0)
  })

  test('a room of turns makes no turn before onCreate has settled, however long that takes', async () => {
    const opening = deferred()
    const onTick = () => void told.push('tick')
    const { told, server } = telling({ tickRate: 0 }, { onCreate: () => opening.promise, onTick })
    const ada = server.dial()
    ada.hello()
    await pass(server, 3_000, ada)
    expect(told).toEqual([])
    opening.resolve()
    await server.pass(100)
    expect(told).toEqual(['join 1 ', 'tick'])
  })

  for (const [what, { failsAt, takesMs }, calls] of [
    ['failed', { failsAt: 0, takesMs: 0 }, []],
    ['failed later', { failsAt: 100, takesMs: 100 }, []],
    ['was late', { failsAt: Infinity, takesMs: 11_900 }, ['created', 'dispose']],
    ['was later still', { failsAt: Infinity, takesMs: 12_100 }, ['created']],
    ['has settled', { failsAt: Infinity, takesMs: 100 }, ['created', 'dispose']],
  ] as const) {
    test(`a room whose onCreate ${what}: ${calls.join(', ') || 'nothing'}`, async () => {
      const { told, server } = telling(
        {},
        {
          // Not async: what fails at once is to be thrown, not promised.
          onCreate() {
            if (failsAt === 0) throw new Error('no database')
            return server.wait(takesMs).then(() => {
              if (failsAt === takesMs) throw new Error('no database')
              told.push('created')
            })
          },
          onJoin: () => {},
          onLeave: () => {},
        },
      )
      const ada = await server.join()
      await pass(server, 1_000, ada)
      ada.send({ type: 'leave' })
      await pass(server, 16_000, ada)
      expect(told).toEqual(calls)
    })
  }

  test('a room of the same id begins when what is saved of the one before is saved', async () => {
    const told: string[] = []
    const Saving = defineRoom(arena, (room) => ({
      onCreate() {
        told.push(`load ${room.id}`)
        room.on('ask', () => room.close())
      },
      onLeave: () => server.wait(1_000),
      async onDispose() {
        await server.wait(1_000)
        told.push(`save ${room.id}`)
      },
    }))
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Saving })
    const ada = await server.join({ id: 'x' })
    ada.say('ask', { what: 'end' })
    const [back] = [await server.join({ id: 'x' }), await server.join({ id: 'y' })]
    await server.pass(1_900)
    expect([told, back.welcomes.length]).toEqual([['load x', 'load y'], 0])
    await server.pass(200)
    expect([told, back.welcomes.length]).toEqual([['load x', 'load y', 'save x', 'load x'], 1])
  })

  test('who waits for the room of its id to be saved waits for eight seconds', async () => {
    const Saving = defineRoom(arena, (room) => ({
      onCreate: () => void room.on('ask', () => room.close()),
      onLeave: () => server.wait(3_000),
      onDispose: () => server.wait(6_000),
    }))
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Saving })
    const ada = await server.join({ id: 'x' })
    ada.say('ask', { what: 'end' })
    const early = await server.join({ id: 'x' })
    await pass(server, 2_000, early)
    const late = await server.join({ id: 'x' })
    await pass(server, 6_500, early, late)
    expect([early.reason, late.reason, late.welcomes.length]).toEqual(['ROOM_FAILED', undefined, 0])
    await pass(server, 1_000, late)
    expect([late.reason, late.welcomes.length, server.host.rooms.length]).toEqual([undefined, 1, 1])
  })

  test('of two who wait for it to be saved the second also waits for the room of the first, if that ends at once', async () => {
    const told: string[] = []
    const Over = defineRoom(arena, (room) => {
      const nth = told.filter((word) => word.startsWith('made')).length + 1
      told.push(`made ${nth}`)
      return {
        onCreate() {
          if (nth > 1) room.close()
          else room.on('ask', () => room.close())
        },
        async onDispose() {
          await server.wait(1_000)
          told.push(`saved ${nth}`)
        },
      }
    })
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Over })
    const ada = await server.join({ id: 'x' })
    ada.say('ask', { what: 'end' })
    const waiting = [server.dial(), server.dial()]
    for (const client of waiting) client.hello({ id: 'x' })
    await pass(server, 3_000, ...waiting)
    expect(told).toEqual(['made 1', 'saved 1', 'made 2', 'saved 2', 'made 3', 'saved 3'])
  })

  test('a room whose onDispose never settles is given up, and no longer counts as a room', async () => {
    const Hanging = defineRoom(arena, (room) => ({
      onCreate: () => void room.on('ask', () => room.close()),
      onDispose: () => new Promise<void>(() => {}),
    }))
    const server = new TestServer(arena, { room: Hanging }, { rooms: 1 })
    for (let count = 0; count < 3; count++) {
      const ada = await server.join()
      ada.say('ask', { what: 'end' })
      expect(ada.reason).toBe('ROOM_CLOSED')
    }
    await server.pass(11_000)
    let isDrained = false
    void server.host.drain().then(() => {
      isDrained = true
    })
    await server.pass(100)
    expect(isDrained).toBe(true)
  })

  for (const hook of ['onDrop', 'onResume'] as const) {
    test(`what ${hook} promised is done before onDispose`, async () => {
      const told: string[] = []
      const Saving = defineRoom(arena, () => ({
        async [hook]() {
          await server.wait(500)
          told.push('saved')
        },
        onDispose: () => void told.push('disposed'),
      }))
      const server: TestServer<typeof arena> = new TestServer(arena, { room: Saving })
      const ada = await server.join()
      ada.cut()
      if (hook === 'onResume') await server.resume(ada)
      void server.host.drain()
      await server.pass(3_000)
      expect(told).toEqual(['saved', 'disposed'])
    })
  }

  for (const [hook, within, what, waitedMs] of [
    ['onLeave', 3_900, 'what its hooks, listeners and timers promised', 4_000],
    ['onDispose', 7_900, 'onDispose', 8_000],
  ] as const) {
    test(`of what ${hook} promised it is logged when it is not waited for any longer, and not before`, async () => {
      let takesMs: number = within
      const Saving = defineRoom(arena, (room) => ({
        onCreate: () => void room.on('ask', () => room.close()),
        [hook]: () => server.wait(takesMs),
      }))
      const server: TestServer<typeof arena> = new TestServer(arena, { room: Saving })
      for (const client of [await server.join(), await server.join()]) client.say('ask', { what: 'end' })
      await server.pass(waitedMs + 100)
      expect(server.shared.logged).toEqual([])
      takesMs = waitedMs + 100
      const ada = await server.join({ id: 'x' })
      ada.say('ask', { what: 'end' })
      await server.pass(waitedMs - 100)
      expect(server.shared.logged).toEqual([])
      await server.pass(200)
      expect(server.shared.logged).toEqual([
        `room room x ${what} took more than ${waitedMs} ms: it is not waited for any longer`,
      ])
    })
  }

  test('a room whose constructor closes it and fails is told of, and counted, once', async () => {
    const Failing = defineRoom(arena, (room) => {
      room.close()
      throw new Error('oops')
    })
    const server = new TestServer(arena, { room: Failing })
    expect((await server.join()).reason).toBe('ROOM_FAILED')
    await server.pass(100)
    expect([server.shared.logged, server.stats.failedRooms]).toEqual([['room room could not be made: oops'], 1])
  })

  test('a room that its own onCreate closes is disposed of once onCreate has settled', async () => {
    const told: string[] = []
    const Closing = defineRoom(arena, (room) => ({
      async onCreate() {
        room.close()
        await server.wait(1_000)
        told.push('created')
      },
      onDispose: () => void told.push('dispose'),
    }))
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Closing })
    const ada = await server.join()
    await server.pass(1_100)
    expect([ada.reason, told]).toEqual(['ROOM_CLOSED', ['created', 'dispose']])
  })

  test('onDispose comes after what onLeave promised, for four seconds', async () => {
    for (const [ms, told] of [
      [3_900, ['left', 'dispose']],
      [4_100, ['dispose', 'left']],
    ] as const) {
      const heard: string[] = []
      const Saving = defineRoom(arena, (room) => ({
        onCreate: () => void room.on('ask', () => room.close()),
        async onLeave() {
          await server.wait(ms)
          heard.push('left')
        },
        onDispose: () => void heard.push('dispose'),
      }))
      const server: TestServer<typeof arena> = new TestServer(arena, { room: Saving })
      const ada = await server.join()
      ada.say('ask', { what: 'end' })
      await server.pass(6_000)
      expect(heard).toEqual(told)
    }
  })
})

describe('a hook that holds up the server', () => {
  /** A server whose time goes on within the tick of one room, by so many milliseconds at the step of that number. */
  async function held(ms: number, ...steps: number[]) {
    let block = (): void => {}
    let step = 0
    const Blocking = defineRoom(arena, () => ({ onTick: () => steps.includes(++step) && block() }))
    const server = new TestServer(arena, { room: Blocking, other: Arena })
    let late = 0
    server.shared.world.now = () => server.clock.now() + late
    block = () => {
      late += ms
    }
    const [ada, other] = [await server.join(), await server.join({ room: 'other' })]
    await server.pass(4_000)
    return { server, ada, other }
  }

  test('is named and counted above 250 ms, and not before', async () => {
    for (const { ms, isNamed } of [
      { ms: 250, isNamed: false },
      { ms: 251, isNamed: true },
    ]) {
      const { server, ada } = await held(ms, 10)
      expect(server.shared.logged.length).toBe(isNamed ? 1 : 0)
      if (isNamed) expect(server.shared.logged[0]).toMatch(/^room room \S+ onTick held up the server for 251 ms$/)
      expect(server.stats.slowHooks).toBe(isNamed ? 1 : 0)
      expect(ada.closed).toBeNull()
    }
  })

  test('is named once in ten seconds, and counted each time', async () => {
    const { server } = await held(300, 10, 20, 30)
    expect([server.shared.logged.length, server.stats.slowHooks]).toEqual([1, 3])
  })

  test('for more than a second has its room closed when it returns, and no other', async () => {
    for (const { ms, reason } of [
      { ms: 999, reason: undefined },
      { ms: 1_001, reason: 'ROOM_FAILED' },
    ]) {
      const { server, ada, other } = await held(ms, 10)
      expect(ada.reason).toBe(reason)
      expect(other.closed).toBeNull()
      expect(server.stats.failedRooms).toBe(reason ? 1 : 0)
      if (reason) expect(server.shared.logged.at(-1)).toMatch(/failed in onTick: held up the server for 1001 ms$/)
    }
  })

  test('costs the other rooms ticks that are counted, and none of them its players', async () => {
    const { server, other } = await held(1_001, 10)
    const before = other.states.length
    await server.pass(1_000)
    expect(other.states.length - before).toBeGreaterThanOrEqual(19)
    // A second less the five ticks that were caught up at once, and those that were not due yet.
    expect(server.stats.droppedTicks).toBeGreaterThan(45)
    expect(server.stats.droppedTicks).toBeLessThanOrEqual(60)
  })

  test('has clients expect no movement over the ticks that nobody stepped, and go on from there', async () => {
    const { server, other } = await held(1_001, 40)
    const after = other.states.findIndex(({ tick, baseTick }) => tick - baseTick >= server.stats.droppedTicks)
    expect(other.states.slice(after - 1, after + 3).map(({ isSteady }) => isSteady)).toEqual([true, false, false, true])
  })
})
