// A hundred rooms in one process, in virtual time: whatever the code of one does, the other ninety-nine do not notice.

import { describe, expect, test } from 'vitest'
import type { RoomHooks } from '../../server/room/hooks.ts'
import { defineRoom } from '../../server/room/room.ts'
import { Arena, arena } from '../support/arena.ts'
import { TestServer } from '../support/server.ts'
import { leaveRow } from '../support/siege.ts'

const never = (): Promise<void> => new Promise(() => {})
const oops = (): never => {
  throw new Error('oops')
}
const AT = 30

/** Ninety-nine rooms with a player each, and one whose hooks are these, for two seconds. */
async function hundred(hooks: RoomHooks<typeof arena>) {
  const Bad = defineRoom(arena, () => hooks)
  const server = new TestServer(arena, { room: Arena, bad: Bad })
  const others = await Promise.all(Array.from({ length: 99 }, (_, index) => server.join({ id: `room ${index}` })))
  const bad = server.dial('10.9.9.9')
  bad.hello({ room: 'bad' })
  await server.pass(2_000)
  const ticks = server.host.rooms.filter(({ name }) => name === 'room').map(({ tick }) => tick)
  return { server, others, bad, ticks }
}

let ticksOfBad = 0
const soon = (then: () => unknown) => () => {
  ticksOfBad++
  return ticksOfBad === AT ? (then() as undefined) : undefined
}

describe('of a hundred rooms, ninety-nine play on at their pace beside one whose hook', () => {
  for (const [what, hooks, reason] of [
    ['is sound', {}, undefined],
    ['throws in a tick', { onTick: soon(oops) }, 'ROOM_FAILED'],
    ['rejects in a tick', { onTick: soon(async () => oops()) }, 'ROOM_FAILED'],
    ['never settles in a tick', { onTick: soon(never) }, undefined],
    ['throws at the first join', { onJoin: oops }, 'ROOM_FAILED'],
    ['never lets anyone join', { onJoin: never }, undefined],
    ['never gets ready', { onCreate: never }, undefined],
  ] as const) {
    test(what, async () => {
      ticksOfBad = 0
      const { server, others, bad, ticks } = await hundred(hooks)
      expect(bad.reason).toBe(reason)
      expect(others.filter(({ closed }) => closed !== null)).toEqual([])
      expect(ticks).toHaveLength(99)
      for (const tick of ticks) expect(tick).toBeGreaterThanOrEqual(119)
      expect([server.stats.droppedTicks, server.stats.failedRooms]).toEqual([0, reason ? 1 : 0])
      leaveRow({ case: `isolation: a hook that ${what}`, volume: '1 of 100 rooms', closed: reason ?? 'nothing' })
    })
  }

  for (const hook of ['onJoin', 'onLeave', 'onDrop', 'onResume'] as const) {
    test(`and one of a session that throws, ${hook}, costs the other player in its room nothing`, async () => {
      const { server, others, bad } = await hundred({ [hook]: (session: { id: number }) => session.id > 1 && oops() })
      const second = await server.join({ room: 'bad' })
      if (hook === 'onLeave') second.send({ type: 'leave' })
      if (hook === 'onDrop' || hook === 'onResume') second.cut()
      if (hook === 'onResume') await server.join({ room: 'bad', resume: { ...second.claim(), lastTick: 0 } })
      await server.pass(200)
      expect([bad, ...others].filter(({ closed }) => closed !== null)).toEqual([])
      expect([server.stats.failedHooks, server.stats.failedRooms]).toEqual([1, 0])
      leaveRow({ case: `isolation: ${hook} of one session throws`, volume: '1 of 2 in a room', closed: 'nobody else' })
    })
  }

  test('and one that never settles costs its own player the seat after eight seconds', async () => {
    const { server, bad } = await hundred({ onJoin: never })
    for (let second = 0; second < 7; second++) {
      bad.connection.heard()
      await server.pass(1_000)
    }
    expect(bad.reason).toBe('ROOM_FAILED')
    expect(server.shared.logged).toEqual([
      expect.stringMatching(/did not let someone in within 8000 ms: onJoin goes on$/),
    ])
    expect(server.stats.failedRooms).toBe(0)
  })
})
