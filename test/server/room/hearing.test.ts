import { beforeEach, describe, expect, test } from 'vitest'
import { defineGame, request, text, u8 } from '../../../protocol/index.ts'
import { ANSWER } from '../../../protocol/messages.ts'
import { defineRoom } from '../../../server/room/room.ts'
import type { Session } from '../../../server/room/session.ts'
import { settle } from '../../support/clock.ts'
import { type TestClient, TestServer } from '../../support/server.ts'

const shop = defineGame({
  room: { sold: u8() },
  toServer: { talk: { word: text(8) }, buy: request({ item: text(8) }, { gold: u8() }) },
  toClient: { offer: request({ price: u8() }, { takes: u8() }) },
})
const BUY = 1

let server: TestServer<typeof shop>
let sessions: Session<typeof shop>[]
let bought: string[]
/** The shop thinks about each until it is told to sell. */
let sell: (() => void)[]

const shopOf = (tickRate: number) =>
  defineRoom(
    shop,
    (room) => ({
      onCreate() {
        room.on('buy', async (_, { item }) => {
          bought.push(item)
          await new Promise<void>((resolve) => sell.push(resolve))
          room.state.room.sold++
          return { gold: room.state.room.sold }
        })
      },
      onJoin: (session) => void sessions.push(session),
    }),
    { tickRate },
  )

function open(limits = {}, tickRate = 60): void {
  server = new TestServer(shop, { room: shopOf(tickRate) }, limits)
}

beforeEach(() => {
  sessions = []
  bought = []
  sell = []
  open()
})

function send(client: TestClient, seq: number, kind: number, body: readonly unknown[]): void {
  client.send({ type: 'message', seq, kind, tick: 0, body: body as never })
}

const answers = ({ messages }: TestClient) => messages.flatMap(({ kind, body }) => (kind === ANSWER ? [body] : []))

describe('requests of a client', () => {
  test('[M10] are each answered by their number, in the order in which the room is done with them', async () => {
    const ada = await server.join()
    for (const [seq, item] of [
      [1, 'hat'],
      [2, 'coat'],
    ] as const)
      send(ada, seq, BUY, [[item], null])
    sell[1]?.()
    await settle()
    sell[0]?.()
    await settle()
    expect([bought, answers(ada)]).toEqual([
      ['hat', 'coat'],
      [
        [2, [1]],
        [1, [2]],
      ],
    ])
  })

  test('that come twice are asked once', async () => {
    const ada = await server.join()
    for (const seq of [1, 1, 2, 1]) send(ada, seq, BUY, [['hat'], null])
    expect(bought).toEqual(['hat', 'hat'])
  })

  for (const [what, seq, body] of [
    ['has no number', 0, [['hat'], null]],
    ['brings its own reply', 1, [['hat'], [5]]],
    ['does not fit', 1, [[7], null]],
  ] as const) {
    test(`[M10] one that ${what} breaks the protocol`, async () => {
      const eve = await server.join()
      send(eve, seq, BUY, body)
      expect([eve.closed?.code, bought]).toEqual([4400, []])
    })
  }

  test('are answered to the streams that they came in, and to no others', async () => {
    const ada = await server.join()
    send(ada, 1, BUY, [['hat'], null])
    const reloaded = await server.join({ resume: { ...ada.claim(), epoch: 0, received: 0, lastTick: 0 } })
    sell[0]?.()
    await server.pass(1_000)
    expect(reloaded.welcome.outcome).toBe('reset')
    expect([answers(ada), answers(reloaded)]).toEqual([[], []])
  })

  test('in a room of turns show what they changed when they are done', async () => {
    open({}, 0)
    const ada = await server.join()
    send(ada, 1, BUY, [['hat'], null])
    await server.pass(200)
    expect(ada.column('room', 'sold')).toEqual([0])
    sell[0]?.()
    await server.pass(200)
    expect(ada.column('room', 'sold')).toEqual([1])
  })

  test('in a flood are bounded, and end the streams of whoever takes no answers', async () => {
    open({ requests: 8 })
    const eve = await server.join()
    eve.acks = false
    for (let seq = 1; seq <= 8; seq++) send(eve, seq, BUY, [['hat'], null])
    await settle()
    expect([bought.length, answers(eve)]).toEqual([8, []])
    // Each one more is told that it failed, for as long as that can be kept.
    for (let seq = 9; !eve.closed && seq < 1_000; seq++) {
      send(eve, seq, BUY, [['hat'], null])
      if (seq === 300) await server.pass(3_000)
    }
    await settle()
    expect(answers(eve)).toEqual(Array.from({ length: 512 }, (_, index) => [index + 9, null]))
    expect([bought.length, eve.reason]).toEqual([8, 'TOO_SLOW'])
    for (const resolve of sell) resolve()
    await server.pass(1_000)
    expect(server.clock.waiting).toBeGreaterThanOrEqual(8)
    // When the seat is given up, nothing waits any more.
    await server.pass(30_000)
    expect(server.clock.waiting).toBeLessThan(4)
  })
})

describe('what a listener has begun', () => {
  /** A room that saves what was said and bought; both take their time, and the first word closes it. */
  function saving(ms: number) {
    const told: string[] = []
    const Saving = defineRoom(shop, (room) => ({
      onCreate() {
        room.on('buy', async () => {
          await server.wait(ms)
          told.push('bought')
          return { gold: 1 }
        })
        room.on('talk', async () => {
          room.close()
          await server.wait(ms)
          told.push('said')
        })
      },
      onDispose: () => void told.push('disposed'),
    }))
    server = new TestServer(shop, { room: Saving })
    return told
  }

  for (const [what, ms, expected] of [
    ['is done before onDispose of its room that is closed meanwhile', 300, ['bought', 'said', 'disposed']],
    ['is not waited for longer than four seconds', 4_100, ['disposed', 'bought', 'said']],
  ] as const) {
    test(what, async () => {
      const told = saving(ms)
      const ada = await server.join()
      send(ada, 1, BUY, [['hat'], null])
      send(ada, 2, 0, ['bye'])
      expect([ada.reason, told]).toEqual(['ROOM_CLOSED', []])
      await server.pass(5_000)
      expect(told).toEqual(expected)
    })
  }
})

/** A room whose listener throws. */
const failing = (name: 'buy' | 'talk', words: string) =>
  defineRoom(shop, (stage) => ({
    onCreate: () =>
      void stage.on(name, () => {
        throw new Error(words)
      }),
  }))

test('requests that fail are all counted, and logged as far as anyone can read', async () => {
  server = new TestServer(shop, { room: failing('buy', 'sold out') })
  const eve = await server.join()
  for (let seq = 1; seq <= 300; seq++) {
    send(eve, seq, BUY, [['hat'], null])
    await server.pass(20)
  }
  expect([eve.closed, server.stats.failedMessages]).toEqual([null, 300])
  expect(server.shared.logged).toHaveLength(20 + 5)
  expect(server.shared.logged[0]).toMatch(/failed in the answer to buy, for session 1: sold out$/)
})

test('requests that nobody answers hide no failure from the log, however many there are', async () => {
  server = new TestServer(shop, { room: failing('talk', 'lost my words') })
  const eve = await server.join()
  const ada = await server.join()
  for (let seq = 1; seq <= 40; seq++) send(eve, seq, BUY, [['hat'], null])
  ada.say('talk', { word: 'hello' })
  expect(server.shared.logged).toHaveLength(20 + 1)
  expect(server.shared.logged.at(-1)).toMatch(/failed in the listener to talk, for session 2: lost my words$/)
})

describe('answers of a client', () => {
  test('[M10] to what was not asked, or was answered, are passed over', async () => {
    const eve = await server.join()
    const asked = sessions[0]?.request('offer', { price: 7 })
    await settle()
    const to = eve.messages[0]?.seq
    const bodies = [
      [9, [1]],
      [to, [2]],
      [to, [3]],
      [to, null],
    ]
    bodies.forEach((body, index) => void send(eve, index + 1, ANSWER, body))
    expect(await asked).toEqual({ takes: 2 })
    expect(eve.closed).toBeNull()
    send(eve, 5, ANSWER, [to, [2], 0])
    expect(eve.closed?.code).toBe(4400)
  })

  test('[M10] without a number break the protocol', async () => {
    const eve = await server.join()
    void sessions[0]?.request('offer', { price: 7 })
    await settle()
    send(eve, 0, ANSWER, [eve.messages[0]?.seq, [2]])
    expect(eve.closed?.code).toBe(4400)
  })

  test('[M10] before anything was asked break the protocol', async () => {
    const eve = await server.join()
    send(eve, 1, ANSWER, [1, [2]])
    expect(eve.closed?.code).toBe(4400)
  })
})
