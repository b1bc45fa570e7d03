// A game of every kind of field, in which much moves, comes and goes, and some of it is not for all eyes; as TypeScript
// and as the Python side writes it. The world moves for DURATION ticks from when two players are in it, then rests.

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
  group,
  type InputOf,
  i8,
  i16,
  i32,
  json,
  list,
  type Of,
  optional,
  quat,
  type RequestError,
  type Room,
  ref,
  request,
  text,
  u8,
  u16,
  u32,
} from 'tickwire/server'

export const game = defineGame({
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
  toServer: {
    unused: { n: u8() },
    say: { text: text(40) },
    sum: request({ a: u8(), b: u8() }, { sum: u16() }),
  },
  toClient: { count: { n: u32() }, over: { tick: u32() }, echo: request({ n: u16() }, { n: u16() }) },
})

/** The same, as the Python side writes definitions. */
export const definition = {
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
  toServer: {
    unused: { n: 'u8' },
    say: { text: ['text', 40] },
    sum: { ask: ['group', { a: 'u8', b: 'u8' }], reply: ['optional', ['group', { sum: 'u16' }]] },
  },
  toClient: {
    count: { n: 'u32' },
    over: { tick: 'u32' },
    echo: { ask: ['group', { n: 'u16' }], reply: ['optional', ['group', { n: 'u16' }]] },
  },
}

function only(type: unknown, eyes: string) {
  return { type, eyes }
}

// Cells of the inputs, sent in turn, and what the game is to see of them.
const IDENTITY = ((3 << 30) | (512 << 20) | (512 << 10) | 512) >>> 0
const TURNED = (512 << 20) | (512 << 10) | 512
export const INPUTS = [
  { cells: [0, 0, 0, 0, IDENTITY, 0, ''], values: { dx: 0, aim: 0, reach: 1, fire: false, word: '' } },
  {
    cells: [1, -128, 192, 16, IDENTITY, 1, 'übung'],
    values: { dx: -128, aim: -Math.PI / 2, reach: 9, fire: true, word: 'übung' },
  },
  { cells: [2, 127, 64, 3, TURNED, 0, 'x'], values: { dx: 127, aim: Math.PI / 2, reach: 2.5, fire: false, word: 'x' } },
]
export const HIDDEN_CANARY = 'canary of the hidden hold'
export const OWNER_CANARY = 'canary of the other owner'
export const DURATION = 270

type Entity<K extends 'ship' | 'drone' | 'spark'> = Of<typeof game, K>
type Field = Room<typeof game, 'ship'>

/** What the room heard and did. */
export const noted = {
  inputs: [] as InputOf<typeof game>[],
  said: [] as string[],
  /** Of each, the tick that the client had, and the room's. */
  saidAt: [] as [had: number, was: number][],
  /** What was asked of the Python player, and what came of it. */
  echoes: [] as (readonly [n: number, reply: number | string])[],
  /** The tick at which the cargo of the Python player's ship was revealed to it. */
  revealedAt: Number.POSITIVE_INFINITY,
  /** The tick from which the world rests. */
  restsAt: Number.POSITIVE_INFINITY,
}

export const Field = defineRoom(
  game,
  (room: Field) => {
    const { ship, drone } = room.state
    const glowing: Entity<'spark'>[] = []
    let age = 0
    return {
      onCreate() {
        room.state.room.seed = -123_456_789
        room.state.room.vault = HIDDEN_CANARY
        for (let number = 1; number <= 6; number++) drone.add()
        room.on('say', (_, { text }, tick) => {
          noted.said.push(text)
          noted.saidAt.push([tick, room.tick])
        })
        room.on('sum', async (_, { a, b }) => ({ sum: a + b }))
      },
      onJoin(session, { name, level }) {
        session.player.name = name
        session.player.purse = 3_000_000_000
        const orders = level === undefined ? OWNER_CANARY : 'for the owner'
        session.avatar = ship.add({ owner: session, hull: level ?? 0, born: 7, orders, cargo: HIDDEN_CANARY })
      },
      onTick() {
        if (room.sessions.size < 2 || age === DURATION) return
        age++
        comeAndGo(room, glowing, age)
        for (const some of drone) fly(some, age)
        for (const session of room.sessions) {
          session.player.score = -age
          for (const input of session.inputs()) {
            noted.inputs.push(input)
            steer(session.avatar, input)
          }
          change(session.avatar, age)
        }
        if (age % 15 === 0) room.broadcast('count', { n: age / 15 })
        if (age % 20 === 0) void ask(room, age / 20)
        if (age === 100) reveal(room)
        if (age === DURATION) end(room)
      },
    }
  },
  { avatar: 'ship' },
)

function comeAndGo({ state: { spark, beacon } }: Field, glowing: Entity<'spark'>[], tick: number): void {
  glowing.push(spark.add({ x: tick % 16, hue: `h${tick}` }))
  if (glowing.length > 5) spark.remove(glowing.shift() as Entity<'spark'>)
  if (tick % 40 === 0) beacon.add()
  for (const some of beacon) if (beacon.size > 2) beacon.remove(some)
}

function fly(drone: Entity<'drone'>, tick: number): void {
  drone.x = Math.abs(((tick * drone.id * 4) % 8000) - 4000)
  // Half turns are among them: which way round they count is for the document to say.
  drone.heading += (Math.PI / 24) * (drone.id % 2 === 0 ? 7 + (Math.floor(tick / 3) % 2) : drone.id)
  drone.step = (tick * drone.id * 3) % 60_000
  drone.heat = 25 + 5 * Math.sin(tick / 10)
}

function steer(ship: Entity<'ship'>, { dx, fire }: InputOf<typeof game>): void {
  ship.x = Math.max(-100, Math.min(100, ship.x + dx / 300))
  ship.heading += 0.01
  ship.thrust = dx
  ship.shield = fire
}

function change(ship: Entity<'ship'>, tick: number): void {
  ship.turn = [0, Math.sin(tick / 40), 0, Math.cos(tick / 40)]
  ship.speed = -Math.sqrt(tick)
  ship.ammo = Math.floor(tick / 20)
  ship.mass = 1 / tick
  ship.born++
  ship.target = tick
  ship.mode = tick % 60 < 30 ? 'idle' : 'burn'
  if (tick % 25 !== 0) return
  ship.tag = Uint8Array.of(tick & 255, 0, 255)
  ship.trail = [{ x: -tick, far: 0.1, seen: true }, ...ship.trail].slice(0, 4)
  ship.note = { tick, list: [null, true, 'ö'] }
}

/** The even ones come back, the others fail. */
async function ask(room: Field, n: number): Promise<void> {
  for (const session of room.sessions) {
    if (session.player.name !== 'Python') continue
    const echo = session.request('echo', { n })
    noted.echoes.push(
      await echo.then(
        (reply) => [n, reply.n] as const,
        (error: RequestError) => [n, error.reason] as const,
      ),
    )
  }
}

function reveal(room: Field): void {
  for (const session of room.sessions) {
    if (session.player.name !== 'Python') continue
    session.avatar.cargo = 'shown to its owner'
    room.reveal(session.avatar, session)
    noted.revealedAt = room.tick
  }
}

function end(room: Field): void {
  room.state.room.phase = 'over'
  room.state.room.title = 'at rest'
  room.broadcast('over', { tick: room.tick })
  noted.restsAt = room.tick
}
