// The clients of a load run, in a process of their own: they read every state and answer with a few bytes, and decode
// nothing, but for two of Tickwire's that are whole clients and must see what the server has.

import { WebSocket } from 'ws'
import { encodeAck, FrameWriter, readFrame, readStateHeader } from '../protocol/frames.ts'
import { encodeClientMessage } from '../protocol/messages.ts'
import { join } from '../sdk/index.ts'
import { LOAD_SCENES, type LoadRun, type LoadScene } from './load-scenes.ts'
import { game } from './scenes.ts'

/** How many of Tickwire's clients are whole ones. */
const WHOLE = 2

const { run, port } = JSON.parse(process.argv[2] ?? '') as { run: LoadRun; port: number }
const scene = LOAD_SCENES[run.scene] as LoadScene
const writer = new FrameWriter()
let states = 0

function opened(socket: WebSocket): Promise<void> {
  socket.binaryType = 'arraybuffer'
  return new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
}

async function bareClient(): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false })
  const answer = new Uint8Array(8)
  socket.on('message', () => {
    states++
    socket.send(answer)
  })
  await opened(socket)
}

async function tickwireClient(): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, 'tickwire.1', { perMessageDeflate: false })
  socket.on('message', (bytes: ArrayBuffer) => {
    const frame = readFrame(new Uint8Array(bytes))
    if (frame === null) return
    states++
    socket.send(encodeAck(writer, { ackTick: readStateHeader(frame.body).tick, received: 0 }))
  })
  await opened(socket)
  const hello = { type: 'hello', hash: game.hash, room: 'load', id: '', join: [], options: null, resume: undefined }
  socket.send(encodeClientMessage(hello as Parameters<typeof encodeClientMessage>[0]))
}

async function wholeClient(): Promise<() => boolean> {
  const room = await join(`ws://127.0.0.1:${port}/ws`, game, {
    room: 'load',
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  })
  const expected = scene.view === undefined ? scene.entities : 1
  return () => {
    const { ship } = room.view()
    const isRight = ship.every(({ x, y, hp }) => x >= 0 && x <= 4096 && y >= 0 && y <= 4096 && hp > 0)
    return isRight && ship.length >= expected && room.state.name === 'open'
  }
}

const isTickwire = run.system === 'tickwire'
const checks = isTickwire ? await Promise.all(Array.from({ length: WHOLE }, wholeClient)) : []
for (let index = checks.length; index < scene.clients; index++) await (isTickwire ? tickwireClient() : bareClient())
process.on('disconnect', () => process.exit())
process.on('message', () => {
  process.send?.({ states, isRight: checks.every((check) => check()) })
})
process.send?.('ready')
