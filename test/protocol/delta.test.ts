import { describe, expect, test } from 'vitest'
import { Reader, Writer } from '../../protocol/bytes.ts'
import { Capture } from '../../protocol/capture.ts'
import { columnDigests } from '../../protocol/column-digests.ts'
import { readDelta, writeDelta } from '../../protocol/delta.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { defineGame } from '../../protocol/game.ts'
import type { LiveRow } from '../../protocol/live.ts'
import { type Baseline, ENTERED, type Snapshot, SnapshotRing } from '../../protocol/snapshot.ts'
import { f32, f64, optional, text, u8 } from '../../protocol/vocabulary.ts'
import { between, seeded } from '../support/random.ts'
import { sharedCells } from '../support/tables.ts'
import { RandomWorld } from '../support/world.ts'
import { zoo } from '../support/zoo.ts'

function encode(base: Baseline, snapshot: Snapshot): Uint8Array {
  const writer = new Writer()
  writeDelta(writer, zoo, base, snapshot)
  return writer.copy()
}

function decode(bytes: Uint8Array, base: Baseline, into: Snapshot): void {
  const reader = new Reader(bytes)
  readDelta(reader, zoo, base, into)
  reader.finish()
}

function baselineOf(ring: SnapshotRing, tick: number, isSteady = false): Baseline {
  const baseline = ring.baseline(tick, isSteady)
  if (!baseline) throw new Error(`no baseline of tick ${tick}`)
  return baseline
}

/** Plays 60 random ticks; the client gets a delta from the last snapshot that it has, after random gaps. */
function play(seed: number): void {
  const random = seeded(seed)
  const world = new RandomWorld(zoo, random)
  const capture = new Capture(zoo, true)
  const client = new SnapshotRing(zoo, 4)
  const ticks: number[] = []
  for (let tick = 1; tick <= 60; tick++) {
    world.step()
    const snapshot = capture.capture(world.live, tick)
    if (random() < 0.4) continue
    const base = random() < 0.1 ? 0 : client.newest.tick
    const steady = base > 0 && ticks.length >= 3 && ticks.slice(-3).every((had, index) => had === tick - 3 + index)
    ticks.push(tick)
    const bytes = encode(baselineOf(capture.ring, base, steady), snapshot)
    const from = baselineOf(client, base, steady)
    const into = client.claim(tick)
    decode(bytes, from, into)
    expect(sharedCells(zoo, into)).toEqual(sharedCells(zoo, snapshot))
  }
}

describe('a delta read onto its base gives the snapshot', () => {
  for (let seed = 1; seed <= 100; seed++) test(`[S10] over 60 random ticks with gaps, seed ${seed}`, () => play(seed))
})

test('[S10] tells that a number is -0 now, and that it is 0 again', () => {
  const game = defineGame({ entities: { ball: { sway: f64(), push: optional(f32()) } } })
  const values: { sway: number; push: number | undefined } = { sway: 0, push: undefined }
  const rows = [[], [], [undefined, { id: 1, values, owner: 0, shownTo: null, reveals: 0 }]]
  const capture = new Capture(game, true)
  const client = new SnapshotRing(game)
  ;[0, -0, 0].forEach((zero, index) => {
    values.sway = values.push = zero
    const snapshot = capture.capture(rows, index + 1)
    const writer = new Writer()
    writeDelta(writer, game, baselineOf(capture.ring, index), snapshot)
    const into = client.claim(index + 1)
    readDelta(new Reader(writer.copy()), game, baselineOf(client, index), into)
    expect(into.tables[2]?.boxes.map(([cell]) => cell)).toEqual([zero, zero])
    expect(columnDigests(game, into)).toEqual(columnDigests(game, snapshot))
  })
})

test('names what left the view with it, and not what left with the state whose place it takes in the ring', () => {
  const ship = { id: 1, values: {}, owner: 0, shownTo: null, reveals: 0 }
  const capture = new Capture(zoo, false)
  const rows = (ships: (typeof ship | undefined)[]) => [
    [undefined, { ...ship, values: {} }],
    [undefined],
    ships,
    [undefined],
  ]
  const there = capture.capture(rows([undefined, { ...ship, values: {} }]), 1)
  const away = capture.capture(rows([undefined]), 2)
  const ring = new SnapshotRing(zoo, 2)
  /** The ids of ships that left with the state of that tick, which a client has that holds two. */
  const left = (base: Snapshot, to: Snapshot, tick: number) => {
    const bytes = encode({ base, earlier: null, around: { before: there, now: there } }, to)
    const into = ring.claim(tick)
    decode(bytes, { base, earlier: null }, into)
    return into.tables[2]?.left
  }
  expect(left(there, away, 2)).toEqual([1])
  expect([left(away, away, 3), left(away, away, 4)]).toEqual([[], []])
})

test('of a view whose base the room has no longer, what is there now is taken to have been there before', () => {
  const fleet = defineGame({ entities: { ship: { hp: u8() } } })
  const row = (id: number) => ({ id, values: { hp: id }, owner: 0, shownTo: null, reveals: 0 })
  const capture = new Capture(fleet, true)
  const snapshots = [[1], [1, 2]].map((ids, index) => {
    return capture.capture([[], [], [undefined, ...ids.map(row)]], index + 1)
  }) as [Snapshot, Snapshot]
  const ring = new SnapshotRing(fleet)
  const entered = (before: Snapshot | undefined) => {
    const writer = new Writer()
    const around = { before, now: snapshots[1] }
    writeDelta(writer, fleet, { base: snapshots[0], earlier: null, around }, snapshots[1])
    const into = ring.claim(2)
    readDelta(new Reader(writer.copy()), fleet, { base: snapshots[0], earlier: null }, into)
    return (into.tables[2]!.known[1]! & ENTERED) > 0
  }
  expect([entered(snapshots[0]), entered(snapshots[1]), entered(undefined)]).toEqual([false, true, true])
})

describe('the size of a delta', () => {
  test('[S3] is one byte when nothing changed', () => {
    const world = new RandomWorld(zoo, seeded(1))
    const capture = new Capture(zoo, true)
    const first = capture.capture(world.live, 1)
    expect(encode({ base: first, earlier: null }, capture.capture(world.live, 2))).toEqual(Uint8Array.of(0))
  })

  test('[S7] grows with what changed, not with what there is', () => {
    const capture = new Capture(zoo, true)
    const world = new RandomWorld(zoo, seeded(2))
    for (let tick = 0; tick < 40; tick++) world.step()
    const first = capture.capture(world.live, 1)
    const ship = world.rows[2]?.find((row) => row !== undefined)
    if (!ship) throw new Error('the world of seed 2 has no ship')
    ship.values.hp = ((ship.values.hp as number) + 1) & 255
    expect(encode({ base: first, earlier: null }, capture.capture(world.live, 2)).length).toBeLessThan(16)
  })
})

test('[S6] what came brings whole columns, one after the other: static ones too, and none that is not for all eyes', () => {
  const kind = { hp: u8(), ammo: u8().owner(), model: u8().static(), code: u8().hidden(), name: text(4) }
  const game = defineGame({ entities: { ship: kind } })
  const ship = (id: number, name: string): LiveRow => {
    const values = { hp: 10 * id, ammo: 7, model: 20 * id, code: 9, name }
    return { id, values, owner: 5, shownTo: null, reveals: 0 }
  }
  const capture = new Capture(game, true)
  const snapshot = capture.capture([[], [], [undefined, ship(1, 'a'), ship(2, 'b')]], 1)
  const writer = new Writer()
  writeDelta(writer, game, baselineOf(capture.ring, 0), snapshot)
  const rows = [2, 3, 0, 3, 0]
  const columns = [10, 10, 20, 40, 40, 80, 2, 0xa1, 0x61, 2, 0xa1, 0x62]
  expect([...writer.copy()]).toEqual([3, 0, ...rows, ...columns, 0, 0])
})

describe('a delta that does not fit', () => {
  const game = zoo
  const wrong: [string, number[]][] = [
    ['is cut short', [3, 0, 1, 4]],
    ['names a kind that there is not', [9]],
    ['names kinds out of order', [3, 0, 0, 0, 2, 0, 0, 0, 0]],
    ['takes away a row that is not there', [3, 1, 5, 0, 0, 0]],
    ['brings the same slot twice', [3, 0, 2, 4, 0, 0, 0, 0, 0]],
    ['changes rows that are not there', [3, 0, 0, 1, 1, 0, 0]],
  ]
  for (const [what, bytes] of wrong) {
    test(`[S3] is refused when it ${what}`, () => {
      const ring = new SnapshotRing(game)
      expect(() => decode(Uint8Array.from(bytes), baselineOf(ring, 0), ring.claim(1))).toThrow(ProtocolError)
    })
  }

  // Whole but for what is wrong with them: a ship is its owner and its hp, of two kinds the second.
  const fleet = defineGame({ entities: { rock: {}, ship: { hp: u8() } } })
  const [ROCK, SHIP] = [3, 4]
  const NOTHING = [0, 0, 0]
  for (const [what, bytes, complaint] of [
    ['brings a slot twice', [SHIP, 0, 2, 4, 0, 0, 0, 0, 0, 2, 2, 0, 0], 'bad slot'],
    ['brings slot 0', [SHIP, 0, 1, 0, 0, 0, 2, 0, 0], 'bad slot'],
    ['brings a slot beyond the last', [SHIP, 0, 1, 0x80, 0x80, 8, 0, 0, 2, 0, 0], 'bad slot'],
    ['takes a row away twice', [SHIP, 2, 2, 0, 0, 0, 0], 'bad slot'],
    ['names a kind twice', [SHIP, ...NOTHING, SHIP, ...NOTHING, 0], 'bad kind'],
    ['goes back to a kind', [SHIP, ...NOTHING, ROCK, ...NOTHING, 0], 'bad kind'],
    ['changes more rows than there are', [SHIP, 0, 0, 3, 3, 2, 3, 2, 2, 0], 'bad count'],
    ['counts more rows than it marks', [SHIP, 0, 0, 1, 0, 1, 0, 0], 'bad count'],
    ['leads out of its range', [SHIP, 0, 0, 1, 1, 2, 1, 1, 0], 'out of range'],
  ] as const) {
    test(`[S3] is refused for that alone when it ${what}`, () => {
      const ring = new SnapshotRing(fleet)
      const play = (bytes: readonly number[], tick: number) => {
        const base = { base: ring.newest, earlier: null }
        const reader = new Reader(Uint8Array.from(bytes))
        readDelta(reader, fleet, base, ring.claim(tick))
        reader.finish()
      }
      // Ships in slots 1 and 3, of nobody, whose hp is 0.
      play([SHIP, 0, 2, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0], 1)
      expect(() => play(bytes, 2)).toThrow(new ProtocolError('BAD_MESSAGE', complaint))
    })
  }

  test('[S3] is accepted when it says that nothing changed', () => {
    const ring = new SnapshotRing(game)
    const empty = baselineOf(ring, 0)
    expect(() => decode(Uint8Array.of(0), empty, ring.claim(1))).not.toThrow()
  })

  test('[S3] is refused or read, never anything else, when its bytes are changed at random, seed 7', () => {
    const random = seeded(7)
    const world = new RandomWorld(zoo, random)
    const capture = new Capture(zoo, true)
    for (let round = 1; round <= 300; round++) {
      world.step()
      const before = baselineOf(capture.ring, round % 2 ? capture.ring.newest.tick : 0, false)
      const bytes = encode(before, capture.capture(world.live, round))
      for (let flips = 0; flips < 20; flips++) {
        const bad = bytes.slice(0, between(random, 0, bytes.length))
        if (bad.length > 0) bad[between(random, 0, bad.length - 1)] = between(random, 0, 255)
        const ring = new SnapshotRing(zoo)
        try {
          decode(bad, before, ring.claim(round))
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }
    }
  })
})
