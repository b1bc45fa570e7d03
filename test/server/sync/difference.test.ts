import { describe, expect, test } from 'vitest'
import { Capture } from '../../../protocol/capture.ts'
import { columnDigests } from '../../../protocol/column-digests.ts'
import { defineGame } from '../../../protocol/game.ts'
import type { LiveRow } from '../../../protocol/live.ts'
import type { Snapshot } from '../../../protocol/snapshot.ts'
import { f32, fixed, flag, text } from '../../../protocol/vocabulary.ts'
import { firstDifference } from '../../../server/sync/difference.ts'

const game = defineGame({
  room: { isOver: flag() },
  entities: { rock: { size: fixed(0, 9, 1) }, ship: { x: fixed(0, 4096, 1 / 8), spin: f32(), name: text(8) } },
})

const live = (id: number, values: object): LiveRow => ({ id, values, owner: 0, shownTo: 'all', reveals: 0 }) as LiveRow

/** Forty ships, one of which may be another one than usual. */
function snapshot(place = -1, change: object = {}, count = 40): Snapshot {
  const ships = Array.from({ length: count }, (_, index) =>
    live(index + 1, { x: 100 * index, spin: 1.5, name: 'Ada', ...(index === place ? change : {}) }),
  )
  const rows = [[undefined, live(1, { isOver: false })], [], [undefined, live(1, { size: 2 })], [undefined, ...ships]]
  return new Capture(game, true).capture(rows, 1)
}

const told = (theirs: Snapshot, columns = 255) =>
  firstDifference(game, snapshot(), columnDigests(game, theirs).slice(0, columns))

describe('the first difference between two states', () => {
  for (const [place, x, seen] of [
    [0, 8, '0 here, 8 there'],
    [17, 1_700.125, '1700 here, 1700.125 there'],
    [39, 4_000, '3900 here, 4000 there'],
  ] as const) {
    test(`names the entity, and both values, when ship ${place + 1} is at ${x}`, () => {
      expect(told(snapshot(place, { x }))).toBe(`ship.x, likely that of ship ${place + 1}: ${seen}`)
    })
  }

  test('names, of several entities that would explain it, the one whose values are nearest', () => {
    const wide = defineGame({ entities: { ore: { at: fixed(0, 0xffffff, 1) } } })
    const states = Array.from({ length: 60 }, (_, state) => {
      const ores = Array.from({ length: 40 }, (_, index) => ({ at: ((state + 1) * 40_503 * (index + 1)) & 0xffffff }))
      const taken = (change: number) => {
        const rows = ores.map(({ at }, index) => live(index + 1, { at: index === 39 ? at ^ change : at }))
        return new Capture(wide, true).capture([[undefined, live(1, {})], [], [undefined, ...rows]], 1)
      }
      return firstDifference(wide, taken(0), columnDigests(wide, taken(3)))
    })
    for (const words of states) expect(words).toMatch(/^ore\.at, likely that of ore 40: /)
  })

  test('names the field alone when several values differ, and none alone would explain it', () => {
    const theirs = snapshot(3, { x: 8 })
    const { ints } = theirs.tables[3] as { ints: Int32Array[] }
    ints[1]![20]! += 5
    expect(told(theirs)).toBe('ship.x')
  })

  test('names the entity also behind kinds that have texts', () => {
    const labelled = defineGame({
      entities: { sign: { words: text(8), more: text(8) }, ship: { x: fixed(0, 99, 1), y: fixed(0, 99, 1) } },
    })
    const taken = (y: number) => {
      const ships = [1, 2, 3].map((id) => live(id, { x: id, y: id === 2 ? y : 50 }))
      const rows = [
        [undefined, live(1, {})],
        [],
        [undefined, live(1, { words: 'a', more: 'b' })],
        [undefined, ...ships],
      ]
      return new Capture(labelled, true).capture(rows, 1)
    }
    expect(firstDifference(labelled, taken(50), columnDigests(labelled, taken(60)))).toBe(
      'ship.y, likely that of ship 2: 50 here, 60 there',
    )
  })

  test('names the field alone when it is a text, or when too many values would explain it', () => {
    expect(told(snapshot(5, { name: 'Bob' }))).toBe('ship.name')
    expect(told(snapshot(5, { spin: 2.5 }))).toBe('ship.spin')
  })

  test('says when the client has other entities', () => {
    expect(told(snapshot(-1, {}, 39))).toBe('which ships there are')
  })

  test('says so when it lies beyond the columns that were told', () => {
    expect(told(snapshot(5, { name: 'Bob' }), 5)).toBe('beyond the columns that the client told')
  })
})
