import { describe, expect, test } from 'vitest'
import { Writer } from '../../../protocol/bytes.ts'
import { writeDelta } from '../../../protocol/delta.ts'
import { seenFirst } from '../../../protocol/part.ts'
import type { Baseline, Snapshot, Table } from '../../../protocol/snapshot.ts'
import { Survey } from '../../../server/sync/survey.ts'
import { Flock, idsOf, partOf } from '../../support/flock.ts'
import { listOf } from '../../support/lists.ts'
import { seeded } from '../../support/random.ts'
import { zoo } from '../../support/zoo.ts'

/** By kind, whom a client sees of any state. */
type Sees = (kind: number, id: number) => boolean

const [PLAYER, SHIP, RELIC] = [1, 2, 3]
const all: Sees = () => true
const none: Sees = () => false
const even: Sees = (_, id) => id % 2 === 0
const odd: Sees = (_, id) => id % 2 === 1

const idsIn = ({ tables }: Snapshot, sees: Sees) =>
  tables.map((table, kind) => idsOf(table).filter((id) => sees(kind, id)))

/** What a survey is asked for each kind of a client who saw by the same rule all along. */
function sightsOf({ base, earlier }: Baseline, now: Snapshot, sees: Sees) {
  const seenIn = (state: Snapshot, kind: number) => listOf((idsIn(state, sees)[kind] as number[]).map(seenFirst))
  return (kind: number) => {
    const table = now.tables[kind] as Table
    const rows = (idsIn(now, sees)[kind] as number[]).map((id) => table.indexOf(id))
    const before = earlier && ([seenIn(earlier[0], kind), seenIn(earlier[1], kind)] as const)
    const lists = { rows: listOf(rows), now: seenIn(now, kind), base: seenIn(base, kind) }
    return { ...lists, earlier: before, isInLine: false }
  }
}

function written(survey: Survey, sightOf: Parameters<Survey['write']>[1]): string {
  const writer = new Writer()
  // What was there before stays.
  writer.u8(0xee)
  survey.write(writer, sightOf)
  return hexOf(writer)
}

/** The delta of all kinds, from states of the client's own. */
function plainly({ base, earlier }: Baseline, now: Snapshot, sees: Sees): string {
  const own = (state: Snapshot) => partOf(state, idsIn(state, sees))
  const around = { before: base, now }
  const writer = new Writer()
  writer.u8(0xee)
  writeDelta(writer, zoo, { base: own(base), earlier: earlier && [own(earlier[0]), own(earlier[1])], around }, own(now))
  return hexOf(writer)
}

const hexOf = (writer: Writer) => Buffer.from(writer.copy()).toString('hex')

/** A baseline in the ring of a random room, and what follows it. */
function scene(seed: number, isSteady: boolean) {
  const flock = new Flock(seeded(seed))
  for (let round = 0; round < 30; round++) flock.next()
  const { ring } = flock.capture
  const baseline = ring.baseline(ring.newest.tick, isSteady) as Baseline
  return { flock, baseline, now: flock.next() }
}

describe('what a survey writes', () => {
  const [S, R] = [SHIP, RELIC]
  for (const partial of [[S, R], [S], [R], [PLAYER], [PLAYER, R], []]) {
    const names = partial.map((kind) => zoo.kinds[kind]?.kind).join(' and ') || 'nothing'
    test(`is the delta of each client where ${names} is seen in part, steady or not or whole, seeds 1 to 10`, () => {
      const isPartial = zoo.kinds.map((_, kind) => partial.includes(kind))
      // Filled again and again, as in each tick.
      const survey = new Survey(zoo, isPartial)
      for (let seed = 1; seed <= 10; seed++) {
        const { flock, baseline, now } = scene(seed, seed % 2 === 0)
        for (const from of [baseline, flock.capture.ring.baseline(0, false) as Baseline]) {
          survey.fill(from, now)
          for (const sees of [even, all, odd, none, even]) {
            const own: Sees = (kind, id) => !isPartial[kind] || sees(kind, id)
            expect(written(survey, sightsOf(from, now, own))).toBe(plainly(from, now, own))
          }
        }
      }
    })
  }

  test('is asked of a client for each kind of which it may see a part, once and in order', () => {
    const { baseline, now } = scene(1, true)
    const survey = new Survey(zoo, [false, true, false, true]).fill(baseline, now)
    const asked: number[] = []
    const sightOf = sightsOf(baseline, now, all)
    written(survey, (kind) => {
      asked.push(kind)
      return sightOf(kind)
    })
    expect(asked).toEqual([PLAYER, RELIC])
  })

  test('was found when it was filled, for the kinds that everyone sees: once for all who ask', () => {
    const { baseline, now } = scene(2, false)
    const survey = new Survey(zoo, [false, false, false, true]).fill(baseline, now)
    const first = written(survey, sightsOf(baseline, now, none))
    const ships = now.tables[SHIP] as Table
    for (let row = 0; row < ships.count; row++) (ships.ints[1] as Int32Array)[row] = 77 + row
    expect(plainly(baseline, now, (kind) => kind !== RELIC)).not.toBe(first)
    expect(written(survey, sightsOf(baseline, now, none))).toBe(first)
  })
})

test('a survey goes by the ticks of its baseline, 0 where there are none', () => {
  const { flock, baseline, now } = scene(3, true)
  const survey = new Survey(zoo, [false, false, true, true])
  const ticks = () => [survey.ticks.base, survey.ticks.last, survey.ticks.first]
  expect(survey.fill(baseline, now)).toBe(survey)
  expect(ticks()).toEqual([1, 2, 3].map((steps) => flock.capture.ring.back(steps)?.tick))
  survey.fill({ base: baseline.base, earlier: null }, now)
  expect(ticks()).toEqual([baseline.base.tick, 0, 0])
})
