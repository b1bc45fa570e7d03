import { expect, test } from 'vitest'
import type { JoinOf } from '../../../protocol/game.ts'
import { defineGame, u8 } from '../../../protocol/index.ts'
import { defineRoom, Room, type RoomSettings } from '../../../server/room/room.ts'
import type { Knock, Session } from '../../../server/room/session.ts'
import { Arena, arena } from '../../support/arena.ts'
import { TestServer } from '../../support/server.ts'

test('a room of functions infers its types from the game', async () => {
  const seen: unknown[] = []
  const Inferred = defineRoom(
    arena,
    (room) => ({
      onJoin(session, { name }) {
        const length: number = name.length
        session.avatar = room.state.ship.add({ x: length, owner: session })
        const x: number = session.avatar.x
        seen.push(x, session.send('note', { text: name }))
        // @ts-expect-error there is no such field
        expect(() => room.state.ship.add({ q: 1 })).toThrow(TypeError)
        // @ts-expect-error there is no such message
        expect(() => session.send('nope', {})).toThrow('the game has no message nope to its clients')
        // @ts-expect-error there is no such message
        expect(() => room.on('nope', () => {})).toThrow('the game has no message nope to the server')
      },
    }),
    { avatar: 'ship', tickRate: 30 },
  )
  const ada = await new TestServer(arena, { room: Inferred }).join({ join: ['Ada'] })
  expect(seen).toEqual([3, 'sent'])
  expect(ada.welcome.tickRate).toBe(30)
  expect(ada.heard('note')).toEqual([{ text: 'Ada' }])
})

test('a class that extends Room does the same, its parameters spelled out', async () => {
  class Spelled extends Room<typeof arena, 'ship'> {
    static override readonly sendRate = 10
    #joined = 0

    override onJoin(session: Session<typeof arena, 'ship'>, { name }: JoinOf<typeof arena>): void {
      session.player.name = name
      session.player.score = ++this.#joined
      session.avatar = this.state.ship.add({ owner: session })
    }
  }
  const server = new TestServer(arena, { room: Spelled })
  await server.join({ join: ['Ada'] })
  const bob = await server.join({ join: ['Bob'] })
  await server.pass(300)
  expect(bob.welcome.sendRate).toBe(10)
  expect(bob.column('player', 'name')).toEqual(['Ada', 'Bob'])
  expect(bob.column('player', 'score')).toEqual([1, 2])
})

test("what the function declares is the instance's own", async () => {
  const Counting = defineRoom(arena, (room) => {
    let joined = 0
    return {
      onJoin() {
        room.state.room.phase = ++joined
      },
    }
  })
  const server = new TestServer(arena, { room: Counting })
  await server.join({ id: 'a' })
  const second = await server.join({ id: 'a' })
  const other = await server.join({ id: 'b' })
  await server.pass(100)
  expect(second.column('room', 'phase')).toEqual([2])
  expect(other.column('room', 'phase')).toEqual([1])
})

test("who owns nobody's entity may be passed on: what it adds is nobody's, and what it says goes to all", async () => {
  const owners: unknown[] = []
  const Turrets = defineRoom(arena, (room) => ({
    onCreate() {
      room.on('ask', () => {
        const owner = room.ownerOf(room.state.ship.add())
        owners.push(room.ownerOf(room.state.ship.add({ owner })))
        room.broadcast('note', { text: 'fire' }, { except: owner })
      })
    },
  }))
  const server = new TestServer(arena, { room: Turrets })
  const ada = await server.join()
  ada.say('ask', { what: 'fire' })
  await server.pass(100)
  expect(owners).toEqual([undefined])
  expect(ada.heard('note')).toEqual([{ text: 'fire' }])
})

const HOOKS = 'onCreate, onJoin, onTick, onLeave, onDrop, onResume, onDispose'

for (const name of ['onleave', 'onDispsoe', 'OnJoin']) {
  test(`a room of functions with ${name}, which is nearly a hook, is not made`, async () => {
    const server = new TestServer(arena, { room: defineRoom(arena, () => ({ onJoin() {}, [name]() {} })) })
    expect((await server.join()).reason).toBe('ROOM_FAILED')
    const complaint = `a room has no hook ${name}; there are ${HOOKS}`
    expect(server.shared.logged).toEqual([`room room could not be made: ${complaint}`])
  })
}

for (const [what, came, hooks] of [
  ['undefined', 'undefined', () => undefined],
  ['a promise', '[object Promise]', async () => ({ onJoin() {} })],
  ['a promise that rejects', '[object Promise]', () => Promise.reject(new Error('no map'))],
] as const) {
  test(`a room of functions whose hooks are ${what} is not made`, async () => {
    const server = new TestServer(arena, { room: defineRoom(arena, hooks as () => object) })
    expect((await server.join()).reason).toBe('ROOM_FAILED')
    const complaint = `what is given to defineRoom must return hooks, got ${came}`
    expect(server.shared.logged).toEqual([`room room could not be made: ${complaint}`])
  })
}

test('what else a room of functions has is its own, even where its name begins like that of a hook', async () => {
  class Hooks {
    readonly onPlan = null
    readonly calls: string[] = []
    readonly onFull = () => this.calls.push('full')

    onJoin() {
      this.onArrival()
    }

    onArrival() {
      this.calls.push('joined')
    }
  }
  const classy = new Hooks()
  const all = { once() {}, only() {}, online: true, on() {}, onHold: 7, onDrop: undefined, begin() {} }
  const rooms = { room: defineRoom(arena, () => classy), other: defineRoom(arena, () => all as object) }
  const server = new TestServer(arena, rooms)
  for (const room of ['room', 'other']) expect((await server.join({ room })).closed).toBeNull()
  expect(classy.calls).toEqual(['joined'])
})

test('a room of functions whose hook is no function is not made, and one whose hook is undefined is', async () => {
  const rooms = {
    room: defineRoom(arena, () => ({ onJoin: 'x' }) as object),
    other: defineRoom(arena, () => ({ onJoin: undefined }) as object),
  }
  const server = new TestServer(arena, rooms)
  expect((await server.join()).reason).toBe('ROOM_FAILED')
  expect(server.shared.logged).toEqual(['room room could not be made: onJoin of a room must be a function, got x'])
  expect((await server.join({ room: 'other' })).closed).toBeNull()
})

test('a room of hooks instead of a function that returns them is not defined', () => {
  const hooks = { onJoin() {} }
  expect(() => defineRoom(arena, hooks as never)).toThrow('defineRoom takes a function, got [object Object]')
  expect(() => defineRoom(arena, () => hooks)).not.toThrow()
})

test('the settings of a room are the defaults, unless given', () => {
  const settings = ({ tickRate, sendRate, capacity, resumeWindow }: RoomSettings) => [
    tickRate,
    sendRate,
    capacity,
    resumeWindow,
  ]
  expect(settings(Arena)).toEqual([60, 20, 64, 30])
  const Small = defineRoom(arena, () => ({}), { capacity: 2, tickRate: 0 })
  expect(settings(Small)).toEqual([0, 20, 2, 30])
})

test('who sees what is judged by sessions of the same types', async () => {
  const game = defineGame({ entities: { tank: { team: u8() }, flag: { at: u8() } } })
  const asked = new Set<boolean>()
  const Teams = defineRoom(
    game,
    (room) => ({
      onJoin(session) {
        session.avatar = room.state.tank.add({ team: session.auth.team })
      },
    }),
    {
      avatar: 'tank',
      authenticate: ({ auth }: Knock) => (auth === '' ? null : { team: Number(auth) }),
      views: {
        tank: {
          visibleTo(tank, session) {
            // @ts-expect-error a flag has it, and the avatar is a tank
            asked.add(session.avatar.at === undefined)
            return session.avatar.team === tank.team && session.auth.team === tank.team
          },
        },
        flag: { visibleTo: (_, { auth }) => auth.team > 0 },
      },
    },
  )
  const server = new TestServer(game, { room: Teams })
  const ada = await server.join({ auth: '1' })
  await server.join({ auth: '2' })
  await server.pass(100)
  expect([ada.column('tank', 'team'), asked]).toEqual([[1], new Set([true])])
})
