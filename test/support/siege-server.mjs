// The demo's server as `npm start` runs it, nothing configured, in a process of its own; it also writes down how late
// each tick of its arena is, and tells whoever asks. Started by siege.ts.

import { sparks } from '../../dist/demo/game.js'
import { Arena } from '../../dist/demo/server/arena.js'
import { defineRoom, serve } from '../../dist/server/index.js'

const BUILT_INS = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Uint8Array.prototype]
const shape = () => BUILT_INS.map((builtIn) => Reflect.ownKeys(builtIn).map(String).join()).join(';')
const shapeBefore = shape()

let late = []
let mostRss = 0
setInterval(() => {
  mostRss = Math.max(mostRss, process.memoryUsage.rss())
}, 50)
const logged = []
const uncaught = []
process.on('uncaughtException', (error) => uncaught.push(String(error)))
process.on('unhandledRejection', (error) => uncaught.push(String(error)))

class Measured extends Arena {
  #last = 0

  onTick(dt) {
    const now = performance.now()
    if (this.#last > 0) late.push(Math.max(0, now - this.#last - dt * 1000))
    this.#last = now
    super.onTick(dt)
  }
}

/** Where nothing happens: for those who only sit there. */
const Lobby = defineRoom(sparks, () => ({}), { tickRate: 0 })

const log = (message, error) => logged.push(`${message} ${error?.stack ?? ''}`)
const server = await serve({ port: 0, game: sparks, rooms: { sparks: Measured, lobby: Lobby }, signals: false, log })

process.on('message', ({ id }) => {
  const { rss, heapUsed } = process.memoryUsage()
  const isIntact = shape() === shapeBefore
  process.send({
    id,
    stats: server.stats,
    rooms: server.rooms().length,
    late,
    rss,
    mostRss: Math.max(mostRss, rss),
    heapUsed,
    logged,
    uncaught,
    isIntact,
  })
  late = []
  mostRss = 0
})
process.on('disconnect', () => process.exit(0))
process.send({ port: server.port })
