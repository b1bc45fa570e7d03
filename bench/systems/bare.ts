// A `ws` server that sends every state, or every one that finds little buffered: msgpack, JSON, or any bytes at all.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pack, unpack } from 'msgpackr'
import type { WebSocket as Socket } from 'ws'
import { WebSocket, WebSocketServer } from '../peers/ws.ts'
import type { Motion } from '../scenes.ts'
import { listenTo, urlOf } from './sockets.ts'
import {
  type Address,
  byPlace,
  type Cells,
  cellsOf,
  perRoom,
  play,
  type Seat,
  type Stage,
  type System,
} from './system.ts'

/** In front of this many bytes, a server that heeds the buffered amount waits. */
const PATIENT = 16 * 1024

type State = readonly [tick: number, ships: readonly Cells[]]

interface Manner {
  write(tick: number, motion: Motion, stage: Stage): Uint8Array | string
  read(bytes: Buffer): State
  readonly patience?: number
}

const MSGPACK: Manner = {
  write: (tick, motion) => pack([tick, cellsOf(motion)]),
  read: unpack,
}

const JSON_TEXT: Manner = {
  write: (tick, motion) => JSON.stringify([tick, cellsOf(motion)]),
  read: (bytes) => JSON.parse(bytes.toString()) as State,
}

/** The least that a server can do: bytes that are ready, as many as Tickwire sends. */
const READY: Manner = {
  write: (_tick, _motion, { bytes }) => new Uint8Array(bytes),
  read: () => [0, []],
}

export const floor = bare(READY)
export const json = bare(JSON_TEXT)
export const msgpackr = bare(MSGPACK)
export const patient = bare({ ...MSGPACK, patience: PATIENT })

function bare(manner: Manner): System {
  return { serve: (stage) => serve(stage, manner), enter: (address) => enter(address, manner), listen }
}

async function serve(stage: Stage, manner: Manner): Promise<number> {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false, maxPayload: 16_384 })
  const letIn = roomsOf(stage, manner)
  sockets.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', () => {})
    letIn(socket)
  })
  await new Promise<void>((resolve) => http.listen(0, '0.0.0.0', resolve))
  return (http.address() as AddressInfo).port
}

/** Has every socket told the scene of its room. Rooms are begun one after another, each once the last one is full. */
function roomsOf(stage: Stage, manner: Manner): (socket: Socket) => void {
  const { seats = Number.POSITIVE_INFINITY } = stage.scene
  const nextRoom = perRoom(stage)
  let seated = 0
  let room = begun(nextRoom(), manner)
  return (socket) => {
    if (seated > 0 && seated % seats === 0) room = begun(nextRoom(), manner)
    seated++
    const inRoom = room
    inRoom.add(socket)
    socket.on('close', () => inRoom.delete(socket))
  }
}

/** A room: whoever is in it is told the scene. */
function begun(stage: Stage, manner: Manner): Set<Socket> {
  const { patience = Number.POSITIVE_INFINITY } = manner
  const room = new Set<Socket>()
  play(stage, (tick, motion) => {
    const state = manner.write(tick, motion, stage)
    for (const socket of room) if (socket.bufferedAmount <= patience) socket.send(state)
  })
  return room
}

async function enter(address: Address, manner: Manner): Promise<Seat> {
  const socket: Socket = new WebSocket(urlOf('ws', address), { perMessageDeflate: false })
  const tally = { states: 0, bytes: 0 }
  let state: State = [0, []]
  let drops = 0
  socket.on('message', (bytes: Buffer) => {
    tally.states++
    tally.bytes += bytes.length
    state = manner.read(bytes)
  })
  socket.on('close', () => drops++)
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.on('error', reject)
  })
  return { newest: () => state[0], ships: () => byPlace(state[1]), tally, drops: () => drops }
}

async function listen(address: Address, tally: Seat['tally']): Promise<void> {
  const answer = new Uint8Array(8)
  await listenTo(urlOf('ws', address), tally, () => ({ isState: true, answer }))
}
