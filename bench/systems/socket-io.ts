// Socket.IO at its best for states: over WebSocket alone, volatile, one msgpack packet for all.

import { pack, unpack } from 'msgpackr'
import { joinSocketIo, loadParser, startSocketIo } from '../peers/socket-io.ts'
import { listenTo, urlOf } from './sockets.ts'
import {
  type Address,
  byPlace,
  type Cells,
  cellsOf,
  play,
  type Seat,
  type Stage,
  type System,
  type Tally,
} from './system.ts'

export const socketIo: System = { serve, enter, listen }

function serve(stage: Stage): Promise<number> {
  return startSocketIo((server) => {
    server.on('connection', (socket) => socket.on('a', () => {}))
    play(stage, (tick, motion) => server.volatile.emit('state', pack([tick, cellsOf(motion)])))
  })
}

async function enter(address: Address): Promise<Seat> {
  const socket = await joinSocketIo(urlOf('http', address))
  const tally = { states: 0, bytes: 0 }
  let state: readonly [tick: number, ships: readonly Cells[]] = [0, []]
  let drops = 0
  socket.on('state', (bytes: Uint8Array) => {
    tally.states++
    tally.bytes += bytes.length
    state = unpack(bytes)
  })
  socket.on('disconnect', () => drops++)
  return { newest: () => state[0], ships: () => byPlace(state[1]), tally, drops: () => drops }
}

/** The first characters of Engine.IO's packets: it opens, it pings, it is answered. */
const OPEN = '0'
const PING = '2'
const PONG = '3'
const CONNECT = { type: 0, nsp: '/' }
const ANSWER = { type: 2, nsp: '/', data: ['a'] }
/** What is shorter is not a state. */
const LEAST = 256

async function listen(address: Address, tally: Tally): Promise<void> {
  const encoder = new (await loadParser()).Encoder()
  const [connect] = encoder.encode(CONNECT)
  const [answer] = encoder.encode(ANSWER)
  await listenTo(urlOf('ws', address, '/socket.io/?EIO=4&transport=websocket'), tally, (bytes, isBinary) => {
    if (isBinary) return bytes.length < LEAST ? { isState: false } : { isState: true, answer }
    const what = String.fromCharCode(bytes[0]!)
    if (what === OPEN) return { isState: false, answer: connect }
    return what === PING ? { isState: false, answer: PONG } : { isState: false }
  })
}
