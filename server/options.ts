// What a server is started with, and the check of it.

import { checkGame } from '../protocol/definition.ts'
import type { Game } from '../protocol/game.ts'
import { checkNumber } from './base/checks.ts'
import type { Limits } from './base/limits.ts'
import type { Log } from './base/world.ts'
import { ANY_ORIGIN, isOrigin, SEVERAL } from './origin.ts'
import { checkHooks } from './room/hooks.ts'
import type { RoomClass } from './room/room.ts'
import { checkValidators } from './room/validate.ts'
import { checkViews } from './room/views.ts'

/** What `attach` takes. */
export interface AttachOptions<G extends Game = Game> {
  readonly game: G
  /** Room classes by the name under which clients join them. */
  readonly rooms: { readonly [name: string]: RoomClass<G> }
  /** The path of the WebSocket. Default '/ws'. */
  readonly path?: string | undefined
  /**
   * Where browsers find this server, such as 'https://game.example', with the path that a proxy takes off, if any.
   * Default: the variable PUBLIC_URL, or nothing.
   */
  readonly publicUrl?: string | undefined
  /** How many proxies in front to believe about addresses and hosts. Default: the variable TRUST_PROXY, or 0. */
  readonly trustProxy?: number | undefined
  /**
   * Other origins whose pages may connect, such as 'https://portal.example', 'https://*.game.example' for whatever one
   * name stands for the star (where all such names are yours), or 'capacitor://localhost' of a packaged app; '*' for the pages of all.
   */
  readonly allowedOrigins?: readonly string[] | undefined
  /** Lets '*' be in `allowedOrigins` where NODE_ENV is 'production'. Default false. */
  readonly dangerouslyAllowAnyOrigin?: boolean | undefined
  /** Refuses clients without an Origin, which are no browsers. Default false. */
  readonly requireOrigin?: boolean | undefined
  /** Shows cookies to `authenticate`. Browsers send them along from any page that may connect. Default false. */
  readonly allowCookies?: boolean | undefined
  /** Those of DEFAULT_LIMITS that are to be others: what one stranger can cost everyone else. */
  readonly limits?: Partial<Limits> | undefined
  /**
   * Whether a value of the state that does not fit its field throws. Otherwise a number is clamped, and anything else
   * stays as it was. Default: true, unless NODE_ENV is 'production'.
   */
  readonly strict?: boolean | undefined
  /** Default: to the console. */
  readonly log?: Log | undefined
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

/** Of a room: no hello holds more. */
const NAME_LENGTH = 128
/** URLs of pages, or of sockets. */
const WEB_URL = /^(http|ws)s?:\/\//
/** A URL's path, which ends where a query or a fragment begins. */
const PATH = /^\/[^?#]*$/

function isLike(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value)
}

function checkRooms(rooms: AttachOptions['rooms'], game: Game): void {
  const names = Object.keys(rooms ?? {})
  if (names.length === 0) throw new RangeError('rooms must name at least one room')
  for (const name of names) {
    if (name.length > NAME_LENGTH)
      throw new RangeError(`rooms must have names of at most ${NAME_LENGTH} characters, got one of ${name.length}`)
    checkRoom(name, rooms[name] as RoomClass, game)
  }
}

function checkRoom(name: string, room: RoomClass, game: Game): void {
  // By what it has, not by whose it is: the class may be of another copy of this package.
  if (typeof room !== 'function' || typeof room.prototype?.onTick !== 'function') {
    const came = typeof room === 'function' ? 'a function' : String(room)
    throw new TypeError(`rooms.${name} must be what defineRoom returns, or a class that extends Room, got ${came}`)
  }
  checkHooks(`rooms.${name}`, room.prototype)
  if ('definedFor' in room && room.definedFor !== game) {
    throw new TypeError(`rooms.${name} must be served with the game that it was defined for, got another`)
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
  checkNumber(name, value)
  if (!(value >= least && value <= most)) throw new RangeError(`${name} must be ${least} to ${most}, got ${value}`)
}
