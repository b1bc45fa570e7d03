import { describe, expect, test } from 'vitest'
import { defineGame, fixed, u8 } from '../../../protocol/index.ts'
import { type BroadcastOptions, isMeant } from '../../../server/room/audience.ts'
import { defineRoom, type Room } from '../../../server/room/room.ts'
import type { Seat } from '../../../server/room/seat.ts'
import type { Session } from '../../../server/room/session.ts'
import type { Place } from '../../../server/sync/places.ts'
import { arena } from '../../support/arena.ts'
import { settle } from '../../support/clock.ts'
import { TestServer } from '../../support/server.ts'

const seat = { focus: { x: 100, y: 100 }, topics: new Set(['red']) } as unknown as Seat
const places = { of: (focus: object | null) => focus as Place | null }
const lost = { focus: null, topics: new Set() } as unknown as Seat

const CASES: readonly (readonly [string, BroadcastOptions, boolean, boolean])[] = [
  ['everyone', {}, true, true],
  ['everyone but one', { except: seat as never }, false, true],
  ['a topic', { to: 'red' }, true, false],
  ['another topic', { to: 'blue' }, false, false],
  ['those within a radius', { near: { x: 103, y: 104, radius: 5 } }, true, false],
  ['those nearer', { near: { x: 103, y: 104, radius: 4.99 } }, false, false],
  ['those of a topic who are near', { to: 'blue', near: { x: 100, y: 100, radius: 5 } }, false, false],
]

for (const [who, how, ...expected] of CASES) {
  test(`a broadcast to ${who} is for ${expected.filter(Boolean).length} of the two`, () => {
    expect([isMeant(seat, how, places), isMeant(lost, how, places)]).toEqual(expected)
  })
}

test('a broadcast near a point counts by the fields that the views name', async () => {
  const track = defineGame({
    entities: { kart: { x: fixed(-400, 400, 1), y: fixed(-50, 50, 1), z: fixed(-400, 400, 1) } },
    toClient: { boom: { size: u8() } },
  })
  let inside!: Room<typeof track, 'kart'>
  const Track = defineRoom(
    track,
    (room: Room<typeof track, 'kart'>) => ({
      onCreate() {
        inside = room
      },
      onJoin(session) {
        const isFirst = room.sessions.size === 0
        session.avatar = room.state.kart.add(isFirst ? { x: 0, y: 40, z: 0 } : { x: 0, y: 0, z: 300 })
      },
    }),
    { avatar: 'kart', views: { kart: { near: { x: 'x', y: 'z', width: 200, height: 200 } } } },
  )
  const server = new TestServer(track, { room: Track })
  const clients = [await server.join({ join: [] }), await server.join({ join: [] })]
  for (const y of [0, 300]) inside.broadcast('boom', { size: y / 100 }, { near: { x: 0, y, radius: 30 } })
  await settle()
  expect(clients.map((client) => client.heard('boom'))).toEqual([[{ size: 0 }], [{ size: 3 }]])
})

test('a broadcast to no topic, near no place, in a way or until a time that there is not, is refused, and nobody hears it', async () => {
  const told: unknown[] = []
  const Telling = defineRoom(arena, (room) => ({
    onJoin(session) {
      const say = (how: object) => () => room.broadcast('note', { text: 'secret' }, how)
      expect(say({ to: undefined })).toThrow(new TypeError('to must be a topic, got undefined'))
      expect(say({ near: { x: 0, y: Number.NaN, radius: 1 } })).toThrow(
        new TypeError('near must have numbers x, y and radius, got 0, NaN and 1'),
      )
      expect(say({ near: { x: 0, y: 0 } })).toThrow('got 0, 0 and undefined')
      expect(say({ near: { x: 0, y: 0, radius: Infinity }, to: 'reds' })).not.toThrow()
      expect(say({ as: 'lastest' })).toThrow(new RangeError('as cannot be lastest'))
      expect(say({ to: 'reds', except: undefined, as: undefined })).not.toThrow()
      expect(say({ as: 'latest', deadlineMs: Number.NaN })).toThrow(
        new RangeError('deadlineMs must be a number, got NaN'),
      )
      expect(say({ as: 'latest', deadlineMs: 'soon' })).toThrow(new RangeError('deadlineMs must be a number, got soon'))
      const send = (as: string) => session.send('note', { text: 'secret' }, { as: as as 'latest' })
      expect(() => send('volatle')).toThrow(new RangeError('as cannot be volatle'))
      for (const as of ['reliable', 'latest', 'volatile']) told.push(send(as))
    },
  }))
  const server = new TestServer(arena, { room: Telling })
  const ada = await server.join()
  expect([ada.reason, told]).toEqual([undefined, ['sent', 'sent', 'full']])
})

test('a broadcast to a topic reaches those who subscribe to it, for as long as they do', async () => {
  const off: (() => void)[] = []
  const Talking = defineRoom(arena, (room) => ({
    onCreate: () => void room.on('talk', (_, said) => room.broadcast('talk', said, { to: 'red' })),
    onJoin: (session, { name }) => {
      if (name === 'Ada') off.push(session.subscribe('red'))
    },
  }))
  const server = new TestServer(arena, { room: Talking })
  const [ada, bob] = [await server.join({ join: ['Ada'] }), await server.join({ join: ['Bob'] })]
  bob.say('talk', { message: 'to red' })
  off[0]?.()
  bob.say('talk', { message: 'to nobody' })
  await settle()
  expect([ada.heard('talk'), bob.heard('talk')]).toEqual([[{ message: 'to red' }], []])
})

describe('who subscribes to a topic twice', () => {
  /** A player's session, and how often it hears a broadcast to the topic. */
  async function subscriber() {
    let [session, broadcast]: [Session<typeof arena> | undefined, () => void] = [undefined, () => {}]
    const Topical = defineRoom(arena, (room) => ({
      onJoin: (joined) => {
        session = joined
        broadcast = () => room.broadcast('note', { text: 'reds' }, { to: 'red' })
      },
    }))
    const server = new TestServer(arena, { room: Topical })
    const ada = await server.join()
    const hears = async () => {
      const before = ada.heard('note').length
      broadcast()
      await settle()
      return ada.heard('note').length - before
    }
    return { subscribe: (topic: string) => (session as Session<typeof arena>).subscribe(topic), hears }
  }

  test('hears each broadcast once, until it has ended both', async () => {
    const { subscribe, hears } = await subscriber()
    const offs = [subscribe('red'), subscribe('red')]
    const heard = [await hears()]
    for (const off of offs) {
      off()
      heard.push(await hears())
    }
    expect(heard).toEqual([1, 1, 0])
  })

  test('or three times, and ends one of these twice, has the others left', async () => {
    const { subscribe, hears } = await subscriber()
    const offs = [subscribe('red'), subscribe('red'), subscribe('red')]
    const heard: number[] = []
    for (const off of [offs[0], offs[0], offs[1], offs[2]]) {
      off?.()
      heard.push(await hears())
    }
    expect(heard).toEqual([1, 1, 1, 0])
  })

  test('keeps the later subscription, however often it ends the one before', async () => {
    const { subscribe, hears } = await subscriber()
    const first = subscribe('red')
    first()
    const second = subscribe('red')
    first()
    expect(await hears()).toBe(1)
    second()
    expect(await hears()).toBe(0)
  })

  test('to another topic ends only that', async () => {
    const { subscribe, hears } = await subscriber()
    subscribe('red')
    subscribe('blue')()
    expect(await hears()).toBe(1)
  })
})

test('a volatile message arrives on an open line and is gone with a cut one; of the latest the newest comes back', async () => {
  let session: Session<typeof arena> | undefined
  const Quiet = defineRoom(arena, () => ({
    onJoin: (joined) => {
      session = joined
    },
  }))
  const server = new TestServer(arena, { room: Quiet })
  const ada = await server.join()
  const send = (text: string, as: 'volatile' | 'latest') => session?.send('note', { text }, { as })
  expect(send('now', 'volatile')).toBe('sent')
  await settle()
  ada.cut()
  expect(send('never', 'volatile')).toBe('full')
  for (const text of ['one', 'two', 'three']) send(text, 'latest')
  const back = await server.resume(ada, { received: 0 })
  await settle()
  expect([ada.heard('note'), back.heard('note')]).toEqual([[{ text: 'now' }], [{ text: 'three' }]])
})

test('latest messages of no key wait one for each name, also where the key is undefined, and of one key one waits', async () => {
  const keys = [{}, { key: undefined }, { key: 'same' }]
  for (const [index, kept] of [2, 2, 1].entries()) {
    const how = { as: 'latest', ...(keys[index] as object) } as const
    for (const isToAll of [false, true]) {
      const Away = defineRoom(arena, (room) => ({
        onDrop(session) {
          const say = isToAll ? room.broadcast.bind(room) : session.send.bind(session)
          say('note', { text: 'one' }, how)
          say('talk', { message: 'two' }, how)
        },
      }))
      const server = new TestServer(arena, { room: Away })
      const ada = await server.join()
      ada.cut()
      const back = await server.resume(ada)
      await settle()
      expect(back.messages).toHaveLength(kept)
    }
  }
})
