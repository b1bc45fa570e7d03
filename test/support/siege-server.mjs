// The demo's server as `npm start` runs it, nothing configured, in a process of its own; it also writes down how late
// each tick of its arena is, and tells whoever asks. Started by siege.ts.

import { sparks } from '../../dist/demo/game.js'
import { Arena } from '../../dist/demo/server/arena.js'
import { defineRoom, serve } from '../../dist/server/index.js'

const BUILT_INS = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Uint8Array.prototype]
const shape = () => BUILT_INS.map((builtIn) => Reflect.ownKeys(builtIn).map(String).join()).join(';')
const shapeBefore = shape()

let late = []
/** The next tick waits for a collection, which says nothing about who attacks. */
let isWeighed = false
/** When each WebSocket was accepted. */
let accepts = []
const logged = []
const uncaught = []
process.on('uncaughtException', (error) => uncaught.push(String(error)))
process.on('unhandledRejection', (error) => uncaught.push(String(error)))

class Measured extends Arena {
  #last = 0

  onTick(dt) {
    const now = performance.now()
    if (this.#last > 0 && !isWeighed) late.push(Math.max(0, now - this.#last - dt * 1000))
    this.#last = now
    isWeighed = false
    super.onTick(dt)
  }
}

/** Where nothing happens: for those who only sit there. */
const Lobby = defineRoom(sparks, () => ({}), { tickRate: 0 })

const log = (message, error) => logged.push(`${message} ${error?.stack ?? ''}`)
const server = await serve({ port: 0, game: sparks, rooms: { sparks: Measured, lobby: Lobby }, signals: false, log })

const { stats } = server
let accepted = 0
Object.defineProperty(stats, 'accepted', {
  enumerable: true,
  get: () => accepted,
  set(count) {
    accepted = count
    accepts.push(performance.now())
  },
})

/** Bytes that are really held: the heap after a collection, and the memory outside of it. */
function weigh() {
  globalThis.gc()
  isWeighed = true
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

process.on('message', ({ id, blockMs = 0, isWeighing = false }) => {
  const end = performance.now() + blockMs
  while (performance.now() < end);
  const held = isWeighing ? weigh() : 0
  const rss = process.memoryUsage.rss()
  const isIntact = shape() === shapeBefore
  process.send({ id, stats, rooms: server.rooms().length, late, accepts, held, rss, logged, uncaught, isIntact })
  late = []
  accepts = []
})
process.on('disconnect', () => process.exit(0))
process.send({ port: server.port })
