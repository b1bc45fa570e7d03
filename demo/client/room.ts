// The way into the game's room, and its type.

import { join, type Room } from 'tickwire'
import { move, type Sparks, sparks } from '../game.ts'
import { linkedRoom, socketUrl } from './person.ts'

export type JoinedRoom = Room<Sparks>

/** Joins the room that the link names, or any with a free place. Rejects with JoinError. */
export async function enter(name: string): Promise<JoinedRoom> {
  const id = linkedRoom()
  const room = await join(socketUrl(), sparks, { room: 'sparks', with: { name }, ...(id === undefined ? {} : { id }) })
  room.predict('ship', move)
  return room
}
