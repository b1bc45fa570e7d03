// The demo's server as `npm start` runs it, nothing configured, in a process of its own; it also writes down how late
// each tick of its arena is, and tells whoever asks. Started by siege.ts.

import { sparks } from '../../dist/demo/game.js'
import { Arena } from '../../dist/demo/server/arena.js'
import { serve } from '../../dist/server/index.js'

const BUILT_INS = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Uint8Array.prototype]
const shape = () => BUILT_INS.map((builtIn) => Reflect.ownKeys(builtIn).map(String).join()).join(';')
const shapeBefore = shape()

let late = []
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

const log = (message, error) => logged.push(`${message} ${error?.stack ?? ''}`)
const server = await serve({ port: 0, game: sparks, rooms: { sparks: Measured }, signals: false, log })

process.on('message', ({ id }) => {
  const { rss, heapUsed } = process.memoryUsage()
  const isIntact = shape() === shapeBefore
  process.send({
    id,
    stats: server.stats,
    rooms: server.rooms().length,
    late,
    rss,
    heapUsed,
    logged,
    uncaught,
    isIntact,
  })
  late = []
})
process.on('disconnect', () => process.exit(0))
process.send({ port: server.port })
