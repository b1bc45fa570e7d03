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
import { type Server, serve } from '../../server/index.ts'
import { between, pick, seeded } from '../support/random.ts'

const SOCKETS = 400
const FRAMES_EACH = 500

let server: Server
let honest: Room<typeof sparks>
const uncaught: unknown[] = []
const note = (error: unknown) => uncaught.push(error)

beforeAll(async () => {
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
  // All come from one address, and it is the reading of frames that is tested here, not their rate.
  const crowd = { socketsPerAddress: 1_000, greetingsPerAddress: 1_000, dialsPerSecond: 10_000, dialBurst: 10_000 }
  const limits = { ...crowd, framesPerSecond: 100_000, frameBurst: 100_000 }
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

/** Frames that a client may send, to be damaged. */
function originals(): Uint8Array[] {
  const writer = new FrameWriter()
  const row = packRow(sparks.input, { dx: 5, dy: -5, dash: true })
  return [
    hello,
    encodeClientMessage({ type: 'message', seq: 1, kind: 0, body: ['hi', 0] }),
    encodeClientMessage({ type: 'predict', kinds: [2] }),
    encodeInputs(writer, sparks, { ackTick: 0, received: 0, firstSeq: 1, inputs: [row, row] }),
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

/** Sends a burst of noise, after a hello or without one, and waits for the end. */
async function attack(seed: number): Promise<number> {
  const random = seeded(seed)
  const good = originals()
  const socket = new WebSocket(server.url, 'tickwire.1')
  socket.on('error', () => {})
  await once(socket, 'open')
  if (random() < 0.7) socket.send(hello)
  for (let frame = 0; frame < FRAMES_EACH && socket.readyState === socket.OPEN; frame++)
    socket.send(noise(random, good))
  const [code] = (await once(socket, 'close')) as [number]
  return code
}

test(`${SOCKETS * FRAMES_EACH} random frames leave the server serving, seeds 1 to ${SOCKETS}`, async () => {
  const codes = new Map<number, number>()
  for (let seed = 1; seed <= SOCKETS; seed += 20) {
    const group = Array.from({ length: 20 }, (_, index) => attack(seed + index))
    for (const code of await Promise.all(group)) codes.set(code, (codes.get(code) ?? 0) + 1)
  }
  // Almost all break the protocol; a mutated hello may be of another version or for another room.
  for (const code of codes.keys()) expect([4400, 4404, 4426, 4429, 1000]).toContain(code)
  expect(codes.get(4400)).toBeGreaterThan(SOCKETS / 2)
  expect(uncaught).toEqual([])
  expect(honest.state.name).toBe('open')
  const before = honest.view().serverTick
  await expect.poll(() => honest.view().serverTick, { timeout: 10_000 }).toBeGreaterThan(before)
  const newcomer = await join(server.url, sparks, { room: 'sparks', with: { name: 'Ben' }, WebSocket })
  expect(newcomer.me).toBeGreaterThan(0)
  await newcomer.leave()
  const closed = Object.values(server.stats.closed ?? {}).reduce((sum, count) => sum + count, 0)
  expect(closed).toBeGreaterThanOrEqual(SOCKETS * 0.9)
})
