// What is used of Socket.IO, whose packages are installed for the benchmarks alone: its msgpack parser, WebSocket alone.

import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type Listen = (name: string, listener: (...words: never[]) => void) => void

export interface ServerSocket {
  readonly handshake: { readonly auth: Readonly<Record<string, unknown>> }
  on: Listen
  join(room: string): void
}

interface Room {
  emit(name: string, ...words: unknown[]): void
}

export interface SocketServer {
  on(name: 'connection', listener: (socket: ServerSocket) => void): void
  readonly volatile: Room
  to(room: string): Room
}

export interface ClientSocket {
  on: Listen
  emit(name: string, ...words: unknown[]): void
}

interface ServerModule {
  readonly Server: new (http: HttpServer, options: object) => SocketServer
}

interface ClientModule {
  io(url: string, options: object): ClientSocket
}

interface ParserModule {
  readonly default: { readonly Encoder: new () => { encode(packet: object): readonly [Uint8Array] } }
}

// Not literals: the packages are not there when this is compiled.
const load = async <T>(specifier: string): Promise<T> => (await import(specifier)) as T

export const loadParser = async (): Promise<ParserModule['default']> =>
  (await load<ParserModule>('socket.io-msgpack-parser')).default

/** `begin` is called with the server before anyone is let in. Resolves to its port. */
export async function startSocketIo(begin: (server: SocketServer) => void, settings: object = {}): Promise<number> {
  const { Server } = await load<ServerModule>('socket.io')
  const http = createServer()
  const parser = await loadParser()
  begin(new Server(http, { transports: ['websocket'], parser, perMessageDeflate: false, ...settings }))
  await new Promise<void>((resolve) => http.listen(0, '0.0.0.0', resolve))
  return (http.address() as AddressInfo).port
}

/** Resolves when it is connected. */
export async function joinSocketIo(url: string, settings: object = {}): Promise<ClientSocket> {
  const { io } = await load<ClientModule>('socket.io-client')
  const socket = io(url, { transports: ['websocket'], parser: await loadParser(), ...settings })
  await new Promise<void>((resolve) => socket.on('connect', resolve))
  return socket
}
