// Requests, both ends whole: on virtual time for what takes long, and over real sockets that are cut at the worst moments.

import { beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { defineGame, type RequestError, request, text, u8, u32 } from '../../protocol/index.ts'
import { REPLAY_MESSAGES } from '../../protocol/limits.ts'
import { join, type Room } from '../../sdk/index.ts'
import { serve } from '../../server/index.ts'
import { defineRoom, type RoomClass } from '../../server/room/room.ts'
import type { Session } from '../../server/room/session.ts'
import { settle } from '../support/clock.ts'
import { Net, worldOver } from '../support/link.ts'
import { Path } from '../support/path.ts'
import { TestServer } from '../support/server.ts'

const shop = defineGame({
  join: { name: text(16) },
  player: { name: text(16) },
  toServer: { shout: { word: text(8) }, buy: request({ item: text(16) }, { gold: u32() }) },
  toClient: { echo: { word: text(8) }, offer: request({ price: u32() }, { takes: u8() }) },
})
type Shop = typeof shop

let server: TestServer<Shop>
let sessions: Session<Shop>[]
let bought: string[]
let nets: Net[]
/** How long the shop thinks about it, in milliseconds. */
let thinksMs: number
let ticks: number[]

/** Sells hats, not moons; and takes offers down to five. */
const Counter = defineRoom(
  shop,
  (room) => ({
    onCreate() {
      room.on('buy', async (session, { item }, tick) => {
        bought.push(item)
        ticks.push(tick)
        if (thinksMs > 0) await server.wait(thinksMs)
        if (item === 'moon') throw new Error('the till is at 10.0.0.7')
        return { gold: item === 'sun' ? -1 : session.id * 10 }
      })
    },
    onJoin: (session) => void sessions.push(session),
  }),
  {
    validate: {
      toServer: { buy: checkOf(({ item }: { item: string }) => item !== '') },
      replies: { offer: checkOf(({ takes }: { takes: number }) => takes < 100) },
    },
  },
)

/** A schema of one question. */
function checkOf<T>(passes: (value: T) => boolean) {
  const validate = (value: unknown) =>
    passes(value as T) ? { value: value as T } : { issues: [{ message: 'does not do' }] }
  return { '~standard': { validate } }
}

function open(Shop: RoomClass<Shop> = Counter, limits: Partial<{ requests: number }> = {}): void {
  server = new TestServer(shop, { shop: Shop }, limits)
}

beforeEach(() => {
  sessions = []
  bought = []
  nets = []
  ticks = []
  thinksMs = 0
  open()
})

async function enter(): Promise<Room<Shop>> {
  const net = new Net(server.clock, (socket) => server.host.accept(socket, '10.0.0.1'))
  nets.push(net)
  const world = worldOver(net, server.clock)
  const joining = join('ws://shop.test/ws', shop, { room: 'shop', with: { name: '' }, ...world })
  await server.pass(100)
  return joining
}

/** What becomes of a promise in that time: what it resolves to, the reason of its error, or 'pending'. */
async function fate(promise: Promise<unknown>, ms = 0): Promise<unknown> {
  let found: unknown = 'pending'
  promise.then(
    (value) => {
      found = value
    },
    (error: RequestError) => {
      found = error.reason ?? error.message
    },
  )
  await settle()
  if (ms > 0) await server.pass(ms)
  return found
}

describe('a request to the server', () => {
  test('[M10] is answered, typed, with what the room returns, and knows the tick that the player saw', async () => {
    const ada = await enter()
    await server.pass(100)
    ada.view()
    const { gold } = (await fate(ada.request('buy', { item: 'hat' }), 200)) as { gold: number }
    expect(gold).toBe(ada.me * 10)
    expect(ticks).toHaveLength(1)
    expect(ticks[0]).toBeGreaterThan(0)
    expect(ticks[0]).toBeLessThanOrEqual(ada.view().serverTick)
  })

  test('over a cut is asked once and answered once', async () => {
    const ada = await enter()
    thinksMs = 300
    const asked = [ada.request('buy', { item: 'hat' })]
    await server.pass(50)
    nets[0]?.cut()
    asked.push(ada.request('buy', { item: 'coat' }))
    await server.pass(3_000)
    expect(await Promise.all(asked)).toEqual([{ gold: ada.me * 10 }, { gold: ada.me * 10 }])
    expect(bought).toEqual(['hat', 'coat'])
  })

  for (const [what, item, word] of [
    ['whose listener throws', 'moon', 'the till'],
    ['whose reply does not fit', 'sun', 'must be u32, got -1'],
  ] as const) {
    test(`${what} fails without a word of why, and costs nobody the socket`, async () => {
      const ada = await enter()
      expect(await fate(ada.request('buy', { item }), 200)).toBe('failed')
      expect([ada.state.name, server.stats.failedMessages, nets[0]?.links.length]).toEqual(['open', 1, 1])
      expect(server.shared.logged[0]).toContain(word)
      expect(await fate(ada.request('buy', { item: 'hat' }), 200)).toEqual({ gold: ada.me * 10 })
    })
  }

  test("that does not pass the room's own check costs its sender the socket", async () => {
    const ada = await enter()
    const asked = ada.request('buy', { item: '' })
    expect(await fate(asked, 1_000)).toBe('outcome-unknown')
    expect([bought, server.stats.closed.BAD_MESSAGE, ada.state.name]).toEqual([[], 1, 'closed'])
  })

  test('has an unknown outcome when the streams end before its answer, and is not answered in the next ones', async () => {
    const ada = await enter()
    thinksMs = 40_000
    const asked = ada.request('buy', { item: 'hat' }, { timeoutMs: 100_000 })
    expect(await fate(asked, 100)).toBe('pending')
    const net = nets[0] as Net
    net.isDown = true
    net.cut()
    await server.pass(31_000)
    net.isDown = false
    expect(await fate(asked, 6_000)).toBe('outcome-unknown')
    expect(ada.state.name).toBe('open')
    thinksMs = 0
    expect(await fate(ada.request('buy', { item: 'coat' }), 5_000)).toEqual({ gold: ada.me * 10 })
    expect(server.shared.logged).toEqual([])
  })

  test('that nobody answers fails at once, and the log says why; one of too many, too', async () => {
    open(defineRoom(shop, () => ({})))
    expect(await fate((await enter()).request('buy', { item: 'hat' }), 100)).toBe('failed')
    expect(server.shared.logged[0]).toMatch(/has nobody who listens to buy, which session 1 asked$/)

    open(Counter, { requests: 2 })
    const ada = await enter()
    thinksMs = 200
    const three = ['hat', 'coat', 'shoe'].map((item) => ada.request('buy', { item }))
    await server.pass(150)
    expect(await Promise.all(three.map((asked) => fate(asked)))).toEqual(['pending', 'pending', 'failed'])
    expect(server.shared.logged).toEqual([expect.stringMatching(/answers 2 requests of session 1, no more at a time$/)])
    await server.pass(300)
    expect(bought).toEqual(['hat', 'coat'])
    expect(await fate(ada.request('buy', { item: 'sock' }), 400)).toEqual({ gold: ada.me * 10 })
  })

  test('ends with the connection that its page closes, and is not accepted after it', async () => {
    const ada = await enter()
    thinksMs = 1_000
    const asked = ada.request('buy', { item: 'hat' })
    await ada.leave()
    expect(await fate(asked, 300)).toBe('outcome-unknown')
    expect(await fate(ada.request('buy', { item: 'coat' }))).toBe('full')
    await server.pass(2_000)
    expect(server.shared.logged).toEqual([])
  })
})

describe('a request to a client', () => {
  test('[M10] is answered, also by a page that begins to listen later, and over a cut once', async () => {
    const ada = await enter()
    const offered: number[] = []
    const asked = sessions[0]!.request('offer', { price: 7 })
    await server.pass(100)
    ada.on('offer', async ({ price }) => {
      offered.push(price)
      return { takes: price - 5 }
    })
    nets[0]?.cut()
    expect(await fate(asked, 1_000)).toEqual({ takes: 2 })
    expect(offered).toEqual([7])
  })

  test('that waited for its listener while the streams ended is not answered in the next ones', async () => {
    const ada = await enter()
    const asked = sessions[0]!.request('offer', { price: 7 }, { timeoutMs: 100_000 })
    await server.pass(100)
    const net = nets[0] as Net
    net.isDown = true
    net.cut()
    expect(await fate(asked, 31_000)).toBe('outcome-unknown')
    net.isDown = false
    await server.pass(6_000)
    const offered: number[] = []
    ada.on('offer', ({ price }) => {
      offered.push(price)
      return { takes: 99 }
    })
    const next = sessions[1]!.request('offer', { price: 8 })
    expect(await fate(next, 100)).toEqual({ takes: 99 })
    expect(offered).toEqual([7, 8])
    expect(server.stats.closed.BAD_MESSAGE).toBe(0)
  })

  test('whose answer waits for a place is waited for no more by a page that left', async () => {
    const ada = await enter()
    void sessions[0]!.request('offer', { price: 7 })
    await server.pass(100)
    nets[0]!.isHole = true
    for (let sent = 0; sent < REPLAY_MESSAGES; sent++) ada.send('shout', { word: 'hey' })
    ada.on('offer', () => ({ takes: 1 }))
    const { session } = ada.inside
    const { post } = session
    let tries = 0
    session.post = (said) => {
      tries++
      return post.call(session, said)
    }
    await server.pass(1_000)
    expect(tries).toBeGreaterThanOrEqual(3)
    await ada.leave()
    await server.pass(500)
    tries = 0
    await server.pass(1_000)
    expect(tries).toBe(0)
  })

  test('has an unknown outcome when the player leaves, which ends nobody else', async () => {
    const ada = await enter()
    const asked = sessions[0]!.request('offer', { price: 7 })
    // Nobody waits for this one: its rejection must not be an error of the process.
    void sessions[0]!.request('offer', { price: 8 })
    await ada.leave()
    expect(await fate(asked, 100)).toBe('outcome-unknown')
    expect(await fate(sessions[0]!.request('offer', { price: 7 }))).toBe('full')
  })

  test('that is not one of the definition, or does not fit it, throws where it is made', async () => {
    await enter()
    const [ada] = sessions as [Session<Shop>]
    expect(() => ada.request('echo' as 'offer', { price: 1 })).toThrow('no request echo')
    expect(() => ada.request('offer', { price: -1 })).toThrow('price: must be u32, got -1')
    expect(() => void ada.request('offer', { price: 1 })).not.toThrow()
  })

  test("whose reply does not pass the room's own check fails, and costs its sender the socket", async () => {
    const ada = await enter()
    ada.on('offer', ({ price }) => ({ takes: price }))
    expect(await fate(sessions[0]!.request('offer', { price: 99 }), 100)).toEqual({ takes: 99 })
    expect(await fate(sessions[0]!.request('offer', { price: 100 }), 100)).toBe('failed')
    expect(server.stats.closed.BAD_MESSAGE).toBe(1)
  })
})

test('over real sockets, each cut after so many bytes, all is asked once, answered once, and by itself', async () => {
  const heard = new Map<string, string[]>()
  const Slow = defineRoom(
    shop,
    (room) => ({
      onCreate() {
        room.on('buy', async (session, { item }) => {
          heard.get(session.player.name)?.push(item)
          const { takes } = await session.request('offer', { price: item.length })
          return { gold: takes * 10 }
        })
      },
      onJoin(session, { name }) {
        session.player.name = name
      },
    }),
    { tickRate: 0, capacity: 1_000 },
  )
  const crowd = { socketsPerAddress: 1_000, greetingsPerAddress: 1_000, dialsPerSecond: 10_000, dialBurst: 10_000 }
  const real = await serve({ port: 0, game: shop, rooms: { shop: Slow }, signals: false, limits: crowd })

  async function trade(direction: 'up' | 'down', bytes: number): Promise<string> {
    const name = `${direction} ${bytes}`
    heard.set(name, [])
    const path = new Path(real.port)
    path.cutAt = { direction, bytes }
    const port = await path.listen()
    const options = { room: 'shop', id: name, with: { name }, WebSocket, fetch: null, storage: null }
    const ada = await join(`ws://127.0.0.1:${port}/ws`, shop, options)
    const offered: number[] = []
    ada.on('offer', async ({ price }) => {
      offered.push(price)
      return { takes: price * 2 }
    })
    const bills = await Promise.all(['hat', 'coat', 'shoes'].map((item) => ada.request('buy', { item })))
    await ada.leave()
    await path.close()
    const found = JSON.stringify([bills.map(({ gold }) => gold), offered, heard.get(name)])
    return found === '[[60,80,100],[3,4,5],["hat","coat","shoes"]]' ? '' : `cut at ${name}: ${found}`
  }

  const cuts = (['up', 'down'] as const).flatMap((way) =>
    Array.from({ length: 24 }, (_, at) => [way, at * 23] as const),
  )
  while (cuts.length > 0) {
    const wrong = await Promise.all(cuts.splice(0, 16).map(([way, bytes]) => trade(way, bytes)))
    expect(wrong.filter(Boolean)).toEqual([])
  }
  await real.close()
}, 60_000)
