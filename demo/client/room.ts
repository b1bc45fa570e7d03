// The way into the game's room, its type, and those of what there is to see in it.

import { join, type Room, type Seen } from 'tickwire'
import { move, type Sparks, sparks } from '../game.ts'
import { linkedRoom, ownName } from './person.ts'

export type JoinedRoom = Room<Sparks>
export type SeenShip = Seen<Sparks, 'ship'>
export type SeenSpark = Seen<Sparks, 'spark'>

/** Joins the room that the link names, or any with a free place. Rejects with JoinError. */
export async function enter(): Promise<JoinedRoom> {
  const id = linkedRoom()
  const room = await join('ws', sparks, {
    room: 'sparks',
    // Asked again when the server has restarted: one comes back under the name that one has by then.
    with: () => ({ name: ownName() }),
    ...(id === undefined ? {} : { id }),
  })
  room.predict('ship', move)
  return room
}
