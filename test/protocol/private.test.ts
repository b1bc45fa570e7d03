import { describe, expect, test } from 'vitest'
import { Reader, Writer } from '../../protocol/bytes.ts'
import { Capture } from '../../protocol/capture.ts'
import { readDelta, writeDelta } from '../../protocol/delta.ts'
import { defineGame } from '../../protocol/game.ts'
import type { LiveRow } from '../../protocol/live.ts'
import { readPrivate, writePrivate } from '../../protocol/private.ts'
import { ENTERED, KNOWS_HIDDEN, KNOWS_OWNER, type Snapshot, SnapshotRing } from '../../protocol/snapshot.ts'
import { fixed, text, u8 } from '../../protocol/vocabulary.ts'

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
})

describe('exact values', () => {
  test('[S9] never tell the owner what is hidden', () => {
    const secrets = defineGame({ entities: { mine: { x: fixed(0, 100, 1), fuse: u8().hidden() } } })
    const mine: LiveRow = { id: 1, values: { x: 1.5, fuse: 200 }, owner: 1, shownTo: null, reveals: 0 }
    const rows = [[], [], [undefined, mine]]
    const capture = new Capture(secrets, true)
    capture.capture(rows, 1)
    const writer = new Writer()
    const viewer = { player: 1, predicts: new Set([2]), since: 0, exactSince: 0 }
    writePrivate(writer, { game: secrets, capture, rows }, viewer)
    expect(Array.from(writer.copy())).not.toContain(200)
    expect(writer.length).toBeGreaterThan(1)
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

  test('[S9] are not repeated while nothing moves, unless the client has just asked', () => {
    const world = table()
    world.capture.capture(world.rows, 1)
    world.capture.capture(world.rows, 2)
    expect(frame(world, 1, 1)).toEqual(Uint8Array.of(0, 0))
    expect(frame(world, 1, 1, 0).length).toBeGreaterThan(2)
  })
})
