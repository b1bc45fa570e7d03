// What both ends tell of the line between them, held against what the line is: on virtual time, where that is known.

import { beforeEach, describe, expect, test } from 'vitest'
import { bytes, defineGame, u8 } from '../../protocol/index.ts'
import { join, type Room } from '../../sdk/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import type { Session } from '../../server/room/session.ts'
import { settle } from '../support/clock.ts'
import { type FarSocket, Net, worldOver } from '../support/link.ts'
import { seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const PICTURE_MS = 1000 / 60
const LATENCY_MS = 60
const LOAD = 1_000

const game = defineGame({ entities: { ballast: { load: bytes(LOAD) } }, input: { dx: u8() }, toServer: { hail: {} } })

let server: TestServer<typeof game>
let net: Net
let room: Room<typeof game>
let session: Session<typeof game>
/** Bytes that went over the line. */
let went: { up: number; down: number }

const Still = defineRoom(game, (stage) => {
  const ballast = () => [...stage.state.ballast][0] ?? stage.state.ballast.add({})
  return {
    onJoin(one) {
      session = one
    },
    onTick() {
      ballast().load = new Uint8Array(LOAD).fill(stage.tick)
      for (const each of stage.sessions) for (const _ of each.inputs());
    },
  }
})

/** A socket and its server's end, with all that passes counted. */
function counted(socket: FarSocket) {
  const end = server.host.accept(
    {
      get bufferedAmount() {
        return socket.bufferedAmount
      },
      send(frame) {
        went.down += frame.length
        socket.send(frame)
      },
      close: (code, reason) => socket.close(code, reason),
      terminate: () => socket.terminate(),
    },
    '10.0.0.1',
  )
  return {
    receive(frame: Uint8Array) {
      went.up += frame.length
      end.receive(frame)
    },
    closed: () => end.closed(),
  }
}

beforeEach(async () => {
  went = { up: 0, down: 0 }
  server = new TestServer(game, { still: Still })
  const { now, after } = server.clock
  net = new Net({ now, after, random: seeded(3) }, counted)
  net.latencyMs = LATENCY_MS
  const world = worldOver(net, server.clock, seeded(4))
  const joining = join('ws://still.test/ws', game, { room: 'still', ...world })
  await server.pass(500)
  room = await joining
  await play(10_000)
})

async function play(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += PICTURE_MS) {
    room.input({ dx: passed % 7 })
    room.view()
    server.clock.advance(PICTURE_MS)
    await settle()
  }
}

const within = (value: number, least: number, most: number) => {
  expect(value).toBeGreaterThanOrEqual(least)
  expect(value).toBeLessThanOrEqual(most)
}

describe('on a line of 120 ms there and back', () => {
  test('both ends know the round trip, and that it does not vary', () => {
    within(room.stats.rttMs, 2 * LATENCY_MS - 1, 2 * LATENCY_MS + 1)
    // The server's has the client's wait for its next frame in it.
    within(session.stats.rttMs, 2 * LATENCY_MS, 2 * LATENCY_MS + 40)
    within(room.stats.jitterMs, 0, 2)
    within(session.stats.jitterMs, 0, 15)
  })

  test('both ends know how much it varies when it does', async () => {
    net.up.line.jitterMs = net.down.line.jitterMs = 30
    await play(10_000)
    within(room.stats.jitterMs, 10, 40)
    within(session.stats.jitterMs, 10, 40)
  })

  test('both ends know how old the state is', () => {
    within(room.stats.stateAgeMs, 0, 50 + PICTURE_MS)
    within(session.stats.stateAgeMs, 2 * LATENCY_MS, 2 * LATENCY_MS + 50 + 40)
  })

  test('both ends know what is under way: as much as leaves in a round trip', () => {
    within(session.stats.framesInFlight, 2, 4)
    within(session.stats.bytesInFlight, 2 * LOAD, 4 * (LOAD + 50))
    within(session.stats.waitingMs, 80, 2 * LATENCY_MS + 40)
    expect(session.stats.window).toBeGreaterThan(session.stats.framesInFlight)
    within(room.stats.waitingMs, 2 * LATENCY_MS, 2 * LATENCY_MS + 120)
    within(room.stats.inputsWaiting, (2 * LATENCY_MS) / PICTURE_MS - 1, (2 * LATENCY_MS + 120) / PICTURE_MS)
  })

  test('nothing waits and nothing is skipped', () => {
    expect([room.stats.bufferedAmount, room.stats.droppedInputs]).toEqual([0, 0])
    expect([session.stats.queuedBytes, session.stats.skippedFrames]).toEqual([0, 0])
    expect(room.stats.skippedFrames).toBe(0)
  })

  test('both ends know how much passes each way', async () => {
    const { bytesIn, bytesOut } = room.stats
    went = { up: 0, down: 0 }
    await play(10_000)
    within((room.stats.bytesIn - bytesIn) / went.down, 0.98, 1.02)
    within((room.stats.bytesOut - bytesOut) / went.up, 0.98, 1.02)
    within(session.stats.outPerSecond / (went.down / 10), 0.95, 1.05)
    within(session.stats.inPerSecond / (went.up / 10), 0.95, 1.05)
    within(room.stats.inPerSecond / (went.down / 10), 0.95, 1.05)
    within(room.stats.outPerSecond / (went.up / 10), 0.95, 1.05)
    expect(session.stats.sendRate).toBe(20)
    within(room.stats.sendRate, 19, 21)
  })
})

test('both ends know that fewer states are sent while nobody looks at the page', async () => {
  room.inside.session.watch(true)
  await play(10_000)
  expect(session.stats.sendRate).toBe(1)
  // The last second counts, in which one came or none.
  within(room.stats.sendRate, 0.5, 1.7)
  within(room.stats.skippedFrames, 19 * 9, 19 * 10)
})

test('a message of the page waits until a state says that it arrived, and then nothing does', async () => {
  await server.pass(1_000)
  expect(room.stats.waitingMs).toBe(0)
  room.send('hail', {})
  await server.pass(100)
  within(room.stats.waitingMs, 95, 105)
  await server.pass(2 * LATENCY_MS + 60)
  expect(room.stats.waitingMs).toBe(0)
})

describe('while nothing gets through', () => {
  beforeEach(async () => {
    net.stall(2_000)
    await play(1_000)
  })

  test('both ends see the state grow old, and what is under way', () => {
    within(room.stats.stateAgeMs, 900, 1_100)
    within(session.stats.stateAgeMs, 1_000, 1_000 + 2 * LATENCY_MS + 100)
    within(session.stats.waitingMs, 900, 1_100 + 2 * LATENCY_MS)
    expect(session.stats.framesInFlight).toBe(session.stats.window)
    within(session.stats.skippedFrames, 12, 20)
    // The oldest input left a round trip before the line fell still.
    within(room.stats.waitingMs, 1_000, 1_000 + 2 * LATENCY_MS + 120)
  })

  test('both ends see that nothing comes', () => {
    within(session.stats.inPerSecond, 0, 0.4 * 1_000)
    within(room.stats.inPerSecond, 0, 0.4 * 22 * LOAD)
    within(room.stats.sendRate, 0, 0.4 * 21)
  })

  test('it all is as before when it is over', async () => {
    await play(20_000)
    within(room.stats.stateAgeMs, 0, 50 + PICTURE_MS)
    within(session.stats.stateAgeMs, 2 * LATENCY_MS, 2 * LATENCY_MS + 90)
    within(session.stats.outPerSecond, 19 * LOAD, 22 * LOAD)
    within(room.stats.inPerSecond, 19 * LOAD, 22 * LOAD)
    within(room.stats.waitingMs, 2 * LATENCY_MS, 2 * LATENCY_MS + 120)
    within(room.stats.sendRate, 19, 21)
    expect(room.stats.skippedFrames).toBe(session.stats.skippedFrames)
  })
})

test('what waits in the browser, and the inputs that are given up for it, are counted', async () => {
  net.up.line.bytesPerSecond = 50
  net.up.line.queueBytes = 1
  await play(3_000)
  within(room.stats.bufferedAmount, 100, 400)
  within(room.stats.droppedInputs, 30, 180)
  within(session.stats.inPerSecond, 30, 70)
})

test('what waits in the server is counted', async () => {
  net.isRead = false
  net.down.line.queueBytes = 1_000
  await play(1_000)
  within(session.stats.queuedBytes, 1_000, 64 * 1024)
})
