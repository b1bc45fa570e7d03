// Who is let in where: newcomers beside others who come, go, wait and are away.

import { describe, expect, test } from 'vitest'
import { defineRoom } from '../../../server/room/room.ts'
import { arena } from '../../support/arena.ts'
import { deferred, settle } from '../../support/clock.ts'
import { TestServer } from '../../support/server.ts'

type Server = TestServer<typeof arena>

/** One whose line breaks at the door: its welcome went out, and nothing came back. */
async function lostAtTheDoor(server: Server, id: string): Promise<void> {
  const client = server.dial()
  client.acks = false
  client.hello({ id })
  await settle()
  client.cut()
}

for (const [who, id] of [
  ['any room', ''],
  ['a room by its id', 'x'],
] as const) {
  describe(`a newcomer who asks for ${who}`, () => {
    for (const when of ['at once', 'later'] as const) {
      test(`is given the next one where the seat that is given up for it closes this one, ${when}`, async () => {
        const Duel = defineRoom(
          arena,
          (room) => ({
            onLeave: () => (when === 'at once' ? room.close() : server.wait(10).then(() => room.close())),
          }),
          { capacity: 2 },
        )
        const server: Server = new TestServer(arena, { room: Duel })
        const ada = await server.join({ id })
        await lostAtTheDoor(server, id)
        await server.pass(100)
        expect([ada.reason, server.host.rooms.length]).toEqual([undefined, 1])
        const carol = await server.join({ id })
        await server.pass(1_000)
        expect([ada.reason, carol.reason, carol.welcomes.length]).toEqual(['ROOM_CLOSED', undefined, 1])
      })
    }

    test('is given the next one where the onJoin of another who waited as well closes this one', async () => {
      let joins = 0
      const Picky = defineRoom(arena, (room) => ({
        onCreate: () => server.wait(100),
        onJoin: () => void (++joins === 1 && room.close()),
      }))
      const server: Server = new TestServer(arena, { room: Picky })
      const [ada, bob] = [await server.join({ id }), await server.join({ id })]
      await server.pass(1_000)
      expect([ada.reason, bob.reason, bob.welcomes.length]).toEqual(['ROOM_CLOSED', undefined, 1])
    })
  })
}

describe('who goes away while it waits', () => {
  test('for the room to be made takes no place in it: the next two meet there', async () => {
    const Duel = defineRoom(arena, () => ({ onCreate: () => server.wait(3_000) }), { capacity: 2 })
    const server: Server = new TestServer(arena, { room: Duel })
    const ada = await server.join()
    await server.pass(500)
    ada.cut()
    const [again, bob] = [await server.join(), await server.join()]
    await server.pass(3_000)
    expect([again.closed, bob.closed, bob.welcome.room]).toEqual([null, null, again.welcome.room])
  })

  test('for what is saved of another costs nobody the seat', async () => {
    const told: string[] = []
    const onLeave = ({ id }: { id: number }) => {
      told.push(`leave ${id}`)
      return server.wait(3_000)
    }
    const Duel = defineRoom(arena, () => ({ onLeave }), { capacity: 2 })
    const server: Server = new TestServer(arena, { room: Duel })
    const ada = await server.join({ id: 'x' })
    await lostAtTheDoor(server, 'x')
    ada.send({ type: 'leave' })
    const carol = await server.join({ id: 'x' })
    carol.cut()
    const dave = await server.join({ id: 'x' })
    await server.pass(3_500)
    expect([told, dave.welcomes.length]).toEqual([['leave 1'], 1])
  })
})

for (const [what, id, reasons] of [
  ['any room each finds one', '', [undefined, undefined]],
  ['one room one of them is told that it is full', 'x', ['FULL', undefined]],
] as const) {
  test(`of two who come in at one moment and ask for ${what}`, async () => {
    for (let order = 0; order < 16; order++) {
      const database = deferred()
      const after = async (steps: number) => {
        await database.promise
        for (let step = 0; step < steps; step++) await null
      }
      const Solo = defineRoom(arena, () => ({ onCreate: () => after(order >> 2) }), {
        capacity: 1,
        async authenticate({ auth }) {
          if (auth === 'late') await after(order & 3)
          return { auth }
        },
      })
      const server: Server = new TestServer(arena, { room: Solo })
      const [ada, bob] = [await server.join({ id, auth: 'early' }), await server.join({ id, auth: 'late' })]
      database.resolve()
      await server.pass(100)
      expect([ada.reason, bob.reason].sort()).toEqual(reasons)
    }
  })
}

for (const hook of ['onDrop', 'onResume', 'onLeave'] as const) {
  test(`a turn follows the end of what ${hook} promised`, async () => {
    const told: string[] = []
    const Turns = defineRoom(
      arena,
      (room) => ({
        async [hook]() {
          await server.wait(400)
          room.state.room.phase = 5
          told.push('done')
        },
        onTick: () => void told.push('turn'),
      }),
      { tickRate: 0 },
    )
    const server: Server = new TestServer(arena, { room: Turns })
    const [ada, bob] = [await server.join(), await server.join()]
    await server.pass(300)
    if (hook === 'onLeave') bob.send({ type: 'leave' })
    else bob.cut()
    if (hook === 'onResume') await server.resume(bob)
    await server.pass(600)
    expect([told.slice(-2), ada.column('room', 'phase')]).toEqual([['done', 'turn'], [5]])
  })
}
