import { describe, expect, test } from 'vitest'
import { Reader, Writer } from '../../../protocol/bytes.ts'
import { Capture } from '../../../protocol/capture.ts'
import { readDelta, writeDelta } from '../../../protocol/delta.ts'
import { angle, choice, defineGame, f32, f64, fixed, text, u8 } from '../../../protocol/index.ts'
import { type Baseline, Snapshot, SnapshotRing } from '../../../protocol/snapshot.ts'
import { LiveState } from '../../../server/room/state.ts'
import { Places } from '../../../server/sync/places.ts'
import { Rations, type Receiver } from '../../../server/sync/rations.ts'
import { Waiting } from '../../../server/sync/shortage.ts'
import { takeState } from '../../../server/sync/tables.ts'
import { between, pick, seeded } from '../../support/random.ts'

const game = defineGame({
  room: { phase: u8() },
  player: { name: text(16) },
  entities: {
    ship: {
      x: fixed(0, 4096, 1 / 8),
      y: fixed(0, 4096, 1 / 8),
      heading: angle(8),
      spin: f32(),
      mood: choice('calm', 'wild'),
      word: text(20),
      hull: u8().static(),
      fuel: u8().owner(),
      cargo: u8().hidden(),
    },
    buoy: { sway: f64() },
  },
})

const SHIP = 2
const BUOY = 3

interface Ship {
  x: number
  y: number
  heading: number
  spin: number
  mood: string
  word: string
  fuel: number
  cargo: number
  readonly id: number
}

interface Ships extends Iterable<Ship> {
  readonly size: number
  add(values: object): Ship
  remove(ship: Ship): void
}

/** A room, and one client of it that is sent shares, on the level of snapshots. */
class Short {
  readonly live = new LiveState(game)
  readonly capture = new Capture(game, true)
  readonly ships = (this.live.state as { ship: Ships }).ship
  readonly rations: Rations
  readonly sent = new SnapshotRing(game, 4)
  readonly held = new SnapshotRing(game, 4)
  readonly receiver: { -readonly [Name in keyof Receiver]: Receiver[Name] }
  bytes = 0
  tick = 0

  constructor(player = 9_999) {
    const { rows } = this.live
    this.rations = new Rations(game, new Places(game, {}, rows))
    this.receiver = { player, place: null, waiting: new Waiting() }
  }

  /** Captures, and sends a frame of so many bytes. */
  send(bytes: number, most = bytes): 'all' | 'some' | 'none' {
    const whole = this.capture.capture(this.live.rows, ++this.tick)
    const baseline = this.#baselineOf(this.sent)
    const view = takeState(whole, new Snapshot(game))
    const shared = this.rations.share(view, baseline, this.receiver, { bytes, most })
    if (shared === 'none') return shared
    takeState(view, this.sent.claim(this.tick))
    const writer = new Writer()
    writeDelta(writer, game, baseline, view)
    this.bytes = writer.length
    const there = this.#baselineOf(this.held)
    readDelta(new Reader(writer.copy()), game, there, this.held.claim(this.tick))
    return shared
  }

  /** What everyone may see of the client's ships, and of the room's. */
  seen(snapshot = this.held.newest): unknown[] {
    const { shared } = game.kinds[SHIP]!
    const { count, ids, ints, boxes } = snapshot.tables[SHIP]!
    return Array.from({ length: count }, (_, row) => [
      ids[row],
      ...shared.ints.map((column) => ints[column]![row]),
      ...shared.boxes.map((column) => boxes[column]![row]),
    ])
  }

  get truth(): unknown[] {
    return this.seen(this.capture.ring.newest)
  }

  #baselineOf(ring: SnapshotRing): Baseline {
    const base = ring.newest
    return (ring.back(2) && ring.baseline(base.tick, true)) || { base, earlier: null }
  }
}

function change(ship: Ship, random: () => number): void {
  ship.x = Math.min(4096, Math.max(0, ship.x + between(random, -40, 40)))
  ship.y = Math.min(4096, Math.max(0, ship.y + between(random, -40, 40)))
  if (random() < 0.2) ship.heading = random() * 6
  if (random() < 0.1) ship.spin = random()
  if (random() < 0.1) ship.mood = pick(random, ['calm', 'wild'])
  if (random() < 0.05) ship.word = 'abcdefghijklmnop'.slice(0, between(random, 0, 16))
  if (random() < 0.2) ship.fuel = between(random, 0, 255)
}

/** Most change, some go, some come. */
function stir(ships: Ships, random: () => number): void {
  for (const ship of ships) if (random() < 0.7) change(ship, random)
  for (const ship of [...ships]) if (random() < 0.01) ships.remove(ship)
  while (random() < 0.5) ships.add({ x: random() * 4096, hull: between(random, 0, 255) })
}

describe('a frame that is too small', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    test(`keeps to its bytes, the client holds what the server believes, and in the end everything, seed ${seed}`, () => {
      const random = seeded(seed)
      const short = new Short()
      for (let count = 0; count < 150; count++) short.ships.add({ x: random() * 4096, y: random() * 4096, word: 'new' })
      let held = 0
      for (let frame = 0; frame < 200; frame++) {
        stir(short.ships, random)
        const bytes = between(random, 200, 500)
        if (short.send(bytes) === 'some') held++
        expect(short.bytes).toBeLessThanOrEqual(bytes)
        expect(short.seen()).toEqual(short.seen(short.sent.newest))
      }
      expect(held).toBeGreaterThan(150)
      for (let frame = 0; frame < 60; frame++) short.send(400)
      expect(short.seen()).toEqual(short.truth)
      expect(short.send(400)).toBe('all')
    })
  }

  test('has ships that it does not tell of go on as they went', () => {
    const short = new Short()
    const ships = Array.from({ length: 40 }, (_, index) => short.ships.add({ x: 100 + index, y: 100 }))
    for (let frame = 0; frame < 6; frame++) {
      for (const ship of ships) ship.x += 2
      short.send(10_000)
    }
    expect(short.seen()).toEqual(short.truth)
    for (let frame = 0; frame < 6; frame++) {
      for (const [index, ship] of ships.entries()) {
        ship.x += 2
        if (index === 7) ship.y += 1
      }
      short.send(40)
    }
    expect(short.seen()).toEqual(short.truth)
  })

  test('tells of the own ship, the own player and the room whatever else there is', () => {
    const short = new Short()
    const { players } = short.live
    const me = players.add()
    short.receiver.player = me.id
    for (let count = 0; count < 100; count++) short.ships.add({ x: count })
    const mine = short.ships.add({ x: 5, owner: me })
    const room = (short.live.state as { room: { phase: number } }).room
    expect(short.send(120)).toBe('some')
    for (let phase = 1; phase < 20; phase++) {
      mine.x += 3
      room.phase = phase
      for (const ship of short.ships) if (ship !== mine) ship.y += phase
      expect(short.send(120)).toBe('some')
      const told = (short.seen() as number[][]).find(([id]) => id === mine.id)
      expect(told?.[2]).toBe(mine.x * 8)
      expect(short.held.newest.tables[0]!.ints[0]![0]).toBe(phase)
      expect(short.held.newest.tables[1]!.count).toBe(1)
    }
  })

  test('keeps to its bytes also where all ships are its own, and tells of the one that it has while others come', () => {
    const short = new Short()
    const me = short.live.players.add()
    short.receiver.player = me.id
    const flagship = short.ships.add({ owner: me })
    short.send(10_000)
    for (let count = 0; count < 200; count++) short.ships.add({ x: count, owner: me })
    for (let x = 1; short.held.newest.tables[SHIP]!.count <= 200; x++) {
      expect(x).toBeLessThan(100)
      flagship.x = x
      short.send(300)
      expect(short.bytes).toBeLessThanOrEqual(300)
      expect((short.seen() as number[][])[0]![2]).toBe(x * 8)
    }
    expect(short.seen()).toEqual(short.truth)
  })

  test('tells of ships of others while more of its own change than it can hold', () => {
    const short = new Short()
    const me = short.live.players.add()
    short.receiver.player = me.id
    const own = Array.from({ length: 100 }, () => short.ships.add({ owner: me }))
    const other = short.ships.add({ x: 1 })
    short.send(10_000)
    other.x = 2
    const seenAt = Array.from({ length: 300 }, (_, turn) => {
      for (const ship of own) ship.x = 8 * (turn % 3) + 8
      short.send(200)
      return (short.seen() as number[][]).at(-1)![2]! / 8
    })
    expect(seenAt[0]).toBe(1)
    expect(seenAt.at(-1)).toBe(2)
  })

  test('keeps to its bytes when many numbers become -0, and tells them all in the end', () => {
    const short = new Short()
    const { buoy } = short.live.state as { buoy: { add(values: object): { sway: number } } }
    const buoys = Array.from({ length: 99 }, () => buoy.add({}))
    short.send(10_000)
    for (const one of buoys) one.sway = -0
    expect(short.send(300)).toBe('some')
    expect(short.bytes).toBeLessThanOrEqual(300)
    while (short.send(300) === 'some') expect(short.bytes).toBeLessThanOrEqual(300)
    expect(short.held.newest.tables[BUOY]!.boxes[0]).toEqual(buoys.map(() => -0))
  })

  test('tells what is near first', () => {
    const short = new Short()
    for (let count = 0; count < 200; count++) short.ships.add({ x: count * 20, y: 2_000 })
    short.receiver.place = { x: 2_000, y: 2_000 }
    short.send(500)
    const xs = short.seen().map((row) => (row as number[])[2]! / 8)
    const far = xs.map((x) => Math.abs(x - 2_000))
    expect(xs.length).toBeGreaterThan(20)
    expect(Math.max(...far)).toBeLessThan(700)
  })

  test('keeps for its client alone what it alone is told, of ships that are held too', () => {
    const short = new Short()
    const ships = Array.from({ length: 60 }, (_, index) => short.ships.add({ x: index, fuel: 1 }))
    short.send(10_000)
    for (const ship of ships) {
      ship.x += 50
      ship.fuel = 9
    }
    expect(short.send(100)).toBe('some')
    const fuel = game.kinds[SHIP]!.ints.findIndex(({ name }) => name === 'fuel')
    expect([...short.sent.newest.tables[SHIP]!.ints[fuel]!.subarray(0, 60)]).toEqual(ships.map(() => 9))
  })

  test('is not sent when what must be told next does not fit, and the client is where it was', () => {
    const short = new Short()
    const ship = short.ships.add({ word: 'a' })
    short.send(200)
    ship.word = 'abcdefghijklmnopqrst'
    expect(short.send(20, 20)).toBe('none')
    expect(short.held.newest.tick).toBe(1)
    expect(short.send(20, 200)).toBe('all')
    expect(short.seen()).toEqual(short.truth)
  })
})

test('nobody is held for ever, however little there is room for and whoever is nearer', () => {
  const random = seeded(9)
  const short = new Short()
  const ships = Array.from({ length: 120 }, () => short.ships.add({ x: random() * 4096, y: random() * 4096 }))
  short.receiver.place = { x: 0, y: 0 }
  short.send(100_000)
  const toldAt = new Map(ships.map(({ id }) => [id, 0]))
  let longest = 0
  for (let frame = 1; frame <= 600; frame++) {
    for (const ship of ships) change(ship, random)
    short.send(170)
    const truth = new Map((short.truth as number[][]).map((row) => [row[0], String(row)]))
    for (const row of short.seen() as number[][]) {
      if (truth.get(row[0]) === String(row)) toldAt.set(row[0]!, frame)
      longest = Math.max(longest, frame - toldAt.get(row[0]!)!)
    }
  }
  expect(longest).toBeGreaterThan(3)
  expect(longest).toBeLessThan(60)
})

test('a snapshot that all fit into is left as it is', () => {
  const short = new Short()
  for (let count = 0; count < 10; count++) short.ships.add({ x: count })
  expect(short.send(1_000)).toBe('all')
  expect(short.seen()).toEqual(short.truth)
})

/** Ships that the client knows, and expects to stay where they are. */
function still(count: number) {
  const short = new Short()
  const ships = Array.from({ length: count }, (_, index) => short.ships.add({ x: 2_000 + index, y: 2_000 }))
  for (let frame = 0; frame < 4; frame++) short.send(100_000)
  return { short, ships }
}

for (const [what, bytes, most, told] of [
  ['less than twice its share tells all, where there is room', 120, 400, 'all'],
  ['less than twice its share keeps to it, where there is no room', 120, 120, 'some'],
  ['more than twice its share keeps to it, whatever room there is', 80, 400, 'some'],
] as const) {
  test(`a frame of ${what}`, () => {
    const { short, ships } = still(60)
    for (const ship of ships) ship.x += 900
    expect(short.send(bytes, most)).toBe(told)
    expect(short.bytes > bytes).toBe(told === 'all')
  })
}

for (const steps of [5, -5]) {
  test(`a frame that is too small is full when numbers go by ${steps}`, () => {
    const { short, ships } = still(400)
    for (const ship of ships) {
      ship.x += steps
      ship.y += steps
    }
    expect(short.send(400)).toBe('some')
    expect(short.bytes).toBeLessThanOrEqual(400)
    expect(short.bytes).toBeGreaterThan(300)
  })
}

test('who is right again by itself has waited for nothing', () => {
  const { short, ships } = still(60)
  for (const ship of ships) ship.x += 900
  expect(short.send(100)).toBe('some')
  const table = short.held.newest.tables[SHIP]!
  const waited = () => [...short.receiver.waiting.of(SHIP, table)].filter((frames) => frames > 0).length
  expect(waited()).toBeGreaterThan(30)
  const there = new Map((short.seen() as number[][]).map(([id, , x]) => [id!, x! / 8]))
  for (const ship of ships) ship.x = there.get(ship.id)!
  short.send(10_000)
  expect([waited(), short.seen()]).toEqual([0, short.truth])
})

test('what lies nowhere is told, too, while others are near', () => {
  const { short, ships } = still(60)
  const { buoy } = short.live.state as { buoy: { add(values: object): { sway: number } } }
  const buoys = Array.from({ length: 9 }, () => buoy.add({}))
  short.send(10_000)
  short.receiver.place = { x: 2_000, y: 2_000 }
  for (let frame = 1; frame <= 60; frame++) {
    for (const ship of ships) ship.x = 2_000 + ((ship.x + 7) % 60)
    for (const one of buoys) if (frame === 1) one.sway = 7
    short.send(120)
  }
  expect(short.held.newest.tables[BUOY]!.boxes[0]).toEqual(buoys.map(() => 7))
})

test('players are nobody’s: others are told as there is room, whatever their first number is', () => {
  const short = new Short()
  const { players } = short.live
  const [me, ...others] = Array.from({ length: 30 }, () => players.add())
  short.receiver.player = me!.id
  expect(short.send(60)).toBe('some')
  while (short.send(60) === 'some') expect(short.bytes).toBeLessThanOrEqual(60)
  expect(short.held.newest.tables[1]!.count).toBe(1 + others.length)
})

test('a frame that is not worth sending yet says of how many bytes it would be', () => {
  const { short, ships } = still(60)
  for (const ship of ships) ship.x += 900
  const share = (least: number) => {
    const whole = short.capture.capture(short.live.rows, ++short.tick)
    const view = takeState(whole, new Snapshot(game))
    const ration = { bytes: 100, most: 1_000, whole: 100, least }
    const shared = short.rations.share(view, { base: short.sent.newest, earlier: null }, short.receiver, ration)
    return [shared, short.rations.needed] as const
  }
  expect(share(101)).toEqual(['none', 101])
  expect(share(100)[0]).toBe('some')
})

test('a frame of ships that come keeps to its bytes, whatever they are made of', () => {
  const short = new Short()
  for (let count = 0; count < 500; count++) short.ships.add({ x: count / 8, spin: 1.5 + count })
  do expect(short.bytes).toBeLessThanOrEqual(2_000)
  while (short.send(2_000) === 'some')
  expect(short.seen()).toEqual(short.truth)
})

test('who is another one now is told before those that are off by a step', () => {
  const { short, ships } = still(100)
  for (const ship of ships) ship.x += 1 / 8
  ships.at(-1)!.mood = 'wild'
  ships.at(-2)!.word = 'on'
  expect(short.send(80)).toBe('some')
  const [word, mood] = [
    short.held.newest.tables[SHIP]!,
    game.kinds[SHIP]!.ints.findIndex(({ name }) => name === 'mood'),
  ]
  expect([word.boxes[0]![98], word.ints[mood]![99]]).toEqual(['on', 1])
})

test('who comes is told before those that are off by a step', () => {
  const { short, ships } = still(100)
  for (const ship of ships) ship.x += 1 / 8
  const guest = short.ships.add({ x: 7 })
  expect(short.send(70)).toBe('some')
  expect((short.seen() as number[][]).at(-1)![0]).toBe(guest.id)
})

test('a frame of many kinds keeps to its bytes, head and all', () => {
  const kinds = Object.fromEntries(Array.from({ length: 60 }, (_, kind) => [`k${kind}`, { x: u8() }]))
  const crowd = defineGame({ entities: kinds })
  const live = new LiveState(crowd)
  const capture = new Capture(crowd, true)
  const things = Object.keys(kinds).map((kind) => {
    return (live.state as unknown as Record<string, { add(values: object): { x: number } }>)[kind]!.add({ x: 1 })
  })
  const taken = (tick: number) => takeState(capture.capture(live.rows, tick), new Snapshot(crowd))
  const base = taken(1)
  for (const thing of things) thing.x = 9
  const view = taken(2)
  const rations = new Rations(crowd, new Places(crowd, {}, live.rows))
  const receiver = { player: 9, place: null, waiting: new Waiting() }
  expect(rations.share(view, { base, earlier: null }, receiver, { bytes: 600, most: 600 })).toBe('some')
  const writer = new Writer()
  writeDelta(writer, crowd, { base, earlier: null }, view)
  // Each kind that differs was counted, and what a state has in front.
  expect(writer.length + 20).toBeLessThanOrEqual(600)
  expect(rations.overhead).toBeGreaterThan(60 * 7)
})

test('a frame of a crowd of which nobody comes or goes keeps to its bytes', () => {
  const { short, ships } = still(2_000)
  for (const ship of ships) ship.x += 5
  expect(short.send(400)).toBe('some')
  expect(short.bytes).toBeLessThanOrEqual(400)
})
