// The two ways to start: a server of one's own, or a game on an http.Server that is there already. What the environment
// says stands in for options.

import {
  createServer,
  type ServerOptions as HttpOptions,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { Http2SecureServer } from 'node:http2'
import { type Socket, Server as TcpServer } from 'node:net'
import type { Game } from '../../protocol/game.ts'
import { guard, ignore } from '../base/guard.ts'
import { type Limits, limitsFrom } from '../base/limits.ts'
import { rationed } from '../base/rationed.ts'
import type { Log } from '../base/world.ts'
import type { AttachOptions } from '../options.ts'
import { addressOf } from '../origin.ts'
import { healthAnswer, NO_HOST, NOT_FOUND, pathOf } from './answers.ts'
import { Edge, type Server } from './edge.ts'
import { tendFiles, write, writeFailure } from './http.ts'
import { nodeWorld } from './node-world.ts'
import { answerOn, takeTurns } from './pipelining.ts'
import { type PlainLimits, PlainSockets } from './plain-sockets.ts'
import { environment, exitOnSignals } from './process.ts'

/** What `serve` takes. */
export interface ServeOptions<G extends Game = Game> extends AttachOptions<G> {
  /** 0 for any free one. Default: the variable PORT, or 8080. */
  readonly port?: number | undefined
  /** The address to listen on. Default, also where it is empty: the variable HOST, or 127.0.0.1: only this machine. */
  readonly host?: string | undefined
  /** Answers requests for other paths, such as the game's page; when it fails, with 500. Default: 404. */
  readonly page?: ((request: IncomingMessage, response: ServerResponse) => void | Promise<void>) | undefined
  /** Whether SIGTERM, and SIGINT where there is no terminal, drains the server and ends the process. Default true. */
  readonly signals?: boolean | undefined
}

type Page = NonNullable<ServeOptions['page']>

/**
 * Starts a server of its own, with `/healthz` and `/readyz`. Rejects with RangeError or TypeError for options or a game
 * that cannot work, with Error for settings that must not run in production or a `ws` that is too old, and when it cannot
 * listen.
 */
export async function serve<G extends Game>(options: ServeOptions<G>): Promise<Server> {
  const fallbacks = environment()
  const { port = fallbacks.port, signals = true, page = noPage } = options
  // To Node an empty host means every interface there is.
  const host = options.host || fallbacks.host
  if (typeof page !== 'function') throw new TypeError(`page must be a function, got ${String(page)}`)
  const limits = limitsFrom(options.limits)
  const http = createServer(httpOptions(limits))
  const all = fromEnvironment(options)
  const plain = new PlainSockets<Socket>(plainLimits(limits, all), (socket) => {
    if (!socket.destroyed) edge.stats.refusedPlain++
    socket.destroy()
  })
  // In front of the edge, which answers some itself.
  takeTurns(http, plain)
  const edge = new Edge(http, all, (socket) => plain.leave(socket as Socket))
  const log = rationed(edge.log, nodeWorld)
  http.on('request', (request, response) => answer(request, response, { edge, page, log }))
  boundPlain(http, plain, limits)
  await listening(http, edge, { port, host })
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= closeAll(edge, http, plain, limits).finally(() => off())
    return closing
  }
  const off = signals ? exitOnSignals(close) : ignore
  return {
    port: edge.port,
    url: edge.url,
    stats: edge.stats,
    rooms: () => edge.rooms(),
    close,
  }
}

/**
 * Adds the game to an http.Server of the caller's, who answers all requests but those for its path. Nobody else who
 * listens is asked about those, handshakes among them. One of HTTP/2 must have `allowHTTP1`. Throws what `serve` rejects
 * with.
 */
export function attach<G extends Game>(httpServer: HttpServer | Http2SecureServer, options: AttachOptions<G>): Server {
  // To those who speak HTTP/1.1 it is one of HTTP/1.1, though its type does not say so.
  return new Edge(httpServer as HttpServer, fromEnvironment(options))
}

/** Dials that may wait in the kernel to be accepted: who finds no place there tries again only a second later. */
const BACKLOG = 4_096
/** How often requests that take too long are looked for, at most: so late they are found. */
const CHECK_MS = 250

interface Answering {
  readonly edge: Edge
  readonly page: Page
  /** Strangers ask for pages that fail. */
  readonly log: Log
}

/** Answers a request that is not for the game. */
function answer(request: IncomingMessage, response: ServerResponse, { edge, page, log }: Answering): void {
  if (request.headers.host === undefined && request.httpVersion === '1.1') return write(response, NO_HOST)
  const health = healthAnswer(pathOf(request.url), edge.isStopping)
  if (health) return write(response, health)
  const failed = (error: unknown) => {
    log('the page failed', error)
    writeFailure(response)
  }
  tendFiles(response, failed)
  void guard(() => page(request, response), failed)
}

/** Behind a proxy all connections are the proxy's. */
function plainLimits(limits: Limits, { trustProxy = 0 }: AttachOptions): PlainLimits {
  const { plainSockets } = limits
  if (trustProxy === 0) return limits
  return { ...limits, plainSocketsPerAddress: plainSockets, plainRequestBurst: Number.POSITIVE_INFINITY }
}

function boundPlain(http: HttpServer, plain: PlainSockets<Socket>, { unreadMs }: Limits): void {
  http.on('connection', (socket: Socket) => letIn(socket, plain))
  // A request with an Expect header is counted as any other. Nobody has to understand what it expects.
  http.on('checkExpectation', (request, response) => http.emit('request', request, response))
  // Whoever does not read an answer has no place for ever; one that is slow to come is the page's own affair.
  http.setTimeout(unreadMs, (socket) => {
    const isAwaited = answerOn(socket) !== undefined && socket.writableLength === 0
    if (isAwaited) socket.setTimeout(unreadMs)
    else socket.destroy()
  })
}

function letIn(socket: Socket, plain: PlainSockets<Socket>): void {
  const address = addressOf(socket.remoteAddress ?? '', undefined, 0)
  if (plain.enter(socket, address, performance.now())) socket.once('close', () => plain.leave(socket))
}

/** Resolves when it listens; rejects when it cannot. */
async function listening(http: HttpServer, edge: Edge, at: { readonly port: number; readonly host: string }) {
  try {
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject).listen({ ...at, backlog: BACKLOG }, resolve)
    })
  } catch (error) {
    // Its timers would keep the process alive.
    await edge.close()
    throw error
  }
  // From here on an error, such as too many open files, concerns only the socket that could not be accepted.
  http.on('error', (error) => edge.log('the HTTP server failed', error))
}

function fromEnvironment<G extends Game>(options: AttachOptions<G>): AttachOptions {
  const fallbacks = environment()
  const { publicUrl = fallbacks.publicUrl, trustProxy = fallbacks.trustProxy } = options
  // Here the type of the game ends: the core is the same for all.
  return { ...options, publicUrl, trustProxy } as unknown as AttachOptions
}

/** A peer that sends no request, or drips one, is not waited for. */
function httpOptions({ requestMs, headBytes }: Limits): HttpOptions {
  const often = Math.min(CHECK_MS, requestMs)
  const timeouts = { headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval: often }
  // Node would answer whoever names no host itself, however many there are.
  return { ...timeouts, maxHeaderSize: headBytes, requireHostHeader: false }
}

async function closeAll(
  edge: Edge,
  http: HttpServer,
  plain: PlainSockets<Socket>,
  { requestMs }: Limits,
): Promise<void> {
  await edge.close()
  // Not http.close(): it cuts off answers that were ended and are not read to their end.
  const closed = new Promise<void>((resolve) => TcpServer.prototype.close.call(http, () => resolve()))
  for (const socket of plain.sockets) endAnswered(socket)
  // A page that saves what it was sent is to say so; one that takes too long is cut off.
  const late = setTimeout(() => http.closeAllConnections(), requestMs)
  await closed
  clearTimeout(late)
  // Now it has nothing to cut off, and stops the timer that looks for late requests.
  http.close()
}

/** Ends a connection as soon as no answer is under way on it. */
function endAnswered(socket: Socket): void {
  const answer = answerOn(socket)
  if (answer) answer.once('close', () => socket.destroySoon())
  else socket.destroy()
}

const noPage: Page = (_, response) => write(response, NOT_FOUND)
