// Tickwire as a game would use it, with the limits of an address wide enough for a crowd of one machine.

import { readFrame } from '../../protocol/ext.ts'
import { encodeAck, FrameWriter, readStateHeader } from '../../protocol/frames.ts'
import { encodeClientMessage } from '../../protocol/messages.ts'
import { slotOf } from '../../protocol/snapshot.ts'
import { join } from '../../sdk/index.ts'
import { defineRoom, serve as serveGame } from '../../server/index.ts'
import { CROWD } from '../crowd.ts'
import { WebSocket } from '../peers/ws.ts'
import { game, HZ, Motion, type Ship } from '../scenes.ts'
import { listenTo, urlOf } from './sockets.ts'
import { type Address, type Cells, focusOf, perRoom, type Seat, type Stage, type System, type Tally } from './system.ts'

/** Behind the room's own row and the players; its first column is the owner. */
const SHIP_KIND = 2

export const tickwire: System = { serve, enter, listen }

async function serve(stage: Stage): Promise<number> {
  const { scene } = stage
  const { view, seats = 1000 } = scene
  const nextRoom = perRoom(stage)
  const near = view ? ({ x: 'x', y: 'y', width: view, height: view } as const) : undefined
  const field = defineRoom(
    game,
    (room) => {
      const { onTick } = nextRoom()
      const motion = new Motion(scene)
      const ships = motion.ships.map(({ x, y, heading, hp }) => room.state.ship.add({ x, y, heading, hp }))
      let joined = 0
      return {
        onJoin(session) {
          session.focus = ships[focusOf(scene, joined++)] ?? null
        },
        onTick() {
          onTick()
          motion.step()
          for (let index = 0; index < ships.length; index++) copy(motion.ships[index]!, ships[index]!)
        },
      }
    },
    { tickRate: HZ, sendRate: HZ, capacity: seats, ...(near ? { views: { ship: { near } } } : {}) },
  )
  const limits = { ...CROWD, framesPerSecond: 1_000 }
  const server = await serveGame({ port: 0, host: '0.0.0.0', game, rooms: { field }, signals: false, limits })
  return server.port
}

function copy(from: Ship, to: Ship): void {
  to.x = from.x
  to.y = from.y
  to.heading = from.heading
  to.hp = from.hp
  to.flags = from.flags
}

async function enter(address: Address): Promise<Seat> {
  const room = await join(urlOf('ws', address, '/ws'), game, {
    room: 'field',
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  })
  let drops = 0
  room.onState(({ name }) => {
    if (name === 'reconnecting' || name === 'closed') drops++
  })
  const { ring } = room.inside.session
  return {
    newest: () => ring.newest.tick,
    ships: () => {
      const { ids, ints, count } = ring.newest.tables[SHIP_KIND]!
      const cells = (row: number) => ints.slice(1).map((column) => column[row]!) as unknown as Cells
      // Places are counted from 1.
      return new Map(Array.from({ length: count }, (_, row) => [slotOf(ids[row]!) - 1, cells(row)]))
    },
    tally: {
      get states() {
        return room.stats.framesIn
      },
      get bytes() {
        return room.stats.bytesIn
      },
    },
    drops: () => drops,
  }
}

async function listen(address: Address, tally: Tally): Promise<void> {
  const writer = new FrameWriter()
  const answerTo = (bytes: Buffer) => {
    const frame = readFrame(bytes)
    if (frame === null) return { isState: false }
    const { tick } = readStateHeader(frame.body)
    return { isState: true, answer: encodeAck(writer, { ackTick: tick, received: 0 }) }
  }
  const socket = await listenTo(urlOf('ws', address, '/ws'), tally, answerTo, ['tickwire.1'])
  const hello = { type: 'hello', hash: game.hash, room: 'field', id: '', join: [], options: null, resume: undefined }
  socket.send(encodeClientMessage(hello as Parameters<typeof encodeClientMessage>[0]))
}
