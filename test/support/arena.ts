// A small game for tests of the server: ships that move by their inputs, a score, a secret, and talk.

import { defineGame, fixed, flag, i8, text, u8, u16 } from '../../protocol/index.ts'
import type { RoomHooks } from '../../server/room/hooks.ts'
import { defineRoom, type Room } from '../../server/room/room.ts'

export const arena = defineGame({
  room: { phase: u8() },
  player: { name: text(16), score: u16() },
  entities: {
    ship: { x: fixed(0, 4096, 1 / 8), y: fixed(0, 4096, 1 / 8), fuel: u8().owner(), cargo: u8().hidden() },
    rock: { size: u8() },
  },
  input: { dx: i8(), dash: flag() },
  join: { name: text(16) },
  toServer: { talk: { message: text(200) }, ask: { what: text(20) } },
  toClient: { talk: { message: text(200) }, note: { text: text(20) } },
})

/** One step to the right is one unit; `talk` is passed on to everyone. */
export const arenaHooks = (room: Room<typeof arena, 'ship'>) =>
  ({
    onCreate() {
      room.on('talk', (_, { message }) => room.broadcast('talk', { message }))
    },
    onJoin(session, { name }) {
      session.player.name = name
      session.avatar = room.state.ship.add({ x: 100, y: 100, fuel: 9, cargo: 7, owner: session })
    },
    onTick() {
      for (const session of room.sessions) for (const input of session.inputs()) session.avatar.x += input.dx
    },
  }) satisfies RoomHooks<typeof arena, 'ship'>

export const Arena = defineRoom(arena, arenaHooks, { avatar: 'ship' })
