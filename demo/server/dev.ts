// The game's server for `npm run dev`, on Vite's own port. Vite loads this file anew after each change.

import type { Server as HttpServer } from 'node:http'
import { attach, type Server } from 'tickwire/server'
import { sparks } from '../game.ts'
import { Arena } from './arena.ts'

export function start(http: HttpServer): Server {
  return attach(http, { game: sparks, rooms: { sparks: Arena } })
}
