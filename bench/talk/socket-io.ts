// Socket.IO at its best for what must not be lost: connection state recovery on the way to the client, retries with
// acknowledgements on the way to the server, a heartbeat that notices a dead line in 5 s, and quick redials.

import { joinSocketIo, startSocketIo } from '../peers/socket-io.ts'
import { urlOf } from '../systems/sockets.ts'
import type { Address } from '../systems/system.ts'
import { type Guest, type Hall, HELD_S, type Talk } from './talk.ts'

const HEARTBEAT = { pingInterval: 2_000, pingTimeout: 3_000 }
/** From 0.15 to 0.3 s apart, as Tickwire's. */
const REDIALS = { reconnectionDelay: 100, reconnectionDelayMax: 225, randomizationFactor: 0.33 }
const RETRIES = { retries: 20, ackTimeout: 2_000 }

export const socketIo: Talk = { serve, enter }

function serve(hall: Hall): Promise<number> {
  const recovery = { connectionStateRecovery: { maxDisconnectionDuration: HELD_S * 1000 } }
  return startSocketIo(
    (server) => {
      server.on('connection', (socket) => {
        const who = socket.handshake.auth.who as number
        // A room of its own: what is sent there while it is away waits for it.
        socket.join(String(who))
        socket.on('word', (number: number, acknowledge: () => void) => {
          hall.hear(who, number)
          acknowledge()
        })
      })
      hall.open((who, word) => {
        server.to(String(who)).emit('word', word)
        return true
      })
    },
    { ...HEARTBEAT, ...recovery },
  )
}

async function enter(address: Address, { who, hear, lose }: Guest): Promise<(number: number) => boolean> {
  const socket = await joinSocketIo(urlOf('http', address), { auth: { who }, ...REDIALS, ...RETRIES, forceNew: true })
  socket.on('word', hear)
  socket.on('disconnect', lose)
  return (number) => {
    socket.emit('word', number)
    return true
  }
}
