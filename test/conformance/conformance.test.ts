// Another implementation, in Python and written from docs/PROTOCOL.md alone: it agrees with the document's examples, and
// plays in a real room, where every state that it makes out is the one that the server captured.

import { join } from 'tickwire'
import {
  angle,
  bytes,
  choice,
  defineGame,
  defineRoom,
  f32,
  f64,
  fixed,
  flag,
  type Game,
  group,
  type InputOf,
  i8,
  i16,
  i32,
  json,
  list,
  optional,
  quat,
  ref,
  serve,
  text,
  u8,
  u16,
  u32,
} from 'tickwire/server'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Capture, type LiveRows } from '../../protocol/capture.ts'
import type { Snapshot } from '../../protocol/snapshot.ts'
import { run } from '../support/shell.ts'

// The system's own: another one in front of it on the path would not have the packages.
const PYTHON = '/usr/bin/python3'
const python = (script: string, ...args: string[]) => run(PYTHON, [`${import.meta.dirname}/${script}`, ...args])

const game = defineGame({
  room: { phase: choice('play', 'over'), seed: i32(), title: optional(text(40)), vault: text(40).hidden() },
  player: { name: text(16), score: i16(), purse: u32().owner() },
  entities: {
    ship: {
      x: fixed(-100, 100, 1 / 16),
      y: fixed(-100, 100, 1 / 16).interpolate(false),
      heading: angle(10),
      speed: f32(),
      turn: quat(),
      thrust: i8(),
      hull: u8(),
      ammo: u16().owner(),
      target: ref('drone'),
      shield: flag(),
      mode: choice('idle', 'burn'),
      born: u32().static(),
      mass: f64(),
      tag: bytes(8),
      trail: list(group({ x: i16(), far: f32(), seen: flag() }), 4),
      note: json(200),
      orders: text(40).owner(),
      cargo: text(40).hidden(),
    },
    drone: {
      x: fixed(0, 4096, 1 / 8),
      heading: angle(4),
      step: u16().interpolate(true),
      heat: fixed(0, 50, 0.5).tolerance(2),
    },
    spark: { x: fixed(0, 16, 1), hue: text(8).static() },
    beacon: {},
  },
  input: { mark: u16(), dx: i8(), aim: angle(8), reach: fixed(1, 9, 0.5), turn: quat(), fire: flag(), word: text(8) },
  join: { name: text(16), level: optional(u8()) },
  toServer: { unused: { n: u8() }, say: { text: text(40) } },
  toClient: { count: { n: u32() }, over: { tick: u32() } },
})

/** The same, as the Python side writes definitions. */
const definition = {
  room: {
    phase: ['choice', 'play', 'over'],
    seed: 'i32',
    title: ['optional', ['text', 40]],
    vault: only(['text', 40], 'hidden'),
  },
  player: { name: ['text', 16], score: 'i16', purse: only('u32', 'owner') },
  entities: {
    ship: {
      x: ['fixed', -100, 100, 0.0625],
      y: { type: ['fixed', -100, 100, 0.0625], drawn: 'step' },
      heading: ['angle', 10],
      speed: 'f32',
      turn: 'quat',
      thrust: 'i8',
      hull: 'u8',
      ammo: only('u16', 'owner'),
      target: ['ref', 'drone'],
      shield: 'flag',
      mode: ['choice', 'idle', 'burn'],
      born: { type: 'u32', static: true },
      mass: 'f64',
      tag: ['bytes', 8],
      trail: ['list', ['group', { x: 'i16', far: 'f32', seen: 'flag' }], 4],
      note: ['json', 200],
      orders: only(['text', 40], 'owner'),
      cargo: only(['text', 40], 'hidden'),
    },
    drone: {
      x: ['fixed', 0, 4096, 0.125],
      heading: ['angle', 4],
      step: { type: 'u16', drawn: 'smooth' },
      heat: { type: ['fixed', 0, 50, 0.5], tolerance: 2 },
    },
    spark: { x: ['fixed', 0, 16, 1], hue: { type: ['text', 8], static: true } },
    beacon: {},
  },
  input: {
    mark: 'u16',
    dx: 'i8',
    aim: ['angle', 8],
    reach: ['fixed', 1, 9, 0.5],
    turn: 'quat',
    fire: 'flag',
    word: ['text', 8],
  },
  join: { name: ['text', 16], level: ['optional', 'u8'] },
  toServer: { unused: { n: 'u8' }, say: { text: ['text', 40] } },
  toClient: { count: { n: 'u32' }, over: { tick: 'u32' } },
}

function only(type: unknown, eyes: string) {
  return { type, eyes }
}

// Cells of the inputs, sent in turn, and what the game is to see of them.
const IDENTITY = ((3 << 30) | (512 << 20) | (512 << 10) | 512) >>> 0
const TURNED = (512 << 20) | (512 << 10) | 512
const INPUTS = [
  { cells: [0, 0, 0, 0, IDENTITY, 0, ''], values: { dx: 0, aim: 0, reach: 1, fire: false, word: '' } },
  {
    cells: [1, -128, 192, 16, IDENTITY, 1, 'übung'],
    values: { dx: -128, aim: -Math.PI / 2, reach: 9, fire: true, word: 'übung' },
  },
  { cells: [2, 127, 64, 3, TURNED, 0, 'x'], values: { dx: 127, aim: Math.PI / 2, reach: 2.5, fire: false, word: 'x' } },
]
const HIDDEN_CANARY = 'canary of the hidden hold'
const OWNER_CANARY = 'canary of the other owner'
const LAST_TICK = 270

type Row = Readonly<Record<string, unknown>> & { readonly id: number }
type Rows = Readonly<Record<string, readonly Row[]>>

/** A line of client.py. */
interface Line {
  readonly frame?: string
  readonly player?: number
  readonly outcome?: string
  readonly tick?: number
  readonly isSteady?: boolean
  readonly rows?: Rows
  readonly exact?: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly closed?: number
  readonly heard?: readonly (readonly [kind: number, fields: readonly unknown[]])[]
  readonly said?: number
}

/** What the server captured at a tick. */
interface Captured {
  readonly rows: Rows
  /** The live numbers of the ships, by id. */
  readonly ships: Readonly<Record<number, Readonly<Record<string, unknown>>>>
}

const captured = new Map<number, Captured>()
const inputs: InputOf<typeof game>[] = []
const said: string[] = []
let revealedAt = Number.POSITIVE_INFINITY

const Field = defineRoom(
  game,
  (room) => {
    const { ship: ships, drone: drones, spark: sparks, beacon: beacons } = room.state
    let counted = 0
    const sparkle = () => {
      sparks.add({ x: room.tick % 16, hue: `h${room.tick}` })
      for (const spark of sparks) if (sparks.size > 5) sparks.remove(spark)
      if (room.tick % 40 === 0) beacons.add()
      for (const beacon of beacons) if (beacons.size > 2) beacons.remove(beacon)
    }
    const fly = () => {
      let number = 0
      for (const drone of drones) {
        number++
        drone.x = Math.abs(((room.tick * number * 4) % 8000) - 4000)
        // Halves of the circle are turned too: which way round is a matter of the document.
        drone.heading += (Math.PI / 24) * (number % 2 === 0 ? 7 + (Math.floor(room.tick / 3) % 2) : number)
        drone.step = (room.tick * number * 3) % 60_000
        drone.heat = 25 + 5 * Math.sin(room.tick / 10)
      }
    }
    const steer = (
      ship: (typeof room.state)['ship'] extends Iterable<infer S> ? S : never,
      input: InputOf<typeof game>,
    ) => {
      ship.x = Math.max(-100, Math.min(100, ship.x + input.dx / 300))
      ship.heading += 0.01
      ship.speed = Math.sqrt(room.tick) * (ship.x < 0 ? -1 : 1)
      ship.thrust = input.dx
      ship.shield = input.fire
    }
    const change = (ship: (typeof room.state)['ship'] extends Iterable<infer S> ? S : never) => {
      const turn = room.tick / 40
      ship.turn = [0, Math.sin(turn), 0, Math.cos(turn)]
      ship.ammo = Math.floor(room.tick / 20)
      ship.mass = 1 / room.tick
      ship.born++
      ship.mode = room.tick % 60 < 30 ? 'idle' : 'burn'
      if (room.tick % 25 !== 0) return
      ship.tag = Uint8Array.of(room.tick & 255, 0, 255)
      ship.trail = [{ x: -room.tick, far: 0.1, seen: true }, ...ship.trail].slice(0, 4)
      ship.note = { tick: room.tick, list: [null, true, 'ö'] }
      ship.orders = `${ship.orders.slice(0, OWNER_CANARY.length)} ${room.tick}`
    }
    return {
      onCreate() {
        room.state.room.seed = -123_456_789
        room.state.room.vault = HIDDEN_CANARY
        for (let number = 0; number < 6; number++) drones.add({ x: number })
        room.on('say', (_, { text }) => said.push(text))
      },
      onJoin(session, { name, level }) {
        session.player.name = name
        session.player.purse = 3_000_000_000
        const orders = level === undefined ? OWNER_CANARY : 'for the owner'
        session.avatar = ships.add({ owner: session, hull: level ?? 0, born: 7, orders, cargo: HIDDEN_CANARY })
      },
      onTick() {
        if (room.tick > LAST_TICK) return
        sparkle()
        fly()
        for (const session of room.sessions) {
          for (const input of session.inputs()) {
            inputs.push(input)
            steer(session.avatar, input)
          }
          change(session.avatar)
          session.player.score = -room.tick
        }
        if (room.tick % 15 === 0) room.broadcast('count', { n: ++counted })
        if (room.tick === 100) reveal()
        if (room.tick === LAST_TICK) {
          room.state.room.phase = 'over'
          room.state.room.title = 'at rest'
          room.broadcast('over', { tick: LAST_TICK })
        }
      },
    }

    /** What only one of them may see now. */
    function reveal(): void {
      for (const session of room.sessions) {
        if (session.player.name !== 'Python') continue
        session.avatar.cargo = 'shown to its owner'
        room.reveal(session.avatar, session)
        revealedAt = room.tick
      }
    }
  },
  { avatar: 'ship', sendRate: 20 },
)

/** The captured snapshot in the words of client.py: all columns, whoever may see them. */
function describeSnapshot({ kinds }: Game, snapshot: Snapshot): Rows {
  const rows = kinds.map((layout, kind): [string, Row[]] => {
    const table = snapshot.tables[kind] as Snapshot['tables'][number]
    const row = (at: number) => {
      const ints = layout.ints.map(({ name, scalar: { least, coding } }, column) => {
        const whole = table.ints[column]?.[at] as number
        return [name, coding === 'pattern' || least >= 0 ? whole >>> 0 : whole]
      })
      const boxes = layout.boxes.map(({ name }, column) => [name, plain(table.boxes[column]?.[at])])
      return { id: table.ids[at] as number, ...Object.fromEntries([...ints, ...boxes]) }
    }
    return [layout.kind, Array.from({ length: table.count }, (_, at) => row(at))]
  })
  return Object.fromEntries(rows)
}

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}

/** What of it is for the eyes of that player. */
function seenBy(player: number, tick: number, rows: Rows): Rows {
  const seen = game.kinds.map(({ kind, ints, boxes }): [string, Row[]] => {
    const isFor = (audience: string, row: Row) =>
      audience === 'all' ||
      (audience === 'owner' && player === (kind === 'player' ? row.id : row.owner)) ||
      (audience === 'hidden' && kind === 'ship' && row.owner === player && tick >= revealedAt)
    const pick = (row: Row): Row => {
      const columns = [...ints, ...boxes].filter(({ audience }) => isFor(audience, row))
      return { id: row.id, ...Object.fromEntries(columns.map(({ name }) => [name, row[name]])) }
    }
    return [kind, (rows[kind] ?? []).map(pick)]
  })
  return Object.fromEntries(seen)
}

function recordCaptures(): void {
  const real = Capture.prototype.capture
  vi.spyOn(Capture.prototype, 'capture').mockImplementation(function (this: Capture, rows: readonly LiveRows[], tick) {
    const snapshot = real.call(this, rows, tick)
    const live = rows[2]?.flatMap((row) => (row ? [[row.id, { ...row.values }]] : [])) ?? []
    captured.set(tick, { rows: describeSnapshot(game, snapshot), ships: Object.fromEntries(live) })
    return snapshot
  })
}

afterEach(() => vi.restoreAllMocks())

test('the examples of the document are read and written by another implementation', async () => {
  const { code, output } = await python('vectors.py')
  expect(output).toMatch(/^1[5-9] as stated, 0 not$/m)
  expect(code).toBe(0)
})

describe('a match of the other implementation, beside one of ours', () => {
  let lines: Line[]
  let states: (Line & Captured & { readonly tick: number })[]
  let me: number

  beforeAll(async () => {
    recordCaptures()
    const server = await serve({ port: 0, host: '127.0.0.1', game, rooms: { field: Field }, signals: false })
    const ours = await join(server.url, game, { room: 'field', with: { name: 'ours' }, WebSocket })
    const plan = {
      url: server.url,
      definition,
      room: 'field',
      join: ['Python', 5],
      predicts: [2],
      inputs: INPUTS.map(({ cells }) => cells),
      say: 1,
      over: 1,
      cutAfter: 30,
    }
    const { code, output } = await python('client.py', JSON.stringify(plan))
    await ours.leave()
    await server.close()
    expect(code, output.slice(-2000)).toBe(0)
    lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    states = lines.filter((line): line is (typeof states)[number] => line.rows !== undefined)
    me = lines[0]?.player as number
  })

  test('[S10] every state is the one that the server captured, seen with its eyes', () => {
    expect(states.length).toBeGreaterThan(40)
    expect(states.at(-1)?.tick).toBeGreaterThanOrEqual(LAST_TICK)
    for (const { tick, rows } of states) {
      expect(rows, `tick ${tick}`).toEqual(seenBy(me, tick, captured.get(tick)?.rows as Rows))
    }
  })

  test('[S11] most frames are steady, while entities come and go and slots are used again', () => {
    expect(states.filter(({ isSteady }) => isSteady).length).toBeGreaterThan(states.length / 2)
    const sparks = states.map(({ rows }) => rows.spark?.map(({ id }) => id) ?? [])
    expect(new Set(sparks.flat()).size).toBeGreaterThan(50)
    expect(Math.max(...sparks.flat())).toBeGreaterThan(65_536)
  })

  test('[S8] what is not for its eyes is in no byte that it got, and what is, is', () => {
    const bytes = Buffer.concat(lines.map(({ frame }) => Buffer.from(frame ?? '', 'hex')))
    for (const canary of [HIDDEN_CANARY, OWNER_CANARY]) {
      expect(JSON.stringify([...captured.values()])).toContain(canary)
      expect(bytes.includes(canary)).toBe(false)
    }
    expect(bytes.includes('for the owner')).toBe(true)
    expect(bytes.includes('shown to its owner')).toBe(true)
  })

  test('[S9] the exact values of its own ship are those of the game, to the bit', () => {
    const own = states.flatMap(({ tick, rows, exact }) => {
      const id = rows.ship?.find(({ owner }) => owner === me)?.id ?? 0
      const values = exact?.[`2 ${id}`]
      return values ? [{ tick, values, live: captured.get(tick)?.ships[id] }] : []
    })
    expect(own.length).toBeGreaterThan(40)
    for (const { tick, values, live } of own) expect(live, `tick ${tick}`).toMatchObject(values)
  })

  test('[I3] the game sees its inputs as they were meant', () => {
    expect(new Set(inputs.map(({ mark }) => mark)).size).toBe(INPUTS.length)
    for (const { mark, turn, ...values } of inputs) {
      expect(values).toEqual(INPUTS[mark]?.values)
      expect(Math.hypot(...turn)).toBeCloseTo(1)
    }
  })

  test('[R4] over a cut each message arrives once and in order, both ways', () => {
    const end = lines.at(-1)
    expect(lines.flatMap(({ outcome }) => outcome ?? [])).toEqual(['new', 'resumed'])
    expect(said).toEqual(Array.from({ length: end?.said ?? 0 }, (_, index) => `message ${index + 1}`))
    const counted = end?.heard?.filter(([kind]) => kind === 0).map(([, [n]]) => n as number) ?? []
    expect(counted.length).toBeGreaterThan(10)
    expect(counted).toEqual(counted.map((_, index) => (counted[0] as number) + index))
    expect(end?.closed).toBe(1000)
  })
})
