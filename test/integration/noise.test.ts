// Noise against a running server on real sockets: each frame that is not to the letter closes its own connection, is
// counted, and the game goes on for everyone else.

import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { sparks } from '../../demo/game.ts'
import { Arena } from '../../demo/server/arena.ts'
import { encodeAck, encodeInputs, FrameWriter } from '../../protocol/frames.ts'
import { encodeClientMessage } from '../../protocol/messages.ts'
import { packRow } from '../../protocol/rows.ts'
import { join, type Room } from '../../sdk/index.ts'
import { defineRoom, type Server, serve } from '../../server/index.ts'
import { between, pick, seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

/** Frames that are sent, and sockets at a time. The server ends each socket at its first frame that is not right. */
const FRAMES = 200_000
const CROWD = 40
const NOISE_EACH = 400
/** A room that costs nothing, however many come and are gone. */
const QUIET = { tickRate: 20, capacity: 100_000, resumeWindow: 1 }

let server: Server
let honest: Room<typeof sparks>
const uncaught: unknown[] = []
const note = (error: unknown) => uncaught.push(error)

beforeAll(async () => {
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
  // All come from one address, and it is the reading of frames that is tested here, not their rate.
  const crowd = { socketsPerAddress: 1_000, greetingsPerAddress: 1_000, dialsPerSecond: 10_000, dialBurst: 10_000 }
  // Nor is it how soon a busy machine reads them.
  const patience = { helloMs: 60_000, silenceMs: 60_000, ackMs: 60_000 }
  const rates = { framesPerSecond: 100_000, frameBurst: 6_000_000, badHellosPerMinute: 100_000 }
  const limits = { ...crowd, ...patience, ...rates }
  server = await serve({ port: 0, game: sparks, rooms: { sparks: Arena }, signals: false, limits })
  honest = await join(server.url, sparks, { room: 'sparks', with: { name: 'Ada' }, WebSocket })
})

afterAll(async () => {
  await honest?.leave()
  await server?.close()
  process.off('uncaughtException', note)
  process.off('unhandledRejection', note)
})

const hello = encodeClientMessage({
  type: 'hello',
  hash: sparks.hash,
  room: 'sparks',
  id: '',
  join: ['Mallory'],
  options: null,
})

const writer = new FrameWriter()
const row = packRow(sparks.input, { dx: 5, dy: -5, dash: true })

function inputs(firstSeq: number): Uint8Array {
  return encodeInputs(writer, sparks, { ackTick: 0, received: 0, behind: 0, firstSeq, inputs: [row] })
}

/** Frames that a client may send, to be damaged. */
function originals(): Uint8Array[] {
  return [
    hello,
    encodeClientMessage({ type: 'message', seq: 1, kind: 0, tick: 0, body: ['hi', 0] }),
    encodeClientMessage({ type: 'predict', kinds: [2] }),
    inputs(1),
    encodeAck(writer, { ackTick: 0, received: 0 }),
  ]
}

function noise(random: () => number, good: readonly Uint8Array[]): Uint8Array {
  if (random() < 0.4) return Uint8Array.from({ length: between(random, 0, 40) }, () => between(random, 0, 255))
  const bytes = pick(random, good).slice()
  for (let flips = between(random, 1, 4); flips > 0; flips--) {
    bytes[between(random, 0, bytes.length - 1)] = between(random, 0, 255)
  }
  return random() < 0.2 ? bytes.subarray(0, between(random, 0, bytes.length)) : bytes
}

/** A visit: mostly a hello and a stretch of honest inputs, then noise until the server has had enough of it. */
async function visit(seed: number): Promise<number> {
  const random = seeded(seed)
  const good = originals()
  const socket = new WebSocket(server.url, 'tickwire.1')
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  await once(socket, 'open')
  if (random() < 0.9) {
    socket.send(hello)
    await Promise.race([once(socket, 'message'), closed])
    for (let seq = 1; seq < 20; seq++) socket.send(inputs(seq))
  }
  for (let frame = 0; frame < NOISE_EACH; frame++) {
    if (socket.readyState === socket.OPEN) socket.send(noise(random, good))
  }
  const [code] = (await closed) as [number]
  return code
}

test(`${FRAMES} random frames leave the running server serving, seeds 1 to ${FRAMES / NOISE_EACH}`, async () => {
  const codes = new Map<number, number>()
  for (let seed = 1; seed <= FRAMES / NOISE_EACH; seed += CROWD) {
    const group = Array.from({ length: CROWD }, (_, index) => visit(seed + index))
    for (const code of await Promise.all(group)) codes.set(code, (codes.get(code) ?? 0) + 1)
  }
  const visits = [...codes.values()].reduce((sum, count) => sum + count, 0)
  console.log(
    `${server.stats.framesIn} frames of ${visits} sockets, closed with ${JSON.stringify(Object.fromEntries(codes))}`,
  )
  // Almost all break the protocol; a damaged hello may be of another version or for another room.
  for (const code of codes.keys()) expect([4400, 4404, 4426, 1000]).toContain(code)
  expect(codes.get(4400)).toBeGreaterThan(visits / 2)
  expect(Object.values(server.stats.closed).reduce((sum, count) => sum + count, 0)).toBe(visits)
  expect(server.stats.failedRooms).toBe(0)
  expect(uncaught).toEqual([])
  expect(honest.state.name).toBe('open')
  const before = honest.view().serverTick
  await expect.poll(() => honest.view().serverTick, { timeout: 10_000 }).toBeGreaterThan(before)
  const newcomer = await join(server.url, sparks, { room: 'sparks', with: { name: 'Ben' }, WebSocket })
  expect(newcomer.me).toBeGreaterThan(0)
  await newcomer.leave()
})

test('5,000 damaged and random frames, each read on its own, close their connection and nothing else, seed 7', async () => {
  const random = seeded(7)
  const good = originals()
  const rooms = { sparks: defineRoom(sparks, () => ({}), QUIET) }
  const quick = new TestServer(sparks, rooms, { badHellosPerMinute: 100_000 })
  const ada = await quick.join({ room: 'sparks', join: ['Ada'] })
  let seated = await quick.join({ room: 'sparks', join: ['Mallory'] })
  for (let round = 0; round < 5_000; round++) {
    const bytes = noise(random, good)
    if (round % 20) {
      quick.dial().raw(bytes)
    } else {
      seated.raw(bytes)
      if (seated.closed) seated = await quick.join({ room: 'sparks', join: ['Mallory'] })
    }
    // Let those go whose time is up, and those that said something sensible.
    if (round % 1_000 === 0) await quick.pass(6_000)
  }
  await quick.pass(6_000)
  expect(quick.stats.framesIn).toBeGreaterThan(4_500)
  expect(quick.stats.failedRooms).toBe(0)
  expect(quick.shared.logged).toEqual([])
  expect(uncaught).toEqual([])
  expect([ada.closed, ada.wasTerminated]).toEqual([null, false])
  const states = ada.states.length
  await quick.pass(1_000)
  expect(ada.states.length).toBeGreaterThanOrEqual(states + 19)
})
