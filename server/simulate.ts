// The whole server without a network, for a game's own tests: time and chance are the test's, and its sockets are what a
// simulated line brings.

import type { Game } from '../protocol/game.ts'
import type { Connection, Shared } from './connection.ts'
import { Host, type RoomInfo } from './host.ts'
import { type AttachOptions, checkOptions, limitsFrom } from './options.ts'
import { ReplayPool } from './replay.ts'
import { type ServerStats, zeroStats } from './stats.ts'
import type { Log, Socket, World } from './world.ts'

export type SimulateOptions<G extends Game> = Pick<AttachOptions<G>, 'game' | 'rooms' | 'limits' | 'strict'> &
  Pick<World, 'now' | 'after'> & {
    /** From 0 up to 1. Tokens are drawn from it, so never let such a server meet a network. */
    readonly random: () => number
    /** Told of a room that failed: a test that does not listen would not hear of it. */
    readonly log: Log
  }

export interface SimulatedServer {
  readonly stats: ServerStats
  rooms(): readonly RoomInfo[]
  /** Takes in the server's end of a socket. Each is from an address of its own. */
  readonly accept: (socket: Socket) => Pick<Connection, 'closed'> & { receive(bytes: Uint8Array): void }
}

/** Throws RangeError or TypeError for an option that does not fit. */
export function simulate<G extends Game>(options: SimulateOptions<G>): SimulatedServer {
  checkOptions(options)
  const { game, rooms, now, after, random, strict = true, log } = options
  const limits = limitsFrom(options.limits)
  const randomBytes = (count: number) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256))
  const world: World = { now, after, randomBytes, digest: (text) => text }
  const stats = zeroStats()
  const shared: Shared = { world, limits, stats, log, replay: new ReplayPool(limits.replayBytes) }
  const host = new Host({ game, rooms: rooms as AttachOptions['rooms'], strict }, shared)
  return { stats, rooms: () => host.rooms, accept: (socket) => host.accept(socket, `simulated ${stats.accepted}`) }
}
