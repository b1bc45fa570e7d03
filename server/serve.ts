// The server's edge: the one file that knows Node and ws. It lends the core time, chance and sockets, and answers HTTP.

import { createHash, randomBytes } from 'node:crypto'
import {
  createServer,
  type ServerOptions as HttpOptions,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo, Socket as NetSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer, type ServerOptions as WsOptions } from 'ws'
import { CLOSE } from '../protocol/errors.ts'
import type { Game } from '../protocol/game.ts'
import { HEARTBEAT_MS } from '../protocol/limits.ts'
import { type Answer, healthAnswer, NOT_FOUND, pathOf, REFUSALS, upgradeAnswer } from './answers.ts'
import type { Shared } from './connection.ts'
import { refuseDangers } from './dangers.ts'
import { guard } from './hooks.ts'
import { Host, type RoomInfo } from './host.ts'
import { withoutUpgrade, write, writeFailure } from './http.ts'
import { standInFront } from './in-front.ts'
import { type AttachOptions, checkOptions, type Limits, limitsFrom } from './options.ts'
import { addressOf, judgeOrigin, type OriginRules, type OriginVerdict, originRules } from './origin.ts'
import { environment, exitOnSigterm, isProduction, logToStderr } from './process.ts'
import { ReplayPool } from './replay.ts'
import { type ServerStats, zeroStats } from './stats.ts'
import type { Log, Socket, World } from './world.ts'
import { checkWs, LEAST_WS } from './ws-version.ts'

/** What `serve` takes. */
export interface ServeOptions<G extends Game = Game> extends AttachOptions<G> {
  /** 0 for any free one. Default: the variable PORT, or 8080. */
  readonly port?: number
  /** The address to listen on. Default: the variable HOST, or 127.0.0.1: only this machine. */
  readonly host?: string
  /** Answers requests for other paths, such as the game's page; when it fails, with 500. Default: 404. */
  readonly page?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>
  /** Whether SIGTERM drains the server and ends the process. Default true. */
  readonly signals?: boolean
}

export interface Server {
  readonly port: number
  /** What to pass to `join`. */
  readonly url: string
  /** Counters, live. */
  readonly stats: Readonly<ServerStats>
  rooms(): readonly RoomInfo[]
  /** Tells everyone, waits for what is under way to arrive, closes all sockets. Settles within ten seconds. */
  close(): Promise<void>
}

/**
 * Starts a server of its own, with `/healthz` and `/readyz`. Throws for options that cannot work; rejects when it cannot
 * listen.
 */
export async function serve<G extends Game>(options: ServeOptions<G>): Promise<Server> {
  const fallbacks = environment()
  const { port = fallbacks.port, host = fallbacks.host, signals = true } = options
  const page = options.page ?? ((_, response) => write(response, NOT_FOUND))
  const limits = limitsFrom(options.limits)
  const http = createServer(httpOptions(limits), (request, response) => {
    const health = healthAnswer(pathOf(request.url), edge.isStopping)
    if (health) write(response, health)
    else
      void guard(
        () => page(request, response),
        (error) => edge.pageFailed(response, error),
      )
  })
  const edge = new Edge(http, fromEnvironment(options))
  await new Promise<void>((resolve, reject) => http.once('error', reject).listen(port, host, resolve))
  // From here on an error, such as too many open files, concerns only the socket that could not be accepted.
  http.on('error', (error) => edge.log('the HTTP server failed', error))
  const off = signals ? exitOnSigterm(() => closeAll(edge, http)) : ignore
  return {
    port: edge.port,
    url: edge.url,
    stats: edge.stats,
    rooms: () => edge.rooms(),
    close: () => closeAll(edge, http).finally(off),
  }
}

/** Adds the game to an http.Server of the caller's, whose own listeners must be there already. */
export function attach<G extends Game>(httpServer: HttpServer, options: AttachOptions<G>): Server {
  return new Edge(httpServer, fromEnvironment(options))
}

class Edge implements Server {
  readonly stats: ServerStats = zeroStats()
  readonly log: Log
  readonly #http: HttpServer
  readonly #host: Host
  readonly #limits: Limits
  readonly #path: string
  readonly #options: AttachOptions
  readonly #origins: OriginRules
  readonly #sockets: WebSocketServer
  readonly #stopPinging: () => void
  readonly #stepAside: () => void

  constructor(http: HttpServer, options: AttachOptions) {
    checkOptions(options)
    const { game, rooms, path = '/ws', publicUrl, allowedOrigins = [], requireOrigin = false } = options
    this.#http = http
    this.#options = options
    this.#path = path
    this.#limits = limitsFrom(options.limits)
    this.#origins = originRules(publicUrl, allowedOrigins, requireOrigin)
    if (isProduction()) refuseDangers(options, this.#limits)
    checkWs(wsVersion())
    this.log = options.log ?? logToStderr
    const replay = new ReplayPool(this.#limits.replayBytes)
    const shared: Shared = { world, limits: this.#limits, stats: this.stats, log: this.log, replay }
    const strict = options.strict ?? !isProduction()
    this.#host = new Host({ game, rooms, strict }, shared)
    this.#sockets = new WebSocketServer(socketOptions(this.#limits))
    this.#stepAside = standInFront(http, this.#take)
    http.on('upgrade', this.#upgrade)
    this.#stopPinging = pingAll(this.#sockets)
  }

  get port(): number {
    return (this.#http.address() as AddressInfo | null)?.port ?? 0
  }

  get url(): string {
    const { publicUrl } = this.#options
    if (publicUrl !== undefined) return new URL(this.#path, publicUrl.replace(/^http/, 'ws')).href
    const { address = '', port = 0 } = (this.#http.address() as AddressInfo | null) ?? {}
    const isAnywhere = address === '0.0.0.0' || address === '::'
    return `ws://${isAnywhere ? 'localhost' : address.includes(':') ? `[${address}]` : address}:${port}${this.#path}`
  }

  get isStopping(): boolean {
    return this.#host.isStopping
  }

  rooms(): readonly RoomInfo[] {
    return this.#host.rooms
  }

  pageFailed(response: ServerResponse, error: unknown): void {
    this.log('the page failed', error)
    writeFailure(response)
  }

  async close(): Promise<void> {
    await this.#host.drain()
    this.#stopPinging()
    await allClosed(this.#sockets, this.#limits.closeMs)
    this.#http.off('upgrade', this.#upgrade)
    this.#stepAside()
  }

  /** Answers plain requests to the socket's path. */
  readonly #take = (request: IncomingMessage, response: ServerResponse): boolean => {
    const isOurs = pathOf(request.url) === this.#path
    if (isOurs) write(response, upgradeAnswer(this.#judge(request)))
    return isOurs
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Without a listener, an error of the peer's would end the process.
    socket.on('error', ignore)
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return this.#decline(request, socket, head)
    if (pathOf(request.url) !== this.#path) {
      if (this.#http.listenerCount('upgrade') === 1) return refuse(socket, REFUSALS.path)
      return this.#endUnlessTaken(socket)
    }
    const address = this.#addressOf(request)
    const refusal = this.#judge(request) === 'refused' ? 'origin' : this.#host.refuse(address)
    if (refusal !== null) {
      this.stats.refused[refusal]++
      return refuse(socket, REFUSALS[refusal])
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, address))
  }

  /** Any other upgrade, such as curl's to HTTP/2, is not agreed to: the request is answered as if it had not asked. */
  #decline(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const isForOthers = pathOf(request.url) !== this.#path && this.#http.listenerCount('upgrade') > 1
    if (isForOthers) return this.#endUnlessTaken(socket)
    socket.unshift(Buffer.concat([Buffer.from(withoutUpgrade(request), 'latin1'), head]))
    this.#http.emit('connection', socket)
  }

  /** Another listener may take the handshake; when none has, it must not stay open for ever. */
  #endUnlessTaken(socket: Duplex): void {
    const end = () => {
      if ((socket as NetSocket).bytesWritten === 0) socket.destroy()
    }
    setTimeout(end, this.#limits.requestMs).unref()
  }

  #open(webSocket: WebSocket, address: string): void {
    const connection = this.#host.accept(socketOf(webSocket), address)
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

  #judge({ headers }: IncomingMessage): OriginVerdict {
    const isProxied = (this.#options.trustProxy ?? 0) > 0
    const host = (isProxied && headers['x-forwarded-host']?.toString()) || headers.host
    return judgeOrigin(headers.origin, host, this.#origins)
  }

  #addressOf({ socket, headers }: IncomingMessage): string {
    const forwardedFor = headers['x-forwarded-for']?.toString()
    return addressOf(socket.remoteAddress ?? '', forwardedFor, this.#options.trustProxy ?? 0)
  }
}

/** How often requests that take too long are looked for, at most: so late they are found. */
const CHECK_MS = 250

const world: World = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  randomBytes: (count) => new Uint8Array(randomBytes(count)),
  digest: (text) => createHash('sha256').update(text).digest('base64'),
}

/** Of the ws that is installed; one that was bundled with the server has none to tell, and is taken for good. */
function wsVersion(): string {
  try {
    return createRequire(import.meta.url)('ws/package.json').version
  } catch {
    return LEAST_WS
  }
}

function fromEnvironment<G extends Game>(options: AttachOptions<G>): AttachOptions {
  const { publicUrl, trustProxy } = environment()
  // Here the type of the game ends: the core is the same for all.
  return { publicUrl, trustProxy, ...options } as unknown as AttachOptions
}

/** A peer that sends no request, or drips one, is not waited for. */
function httpOptions({ requestMs, headBytes }: Limits): HttpOptions {
  const often = Math.min(CHECK_MS, requestMs)
  const timeouts = { headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval: often }
  return { ...timeouts, maxHeaderSize: headBytes }
}

function socketOptions(limits: Limits): WsOptions {
  const bounds = {
    closeTimeout: limits.closeMs,
    maxFragments: limits.fragments,
    maxBufferedChunks: limits.chunks,
    maxPendingAutoPongs: limits.pongs,
  }
  return {
    ...bounds,
    noServer: true,
    maxPayload: limits.frameBytes,
    perMessageDeflate: false,
    // One frame of a socket in each turn of the event loop: a flood waits for its turn, and nobody waits for a flood.
    allowSynchronousEvents: false,
    // Any version of ours is chosen, so that another one is told by a close code and not by a failed handshake.
    handleProtocols: (offered) => [...offered].find((protocol) => protocol.startsWith('tickwire.')) ?? false,
  }
}

function socketOf(webSocket: WebSocket): Socket {
  return {
    send: (bytes) => webSocket.send(bytes),
    close: (code, reason) => {
      webSocket.close(code, reason)
      // Of a flood, what still comes would cost as much to read as what came.
      if (code === CLOSE.TOO_FAST.code) webSocket.pause()
    },
    terminate: () => webSocket.terminate(),
    get bufferedAmount() {
      return webSocket.bufferedAmount
    },
  }
}

/** Browsers answer pings by themselves, even in a hidden tab. */
function pingAll(sockets: WebSocketServer): () => void {
  const timer = setInterval(() => {
    for (const socket of sockets.clients) socket.ping()
  }, HEARTBEAT_MS)
  return () => clearInterval(timer)
}

/** Settles when all sockets are closed; those that take too long are ended. */
async function allClosed(sockets: WebSocketServer, closeMs: number): Promise<void> {
  const late = setTimeout(() => {
    for (const socket of sockets.clients) socket.terminate()
  }, closeMs)
  const closing = [...sockets.clients].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
  await Promise.all(closing)
  clearTimeout(late)
}

async function closeAll(edge: Edge, http: HttpServer): Promise<void> {
  await edge.close()
  const closed = new Promise<void>((resolve) => http.close(() => resolve()))
  http.closeAllConnections()
  await closed
}

/** Answers a handshake with an HTTP error. */
function refuse(socket: Duplex, { status, headers, body }: Answer): void {
  const all = { ...headers, Connection: 'close', 'Content-Length': Buffer.byteLength(body) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  socket.once('finish', () => socket.destroy())
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'))
}

function ignore(): void {}
