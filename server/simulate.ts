// The whole server without a network, for a game's own tests: time and chance are the test's, and its sockets are what a
// simulated line brings.

import type { Game } from '../protocol/game.ts'
import { HEARTBEAT_MS } from '../protocol/limits.ts'
import type { Connection } from './base/connection.ts'
import { limitsFrom } from './base/limits.ts'
import { ReplayPool } from './base/replay.ts'
import type { Shared } from './base/shared.ts'
import { type ServerStats, zeroStats } from './base/stats.ts'
import type { Log, Socket, World } from './base/world.ts'
import { Host } from './host.ts'
import { type AttachOptions, checkOptions } from './options.ts'
import type { RoomInfo } from './rooms.ts'

export type SimulateOptions<G extends Game> = Pick<AttachOptions<G>, 'game' | 'rooms' | 'limits' | 'strict'> &
  Pick<World, 'now' | 'after'> & {
    /** From 0 up to 1. Tokens are drawn from it, so never let such a server meet a network. */
    readonly random: () => number
    /** Told of a room that failed: a test that does not listen would not hear of it. */
    readonly log: Log
  }

export interface SimulatedServer {
  /** Counters, live. */
  readonly stats: ServerStats
  /** Those that run now. */
  rooms(): readonly RoomInfo[]
  /** Takes in the server's end of a socket. Each is from an address of its own. */
  readonly accept: (socket: Socket, link?: Pinged) => Pick<Connection, 'closed'> & { receive(bytes: Uint8Array): void }
}

/** What brings a socket, and a ping to its other end. */
interface Pinged {
  ping(answered: () => void): void
}

/** Throws RangeError or TypeError for an option that does not fit. */
export function simulate<G extends Game>(options: SimulateOptions<G>): SimulatedServer {
  checkOptions(options)
  const { game, rooms, now, after, random, strict = true, log } = options
  // What is left out would be found missing only when a room has failed, and hide why.
  for (const [name, value] of Object.entries({ now, after, random, log })) {
    if (typeof value !== 'function') throw new TypeError(`${name} must be a function, got ${String(value)}`)
  }
  const limits = limitsFrom(options.limits)
  const randomBytes = (count: number) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256))
  const world: World = { now, after, cpuMs: now, randomBytes, digest: (text) => text }
  const stats = zeroStats()
  const shared: Shared = { world, limits, stats, log, replay: new ReplayPool(limits.replayBytes) }
  const host = new Host({ game, rooms: rooms as AttachOptions['rooms'], strict }, shared)
  const accept = (socket: Socket, link?: Pinged) => {
    const connection = host.accept(socket, `simulated ${stats.accepted}`)
    if (link) pingWhenQuiet(link, connection, world)
    return connection
  }
  return { stats, rooms: () => host.rooms, accept }
}

/** A client that is still being let in says nothing; its browser lives, and says so when it is asked. */
function pingWhenQuiet(link: Pinged, connection: Connection, world: World): void {
  world.after(HEARTBEAT_MS / 2, () => {
    if (connection.isDead) return
    if (world.now() - connection.heardAt > HEARTBEAT_MS) link.ping(() => connection.receiveSignal())
    pingWhenQuiet(link, connection, world)
  })
}
