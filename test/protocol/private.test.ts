import { describe, expect, test } from 'vitest'
import { Reader, Writer } from '../../protocol/bytes.ts'
import { Capture } from '../../protocol/capture.ts'
import { readDelta, writeDelta } from '../../protocol/delta.ts'
import { defineGame } from '../../protocol/game.ts'
import type { LiveRow, LiveRows } from '../../protocol/live.ts'
import { readPrivate, writePrivate } from '../../protocol/private.ts'
import { ENTERED, KNOWS_HIDDEN, KNOWS_OWNER, type Snapshot, SnapshotRing } from '../../protocol/snapshot.ts'
import { f64, fixed, text, u8 } from '../../protocol/vocabulary.ts'

const game = defineGame({
  player: { hand: text(20).owner() },
  entities: { card: { x: fixed(0, 100, 1), face: text(20).hidden(), mark: u8().owner() } },
})
const CARD = 2

interface Card extends LiveRow {
  owner: number
  shownTo: Set<number> | 'all' | null
  reveals: number
}

function table() {
  const card: Card = { id: 1, values: { x: 10.25, face: 'CANARY', mark: 9 }, owner: 1, shownTo: null, reveals: 0 }
  const players: LiveRow[] = [1, 2].map((id) => ({
    id,
    values: { hand: `hand ${id}` },
    owner: 0,
    shownTo: null,
    reveals: 0,
  }))
  const rows = [[], [undefined, ...players], [undefined, card]]
  const capture = new Capture(game, true)
  return { card, rows, capture }
}

/** What player `player` is sent for the snapshot captured last, since tick `since`. */
function frame(
  { capture, rows }: ReturnType<typeof table>,
  player: number,
  since: number,
  exactSince = since,
): Uint8Array {
  const writer = new Writer()
  writeDelta(writer, game, { base: capture.ring.at(since) as Snapshot, earlier: null }, capture.ring.newest)
  writePrivate(writer, { game, capture, rows }, { player, predicts: new Set([CARD]), since, exactSince })
  return writer.copy()
}

function read(bytes: Uint8Array, base: Snapshot, into: Snapshot) {
  const exact: number[][] = []
  const reader = new Reader(bytes)
  readDelta(reader, game, { base, earlier: null }, into)
  readPrivate(reader, game, into, (kind, id, values) => exact.push([kind, id, ...values]))
  reader.finish()
  const cards = into.tables[CARD]
  return { known: (cards?.known[0] ?? 0) & ~ENTERED, face: cards?.boxes[0]?.[0], mark: cards?.ints[2]?.[0], exact }
}

const textOf = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes)

describe('private fields', () => {
  test('[S8] go to the owner and to nobody else', () => {
    const world = table()
    world.capture.capture(world.rows, 1)
    const ring = new SnapshotRing(game)
    expect(read(frame(world, 1, 0), ring.newest, ring.claim(1))).toMatchObject({
      known: KNOWS_OWNER,
      mark: 9,
      face: null,
    })
    const empty = ring.at(0) as Snapshot
    expect(read(frame(world, 2, 0), empty, ring.claim(2))).toMatchObject({ known: 0, mark: 0, exact: [] })
    expect(textOf(frame(world, 2, 0))).not.toContain('hand 1')
    expect(textOf(frame(world, 2, 0))).toContain('hand 2')
  })

  test('[S8] that are hidden go to nobody until they are revealed, then to those alone', () => {
    const world = table()
    world.capture.capture(world.rows, 1)
    for (const player of [1, 2]) expect(textOf(frame(world, player, 0))).not.toContain('CANARY')
    world.card.shownTo = new Set([2])
    world.card.reveals++
    world.capture.capture(world.rows, 2)
    expect(textOf(frame(world, 1, 1))).not.toContain('CANARY')
    expect(textOf(frame(world, 2, 1))).toContain('CANARY')
    world.card.shownTo = 'all'
    world.card.reveals++
    world.capture.capture(world.rows, 3)
    expect(textOf(frame(world, 1, 2))).toContain('CANARY')
  })

  test('[S8] leave it known that an entity was there before', () => {
    const world = table()
    world.capture.capture(world.rows, 1)
    const ring = new SnapshotRing(game)
    const into = ring.claim(1)
    expect(read(frame(world, 1, 0), ring.at(0) as Snapshot, into).known).toBe(KNOWS_OWNER)
    expect(into.tables[CARD]?.known[0]).toBe(KNOWS_OWNER | ENTERED)
  })

  test('[S8] are told again only when they change', () => {
    const world = table()
    world.capture.capture(world.rows, 1)
    world.capture.capture(world.rows, 2)
    expect(frame(world, 1, 1)).toEqual(Uint8Array.of(0, 0))
    ;(world.card.values as { mark: number }).mark = 8
    world.capture.capture(world.rows, 3)
    expect(frame(world, 1, 2).length).toBeGreaterThan(2)
    expect(frame(world, 2, 2)).toEqual(Uint8Array.of(0, 0))
  })

  test('[S8] are told when they become -0', () => {
    const secrets = defineGame({ player: { luck: f64().owner() } })
    const values = { luck: 0 }
    const rows = [[], [undefined, { id: 1, values, owner: 0, shownTo: null, reveals: 0 }]]
    const capture = new Capture(secrets, true)
    capture.capture(rows, 1)
    values.luck = -0
    capture.capture(rows, 2)
    const writer = new Writer()
    const viewer = { player: 1, predicts: new Set<number>(), since: 1, exactSince: 1 }
    writePrivate(writer, { game: secrets, capture, rows }, viewer)
    const into = new SnapshotRing(secrets).claim(2)
    into.tables[1]?.resize(1)
    into.tables[1]?.ids.set([1])
    readPrivate(new Reader(writer.copy()), secrets, into, () => {})
    expect(into.tables[1]?.boxes[0]?.[0]).toBe(-0)
  })

  test('[S8] stay known over frames that do not mention them', () => {
    const world = table()
    world.card.shownTo = 'all'
    world.capture.capture(world.rows, 1)
    const ring = new SnapshotRing(game)
    const first = ring.newest
    read(frame(world, 1, 0), first, ring.claim(1))
    world.capture.capture(world.rows, 2)
    const base = ring.newest
    expect(read(frame(world, 1, 1), base, ring.claim(2))).toMatchObject({
      known: KNOWS_OWNER | KNOWS_HIDDEN,
      face: 'CANARY',
    })
  })

  test("[S8] that are hidden in the room's own row go to those to whom it is revealed", () => {
    const secrets = defineGame({ room: { code: text(20).hidden() } })
    const room: LiveRow = { id: 1, values: { code: 'CANARY' }, owner: 0, shownTo: new Set([2]), reveals: 1 }
    const rows = [[undefined, room], []]
    const capture = new Capture(secrets, true)
    capture.capture(rows, 1)
    const told = [1, 2].map((player) => {
      const writer = new Writer()
      const viewer = { player, predicts: new Set<number>(), since: 0, exactSince: 0 }
      writePrivate(writer, { game: secrets, capture, rows }, viewer)
      return textOf(writer.copy()).includes('CANARY')
    })
    expect(told).toEqual([false, true])
  })

  test('[S8] are refused where it is not said whose they are', () => {
    const world = table()
    const into = world.capture.capture(world.rows, 1)
    const writer = new Writer()
    writePrivate(writer, { game, ...world }, { player: 2, predicts: new Set(), since: 0, exactSince: 0 })
    const bytes = writer.copy()
    const readAs = (parts: number) => {
      bytes[2] = parts
      readPrivate(new Reader(bytes), game, into, () => {})
    }
    expect(() => readAs(KNOWS_OWNER)).not.toThrow()
    for (const parts of [0, 8]) expect(() => readAs(parts)).toThrow('bad parts')
  })
})

test('[S8] what is told of a place that there cannot be is refused', () => {
  const world = table()
  const into = world.capture.capture(world.rows, 1)
  const readAs =
    (...bytes: number[]) =>
    () =>
      readPrivate(new Reader(Uint8Array.from(bytes)), game, into, () => {})
  // Of the card in slot 1 its owner's mark, 5.
  expect(readAs(3, 1, KNOWS_OWNER, 10, 0)).not.toThrow()
  expect(readAs(3, 2, KNOWS_OWNER, 10, 0)).toThrow('bad slot')
  expect(readAs(3, 0x80, 0x80, 4, KNOWS_OWNER, 10, 0)).toThrow('bad count')
  expect(readAs(4, 1, KNOWS_OWNER, 10, 0)).toThrow('bad count')
})

describe('exact values', () => {
  test('[S9] take as few bytes as tell them: none as they are rounded, four as a single, else eight', () => {
    const sizes = [10, Math.fround(10.3), 10.3].map((x) => {
      const world = table()
      Object.assign(world.card.values, { x })
      world.capture.capture(world.rows, 1)
      const bytes = frame(world, 1, 0)
      const ring = new SnapshotRing(game)
      expect(read(bytes, ring.newest, ring.claim(1)).exact).toEqual([[CARD, 1, 0, x, 9]])
      return bytes.length
    })
    expect(sizes).toEqual([sizes[0], sizes[0]! + 4, sizes[0]! + 8])
  })

  describe('of an entity with a hidden field', () => {
    /** What its owner is told of it. */
    const told = (type: ReturnType<typeof u8>, fuse: number) => {
      const secrets = defineGame({ entities: { mine: { x: fixed(0, 100, 1), fuse: type.hidden() } } })
      const mine: LiveRow = { id: 1, values: { x: 1.5, fuse }, owner: 1, shownTo: null, reveals: 0 }
      const rows = [[], [], [undefined, mine]]
      const capture = new Capture(secrets, true)
      capture.capture(rows, 1)
      const writer = new Writer()
      const viewer = { player: 1, predicts: new Set([2]), since: 0, exactSince: 0 }
      writePrivate(writer, { game: secrets, capture, rows }, viewer)
      return writer.copy()
    }

    test('[S9] never tell the owner what is hidden', () => {
      const bytes = Array.from(told(u8(), 200))
      expect(bytes).not.toContain(200)
      expect(bytes.length).toBeGreaterThan(1)
    })

    test('[S9] never tell the owner of how much it is more than a whole number', () => {
      expect(told(fixed(0, 255, 1), 199.7)).toEqual(told(fixed(0, 255, 1), 0.3))
    })
  })

  test('[S9] are not told of an entity of somebody else, also where something of it was revealed', () => {
    const world = table()
    world.card.shownTo = new Set([2])
    world.capture.capture(world.rows, 1)
    const ring = new SnapshotRing(game)
    const seen = read(frame(world, 2, 0), ring.newest, ring.claim(1))
    expect(seen).toMatchObject({ face: 'CANARY', known: KNOWS_HIDDEN, exact: [] })
  })

  test('[S9] are what the game holds, to the bit, for the owner of a predicted entity', () => {
    const world = table()
    world.capture.capture(world.rows, 1)
    const ring = new SnapshotRing(game)
    expect(read(frame(world, 1, 0), ring.newest, ring.claim(1)).exact).toEqual([[CARD, 1, 0, 10.25, 9]])
    ;(world.card.values as { x: number }).x = 0.1 + 0.2
    world.capture.capture(world.rows, 2)
    const base = ring.newest
    expect(read(frame(world, 1, 1), base, ring.claim(2)).exact).toEqual([[CARD, 1, 0, 0.1 + 0.2, 9]])
  })

  test('[S9] tell -0 as it is, and when it takes the place of 0', () => {
    const world = table()
    const values = world.card.values as { x: number }
    const ring = new SnapshotRing(game)
    values.x = -0
    world.capture.capture(world.rows, 1)
    expect(read(frame(world, 1, 0), ring.newest, ring.claim(1)).exact).toEqual([[CARD, 1, 0, -0, 9]])
    values.x = 0
    world.capture.capture(world.rows, 2)
    const base = ring.newest
    expect(read(frame(world, 1, 1), base, ring.claim(2)).exact).toEqual([[CARD, 1, 0, 0, 9]])
  })

  test('[S9] that are not finite are refused', () => {
    const world = table()
    world.capture.capture(world.rows, 1)
    const bytes = frame(world, 1, 0)
    const ring = new SnapshotRing(game)
    const base = ring.newest
    expect(read(bytes, base, ring.claim(1)).exact).toEqual([[CARD, 1, 0, 10.25, 9]])
    const exactly = (x: number) => new Uint8Array(Float32Array.of(x).buffer)
    bytes.set(exactly(Number.NaN), Buffer.from(bytes).indexOf(exactly(10.25)))
    expect(() => read(bytes, base, ring.claim(2))).toThrow('not finite')
  })

  test('[S9] are not repeated while nothing moves, unless the client has just asked', () => {
    const world = table()
    world.capture.capture(world.rows, 1)
    world.capture.capture(world.rows, 2)
    expect(frame(world, 1, 1)).toEqual(Uint8Array.of(0, 0))
    expect(frame(world, 1, 1, 0).length).toBeGreaterThan(2)
  })
})

describe('kinds that a client says it moves by itself', () => {
  const open = defineGame({
    // Without a number: where others have their owners there is nothing.
    room: { motto: text(20) },
    player: { score: u8() },
    entities: { ship: { x: fixed(0, 100, 1) }, rock: { size: u8() } },
  })
  const [SHIP, ROCK] = [2, 3]
  const row = (id: number, owner: number, values: object): LiveRow => ({ id, values, owner, shownTo: null, reveals: 0 })
  const rowsOf = (): LiveRows[] => [
    [undefined, row(1, 0, { motto: 'on' })],
    [undefined, row(1, 0, { score: 1 }), row(2, 0, { score: 2 })],
    [undefined, row(1, 1, { x: 1 }), row(2, 2, { x: 2 }), row(3, 0, { x: 3 }), row(4, 2, { x: 4 })],
    [undefined, row(1, 0, { size: 1 }), row(2, 0, { size: 2 })],
  ]

  /** What player 2 alone is told when it says that it moves these kinds: kind, id and values. */
  function toldOf(predicts: readonly number[]): number[][] {
    const rows = rowsOf()
    const capture = new Capture(open, true)
    capture.capture(rows, 1)
    const writer = new Writer()
    const viewer = { player: 2, predicts: new Set(predicts), since: 0, exactSince: 0 }
    writePrivate(writer, { game: open, capture, rows }, viewer)
    const reader = new Reader(writer.copy())
    const told: number[][] = []
    readPrivate(reader, open, capture.ring.newest, (kind, id, values) => told.push([kind, id, ...values]))
    reader.finish()
    return told
  }

  test('[S9] bring it its own entities, and none of others or of nobody', () => {
    expect(toldOf([SHIP, ROCK])).toEqual([
      [SHIP, 2, 0, 2],
      [SHIP, 4, 0, 4],
    ])
    expect(toldOf([])).toEqual([])
  })

  test('[M6] bring it nothing, and break nothing, when they are the room and the players', () => {
    expect(toldOf([0])).toEqual([])
    expect(toldOf([1])).toEqual([])
    expect(toldOf([0, 1, SHIP, ROCK]).map(([kind, id]) => [kind, id])).toEqual([
      [SHIP, 2],
      [SHIP, 4],
    ])
  })

  test('[S8] open nothing that is private: what others have in hand stays there', () => {
    const world = table()
    world.capture.capture(world.rows, 1)
    const told = (predicts: readonly number[]) => {
      const writer = new Writer()
      const viewer = { player: 2, predicts: new Set(predicts), since: 0, exactSince: 0 }
      writePrivate(writer, { game, capture: world.capture, rows: world.rows }, viewer)
      return writer.copy()
    }
    expect(textOf(told([]))).toContain('hand 2')
    expect(textOf(told([]))).not.toMatch(/hand 1|CANARY/)
    expect(told([0, 1, CARD])).toEqual(told([]))
  })
})
