// Every limit of the server with its unit and its reason, and the check of those that the caller brings.

import { SILENCE_MS, TO_SERVER } from '../../protocol/limits.ts'
import { TIMER_MS } from './world.ts'

/** On without configuration, and meant to stay on: each bounds what one stranger can cost everyone else. */
export const DEFAULT_LIMITS = {
  /** Sockets in the process. `npm run hostile` says what an idle one costs; 10,000 are held by one core. */
  sockets: 10_000,
  /**
   * Sockets of one address (IPv6: of one /64). A school or an office behind one address fits. Where it is more, so are
   * `greetingsPerAddress` (up to three quarters of `greetings`), `dialsPerSecond`, `dialBurst` and
   * `desertedRoomsPerAddress`, unless they are given.
   */
  socketsPerAddress: 64,
  /** Sockets that have not said hello yet, in the process and of one address. */
  greetings: 256,
  greetingsPerAddress: 32,
  /**
   * New sockets a second of one address, and how many may come at once: all that it may have, and once again. A server
   * that stood still finds that spent by dials that were given up meanwhile: then all must be in by the rate, in half of
   * the time for which a seat is held.
   */
  dialsPerSecond: 4,
  dialBurst: 128,
  /** Milliseconds until a socket must have said hello. */
  helloMs: 5_000,
  /**
   * Hellos a minute of one address that are not to the letter. Whom the game refuses does not count, nor does who
   * mistyped a room's id, or claims a seat with a secret of before: one address may be a whole school's.
   */
  badHellosPerMinute: 5,
  /**
   * Milliseconds for which such an address may say no new hello. Whoever holds a seat's token still comes back to it.
   */
  badHelloMs: 60_000,
  /**
   * TCP connections that are no WebSockets (yet), in the process and of one address. A page opens six, and a hundred
   * may load it at once; behind proxies that are believed, only all together count. `serve` only.
   */
  plainSockets: 4_096,
  plainSocketsPerAddress: 640,
  /**
   * Plain HTTP requests and new TCP connections a second of one address, and how many may come at once: a hundred players
   * behind one address who load a page of sixty files. What is beyond is refused; who floods besides, several requests of
   * one connection at a time, loses all plain connections, and gets no new one until as many could come at once again.
   * Not behind proxies that are believed; `serve` only.
   */
  plainRequestsPerSecond: 200,
  plainRequestBurst: 8_000,
  /**
   * Milliseconds that a plain HTTP request may take to arrive, its head included, and that its answer may take when the
   * server closes: `serve` only. And that an upgrade at another path may wait for somebody to take it.
   */
  requestMs: 5_000,
  /**
   * An answer that nobody reads is cut off after one to two times as many milliseconds. A kernel tells of a slow reader by
   * hundreds of kilobytes at a time, which may take it half a minute. `serve` only.
   */
  unreadMs: 60_000,
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
  /**
   * Rooms made by one address in which nobody has a connection: of more, the one that was left longest ago ends. Those
   * in which somebody has one do not count: with its sockets they are bounded, too. No fewer than `socketsPerAddress`, or
   * a cut that empties the rooms of a whole school costs some of them.
   */
  desertedRoomsPerAddress: 64,
  /** Milliseconds that a room without any session lives on. */
  emptyRoomMs: 10_000,
  /**
   * Milliseconds that `onCreate` and `onDispose` may take when they return a promise; that a client waits, from its
   * hello, for everything that lets it in; and that the last hooks of a stopping server may take in all. `onDispose`
   * waits half as long for other hooks, listeners and timers. A page gives up joining after ten seconds: with less
   * here, it is told why.
   */
  hookMs: 8_000,
  /** Milliseconds that the game's code may hold up the process in one call, above which it is named in the log. */
  slowHookMs: 250,
  /**
   * Milliseconds above which the room is closed when the call returns, because nobody else was served meanwhile. Where
   * the process itself worked for less, as when its machine stood still, that is only logged.
   */
  blockMs: 1_000,
  /**
   * Milliseconds that a stopping server takes to answer requests, and waits for reliable messages to be acknowledged.
   */
  flushMs: 2_000,
}

export type Limits = { readonly [Name in keyof typeof DEFAULT_LIMITS]: number }

/** Bounds of what Node, ws or the protocol itself keep to. All other limits are the core's own, and may be Infinity. */
const MOST: Partial<Limits> = {
  closeMs: TIMER_MS,
  requestMs: TIMER_MS,
  unreadMs: TIMER_MS,
  headBytes: Number.MAX_SAFE_INTEGER,
  frameBytes: TO_SERVER.bytes,
}
/** Of all greetings, one address with many sockets is given no more than this share: it must not keep out everyone else. */
const MOST_GREETINGS = 0.75
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
  return { ...DEFAULT_LIMITS, ...following(given), ...Object.fromEntries(limits) }
}

/** Who may have more sockets must be let in with all of them: what an address has besides grows with them. */
function following({ socketsPerAddress: sockets = 0, greetings = DEFAULT_LIMITS.greetings }: Partial<Limits>) {
  const { greetingsPerAddress, dialsPerSecond, dialBurst, desertedRoomsPerAddress } = DEFAULT_LIMITS
  return {
    greetingsPerAddress: Math.max(greetingsPerAddress, Math.min(sockets / 2, greetings * MOST_GREETINGS)),
    dialsPerSecond: Math.max(dialsPerSecond, sockets / 16),
    dialBurst: Math.max(dialBurst, sockets * 2),
    desertedRoomsPerAddress: Math.max(desertedRoomsPerAddress, sockets),
  }
}
