// A real server for each test, closed after it, and what is dialled and asked by hand.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect } from 'vitest'
import { WebSocket } from 'ws'
import { decodeServerMessage, encodeClientMessage, type Hello } from '../../protocol/messages.ts'
import type { Server } from '../../server/edge/edge.ts'
import { type ServeOptions, serve } from '../../server/edge/serve.ts'
import { Arena, arena } from './arena.ts'

const open: Server[] = []
export const logged: string[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
  expect(logged.splice(0)).toEqual([])
})

export async function started(options: Partial<ServeOptions<typeof arena>> = {}): Promise<Server> {
  const log = (message: string) => void logged.push(message)
  const fixed = { port: 0, signals: false, game: arena, rooms: { arena: Arena } }
  // A busy machine holds up any hook, and what is logged is counted.
  const limits = { flushMs: 50, slowHookMs: 60_000, ...options.limits }
  const server = await serve({ ...fixed, log, ...options, limits })
  open.push(server)
  return server
}

/** A socket, and how it ended. */
export function dial(server: Server, headers: Record<string, string> = {}, protocols: string[] = ['tickwire.1']) {
  const socket = new WebSocket(server.url, protocols, { headers })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  const opened = new Promise<number>((resolve) => {
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
  })
  socket.on('error', () => {})
  return { socket, opened, closed }
}

export function hello(change: Partial<Hello> = {}): Uint8Array {
  return encodeClientMessage({
    ...{ type: 'hello', hash: arena.hash, room: 'arena', id: '', join: ['Ada'], options: null },
    ...change,
  })
}

/** Sends these frames on a new socket, and tells how the server ended it. */
export async function told(server: Server, ...frames: (Uint8Array | string)[]) {
  const { socket, opened, closed } = dial(server)
  await opened
  for (const frame of frames) socket.send(frame)
  return closed
}

export async function welcomed(server: Server, change: Partial<Hello> = {}) {
  const client = dial(server)
  await client.opened
  client.socket.send(hello(change))
  const [bytes] = (await once(client.socket, 'message')) as [Buffer]
  return { ...client, welcome: decodeServerMessage(new Uint8Array(bytes)) }
}

export function http(server: Server, path: string, headers: Record<string, string> = {}) {
  return fetch(`http://127.0.0.1:${server.port}${path}`, { headers })
}

/** A request written by hand. */
export function request(server: Server, path: string, ...headers: string[]): Socket {
  const socket = connect(server.port, '127.0.0.1')
  socket.write(`${[`GET ${path} HTTP/1.1`, 'Host: localhost', ...headers].join('\r\n')}\r\n\r\n`)
  return socket
}

export function handshake(server: Server, key = randomBytes(16).toString('base64')): Socket {
  const offer = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13']
  return request(server, '/ws?x=1', ...offer)
}

/** A client's frame, whose mask changes nothing. */
export function frame(firstByte: number, ...body: number[]): number[] {
  return [firstByte, 0x80 | body.length, 0, 0, 0, 0, ...body]
}
