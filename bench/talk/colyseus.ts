// Colyseus at its best for what must not be lost: seats are held, its SDK comes back by itself at once and keeps all that
// was said meanwhile, and dead lines are noticed as soon as its server can.

import { joinColyseus, loadRoom, loadSchema, type RoomClient, startColyseus } from '../peers/colyseus.ts'
import { urlOf } from '../systems/sockets.ts'
import type { Address } from '../systems/system.ts'
import { type Guest, type Hall, HELD_S, type Talk, type Word } from './talk.ts'

const HEARTBEAT = { pingInterval: 1_500, pingMaxRetries: 2 }
const RECONNECTION = { maxRetries: 1_000, minUptime: 0, maxDelay: 225, maxEnqueuedMessages: 10_000 }

export const colyseus: Talk = { serve, enter }

async function serve(hall: Hall): Promise<number> {
  const { schema, t } = await loadSchema()
  const State = schema({ tick: t.uint32() }, 'State')
  const clients = new Map<number, RoomClient>()
  const Room = await loadRoom()
  class Field extends Room {
    override autoDispose = false
    override state = new State()

    onCreate() {
      this.onMessage('word', (client, number: number) => hall.hear(client.userData as number, number))
      hall.open((who, word) => {
        clients.get(who)?.send('word', word)
        return true
      })
    }

    onJoin(client: RoomClient, { who }: { who: number }) {
      client.userData = who
      clients.set(who, client)
    }

    onDrop(client: RoomClient) {
      this.allowReconnection(client, HELD_S).catch(() => {})
    }

    onReconnect(client: RoomClient) {
      clients.set(client.userData as number, client)
    }
  }
  return startColyseus(Field, HEARTBEAT)
}

async function enter(address: Address, { who, hear, lose }: Guest): Promise<(number: number) => boolean> {
  const room = await joinColyseus(urlOf('ws', address), { who })
  Object.assign(room.reconnection, RECONNECTION)
  room.onMessage('word', (word: Word) => hear(word))
  room.onDrop(lose)
  return (number) => {
    room.send('word', number)
    return true
  }
}
