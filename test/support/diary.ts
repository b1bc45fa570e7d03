// The demo's rules and page on a server of this process, in a room that writes down who comes and goes, and counts aloud.

import { join } from 'node:path'
import sirv from 'sirv'
import { sparks } from '../../demo/game.ts'
import { Arena } from '../../demo/server/arena.ts'
import type { Limits } from '../../server/base/limits.ts'
import type { Server } from '../../server/edge/edge.ts'
import { serve } from '../../server/edge/serve.ts'
import { ROOT } from './shell.ts'

/** How often the room says a number, in ticks. */
const EACH = 12

export interface Diary {
  readonly url: string
  readonly port: number
  /** Such as `7 joined`, `7 dropped`, `7 resumed`, `7 reset`, `7 dropped`, `7 left`; the number is the player's. */
  readonly visits: readonly string[]
  /** What a player said, in order. */
  saidBy(player: number): readonly number[]
  /** The newest tick. */
  readonly tick: number
  /** How many are in the room, or have a seat held. */
  readonly players: number
  close(): Promise<void>
}

/** Starts it, without bots: ships come and go with their players alone. */
export async function keepDiary(limits: Partial<Limits> = {}): Promise<Diary> {
  const visits: string[] = []
  const said = new Map<number, number[]>()
  let room: Arena | undefined
  const files = sirv(join(ROOT, 'dist/demo/page'))
  const server: Server = await serve({
    port: 0,
    game: sparks,
    rooms: { sparks: watched(visits, said, (arena) => (room = arena)) },
    limits: { slowHookMs: 10_000, blockMs: 10_000, ...limits },
    signals: false,
    page: (request, response) => files(request, response, () => void response.writeHead(404).end()),
  })
  return {
    url: `http://127.0.0.1:${server.port}/`,
    port: server.port,
    visits,
    saidBy: (player) => said.get(player) ?? [],
    get tick() {
      return room?.tick ?? 0
    },
    get players() {
      return room?.sessions.size ?? 0
    },
    close: () => server.close(),
  }
}

function watched(visits: string[], said: Map<number, number[]>, onCreate: (arena: Arena) => void): typeof Arena {
  type Player = Parameters<Arena['onJoin']>[0]
  return class extends Arena {
    static override fleet = 0
    #number = 0

    override onCreate(): void {
      super.onCreate()
      onCreate(this)
      this.on('talk', ({ id }, { message }) => {
        const all = said.get(id) ?? []
        said.set(id, all)
        all.push(Number(message))
      })
    }

    override onTick(dt: number): void {
      super.onTick(dt)
      if (this.tick % EACH > 0) return
      const message = String(++this.#number)
      this.broadcast('talk', { id: 0, message, type: 'text', from: { id: 0, name: 'the room' } })
    }

    override onJoin(session: Player, join: { name: string }): void {
      super.onJoin(session, join)
      visits.push(`${session.id} joined`)
    }

    override onDrop(session: Player): void {
      super.onDrop(session)
      visits.push(`${session.id} dropped`)
    }

    override onResume(session: Player, how: 'resumed' | 'reset'): void {
      super.onResume(session, how)
      visits.push(`${session.id} ${how}`)
    }

    override onLeave(session: Player): void {
      super.onLeave(session)
      visits.push(`${session.id} left`)
    }
  }
}
