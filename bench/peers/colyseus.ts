// What is used of Colyseus, whose packages are installed for the benchmarks alone, and a server of it that listens.

import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket } from './ws.ts'

export type Values = Record<string, unknown>

export interface SchemaModule {
  readonly schema: (fields: object, name: string) => new () => Values
  readonly t: Record<'uint8' | 'uint16' | 'uint32', () => object> & { map(of: object): { view(): object } }
  readonly StateView: new () => { add(value: object): void; remove(value: object): void }
  readonly Encoder: {
    BUFFER_SIZE: number
    new (state: object): { encode(): Uint8Array; discardChanges(): void }
  }
  readonly Decoder: new (state: object) => { decode(bytes: Uint8Array): unknown }
}

export interface RoomClient {
  view: InstanceType<SchemaModule['StateView']>
  userData: unknown
  send(type: string, message: unknown): void
}

export declare class ServerRoom {
  maxClients: number
  patchRate: number | null
  autoDispose: boolean
  state: Values
  readonly clients: readonly RoomClient[]
  onMessage(type: string, listener: (client: RoomClient, message: never) => void): void
  defineInput(type: new () => object): unknown
  allowReconnection(client: RoomClient, seconds: number): Promise<unknown>
  broadcastPatch(): boolean
}

interface CoreModule {
  readonly Room: typeof ServerRoom
  readonly Server: new (
    options: object,
  ) => {
    define(name: string, room: typeof ServerRoom): void
    listen(port: number, host: string): Promise<unknown>
  }
  readonly matchMaker: { createRoom(name: string, options: object): Promise<unknown> }
}

interface TransportModule {
  readonly WebSocketTransport: new (options: object) => { readonly server: HttpServer }
}

export interface ClientRoom {
  readonly state: { readonly tick: number; readonly ships: ReadonlyMap<string, Values> }
  readonly connection: { readonly events: { onmessage: (event: { data: ArrayBuffer }) => void } }
  readonly reconnection: { maxRetries: number; minUptime: number; maxDelay: number; maxEnqueuedMessages: number }
  onMessage(type: string, listener: (message: never) => void): void
  onStateChange(listener: () => void): void
  onDrop(listener: () => void): void
  onLeave(listener: () => void): void
  send(type: string, message: unknown): void
}

interface SdkModule {
  readonly Client: new (url: string) => { joinOrCreate(room: string, options?: object): Promise<ClientRoom> }
}

// Not literals: the packages are not there when this is compiled.
const load = async <T>(specifier: string): Promise<T> => (await import(specifier)) as T

export const loadSchema = (): Promise<SchemaModule> => load('@colyseus/schema')
export const loadRoom = async (): Promise<typeof ServerRoom> => (await load<CoreModule>('@colyseus/core')).Room

/** The rooms of a server, as its clients know them. */
const ROOM = 'field'
export const MATCHMAKING = `/matchmake/joinOrCreate/${ROOM}`

/** Makes the first room on a server of its own, and resolves to its port. */
export async function startColyseus(room: typeof ServerRoom, settings: object = {}): Promise<number> {
  // It was made for Node 22, which has one of its own, and looks at its constants when somebody comes back.
  Object.assign(globalThis, { WebSocket: globalThis.WebSocket ?? WebSocket })
  const { Server, matchMaker } = await load<CoreModule>('@colyseus/core')
  const { WebSocketTransport } = await load<TransportModule>('@colyseus/ws-transport')
  const transport = new WebSocketTransport({ maxPayload: 16_384, ...settings })
  const server = new Server({ greet: false, gracefullyShutdown: false, transport })
  server.define(ROOM, room)
  await server.listen(0, '0.0.0.0')
  await matchMaker.createRoom(ROOM, {})
  return (transport.server.address() as AddressInfo).port
}

export async function joinColyseus(url: string, options: object = {}): Promise<ClientRoom> {
  const { Client } = await load<SdkModule>('@colyseus/sdk')
  // It tells every attempt to come back.
  console.info = () => {}
  return new Client(url).joinOrCreate(ROOM, options)
}
