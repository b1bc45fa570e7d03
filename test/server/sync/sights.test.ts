import { describe, expect, test } from 'vitest'
import { seenFirst } from '../../../protocol/part.ts'
import type { RowList } from '../../../protocol/row-list.ts'
import { makeId } from '../../../protocol/snapshot.ts'
import { SIGHTS, Sight, Sights } from '../../../server/sync/sights.ts'
import { arena } from '../../support/arena.ts'
import { fillList, numbersIn } from '../../support/lists.ts'

const [SHIP, ROCK] = [2, 3]
const AGE = 2 ** 24
const listIn = (sight: Sight, kind: number) => sight.seen[kind] as RowList

/** Those of the ticks 10, 20, 30 and so on; at each one ship was seen, whose id is the tick. */
function sightsOf(count: number): Sights {
  const sights = new Sights(arena)
  for (let tick = 10; tick <= count * 10; tick += 10) claim(sights, tick)
  return sights
}

function claim(sights: Sights, tick: number): void {
  fillList(listIn(sights.claim(tick), SHIP), [seenFirst(tick)])
}

const shipsAt = (sights: Sights, tick: number) => {
  const sight = sights.at(tick)
  return sight && [sight.tick, ...numbersIn(listIn(sight, SHIP))]
}

describe('the sights of a client', () => {
  test('begin with tick 0, at which nothing was seen, and which stays so', () => {
    const sights = new Sights(arena)
    expect([sights.newest.tick, sights.back(0), sights.at(10)]).toEqual([0, undefined, undefined])
    claim(sights, 10)
    expect(shipsAt(sights, 0)).toEqual([0])
    expect(sights.at(0)?.seen.length).toBe(arena.kinds.length)
  })

  test('are found by just their tick, and by how many came after', () => {
    const sights = sightsOf(3)
    expect([10, 20, 30].map((tick) => shipsAt(sights, tick))).toEqual([10, 20, 30].map((tick) => [tick, tick + AGE]))
    expect([9, 15, 31, 40].map((tick) => sights.at(tick))).toEqual([undefined, undefined, undefined, undefined])
    expect([0, 1, 2, 3].map((steps) => sights.back(steps)?.tick)).toEqual([30, 20, 10, undefined])
    expect(sights.newest).toBe(sights.back(0))
  })

  test('are kept for so many ticks: the oldest makes room', () => {
    const sights = sightsOf(SIGHTS)
    const oldest = sights.at(10)
    expect(oldest?.tick).toBe(10)
    claim(sights, (SIGHTS + 1) * 10)
    expect(sights.newest).toBe(oldest)
    expect([sights.at(10), sights.at(20)?.tick]).toEqual([undefined, 20])
    expect([sights.back(SIGHTS - 1)?.tick, sights.back(SIGHTS)]).toEqual([20, undefined])
  })

  for (const turns of [2, 3, 7]) {
    test(`are the latest ${SIGHTS} after the ring has turned ${turns} times and a half`, () => {
      const count = turns * SIGHTS + SIGHTS / 2
      const sights = sightsOf(count)
      const ticks = Array.from({ length: SIGHTS }, (_, steps) => (count - steps) * 10)
      expect(ticks.map((_, steps) => sights.back(steps)?.tick)).toEqual(ticks)
      expect(ticks.map((tick) => shipsAt(sights, tick))).toEqual(ticks.map((tick) => [tick, tick + AGE]))
      expect(sights.at((count - SIGHTS) * 10)).toBeUndefined()
    })
  }

  test('go on from none when they are claimed, whatever was in that place', () => {
    const sights = new Sights(arena)
    for (let tick = 1; tick <= SIGHTS; tick++) sights.claim(tick).after = tick
    expect(sights.claim(SIGHTS + 1).after).toBe(0)
    expect(sights.at(SIGHTS)?.after).toBe(SIGHTS)
  })
})

describe('a sight that is taken back', () => {
  test('is as if it had not been, and the next one takes its place', () => {
    const sights = sightsOf(3)
    sights.retract()
    expect([sights.newest.tick, sights.at(30), sights.at(20)?.tick]).toEqual([20, undefined, 20])
    claim(sights, 40)
    expect([0, 1, 2].map((steps) => sights.back(steps)?.tick)).toEqual([40, 20, 10])
  })

  test('leaves nothing when it was the only one', () => {
    const sights = sightsOf(1)
    sights.retract()
    expect([sights.newest.tick, sights.at(10)]).toEqual([0, undefined])
  })

  test('takes with it what it took the place of, and no other', () => {
    const sights = sightsOf(SIGHTS + 1)
    sights.retract()
    expect([sights.newest.tick, sights.at(10), sights.at(20)?.tick]).toEqual([SIGHTS * 10, undefined, 20])
  })

  test('is not found in the place of the oldest', () => {
    const sights = sightsOf(SIGHTS + 1)
    sights.retract()
    expect(sights.at((SIGHTS + 1) * 10)).toBeUndefined()
  })
})

describe('a sight', () => {
  const ids = [1, makeId(2, 3), 7, makeId(300, 255)]

  test('has what was seen, of that kind and of no other generation, at whatever age', () => {
    const sight = new Sight(arena)
    fillList(
      listIn(sight, SHIP),
      ids.map((id, index) => id + ((index % 3) + 1) * AGE),
    )
    expect(ids.map((id) => sight.has(SHIP, id))).toEqual([true, true, true, true])
    expect(ids.map((id) => sight.has(ROCK, id))).toEqual([false, false, false, false])
    const strangers = [2, makeId(1, 1), makeId(2, 4), 6, 8, 300, makeId(301, 255), 65_535]
    expect(strangers.filter((id) => sight.has(SHIP, id))).toEqual([])
  })

  test('has nothing while it is empty', () => {
    expect(new Sight(arena).has(SHIP, 1)).toBe(false)
  })
})
