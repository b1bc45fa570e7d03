// One conversation over a real socket, cut once, at each byte of it in turn: in the handshake, in the hello, in the welcome,
// within and between messages. Each time everything arrives once and in order. `SWEEP=1` takes every byte of it.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { defineGame, text, u8 } from '../../protocol/index.ts'
import { join } from '../../sdk/index.ts'
import { type Server, serve } from '../../server/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { Path } from '../support/path.ts'

const game = defineGame({
  join: { name: text(16) },
  player: { name: text(16) },
  toServer: { say: { number: u8() } },
  toClient: { tell: { number: u8() } },
})
const NUMBERS = [1, 2, 3, 4]
const AT_ONCE = 12
const [STEP, ORDINAL] = process.env.SWEEP ? [1, 'single'] : [5, 'fifth']
/** What is cut is tried here, and not how long a busy machine may take for it. */
const PATIENCE = { helloMs: 60_000, ackMs: 60_000 }

/** What the room heard, by player. */
const heard = new Map<string, number[]>()
let server: Server

beforeAll(async () => {
  const Room = defineRoom(
    game,
    (room) => ({
      onCreate: () => {
        room.on('say', (session, { number }) => {
          heard.get(session.player.name)?.push(number)
          session.send('tell', { number })
        })
      },
      onJoin: (session, { name }) => {
        session.player.name = name
      },
    }),
    { tickRate: 0, capacity: 10_000, resumeWindow: 30 },
  )
  const crowd = { socketsPerAddress: 1_000, greetingsPerAddress: 1_000, dialsPerSecond: 10_000, dialBurst: 10_000 }
  server = await serve({
    port: 0,
    game,
    rooms: { room: Room },
    signals: false,
    limits: { ...crowd, ...PATIENCE, badHellosPerMinute: 1e6 },
  })
})
afterAll(() => server?.close())

interface Outcome {
  /** What was wrong, or ''. */
  readonly wrong: string
  readonly carried: Path['carried']
}

/** `isComingBack`: it is the second connection that is cut, on which the client comes back. */
async function talk(direction: 'up' | 'down', bytes: number, isComingBack = false): Promise<Outcome> {
  const name = `${direction} ${bytes}`
  heard.set(name, [])
  const path = new Path(server.port)
  if (!isComingBack) path.cutAt = { direction, bytes }
  const port = await path.listen()
  const options = { room: 'room', id: name, with: { name }, WebSocket, fetch: null, storage: null }
  const room = await join(`ws://127.0.0.1:${port}/ws`, game, options)
  const told: number[] = []
  let resets = 0
  room.onReset(() => resets++)
  const all = new Promise<void>((resolve) => {
    room.on('tell', ({ number }) => told.push(number) === NUMBERS.length && resolve())
  })
  const { me } = room
  if (isComingBack) {
    path.cutAt = { direction, bytes }
    path.cut()
  }
  for (const number of NUMBERS) room.send('say', { number })
  await all
  await room.leave()
  await path.close()
  const found = JSON.stringify({ told, heard: heard.get(name), resets, isKept: room.me === me })
  const isRight = found === JSON.stringify({ told: NUMBERS, heard: NUMBERS, resets: 0, isKept: true })
  return { wrong: isRight ? '' : `cut at ${name}: ${found}`, carried: path.carried }
}

for (const direction of ['up', 'down'] as const) {
  test(`[R1-R6] a cut at every ${ORDINAL} byte on the way ${direction} loses nothing`, { timeout: 0 }, async () => {
    const whole = await talk(direction, Number.POSITIVE_INFINITY)
    expect(whole.wrong).toBe('')
    const length = whole.carried[direction]
    expect(length).toBeGreaterThan(250)
    const positions = Array.from({ length: Math.ceil(length / STEP) }, (_, place) => place * STEP)
    console.log(`${positions.length} cuts in ${length} bytes ${direction}`)
    while (positions.length > 0) {
      const outcomes = await Promise.all(positions.splice(0, AT_ONCE).map((bytes) => talk(direction, bytes)))
      expect(outcomes.flatMap(({ wrong }) => wrong || [])).toEqual([])
    }
  })
}

test(`[R5] a cut at every ${ORDINAL} byte of the way back in locks nobody out`, { timeout: 0 }, async () => {
  // The handshake's answer, and a welcome that is lost in part, as a whole, or not at all.
  const positions = Array.from({ length: Math.ceil(320 / STEP) }, (_, place) => place * STEP)
  const before = server.stats.unknownTokens
  while (positions.length > 0) {
    const outcomes = await Promise.all(positions.splice(0, AT_ONCE).map((bytes) => talk('down', bytes, true)))
    expect(outcomes.flatMap(({ wrong }) => wrong || [])).toEqual([])
  }
  expect(server.stats.unknownTokens).toBe(before)
})
