// A whole Colyseus server with its own SDK as client, at its best: fields quantised by hand to the fewest bytes, each
// patch right after its tick, and in a world with views a StateView for each client.

import {
  joinColyseus,
  loadRoom,
  loadSchema,
  MATCHMAKING,
  type RoomClient,
  type ServerRoom,
  startColyseus,
  type Values,
} from '../peers/colyseus.ts'
import { Motion, SIZE } from '../scenes.ts'
import { Grid, Sight } from './sight.ts'
import { listenTo, urlOf } from './sockets.ts'
import {
  type Address,
  type Cells,
  cellsOf,
  focusOf,
  perRoom,
  play,
  type Seat,
  type Stage,
  type StageScene,
  type System,
  type Tally,
} from './system.ts'

/** Seconds for which a seat is held. */
const HELD_S = 20
/** Its encoder starts with 8 KiB, and complains when that does not do. */
const ROOMY = 256 * 1024
const FIELDS = ['x', 'y', 'heading', 'hp', 'flags'] as const

export const colyseus: System = { serve, enter, listen }

async function serve(stage: Stage): Promise<number> {
  return startColyseus(await fieldRoom(stage))
}

async function fieldRoom(stage: Stage): Promise<typeof ServerRoom> {
  const Room = await loadRoom()
  const { scene } = stage
  const { makeState, Input, StateView } = await fieldSchema(scene)
  const nextRoom = perRoom(stage)
  return class extends Room {
    override maxClients = scene.seats ?? Number.POSITIVE_INFINITY
    override patchRate = null
    override autoDispose = false
    readonly #field = makeState()
    readonly #grid = scene.view === undefined ? null : new Grid(SIZE)
    override state = this.#field.state
    // A room that takes inputs gives each socket bytes of its own, so that none waits with bytes that are written again.
    readonly inputs = this.defineInput(Input)
    readonly #sights = new Map<RoomClient, Sight>()
    #joined = 0

    onCreate() {
      const { state, ships } = this.#field
      this.onMessage('a', () => {})
      play(nextRoom(), (tick, motion) => {
        state.tick = tick
        const cells = cellsOf(motion)
        for (let index = 0; index < ships.length; index++) assign(ships[index]!, cells[index]!)
        if (this.#grid) this.#look(this.#grid, cells)
        this.broadcastPatch()
      })
    }

    onJoin(client: RoomClient) {
      if (scene.view === undefined) return
      client.view = new StateView()
      this.#sights.set(client, new Sight(this.#field.ships.length, focusOf(scene, this.#joined++), scene.view))
    }

    onDrop(client: RoomClient) {
      this.allowReconnection(client, HELD_S).catch(() => {})
    }

    onLeave(client: RoomClient) {
      this.#sights.delete(client)
    }

    #look(grid: Grid, cells: readonly Cells[]): void {
      const { ships } = this.#field
      grid.fill(cells)
      for (const [{ view }, sight] of this.#sights) {
        sight.look(
          grid,
          (index) => view.add(ships[index]!),
          (index) => view.remove(ships[index]!),
        )
      }
    }
  }
}

async function fieldSchema(scene: StageScene) {
  const { schema, t, StateView, Encoder } = await loadSchema()
  Encoder.BUFFER_SIZE = ROOMY
  const fields = { x: t.uint16(), y: t.uint16(), heading: t.uint8(), hp: t.uint8(), flags: t.uint8() }
  const Ship = schema(fields, 'Ship')
  const many = t.map(Ship)
  const State = schema({ tick: t.uint32(), ships: scene.view === undefined ? many : many.view() }, 'State')
  const Input = schema({ turn: t.uint8() }, 'Input')
  function makeState() {
    const state = new State()
    const ships = cellsOf(new Motion(scene)).map((cells, index) => {
      const ship = new Ship()
      assign(ship, cells)
      ;(state.ships as Map<string, Values>).set(String(index), ship)
      return ship
    })
    return { state, ships }
  }
  return { makeState, Input, StateView }
}

function assign(ship: Values, [x, y, heading, hp, flags]: Cells): void {
  ship.x = x
  ship.y = y
  ship.heading = heading
  ship.hp = hp
  ship.flags = flags
}

async function enter(address: Address): Promise<Seat> {
  const room = await joinColyseus(urlOf('ws', address))
  const tally = { states: 0, bytes: 0 }
  let drops = 0
  room.onStateChange(() => tally.states++)
  room.onDrop(() => drops++)
  room.onLeave(() => drops++)
  const { events } = room.connection
  const { onmessage } = events
  events.onmessage = (event) => {
    tally.bytes += event.data.byteLength
    onmessage(event)
  }
  return {
    newest: () => room.state.tick ?? 0,
    ships: () => {
      const cells = (ship: Values) => FIELDS.map((field) => ship[field]) as unknown as Cells
      return new Map(Array.from(room.state.ships, ([place, ship]) => [Number(place), cells(ship)]))
    },
    tally,
    drops: () => drops,
  }
}

const JOIN_ROOM = 10
/** A message of the kind 'a' without anything in it. */
const ANSWER = Uint8Array.of(13, 0xa1, 0x61)
const STATE_PATCH = 15

async function listen(address: Address, tally: Tally): Promise<void> {
  const asked = await fetch(urlOf('http', address, MATCHMAKING), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  const seat = (await asked.json()) as { processId: string; roomId: string; sessionId: string }
  const url = urlOf('ws', address, `/${seat.processId}/${seat.roomId}?sessionId=${seat.sessionId}`)
  await listenTo(url, tally, (bytes) => {
    const what = bytes[0]! & 31
    if (what === JOIN_ROOM) return { isState: false, answer: Uint8Array.of(JOIN_ROOM) }
    return what === STATE_PATCH ? { isState: true, answer: ANSWER } : { isState: false }
  })
}
