import { describe, expect, test } from 'vitest'
import { Capture } from '../../protocol/capture.ts'
import { columnDigests, columnNames } from '../../protocol/column-digests.ts'
import { digest, undigest } from '../../protocol/digest.ts'
import { defineGame } from '../../protocol/game.ts'
import type { LiveRow } from '../../protocol/live.ts'
import { fixed, list, text, u8 } from '../../protocol/vocabulary.ts'
import { between, seeded } from '../support/random.ts'

const game = defineGame({
  entities: {
    ship: {
      x: fixed(0, 100, 1),
      name: text(9).static(),
      tags: list(text(4), 3),
      ammo: u8().owner(),
      fuse: u8().hidden(),
    },
  },
})

const SHIP = { x: 5, name: 'Ada', tags: ['a', 'b'], ammo: 7, fuse: 9 }
const NAMES = ['which rooms there are', 'which players there are', 'which ships there are', 'ship.owner', 'ship.x']

/** The digests of two ships, the first of them changed. */
function digests(change: object = {}, ids = [1, 2], owner = 0): number[] {
  const ships = ids.map((id, index): LiveRow => {
    return { id, values: { ...SHIP, ...(index === 0 ? change : {}) }, owner, shownTo: 'all', reveals: 0 }
  })
  return columnDigests(game, new Capture(game, true).capture([[], [], [undefined, ...ships]], 1))
}

/** The names of the columns whose digest is another one than that of two untouched ships. */
function differing(of: readonly number[]): string[] {
  const untouched = digests()
  return columnNames(game).filter((_, column) => of[column] !== untouched[column])
}

describe('the digests of a state', () => {
  test('[S13] have a name each', () => {
    expect(columnNames(game)).toEqual([...NAMES, 'ship.name', 'ship.tags'])
    expect(digests().length).toBe(columnNames(game).length)
  })

  test('[S13] are the same for the same state', () => {
    expect(differing(digests())).toEqual([])
  })

  const changes: [string, number[]][] = [
    ['ship.x', digests({ x: 6 })],
    ['ship.name', digests({ name: 'Bob' })],
    ['ship.tags', digests({ tags: ['ab'] })],
    ['ship.owner', digests({}, [1, 2], 3)],
    ['which ships there are', digests({}, [1, 0x10002])],
  ]
  for (const [name, changed] of changes) {
    test(`[S13] differ in ${name} alone where it does`, () => expect(differing(changed)).toEqual([name]))
  }

  test('[S13] say nothing of what is not for all eyes', () => {
    expect(differing(digests({ ammo: 8, fuse: 10 }))).toEqual([])
  })
})

test('[S13] a digest tells numbers of words apart, also where the words are as small as ids are', () => {
  const small = [
    [],
    ...[1, 2, 3].flatMap((a) => [
      [a],
      ...[1, 2, 3, 4].flatMap((b) => [
        [a, b],
        [a, b, 1],
        [a, b, 5],
      ]),
    ]),
  ]
  expect(new Set(small.map((words) => digest(words))).size).toBe(small.length)
  // All that there is of the only gun, its id and its owner, is 1.
  const guns = defineGame({ entities: { gun: {} } })
  const gun = { id: 1, values: {}, owner: 1, shownTo: 'all', reveals: 0 } as LiveRow
  const [one, none] = [[undefined, gun], []].map((rows) =>
    columnDigests(guns, new Capture(guns, true).capture([[], [], rows], 1)),
  )
  expect(one).not.toEqual(none)
})

test('[S13] a digest tells one word from any other, and the order of words, seed 3', () => {
  const random = seeded(3)
  for (let round = 0; round < 2_000; round++) {
    const words = Int32Array.from({ length: between(random, 1, 20) }, () => between(random, -(2 ** 31), 2 ** 31 - 1))
    const before = digest(words)
    const place = between(random, 0, words.length - 1)
    words[place]! ^= 1 << between(random, 0, 31)
    expect(digest(words)).not.toBe(before)
    if (words.length > 1 && words[0] !== words[1]) expect(digest([words[1]!, words[0]!])).not.toBe(digest(words, 2))
  }
  expect(digest([])).not.toBe(digest([0]))
})

test('a digest leads back to the one word that was another one, seed 4', () => {
  const random = seeded(4)
  const word = () => between(random, -(2 ** 31), 2 ** 31 - 1)
  for (let round = 0; round < 500; round++) {
    const words = Int32Array.from({ length: between(random, 1, 50) }, word)
    const place = between(random, 0, words.length - 1)
    const before = words[place]
    const found = digest(words)
    words[place] = word()
    const wanted = undigest(words, words.length, found)
    expect(wanted[place]).toBe(before)
    wanted.forEach((value, index) => {
      const other = words.slice()
      other[index] = value
      expect(digest(other)).toBe(found)
    })
  }
})
