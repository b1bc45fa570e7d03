// A large state on a line so slow that a frame of the usual first size takes longer than a page waits for a sign of
// life: whoever comes gets in all the same, and holds all of it in the end. Both ends whole, on virtual time.

import { describe, expect, test } from 'vitest'
import { defineGame, fixed, json } from '../../protocol/index.ts'
import { join } from '../../sdk/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import type { Session } from '../../server/room/session.ts'
import { Net, worldOver } from '../support/link.ts'
import { TestServer } from '../support/server.ts'

const board = defineGame({ entities: { note: { x: fixed(0, 4096, 1), body: json(1_000) } } })
const BODY = { words: 'lorem ipsum '.repeat(20) }
const TICKS = { tickRate: 20, sendRate: 20 }
const TURNS = { tickRate: 0 }

/** Some 250 bytes each. */
function boardOf(notes: number, settings: object, isOwn = false) {
  return defineRoom(
    board,
    (room) => {
      const fill = (session: Session<typeof board> | null) => {
        for (let x = 0; x < notes; x++) room.state.note.add({ x, body: BODY, owner: session })
      }
      return {
        onCreate() {
          if (!isOwn) fill(null)
        },
        onJoin(session) {
          if (isOwn) fill(session)
        },
      }
    },
    settings,
  )
}

/** How many seconds it takes until the page has them all; Infinity when it does not in two minutes. */
async function secondsToHold(notes: number, Board: ReturnType<typeof boardOf>, bytesPerSecond: number) {
  const server = new TestServer(board, { board: Board })
  const net = new Net(server.clock, (socket) => server.host.accept(socket, '10.0.0.1'))
  net.latencyMs = 50
  net.down.line.bytesPerSecond = bytesPerSecond
  const joining = join('ws://board.test/ws', board, { room: 'board', ...worldOver(net, server.clock) })
  await server.pass(1_000)
  const room = await joining
  for (let second = 1; second <= 120; second++) {
    await server.pass(1_000)
    if (room.view().note.length === notes) return second
  }
  return Number.POSITIVE_INFINITY
}

for (const [pace, settings] of [
  ['a room of ticks', TICKS],
  ['a room of turns', TURNS],
] as const) {
  describe(`on a slow line the page holds all of ${pace} in the end`, () => {
    for (const [bytesPerSecond, seconds] of [
      [28_000, 25],
      [12_000, 50],
      [6_000, 100],
    ] as const) {
      test(`1,500 notes of nobody's at ${bytesPerSecond} bytes a second`, async () => {
        expect(await secondsToHold(1_500, boardOf(1_500, settings), bytesPerSecond)).toBeLessThan(seconds)
      })
    }

    // Of less than the largest frame there is: 26, 39 and 65 KB.
    for (const [notes, bytesPerSecond, seconds] of [
      [100, 3_000, 50],
      [150, 6_000, 50],
      [250, 9_000, 50],
    ] as const) {
      test(`${notes} notes of nobody's at ${bytesPerSecond} bytes a second`, async () => {
        expect(await secondsToHold(notes, boardOf(notes, settings), bytesPerSecond)).toBeLessThan(seconds)
      })
    }

    for (const bytesPerSecond of [28_000, 14_000]) {
      test(`600 notes of its own at ${bytesPerSecond} bytes a second`, async () => {
        expect(await secondsToHold(600, boardOf(600, settings, true), bytesPerSecond)).toBeLessThan(25)
      })
    }
  })
}
