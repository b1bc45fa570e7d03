// Socket.IO at its best for states: over WebSocket alone, volatile, one msgpack packet for all.

import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pack, unpack } from 'msgpackr'
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

type Listen = (name: string, listener: (words: never) => void) => void

/** What is used of socket.io and its client, which are installed for the benchmarks alone. */
interface ServerModule {
  readonly Server: new (
    http: HttpServer,
    options: object,
  ) => { on: Listen; readonly volatile: { emit(name: string, words: unknown): void } }
}

interface ClientModule {
  io(url: string, options: object): { on: Listen }
}

interface ParserModule {
  readonly default: { readonly Encoder: new () => { encode(packet: object): readonly [Uint8Array] } }
}

// Not literals: the packages are not there when this is compiled.
const load = async <T>(specifier: string): Promise<T> => (await import(specifier)) as T
const loadParser = async () => (await load<ParserModule>('socket.io-msgpack-parser')).default

export const socketIo: System = { serve, enter, listen }

async function serve(stage: Stage): Promise<number> {
  const { Server } = await load<ServerModule>('socket.io')
  const http = createServer()
  const server = new Server(http, { transports: ['websocket'], parser: await loadParser(), perMessageDeflate: false })
  server.on('connection', (socket: { on: Listen }) => {
    socket.on('a', () => {})
  })
  play(stage, (tick, motion) => {
    server.volatile.emit('state', pack([tick, cellsOf(motion)]))
  })
  await new Promise<void>((resolve) => http.listen(0, '0.0.0.0', resolve))
  return (http.address() as AddressInfo).port
}

async function enter(address: Address): Promise<Seat> {
  const { io } = await load<ClientModule>('socket.io-client')
  const socket = io(urlOf('http', address), { transports: ['websocket'], parser: await loadParser() })
  const tally = { states: 0, bytes: 0 }
  let state: readonly [tick: number, ships: readonly Cells[]] = [0, []]
  let drops = 0
  await new Promise<void>((resolve) => socket.on('connect', resolve))
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
