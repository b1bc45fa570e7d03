// Whatever a game says, and however often, its player is not cut off for it [F4]: messages keep to a pace that a server
// takes beside inputs and acknowledgements, and rules that come and go are told in few words. Both ends whole, on virtual
// time, at the limits that are the default.

import { describe, expect, test } from 'vitest'
import { bytes, defineGame, fixed, i8, u16 } from '../../protocol/index.ts'
import { REPLAY_MESSAGES } from '../../protocol/limits.ts'
import { join, type Room } from '../../sdk/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { settle } from '../support/clock.ts'
import { Net, worldOver } from '../support/link.ts'
import { TestServer } from '../support/server.ts'

const KEYS = ['aim', 'look', 'hand', 'foot'] as const
const kinds = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`kind${index}`, { x: fixed(0, 1, 1 / 8) }]))
const game = defineGame({
  entities: kinds,
  input: { dx: i8(), voice: bytes(400) },
  toServer: {
    ...{ aim: { n: u16() }, look: { n: u16() }, hand: { n: u16() }, foot: { n: u16() } },
    picture: { n: u16(), pixels: bytes(16_300) },
  },
})
type Game = typeof game

let server: TestServer<Game>
let net: Net
let room: Room<Game>
let heard: number[]
let heardAt: number[]

async function enter(sendRate: number, tickRate = 60): Promise<void> {
  heard = []
  heardAt = []
  const Studio = defineRoom(
    game,
    (stage) => ({
      onCreate() {
        for (const key of [...KEYS, 'picture'] as const)
          stage.on(key, (_, { n }) => {
            heard.push(n)
            heardAt.push(server.clock.now())
          })
      },
      onTick() {
        for (const session of stage.sessions) for (const _ of session.inputs());
      },
    }),
    { tickRate, sendRate },
  )
  server = new TestServer(game, { studio: Studio })
  net = new Net(server.clock, (socket) => server.host.accept(socket, '10.0.0.1'))
  const joining = join('ws://x.test/ws', game, { room: 'studio', ...worldOver(net, server.clock) })
  await server.pass(600)
  room = await joining
}

/** So many seconds of a game that draws so many pictures in each, and does that in all of them. */
async function play(seconds: number, perSecond: number, act: (picture: number) => void, voiceBytes = 0): Promise<void> {
  for (let picture = 0; picture < seconds * perSecond; picture++) {
    server.clock.advance(1000 / perSecond)
    await settle()
    room.input({ dx: 1, voice: new Uint8Array(voiceBytes).fill(picture) })
    act(picture)
    room.view()
  }
}

describe('a player is not cut off', () => {
  for (const sendRate of [20, 30, 60]) {
    test(`for four keys of latest messages with each picture, at ${sendRate} states a second`, async () => {
      await enter(sendRate)
      await play(60, 60, (n) => {
        for (const key of KEYS) room.send(key, { n }, { as: 'latest' })
      })
      expect(server.stats.closed.TOO_FAST).toBe(0)
      expect(heard.length).toBeGreaterThan(60 * 55)
      expect(60 * 60 - (heard.at(-1) as number)).toBeLessThan(15)
    })
  }

  for (const how of [{ as: 'volatile' }, { as: 'reliable' }] as const) {
    test(`for a ${how.as} message with each picture of a fast screen: what is too much is not accepted`, async () => {
      await enter(20)
      let accepted = 0
      await play(60, 144, (n) => {
        if (room.send('aim', { n }, how) !== 'full') accepted++
      })
      await server.pass(10_000)
      expect(server.stats.closed.TOO_FAST).toBe(0)
      expect([heard.length, accepted < 60 * 144]).toEqual([accepted, true])
    })

    // Whole pictures make the time between two frames of inputs longer there: states come meanwhile.
    for (const perSecond of [72, 75, 100]) {
      test(`for a ${how.as} message with each of ${perSecond} pictures a second`, async () => {
        await enter(20)
        await play(60, perSecond, (n) => {
          room.send('aim', { n }, how)
        })
        expect(server.stats.closed.TOO_FAST).toBe(0)
        expect(server.stats.framesIn / 60).toBeLessThan(100)
      })
    }
  }

  for (const perSecond of [60, 72, 75, 100, 144]) {
    test(`for playing at ${perSecond} pictures a second where ticks and states are 128: it says little`, async () => {
      await enter(128, 128)
      const { framesIn } = server.stats
      await play(60, perSecond, () => {})
      expect(server.stats.closed.TOO_FAST).toBe(0)
      expect((server.stats.framesIn - framesIn) / 60).toBeLessThan(33)
    })
  }

  test('for a reliable message with each picture of a usual screen, all of which arrive', async () => {
    await enter(20)
    await play(60, 60, (n) => expect(room.send('aim', { n })).not.toBe('full'))
    await server.pass(1_000)
    expect([server.stats.closed.TOO_FAST, heard.length]).toEqual([0, 60 * 60])
  })

  test('for volatile messages of a fast screen, and what must arrive does not wait for them', async () => {
    await enter(20)
    const saidAt: number[] = []
    await play(40, 240, (picture) => {
      room.send('aim', { n: picture % 1_000 }, { as: 'volatile' })
      if (picture % 240 > 0) return
      saidAt.push(server.clock.now())
      room.send('look', { n: 999 + saidAt.length })
    })
    const late = heard.flatMap((n, index) => (n >= 1_000 ? [heardAt[index]! - saidAt[n - 1_000]!] : []))
    expect([server.stats.closed.TOO_FAST, late.length]).toEqual([0, 40])
    expect(Math.max(...late)).toBeLessThan(100)
  })

  for (const [size, perSecond] of [
    [16_300, 10],
    [4_000, 60],
    [2_000, 50],
    [600, 60],
  ] as const) {
    for (const how of [{ as: 'volatile' }, { as: 'reliable' }] as const) {
      test(`for ${perSecond} ${how.as} messages a second of ${size} bytes, beside inputs of 400 with each picture`, async () => {
        await enter(20)
        const pixels = new Uint8Array(size)
        let accepted = 0
        const say = (n: number) => {
          if (n % (60 / perSecond) < 1 && room.send('picture', { n, pixels }, how) !== 'full') accepted++
        }
        await play(60, 60, say, 400)
        await server.pass(10_000)
        expect([server.stats.closed.TOO_FAST, heard.length]).toEqual([0, accepted])
        // A volatile one finds an input in its way now and then.
        if (how.as === 'reliable') expect(accepted * size).toBeGreaterThan(60 * 30_000)
      })
    }
  }

  test('for as many messages as can wait, after an outage: they are there with the line', async () => {
    await enter(20)
    net.isDown = true
    net.cut()
    for (let n = 0; n < REPLAY_MESSAGES; n++) expect(room.send('aim', { n })).toBe('queued')
    expect(room.send('aim', { n: 0 })).toBe('full')
    net.isDown = false
    await play(2, 60, () => {})
    expect([server.stats.closed.TOO_FAST, server.stats.resumed]).toEqual([0, 1])
    expect(heard).toEqual(Array.from({ length: REPLAY_MESSAGES }, (_, n) => n))
  })

  test('for rules of sixteen kinds that come, go and come again', async () => {
    await enter(20)
    const mount = () => Object.keys(kinds).map((kind) => room.predict(kind, () => {}))
    for (let time = 0; time < 20; time++) for (const off of mount()) off()
    mount()
    await server.pass(200)
    expect([room.state.name, server.stats.closed.TOO_FAST]).toEqual(['open', 0])
    expect(room.inside.prediction.kinds).toHaveLength(16)
  })

  test('[M6] for rules that move everyone of as many kinds as a definition may have', async () => {
    const names = Array.from({ length: 250 }, (_, index) => `kind${index}`)
    const large = defineGame({ entities: Object.fromEntries(names.map((name) => [name, { x: u16() }])) })
    const Hall = defineRoom(large, (stage) => ({
      onCreate() {
        for (const name of names) stage.state[name]?.add()
      },
    }))
    const host = new TestServer(large, { hall: Hall })
    net = new Net(host.clock, (socket) => host.host.accept(socket, '10.0.0.1'))
    const joining = join('ws://x.test/ws', large, { room: 'hall', ...worldOver(net, host.clock) })
    await host.pass(600)
    const inside = await joining
    for (const name of names) inside.predict(name, () => {}, { all: true })
    await host.pass(600)
    expect([inside.state.name, names.filter((name) => inside.predicted(name).length === 1).length]).toEqual([
      'open',
      250,
    ])
  })

  test('for rules that are given anew with each picture, one or two in turn', async () => {
    await enter(20)
    await play(10, 60, () => room.predict('kind0', () => {}))
    await play(10, 60, (picture) => room.predict(`kind${picture % 2}`, () => {}))
    expect([room.state.name, server.stats.closed.TOO_FAST]).toEqual(['open', 0])
  })
})
