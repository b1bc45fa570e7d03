import { expect, test } from 'vitest'
import { bytes, defineGame, u32 } from '../../../protocol/index.ts'
import { REPLAY_BYTES } from '../../../protocol/limits.ts'
import { ReplayAccount, ReplayPool } from '../../../server/base/replay.ts'
import { defineRoom } from '../../../server/room/room.ts'
import { Arena, arena } from '../../support/arena.ts'
import { settle } from '../../support/clock.ts'
import { TestServer } from '../../support/server.ts'

/** A pool, and the accounts of sessions that forget what they kept when they are told to. */
function pooled(most: number, names: string) {
  const pool = new ReplayPool(most)
  const told: string[] = []
  const accounts = [...names].map((name) => {
    const account: ReplayAccount = new ReplayAccount(pool, () => {
      told.push(name)
      account.keep(0)
    })
    return account
  })
  return { pool, told, accounts }
}

test('as much may be kept as the pool holds, to the byte, and again when it was acknowledged', () => {
  const { pool, accounts } = pooled(10, 'a')
  const [a] = accounts as [ReplayAccount]
  a.add(6)
  a.add(3)
  expect([a.hasPlace(1), a.hasPlace(2)]).toEqual([true, false])
  a.keep(1)
  expect(pool.bytes).toBe(3)
  expect([a.hasPlace(7), a.hasPlace(8)]).toEqual([true, false])
})

test('who is away longest gives up first, and who is there never does', () => {
  const { pool, told, accounts } = pooled(10, 'abcd')
  const [a, b, c, d] = accounts as [ReplayAccount, ReplayAccount, ReplayAccount, ReplayAccount]
  for (const account of [a, b, c]) account.add(3)
  for (const account of [c, a, b]) account.detach()
  a.attach()
  expect(d.hasPlace(1)).toBe(true)
  expect(told).toEqual([])
  expect(d.hasPlace(4)).toBe(true)
  expect(told).toEqual(['c'])
  d.add(4)
  expect(d.hasPlace(4)).toBe(false)
  expect(told).toEqual(['c', 'b'])
  expect(pool.bytes).toBe(7)
})

test('one that had to give up its own has no place', () => {
  const { told, accounts } = pooled(10, 'a')
  const [a] = accounts as [ReplayAccount]
  a.add(9)
  a.detach()
  expect(a.hasPlace(2)).toBe(false)
  expect(told).toEqual(['a'])
  expect(a.hasPlace(2)).toBe(true)
})

test('over the bound of the process, the session that is away longest comes back to fresh streams', async () => {
  const server = new TestServer(arena, { room: Arena }, { replayBytes: 2_000 })
  const [ada, bob, eve] = [await server.join(), await server.join(), await server.join()]
  ada.cut()
  await server.pass(1_000)
  bob.cut()
  for (let count = 0; count < 7; count++) {
    eve.say('talk', { message: 'x'.repeat(150) })
    await server.pass(100)
  }
  const { replay } = server.shared
  expect(replay.bytes).toBeGreaterThan(1_000)
  expect(replay.bytes).toBeLessThanOrEqual(2_000)
  const [back, other] = [await server.resume(ada), await server.resume(bob)]
  expect(back.welcome).toMatchObject({ outcome: 'reset', reason: 'overflow', player: ada.welcome.player })
  expect(other.welcome).toMatchObject({ outcome: 'resumed', player: bob.welcome.player })
  expect(other.messages).toHaveLength(7)
  for (const client of [eve, back, other]) client.send({ type: 'leave' })
  await server.pass(100)
  expect(replay.bytes).toBe(0)
})

test('with nobody away, one message more than the process may keep is not taken', async () => {
  const results: string[] = []
  const Noting = defineRoom(arena, () => ({
    onJoin: (session) => {
      for (let count = 0; count < 3; count++) results.push(session.send('note', { text: 'x'.repeat(10) }))
    },
  }))
  const server = new TestServer(arena, { room: Noting }, { replayBytes: 34 })
  const ada = await server.join()
  await settle()
  expect(results).toEqual(['sent', 'sent', 'full'])
  expect(ada.messages).toHaveLength(2)
  expect(server.shared.replay.bytes).toBeLessThanOrEqual(34)
})

test('a message that could never be kept is an error where it is sent, and costs its receivers nothing', async () => {
  const atlas = defineGame({ toServer: { ask: { bytes: u32() } }, toClient: { map: { tiles: bytes(262_144) } } })
  const caught: unknown[] = []
  const Atlas = defineRoom(atlas, (room) => ({
    onCreate: () =>
      void room.on('ask', (_, { bytes }) => {
        try {
          room.broadcast('map', { tiles: new Uint8Array(bytes) })
        } catch (error) {
          caught.push(error)
        }
      }),
  }))
  const server = new TestServer(atlas, { room: Atlas })
  const [ada, bob] = [await server.join(), await server.join()]
  ada.say('ask', { bytes: REPLAY_BYTES })
  ada.say('ask', { bytes: REPLAY_BYTES - 100 })
  await settle()
  expect(caught).toEqual([new RangeError('a message must be at most 131072 bytes, got 131083')])
  expect([ada.closed, bob.closed]).toEqual([null, null])
  expect([ada.messages.length, bob.messages.length]).toEqual([1, 1])
})
