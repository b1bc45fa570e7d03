// A game's server on an http.Server: it judges every handshake, and hands the sockets that may open to the core.

import { type Server as HttpServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket as NetSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Server as TlsServer } from 'node:tls'
import { guard, ignore } from '../base/guard.ts'
import { type Limits, limitsFrom } from '../base/limits.ts'
import { ReplayPool } from '../base/replay.ts'
import type { Shared } from '../base/shared.ts'
import { type ServerStats, zeroStats } from '../base/stats.ts'
import type { Headers, Log } from '../base/world.ts'
import { Host } from '../host.ts'
import { type AttachOptions, checkOptions } from '../options.ts'
import { addressOf, judgeOrigin, type OriginRules, type OriginVerdict, originRules } from '../origin.ts'
import type { RoomInfo } from '../rooms.ts'
import { type Answer, pathOf, REFUSALS, upgradeAnswer } from './answers.ts'
import { refuseDangers } from './dangers.ts'
import { grantOnly } from './grants.ts'
import { withoutUpgrade, write } from './http.ts'
import { standInFront } from './in-front.ts'
import { nodeWorld } from './node-world.ts'
import { answerBegins, answerOn } from './pipelining.ts'
import { isProduction, logToStderr } from './process.ts'
import { type Handshake, WebSockets, wsDefaults } from './web-sockets.ts'
import { checkWs } from './ws-version.ts'

export interface Server {
  /** On which it listens, or did if it is one of `serve` that was closed; 0 as long as one of `attach` does not. */
  readonly port: number
  /** What to pass to `join`. */
  readonly url: string
  /** Counters, live. */
  readonly stats: Readonly<ServerStats>
  /** Those that run now. */
  rooms(): readonly RoomInfo[]
  /**
   * Tells everyone, waits for what is under way to arrive, closes all sockets. With the default limits it settles within
   * fifteen seconds; within twenty where the `page` of `serve` takes its time with an answer.
   */
  close(): Promise<void>
}

export class Edge implements Server {
  readonly stats: ServerStats = zeroStats()
  readonly log: Log
  readonly #http: HttpServer
  readonly #host: Host
  readonly #limits: Limits
  readonly #path: string
  readonly #options: AttachOptions
  readonly #origins: OriginRules
  readonly #sockets: WebSockets
  readonly #stepAside: readonly (() => void)[]
  readonly #freePath: () => void
  #closing: Promise<void> | undefined
  readonly #onUpgrade: (socket: Duplex) => void

  /** `onUpgrade` is told of each socket that is no longer one of plain HTTP. */
  constructor(http: HttpServer, options: AttachOptions, onUpgrade: (socket: Duplex) => void = ignore) {
    checkOptions(options)
    const { game, rooms, path = '/ws', publicUrl, allowedOrigins = [], requireOrigin = false } = options
    this.#http = http
    this.#onUpgrade = onUpgrade
    this.#options = options
    this.#path = path
    this.#limits = limitsFrom(options.limits)
    this.#origins = originRules(publicUrl, allowedOrigins, requireOrigin)
    if (isProduction()) refuseDangers(options, this.#limits)
    checkWs(wsDefaults())
    this.#freePath = takePath(http, path, this)
    const { log = logToStderr } = options
    // A log that throws, or whose promise rejects, must not bring down anything else.
    this.log = (message, error) =>
      void guard(
        () => log(message, error),
        () => logToStderr(message, error),
      )
    const replay = new ReplayPool(this.#limits.replayBytes)
    const shared: Shared = { world: nodeWorld, limits: this.#limits, stats: this.stats, log: this.log, replay }
    const strict = options.strict ?? !isProduction()
    this.#host = new Host({ game, rooms, strict }, shared)
    this.#sockets = new WebSockets(this.#limits)
    this.#stepAside = [
      standInFront(http, 'request', this.#take),
      standInFront(http, 'upgrade', this.#takeUpgrade),
      grantOnly(http, this.#isGranted),
    ]
    // Node tells of no upgrade unless somebody listens.
    http.on('upgrade', this.#passUpgrade)
  }

  get port(): number {
    return (this.#http.address() as AddressInfo | null)?.port ?? 0
  }

  get url(): string {
    const { publicUrl } = this.#options
    if (publicUrl !== undefined) return socketUrl(publicUrl, this.#path)
    const { address = '', port = 0 } = (this.#http.address() as AddressInfo | null) ?? {}
    const isAnywhere = address === '0.0.0.0' || address === '::'
    const scheme = this.#http instanceof TlsServer ? 'wss' : 'ws'
    return `${scheme}://${isAnywhere ? 'localhost' : address.includes(':') ? `[${address}]` : address}:${port}${this.#path}`
  }

  get isStopping(): boolean {
    return this.#host.isStopping
  }

  rooms(): readonly RoomInfo[] {
    return this.#host.rooms
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#host.drain()
    await this.#sockets.close()
    this.#http.off('upgrade', this.#passUpgrade)
    for (const stepAside of this.#stepAside) stepAside()
    this.#freePath()
  }

  /** Answers plain requests to the socket's path. */
  readonly #take = (request: IncomingMessage, response: ServerResponse): boolean => {
    answerBegins(request, response)
    // Who wished for another protocol and did not get it brings no further request: as in `#decline`.
    if (request.headers.upgrade !== undefined) response.setHeader('Connection', 'close')
    const isOurs = pathOf(request.url) === this.#path
    if (isOurs) write(response, this.#answer(request))
    return isOurs
  }

  /** Whoever asks while we stop is to ask again, and to dial when another server is here. */
  #answer(request: IncomingMessage): Answer {
    if (this.isStopping) return REFUSALS.stopping
    return upgradeAnswer(this.#judge(request), this.#host.isFull(this.#addressOf(request)))
  }

  /** Others who listen to upgrades may want those that we decline. */
  readonly #isGranted = (request: IncomingMessage): boolean => isWebSocket(request) || this.#isAmongOthers

  /** Whether anyone else than games listens to upgrades. */
  get #isAmongOthers(): boolean {
    return this.#http.listenerCount('upgrade') > gamesOn(this.#http).length
  }

  /**
   * Takes upgrades at the socket's path. Another user of upgrades would answer them as well, or close what we opened.
   */
  readonly #takeUpgrade = (...handshake: Handshake): boolean => {
    const isOurs = pathOf(handshake[0].url) === this.#path
    if (isOurs && this.#detach(handshake[1])) this.#upgrade(handshake)
    return isOurs
  }

  /** Those at other paths are for whoever else listens. Of several games the first one sees to them. */
  readonly #passUpgrade = (...handshake: Handshake): void => {
    const [request, socket] = handshake
    if (gamesOn(this.#http)[0] !== this || !this.#detach(socket)) return
    if (this.#isAmongOthers) this.#endUnlessTaken(socket)
    else if (isWebSocket(request)) refuse(socket, REFUSALS.path)
    else this.#decline(handshake)
  }

  /** Takes a socket out of plain HTTP. Where an answer is under way on it, ends it instead, and returns false. */
  #detach(socket: Duplex): boolean {
    // Without a listener, an error of the peer's would end the process.
    socket.on('error', ignore)
    if (answerOn(socket) === undefined) {
      this.#onUpgrade(socket)
      return true
    }
    // The answer under way would never again be told that it may go on.
    socket.destroy()
    return false
  }

  #upgrade(handshake: Handshake): void {
    const [request, socket] = handshake
    if (!isWebSocket(request)) return this.#decline(handshake)
    const address = this.#addressOf(request)
    const refusal = this.#judge(request) === 'refused' ? 'origin' : this.#host.refuse(address)
    if (refusal !== null) {
      this.stats.refused[refusal]++
      return refuse(socket, REFUSALS[refusal])
    }
    this.#sockets.open(handshake, (webSocket) => {
      return this.#host.accept(webSocket, address, this.#headersOf(request))
    })
  }

  #headersOf({ headers }: IncomingMessage): Headers {
    const { cookie, ...others } = headers
    return this.#options.allowCookies ? headers : others
  }

  /**
   * Any other upgrade, such as curl's to HTTP/2, is not agreed to: the request is answered as if it had not asked. Where
   * Node does so by itself (`grantOnly`) only those get here that somebody else might have wanted; those with a body find
   * no answer from Node 26 on, which has read it by then.
   */
  #decline([request, socket, head]: Handshake): void {
    socket.unshift(Buffer.concat([Buffer.from(withoutUpgrade(request), 'latin1'), head]))
    this.#http.emit(this.#http instanceof TlsServer ? 'secureConnection' : 'connection', socket)
  }

  /** Another listener may take the handshake; when none has, it must not stay open for ever. */
  #endUnlessTaken(socket: Duplex): void {
    const { bytesWritten } = socket as NetSocket
    const end = () => {
      if ((socket as NetSocket).bytesWritten === bytesWritten) socket.destroy()
    }
    setTimeout(end, this.#limits.requestMs).unref()
  }

  #judge({ headers }: IncomingMessage): OriginVerdict {
    const isProxied = (this.#options.trustProxy ?? 0) > 0
    // HTTP/2 calls it by another name.
    const own = headers.host ?? headers[':authority']?.toString()
    const host = (isProxied && headers['x-forwarded-host']?.toString()) || own
    return judgeOrigin(headers.origin, host, this.#origins)
  }

  #addressOf({ socket, headers }: IncomingMessage): string {
    const forwardedFor = headers['x-forwarded-for']?.toString()
    return addressOf(socket.remoteAddress ?? '', forwardedFor, this.#options.trustProxy ?? 0)
  }
}

/** By server, its games, by their paths. */
const games = new WeakMap<HttpServer, Map<string, Edge>>()

function gamesOn(http: HttpServer): readonly Edge[] {
  return [...(games.get(http)?.values() ?? [])]
}

/** Returns what gives it back. Throws RangeError when it is taken: two would answer one handshake. */
function takePath(http: HttpServer, path: string, game: Edge): () => void {
  const taken = games.get(http) ?? new Map()
  if (taken.has(path)) throw new RangeError(`this HTTP server has a game at ${path} already: give one another path`)
  games.set(http, taken.set(path, game))
  return () => void taken.delete(path)
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}

/** Answers a handshake with an HTTP error. */
function refuse(socket: Duplex, { status, headers, body }: Answer): void {
  const all = { ...headers, Connection: 'close', 'Content-Length': Buffer.byteLength(body) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  socket.once('finish', () => socket.destroy())
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'))
}

/** A proxy takes off the path that it is reached by. */
function socketUrl(publicUrl: string, path: string): string {
  const url = new URL(publicUrl.replace(/^http/, 'ws'))
  if (!url.pathname.endsWith(path)) url.pathname = url.pathname.replace(/\/?$/, () => path)
  return url.href
}
