// A whole Colyseus server with its own SDK as client, at its best: fields quantised by hand to the fewest bytes, each
// patch right after its tick, and in a world with views a StateView for each client.

import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Motion } from '../scenes.ts'
import { listenTo, urlOf } from './sockets.ts'
import {
  type Address,
  type Cells,
  cellsOf,
  focusOf,
  play,
  type Seat,
  type Stage,
  type StageScene,
  type System,
  type Tally,
} from './system.ts'

type Values = Record<string, unknown>

/** What is used of @colyseus/schema, which is installed for the benchmarks alone; so are the two below. */
interface SchemaModule {
  readonly schema: (fields: object, name: string) => new () => Values
  readonly t: Record<'uint8' | 'uint16' | 'uint32', () => object> & { map(of: object): { view(): object } }
  readonly StateView: new () => { add(value: object): void; remove(value: object): void }
  readonly Encoder: { BUFFER_SIZE: number }
}

interface RoomClient {
  view: InstanceType<SchemaModule['StateView']>
}

declare class ServerRoom {
  patchRate: number | null
  autoDispose: boolean
  state: Values
  readonly clients: readonly RoomClient[]
  onMessage(type: string, listener: () => void): void
  defineInput(type: new () => object): unknown
  allowReconnection(client: RoomClient, seconds: number): Promise<unknown>
  broadcastPatch(): boolean
}

interface CoreModule {
  readonly Room: typeof ServerRoom
  readonly Server: new (
    options: object,
  ) => {
    define(name: string, room: typeof ServerRoom): void
    listen(port: number, host: string): Promise<unknown>
  }
  readonly matchMaker: { createRoom(name: string, options: object): Promise<unknown> }
}

interface TransportModule {
  readonly WebSocketTransport: new (options: object) => { readonly server: HttpServer }
}

interface ClientRoom {
  readonly state: { readonly tick: number; readonly ships: ReadonlyMap<string, Values> }
  readonly connection: { readonly events: { onmessage: (event: { data: ArrayBuffer }) => void } }
  onStateChange(listener: () => void): void
  onDrop(listener: () => void): void
  onLeave(listener: () => void): void
}

interface SdkModule {
  readonly Client: new (url: string) => { joinOrCreate(room: string): Promise<ClientRoom> }
}

// Not literals: the packages are not there when this is compiled.
const load = async <T>(specifier: string): Promise<T> => (await import(specifier)) as T
const loadSchema = () => load<SchemaModule>('@colyseus/schema')

/** Seconds for which a seat is held. */
const HELD_S = 20
/** Its encoder starts with 8 KiB, and complains when that does not do. */
const ROOMY = 256 * 1024
const FIELDS = ['x', 'y', 'heading', 'hp', 'flags'] as const

export const colyseus: System = { serve, enter, listen }

async function serve(stage: Stage): Promise<number> {
  const { Server, matchMaker } = await load<CoreModule>('@colyseus/core')
  const { WebSocketTransport } = await load<TransportModule>('@colyseus/ws-transport')
  const transport = new WebSocketTransport({ maxPayload: 16_384 })
  const server = new Server({ greet: false, gracefullyShutdown: false, transport })
  server.define('field', await fieldRoom(stage))
  await server.listen(0, '0.0.0.0')
  await matchMaker.createRoom('field', {})
  return (transport.server.address() as AddressInfo).port
}

async function fieldRoom(stage: Stage): Promise<typeof ServerRoom> {
  const { Room } = await load<CoreModule>('@colyseus/core')
  const { scene } = stage
  const { state, ships, Input, StateView } = await fieldState(scene)
  return class extends Room {
    override patchRate = null
    override autoDispose = false
    override state = state
    // A room that takes inputs gives each socket bytes of its own, so that none waits with bytes that are written again.
    readonly inputs = this.defineInput(Input)
    readonly #sights = new Map<RoomClient, Sight>()
    #joined = 0

    onCreate() {
      this.onMessage('a', () => {})
      play(stage, (tick, motion) => {
        state.tick = tick
        const cells = cellsOf(motion)
        for (let index = 0; index < ships.length; index++) assign(ships[index]!, cells[index]!)
        for (const sight of this.#sights.values()) sight.look(cells)
        this.broadcastPatch()
      })
    }

    onJoin(client: RoomClient) {
      if (scene.view === undefined) return
      client.view = new StateView()
      this.#sights.set(client, new Sight(client.view, ships, focusOf(scene, this.#joined++), scene.view / 2))
    }

    onDrop(client: RoomClient) {
      this.allowReconnection(client, HELD_S).catch(() => {})
    }

    onLeave(client: RoomClient) {
      this.#sights.delete(client)
    }
  }
}

async function fieldState(scene: StageScene) {
  const { schema, t, StateView, Encoder } = await loadSchema()
  Encoder.BUFFER_SIZE = ROOMY
  const fields = { x: t.uint16(), y: t.uint16(), heading: t.uint8(), hp: t.uint8(), flags: t.uint8() }
  const Ship = schema(fields, 'Ship')
  const many = t.map(Ship)
  const State = schema({ tick: t.uint32(), ships: scene.view === undefined ? many : many.view() }, 'State')
  const Input = schema({ turn: t.uint8() }, 'Input')
  const state = new State()
  const ships = cellsOf(new Motion(scene)).map((cells, index) => {
    const ship = new Ship()
    assign(ship, cells)
    ;(state.ships as Map<string, Values>).set(String(index), ship)
    return ship
  })
  return { state, ships, Input, StateView }
}

function assign(ship: Values, [x, y, heading, hp, flags]: Cells): void {
  ship.x = x
  ship.y = y
  ship.heading = heading
  ship.hp = hp
  ship.flags = flags
}

/** What one client sees: the ships in a square around its own. */
class Sight {
  readonly #view: RoomClient['view']
  readonly #ships: readonly Values[]
  readonly #focus: number
  readonly #reach: number
  readonly #seen: Uint8Array

  constructor(view: RoomClient['view'], ships: readonly Values[], focus: number, reach: number) {
    this.#view = view
    this.#ships = ships
    this.#focus = focus
    this.#reach = reach * 8
    this.#seen = new Uint8Array(ships.length)
  }

  look(cells: readonly Cells[]): void {
    const [x, y] = cells[this.#focus]!
    for (let index = 0; index < cells.length; index++) {
      const cell = cells[index]!
      const isNear = Math.abs(cell[0] - x) <= this.#reach && Math.abs(cell[1] - y) <= this.#reach ? 1 : 0
      if (isNear === this.#seen[index]) continue
      this.#seen[index] = isNear
      if (isNear) this.#view.add(this.#ships[index]!)
      else this.#view.remove(this.#ships[index]!)
    }
  }
}

async function enter(address: Address): Promise<Seat> {
  const { Client } = await load<SdkModule>('@colyseus/sdk')
  // It tells every attempt to come back.
  console.info = () => {}
  const room = await new Client(urlOf('ws', address)).joinOrCreate('field')
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
  const asked = await fetch(urlOf('http', address, '/matchmake/joinOrCreate/field'), {
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
