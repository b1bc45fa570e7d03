// Tickwire as it is: resuming needs no settings.

import { join } from '../../sdk/index.ts'
import { defineRoom, type Session, serve as serveGame } from '../../server/index.ts'
import { CROWD } from '../crowd.ts'
import { WebSocket } from '../peers/ws.ts'
import { urlOf } from '../systems/sockets.ts'
import type { Address } from '../systems/system.ts'
import { type Guest, type Hall, HELD_S, type Talk } from './talk.ts'
import { words } from './words.ts'

export const tickwire: Talk = { serve, enter }

async function serve(hall: Hall): Promise<number> {
  const field = defineRoom(
    words,
    (room) => {
      const sessions = new Map<number, Session<typeof words>>()
      const names = new Map<unknown, number>()
      room.on('word', (session, { number }) => hall.hear(names.get(session)!, number))
      hall.open((who, [number, sentAt]) => sessions.get(who)?.send('word', { number, sentAt }) !== 'full')
      return {
        onJoin(session, { who }) {
          sessions.set(who, session)
          names.set(session, who)
        },
      }
    },
    { tickRate: 20, sendRate: 20, capacity: 1000, resumeWindow: HELD_S },
  )
  const server = await serveGame({
    port: 0,
    host: '0.0.0.0',
    game: words,
    rooms: { field },
    signals: false,
    limits: CROWD,
  })
  return server.port
}

async function enter(address: Address, { who, hear, lose }: Guest): Promise<(number: number) => boolean> {
  const room = await join(urlOf('ws', address, '/ws'), words, {
    room: 'field',
    with: { who },
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  })
  room.on('word', ({ number, sentAt }) => hear([number, sentAt]))
  room.onState(({ name }) => {
    if (name === 'reconnecting') lose()
  })
  return (number) => room.send('word', { number }) !== 'full'
}
