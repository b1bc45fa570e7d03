import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { HEARTBEAT_MS, WINDOW_FRAMES } from '../../../protocol/limits.ts'
import { pack } from '../../../protocol/plain.ts'
import { defineRoom, type Room, type RoomHooks, type RoomSettings } from '../../../server/room/room.ts'
import type { Session } from '../../../server/room/session.ts'
import { Arena, arena } from '../../support/arena.ts'
import { settle } from '../../support/clock.ts'
import { type TestClient, TestServer } from '../../support/server.ts'

/** Time passes, in which nobody falls silent. */
async function pass(server: TestServer<typeof arena>, ms: number, ...clients: readonly TestClient[]): Promise<void> {
  for (let step = 0; step < ms; step += 1_000) {
    await server.pass(Math.min(1_000, ms - step))
    for (const client of clients) client.connection.heard()
  }
}

/** A room that writes down what happens to it. */
function telling(settings: Partial<RoomSettings> = {}, hooks: RoomHooks<typeof arena> = {}) {
  const told: string[] = []
  const Telling = defineRoom(
    arena,
    (room) => ({
      onCreate: (options) => void told.push(`create ${JSON.stringify(options)}`),
      onJoin: (session, { name }) => void told.push(`join ${session.id} ${name}`),
      onLeave: (session, how) => void told.push(`leave ${session.id} ${how} of ${room.sessions.size}`),
      onDrop: (session) => void told.push(`drop ${session.id} ${session.connected}`),
      onResume: (session) => void told.push(`resume ${session.id} ${session.connected}`),
      onDispose: () => void told.push('dispose'),
      ...hooks,
    }),
    settings,
  )
  return { told, server: new TestServer(arena, { room: Telling, other: Arena }) }
}

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

  test('is told of a loss and a return once each, also when the return comes first', async () => {
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

describe('a room whose code throws is closed with 4500 and logged, and others go on', () => {
  const oops = () => {
    throw new Error('oops')
  }
  const late = async () => oops()
  const foreign = () => runInNewContext("Promise.reject(new Error('oops'))") as Promise<never>
  for (const [hook, hooks] of [
    ['onCreate', { onCreate: oops }],
    ['onJoin', { onJoin: oops }],
    ['onTick', { onTick: oops }],
    ['onLeave', { onLeave: oops }],
    ['onDrop', { onDrop: oops }],
    ['onResume', { onResume: oops }],
    ['a late onCreate', { onCreate: late }],
    ['a late onJoin', { onJoin: late }],
    ['a late onTick', { onTick: late }],
    ['a late onLeave', { onLeave: late }],
    ['a late onDrop', { onDrop: late }],
    ['a late onResume', { onResume: late }],
    ['a foreign onCreate', { onCreate: foreign }],
    ['a foreign onJoin', { onJoin: foreign }],
  ] as const) {
    test(hook, async () => {
      const { server } = telling({}, hooks)
      const other = await server.join({ room: 'other' })
      const ada = await server.join()
      const bob = server.dial()
      bob.hello()
      await settle()
      if (hook.endsWith('onLeave')) bob.send({ type: 'leave' })
      if (hook.endsWith('onDrop')) bob.cut()
      if (hook.endsWith('onResume')) await server.resume(bob)
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
    let open = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    const { told, server } = telling({}, { onCreate: () => opened })
    const ada = server.dial()
    ada.hello()
    await server.pass(1_000)
    expect(ada.welcomes).toEqual([])
    expect(server.host.rooms[0]?.tick).toBe(0)
    open()
    await settle()
    expect(told).toEqual(['join 1 '])
    expect(ada.welcome.outcome).toBe('new')
    await server.pass(100)
    expect(server.host.rooms[0]?.tick).toBeGreaterThan(0)
  })

  test('who waits for a room to be made takes a place in it, so that one more is given another room', async () => {
    const opens: (() => void)[] = []
    const { server } = telling({ capacity: 2 }, { onCreate: () => new Promise((resolve) => void opens.push(resolve)) })
    const clients = [await server.join(), await server.join(), await server.join()]
    expect(server.host.rooms.length).toBe(2)
    for (const open of opens) open()
    await settle()
    expect(clients.map(({ closed }) => closed)).toEqual([null, null, null])
    expect(server.host.rooms.map(({ sessions }) => sessions)).toEqual([2, 1])
    expect((await server.join({ id: server.host.rooms[0]?.id ?? '' })).reason).toBe('FULL')
    expect((await server.join({ id: server.host.rooms[1]?.id ?? '' })).reason).toBeUndefined()
  })

  test('a room of turns makes no turn before onCreate has settled, however long that takes', async () => {
    let open = () => {}
    const onTick = () => void told.push('tick')
    const onCreate = () => new Promise<void>((resolve) => (open = resolve))
    const { told, server } = telling({ tickRate: 0 }, { onCreate, onTick })
    const ada = server.dial()
    ada.hello()
    await pass(server, 3_000, ada)
    expect(told).toEqual([])
    open()
    await server.pass(100)
    expect(told).toEqual(['join 1 ', 'tick'])
  })

  test('a session is among the sessions only when onJoin has settled', async () => {
    let enter = () => {}
    const entered = new Promise<void>((resolve) => {
      enter = resolve
    })
    const { server } = telling({}, { onJoin: () => entered })
    const ada = server.dial()
    ada.hello()
    await server.pass(100)
    expect(server.host.rooms[0]?.sessions).toBe(0)
    enter()
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

  test('an onJoin of more than eight seconds costs its client the seat, and nobody else, and is left when it has settled', async () => {
    let joins = 0
    let enter = () => {}
    const entered = new Promise<void>((resolve) => {
      enter = resolve
    })
    const Slow = defineRoom(arena, (room) => ({
      async onJoin(session) {
        if (joins++ === 0) return
        await entered
        room.state.ship.add({ owner: session })
      },
      onLeave: (session, how) => void told.push(`leave ${session.id} ${how}`),
    }))
    const told: string[] = []
    const server = new TestServer(arena, { room: Slow })
    const ada = await server.join()
    const slow = await server.join()
    await pass(server, 9_000, slow)
    expect(slow.reason).toBe('ROOM_FAILED')
    expect(ada.closed).toBeNull()
    expect(server.host.rooms[0]?.sessions).toBe(1)
    expect(told).toEqual([])
    enter()
    await server.pass(100)
    expect(told).toEqual(['leave 2 dropped'])
    expect([ada.column('ship', 'owner'), ada.column('player', 'name').length]).toEqual([[], 1])
  })

  test('an onJoin that fails after its client was refused for being late costs nobody else anything, and is not left', async () => {
    let joins = 0
    let fail = (_: Error) => {}
    const onJoin = () => (joins++ === 0 ? undefined : new Promise<void>((_, reject) => (fail = reject)))
    const { told, server } = telling({}, { onJoin })
    const [ada, bob] = [await server.join(), await server.join()]
    await pass(server, 9_000, bob)
    expect(bob.reason).toBe('ROOM_FAILED')
    fail(new Error('no answer'))
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
          await new Promise<void>((resolve) => void server.clock.after(joinAt, resolve))
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

  test('a session whose onJoin fails at the end of its room is not left, for it was never there', async () => {
    const { told, server } = telling(
      {},
      {
        async onJoin() {
          await null
          void server.host.drain()
          await new Promise<void>((resolve) => void server.clock.after(1_000, resolve))
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
    const Saving = defineRoom(arena, () => ({
      async onJoin(session, { name }) {
        await new Promise<void>((resolve) => void server.clock.after(name === 'Ada' ? 12_000 : 0, resolve))
        Object.assign(session.player, { name, score: store.get(name) ?? 0 })
      },
      onLeave: ({ player }) => void store.set(player.name, player.score),
    }))
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Saving })
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
      const wait = (ms: number) => new Promise<void>((resolve) => void server.clock.after(ms, resolve))
      const Slow = defineRoom(arena, () => ({ onCreate: () => wait(createMs), onJoin: () => wait(joinMs) }))
      const server: TestServer<typeof arena> = new TestServer(arena, { room: Slow })
      const ada = await server.join()
      await pass(server, 9_000, ada)
      expect([ada.reason, ada.welcomes.length]).toEqual([reason, reason ? 0 : 1])
    }
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
          onCreate() {
            if (failsAt === 0) throw new Error('no database')
            return new Promise<void>((resolve, reject) => {
              server.clock.after(takesMs, () => {
                if (failsAt === takesMs) return reject(new Error('no database'))
                told.push('created')
                resolve()
              })
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

  test('a session that comes back to a room, or a seat, that its loss ends is told how that ended', async () => {
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

  test('a room of the same id begins when what is saved of the one before is saved', async () => {
    const told: string[] = []
    const wait = () => new Promise<void>((resolve) => void server.clock.after(1_000, resolve))
    const Saving = defineRoom(arena, (room) => ({
      onCreate() {
        told.push(`load ${room.id}`)
        room.on('ask', () => room.close())
      },
      onLeave: wait,
      async onDispose() {
        await wait()
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
      onLeave: () => new Promise<void>((resolve) => void server.clock.after(3_000, resolve)),
      onDispose: () => new Promise<void>((resolve) => void server.clock.after(6_000, resolve)),
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

  test('of two who wait for it to be saved the second waits for the room of the first, where that is over at once', async () => {
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
          await new Promise<void>((resolve) => void server.clock.after(1_000, resolve))
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

  test('a room whose onDispose never settles is let go of, and does not count as one that there is', async () => {
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

  test('a room whose constructor closes it and fails is told of once', async () => {
    const Failing = defineRoom(arena, (room) => {
      room.close()
      throw new Error('oops')
    })
    const server = new TestServer(arena, { room: Failing })
    expect((await server.join()).reason).toBe('ROOM_FAILED')
    await server.pass(100)
    expect(server.shared.logged).toEqual(['room room could not be made: oops'])
  })

  test('a room that is closed by an onCreate that goes on is disposed of when that has settled', async () => {
    const told: string[] = []
    const Closing = defineRoom(arena, (room) => ({
      async onCreate() {
        room.close()
        await new Promise<void>((resolve) => void server.clock.after(1_000, resolve))
        told.push('created')
      },
      onDispose: () => void told.push('dispose'),
    }))
    const server: TestServer<typeof arena> = new TestServer(arena, { room: Closing })
    const ada = await server.join()
    await server.pass(1_100)
    expect([ada.reason, told]).toEqual(['ROOM_CLOSED', ['created', 'dispose']])
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

  test('onDispose comes after what onLeave promised, for four seconds', async () => {
    for (const [ms, told] of [
      [3_900, ['left', 'dispose']],
      [4_100, ['dispose', 'left']],
    ] as const) {
      const heard: string[] = []
      const Saving = defineRoom(arena, (room) => ({
        onCreate: () => void room.on('ask', () => room.close()),
        async onLeave() {
          await new Promise<void>((resolve) => void server.clock.after(ms, resolve))
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

  test('a client that went away during onCreate is not let in', async () => {
    let create = () => {}
    const { server, told } = telling({}, { onCreate: () => new Promise<void>((resolve) => (create = resolve)) })
    const ada = await server.join()
    ada.cut()
    create()
    await settle()
    expect([told, server.stats.sessions]).toEqual([[], 0])
    const bob = await server.join({ join: ['Bob'] })
    expect([told, bob.welcome.player]).toEqual([['join 1 Bob'], 1])
  })

  test('a client that went away during onJoin leaves no seat behind', async () => {
    let enter = () => {}
    const { server, told } = telling({}, { onJoin: () => new Promise<void>((resolve) => (enter = resolve)) })
    const ada = await server.join()
    ada.cut()
    await settle()
    expect(told.length).toBe(1)
    enter()
    await settle()
    expect(told.at(-1)).toBe('leave 1 dropped of 0')
    expect(server.stats.sessions).toBe(0)
    expect(server.host.rooms[0]?.sessions).toBe(0)
  })

  for (const ms of [0, 9_000])
    test(`a client kicked during onJoin is left only when onJoin has settled, ${ms} ms later`, async () => {
      let enter = () => {}
      const told: string[] = []
      const Picky = defineRoom(arena, () => ({
        async onJoin(session) {
          session.kick('not you')
          await new Promise<void>((resolve) => {
            enter = resolve
          })
          told.push('joined')
        },
        onLeave: (_, how) => void told.push(how),
      }))
      const server = new TestServer(arena, { room: Picky })
      expect((await server.join()).reason).toBe('REFUSED')
      await server.pass(ms)
      expect(told).toEqual([])
      enter()
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
})

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
              await new Promise<void>((resolve) => void server.clock.after(100, resolve))
              room.state.room.phase = 7
            })
          },
          onDrop() {
            room.state.room.phase = 7
          },
          async onLeave() {
            await new Promise<void>((resolve) => void server.clock.after(100, resolve))
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
    let open = () => {}
    const ticks: number[] = []
    const Told = defineRoom(
      arena,
      (room) => {
        room.stir()
        return {
          onCreate() {
            room.broadcast('note', { text: 'a' })
            return new Promise<void>((resolve) => (open = resolve))
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
    open()
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
  expect(() => here.state.ship.add({ owner: elsewhere })).toThrow("add takes a session of this room, got another's")
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

describe('a hook that holds up the server', () => {
  /** A server whose time goes on within the tick of one room, by so many milliseconds at the tick of that number. */
  async function held(ms: number, ...ticks: number[]) {
    let block = (): void => {}
    const Blocking = defineRoom(arena, (room) => ({ onTick: () => ticks.includes(room.tick) && block() }))
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
})
