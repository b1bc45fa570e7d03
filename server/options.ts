// Every limit of the server with its unit and its reason, and the check of what the caller brings.

import { checkGame } from '../protocol/definition.ts'
import type { Game } from '../protocol/game.ts'
import { SILENCE_MS, TO_SERVER } from '../protocol/limits.ts'
import { ANY_ORIGIN, isOrigin, SEVERAL } from './origin.ts'
import type { RoomClass } from './room/room.ts'
import { checkValidators } from './room/validate.ts'
import { checkViews } from './room/views.ts'
import { type Log, TIMER_MS } from './world.ts'

/** On without configuration, and meant to stay on: each bounds what one stranger can cost everyone else. */
export const DEFAULT_LIMITS = {
  /** Sockets in the process. `npm run hostile` says what an idle one costs; 10,000 are held by one core. */
  sockets: 10_000,
  /** Sockets of one address (IPv6: of one /64). A school or an office behind one address fits. */
  socketsPerAddress: 64,
  /** Sockets that have not said hello yet, in the process and of one address. */
  greetings: 256,
  greetingsPerAddress: 32,
  /** New sockets a second of one address, and how many may come at once: all that it may have, and once again. */
  dialsPerSecond: 4,
  dialBurst: 128,
  /** Milliseconds until a socket must have said hello. */
  helloMs: 5_000,
  /**
   * Hellos a minute of one address that are not to the letter, or that claim a seat with a wrong secret. Whom the game
   * refuses does not count: one address may be a whole school's.
   */
  badHellosPerMinute: 5,
  /**
   * Milliseconds for which such an address may say no new hello. Whoever holds a seat's token still comes back to it.
   */
  badHelloMs: 60_000,
  /**
   * TCP connections that are no WebSockets (yet), in the process and of one address. A page opens six; behind proxies
   * that are believed, only all together count. `serve` only.
   */
  plainSockets: 2_048,
  plainSocketsPerAddress: 256,
  /** Milliseconds that a plain HTTP request may take to arrive, its head included. `serve` only. */
  requestMs: 5_000,
  /** Bytes of a plain HTTP request's head. `serve` only. */
  headBytes: 8 * 1024,
  /** Milliseconds that a peer may take to agree to a close. */
  closeMs: 2_000,
  /** Milliseconds without any sign of life (a frame or a pong) after which the path counts as dead. */
  silenceMs: SILENCE_MS,
  /** Milliseconds for which the oldest state frame may stay unacknowledged before its client counts as too slow. */
  ackMs: 5_000,
  /** Bytes of one frame from a client. */
  frameBytes: TO_SERVER.bytes,
  /** Fragments of one message; browsers send one below 64 KiB. */
  fragments: 32,
  /** Chunks of one message that may wait to be put together. */
  chunks: 1_024,
  /** Pongs that may wait to be sent to a peer that pings. */
  pongs: 8,
  /** Frames a second from one client. The burst covers a path that stalled for as long as a live one may. */
  framesPerSecond: 100,
  frameBurst: 600,
  /** Of them, pings, pongs and control messages (all but the game's own) a second, and the burst. */
  controlsPerSecond: 5,
  controlBurst: 30,
  /** Milliseconds between two hashes of the state to one client, and between two whole states that it may ask for. */
  hashMs: 1_000,
  /** Bytes a second from one client, and the burst. */
  bytesPerSecond: 64 * 1024,
  byteBurst: 384 * 1024,
  /** Bytes waiting in the process for one client, above which it gets no state. */
  skipBytes: 64 * 1024,
  /** Bytes waiting in the process for one client, above which it counts as too slow. */
  queuedBytes: 256 * 1024,
  /** Bytes of reliable messages that all sessions together keep until they are acknowledged. */
  replayBytes: 64 * 1024 * 1024,
  /** Requests of one client that are being answered at a time; one more fails. */
  requests: 64,
  /** Milliseconds for which a resume token is good once its client has lost the line, however long its seat is held. */
  tokenMs: 12 * 3_600_000,
  /** Room instances in the process: a client's hello can make one. */
  rooms: 1_000,
  /** Milliseconds that a room without any session lives on. */
  emptyRoomMs: 10_000,
  /**
   * Milliseconds that `onCreate` and `onDispose` may take when they return a promise; that a client waits, from its
   * hello, for everything that lets it in; and that the last hooks of a stopping server may take in all. `onDispose`
   * waits half as long for the other hooks. A page gives up joining after ten seconds: with less here, it is told why.
   */
  hookMs: 8_000,
  /** Milliseconds that the game's code may hold up the process in one call, above which it is named in the log. */
  slowHookMs: 250,
  /**
   * Milliseconds above which the room is closed when the call returns, because nobody else was served meanwhile. Where
   * the process itself worked for less, as when its machine stood still, that is only logged.
   */
  blockMs: 1_000,
  /** Milliseconds that a stopping server waits for clients to acknowledge reliable messages. */
  flushMs: 2_000,
}

export type Limits = { readonly [Name in keyof typeof DEFAULT_LIMITS]: number }

/** What `attach` takes. */
export interface AttachOptions<G extends Game = Game> {
  readonly game: G
  /** Room classes by the name under which clients join them. */
  readonly rooms: { readonly [name: string]: RoomClass<G> }
  /** The path of the WebSocket. Default '/ws'. */
  readonly path?: string
  /**
   * Where browsers find this server, such as 'https://game.example', with the path that a proxy takes off, if any.
   * Default: the variable PUBLIC_URL, or nothing.
   */
  readonly publicUrl?: string | undefined
  /** How many proxies in front to believe about addresses and hosts. Default: the variable TRUST_PROXY, or 0. */
  readonly trustProxy?: number
  /**
   * Other origins whose pages may connect, such as 'https://portal.example', 'https://*.game.example' for whatever one
   * name stands for the star (where all such names are yours), or 'capacitor://localhost' of a packaged app; '*' for the pages of all.
   */
  readonly allowedOrigins?: readonly string[]
  /** Lets '*' be in `allowedOrigins` where NODE_ENV is 'production'. Default false. */
  readonly dangerouslyAllowAnyOrigin?: boolean
  /** Refuses clients without an Origin, which are no browsers. Default false. */
  readonly requireOrigin?: boolean
  /** Shows cookies to `authenticate`. Browsers send them along from any page that may connect. Default false. */
  readonly allowCookies?: boolean
  readonly limits?: Partial<Limits>
  /** Values that do not fit their field throw instead of being clamped. Default: unless NODE_ENV is 'production'. */
  readonly strict?: boolean
  /** Default: to the console. */
  readonly log?: Log
}

/** Bounds of what Node, ws or the protocol itself keep to. All other limits are the core's own, and may be Infinity. */
const MOST: Partial<Limits> = {
  closeMs: TIMER_MS,
  requestMs: TIMER_MS,
  headBytes: Number.MAX_SAFE_INTEGER,
  frameBytes: TO_SERVER.bytes,
}
/** What Node takes no fraction of. */
const WHOLE: ReadonlySet<string> = new Set<keyof Limits>(['requestMs', 'headBytes'])

/** Fills in the defaults. Throws RangeError or TypeError, naming the limit. */
export function limitsFrom(given: Partial<Limits> = {}): Limits {
  const limits = Object.entries(given).filter(([, value]) => value !== undefined)
  for (const [name, value] of limits) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) {
      throw new TypeError(`limits has no ${name}; there are ${Object.keys(DEFAULT_LIMITS).join(', ')}`)
    }
    if (!(typeof value === 'number' && value > 0)) throw new RangeError(`limits.${name} must be above 0, got ${value}`)
    if (WHOLE.has(name) && value % 1 > 0) throw new RangeError(`limits.${name} must be a whole number, got ${value}`)
    const most = MOST[name as keyof Limits]
    if (most && value > most) throw new RangeError(`limits.${name} must be at most ${most}, got ${value}`)
  }
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(limits) }
}

/** Throws RangeError or TypeError, naming what is wrong with the caller's options. */
export function checkOptions(options: AttachOptions): void {
  const { game, rooms, path, trustProxy, publicUrl, allowedOrigins = [], log } = options
  if (!Array.isArray(game?.kinds)) throw new TypeError('game must be what defineGame returns')
  checkGame(game)
  checkRooms(rooms, game)
  if (path !== undefined && !isLike(PATH, path)) {
    throw new RangeError(`path must start with / and have no ? or #, got ${path}`)
  }
  if (trustProxy !== undefined && !(Number.isInteger(trustProxy) && trustProxy >= 0)) {
    throw new RangeError(`trustProxy must be a number of proxies, got ${trustProxy}`)
  }
  if (publicUrl !== undefined && !(isLike(WEB_URL, publicUrl) && URL.canParse(publicUrl))) {
    throw new TypeError(`publicUrl must be a URL such as 'https://game.example', got ${publicUrl}`)
  }
  if (publicUrl !== undefined && SEVERAL.test(new URL(publicUrl).host)) {
    throw new TypeError(`publicUrl must be one URL, others are listed in allowedOrigins, got ${publicUrl}`)
  }
  if (log !== undefined && typeof log !== 'function') {
    throw new TypeError(`log must be a function, got ${String(log)}`)
  }
  for (const origin of allowedOrigins) {
    if (origin !== ANY_ORIGIN && !isOrigin(origin)) {
      throw new TypeError(`allowedOrigins takes origins such as 'https://game.example', got ${origin}`)
    }
  }
}

/** Those of pages or of sockets. */
const WEB_URL = /^(http|ws)s?:\/\//
/** What a request's URL has in front of its query. */
const PATH = /^\/[^?#]*$/

function isLike(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value)
}

function checkRooms(rooms: AttachOptions['rooms'], game: Game): void {
  const names = Object.keys(rooms ?? {})
  if (names.length === 0) throw new RangeError('rooms must name at least one room')
  for (const name of names) checkRoom(name, rooms[name] as RoomClass, game)
}

function checkRoom(name: string, room: RoomClass, game: Game): void {
  // By what it has, not by whose it is: the class may be of another copy of this package.
  if (typeof room !== 'function' || typeof room.prototype?.onTick !== 'function') {
    const came = typeof room === 'function' ? 'a function' : String(room)
    throw new TypeError(`rooms.${name} must be what defineRoom returns, or a class that extends Room, got ${came}`)
  }
  const { tickRate, sendRate, capacity, resumeWindow, lateInputs, authenticate } = room
  // A slower room would be silent for so long that its clients took it for stalled, or dead.
  between(`rooms.${name}.tickRate`, tickRate, tickRate === 0 ? 0 : 1, 1000)
  between(`rooms.${name}.sendRate`, sendRate, 1, 1000)
  between(`rooms.${name}.capacity`, capacity, 1, 65_535)
  between(`rooms.${name}.resumeWindow`, resumeWindow, 0, 86_400)
  if (!['catch-up', 'strict'].includes(lateInputs)) {
    throw new RangeError(`rooms.${name}.lateInputs must be 'catch-up' or 'strict', got ${String(lateInputs)}`)
  }
  // Whoever writes it wants it asked: one that cannot be asked must not let everyone in.
  if (authenticate !== undefined && typeof authenticate !== 'function') {
    throw new TypeError(`rooms.${name}.authenticate must be a function, got ${String(authenticate)}`)
  }
  checkViews(`rooms.${name}.views`, room.views, game)
  checkValidators(`rooms.${name}.validate`, room.validate, game)
}

function between(name: string, value: number, least: number, most: number): void {
  // A text of digits passes for its number in a comparison, and nowhere else.
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, got the ${typeof value} ${value}`)
  if (!(value >= least && value <= most)) throw new RangeError(`${name} must be ${least} to ${most}, got ${value}`)
}
