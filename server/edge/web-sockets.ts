// The edge towards ws: its bounds, and how a WebSocket of its becomes a socket of the core's and tells what happens on it.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer, type ServerOptions as WsOptions } from 'ws'
import { HEARTBEAT_MS } from '../../protocol/limits.ts'
import type { Connection } from '../base/connection.ts'
import type { Limits } from '../base/limits.ts'
import type { Socket } from '../base/world.ts'
import { WsSocket } from './ws-socket.ts'

export class WebSockets {
  readonly #server: WebSocketServer
  readonly #closeMs: number
  readonly #open = new Map<WebSocket, Connection>()
  readonly #pinging: NodeJS.Timeout

  constructor(limits: Limits) {
    this.#closeMs = limits.closeMs
    this.#server = new WebSocketServer(wsOptions(limits))
    this.#pinging = setInterval(() => this.#pingQuietOnes(), HEARTBEAT_MS / 2)
  }

  /** Agrees to a handshake. `accept` takes the socket in; what it returns is told what happens on it. */
  open([request, socket, head]: Handshake, accept: (socket: Socket) => Connection): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = accept(new WsSocket(webSocket, socket))
      this.#open.set(webSocket, connection)
      webSocket.on('close', () => this.#open.delete(webSocket))
      listen(webSocket, connection)
    })
  }

  /** Settles when all are closed; those that take too long are ended. Whoever is open must have been told to close. */
  async close(): Promise<void> {
    clearInterval(this.#pinging)
    const sockets = [...this.#open.keys()]
    const late = setTimeout(() => {
      for (const socket of sockets) socket.terminate()
    }, this.#closeMs)
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))))
    clearTimeout(late)
  }

  /** Who was heard lately lives. Browsers answer pings by themselves, even in a hidden tab. */
  #pingQuietOnes(): void {
    const heardBefore = performance.now() - HEARTBEAT_MS
    for (const [socket, { heardAt }] of this.#open) if (heardAt < heardBefore) socket.ping()
  }
}

/** A request to become a WebSocket, its socket, and what came behind it. */
export type Handshake = readonly [request: IncomingMessage, socket: Duplex, head: Buffer]

/** What ws takes for options that it is not given. */
export function wsDefaults(): object {
  return new WebSocketServer({ noServer: true }).options
}

function wsOptions(limits: Limits): WsOptions {
  const bounds = {
    closeTimeout: limits.closeMs,
    maxFragments: limits.fragments,
    maxBufferedChunks: limits.chunks,
    maxPendingAutoPongs: limits.pongs,
  }
  return {
    ...bounds,
    noServer: true,
    clientTracking: false,
    maxPayload: limits.frameBytes,
    perMessageDeflate: false,
    // One frame of a socket in each turn of the event loop: a flood waits for its turn, and nobody waits for a flood.
    allowSynchronousEvents: false,
    // Any version of ours is chosen, so that another one is told by a close code and not by a failed handshake.
    handleProtocols: (offered) => [...offered].find((protocol) => protocol.startsWith('tickwire.')) ?? false,
  }
}

function listen(webSocket: WebSocket, connection: Connection): void {
  // ws has answered with the right close code itself, or given up on who sends too many pings.
  webSocket.on('error', ({ code = '' }: Error & { code?: string }) => {
    if (code.startsWith('WS_ERR_')) connection.broken(code.startsWith('WS_ERR_UNSUPPORTED_'))
  })
  webSocket.on('ping', () => {
    if (webSocket.readyState === webSocket.OPEN) connection.receiveSignal()
    else connection.broken(false)
  })
  webSocket.on('message', (bytes: Buffer, isBinary: boolean) => {
    // A plain view: a Buffer's own slice would share memory where an array's copies.
    if (isBinary) connection.receive(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length))
    else connection.receiveText()
  })
  webSocket.on('pong', () => connection.receiveSignal())
  webSocket.on('close', () => connection.closed())
}
