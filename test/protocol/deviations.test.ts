import { describe, expect, test } from 'vitest'
import { Capture } from '../../protocol/capture.ts'
import { Course } from '../../protocol/course.ts'
import { Deviations } from '../../protocol/deviations.ts'
import { defineGame } from '../../protocol/game.ts'
import type { IntColumn, Layout } from '../../protocol/layout.ts'
import type { LiveRow } from '../../protocol/live.ts'
import { type Baseline, makeId, type Snapshot, slotOf, type Table } from '../../protocol/snapshot.ts'
import { angle, f32, f64, fixed, text, u32 } from '../../protocol/vocabulary.ts'
import { Flock, idsOf } from '../support/flock.ts'
import { between, seeded } from '../support/random.ts'
import { zoo } from '../support/zoo.ts'

/** What was found, row by row of the state. */
function found(room: Deviations) {
  return idsOf(room.after).map((id, row) => {
    const isKept = room.baseRows[row] !== -1
    return {
      id,
      baseRow: room.baseRows[row],
      isChanged: room.changed[row] !== 0,
      hasMoved: isKept && room.hasMoved(row),
      steps: isKept ? room.steps.map((steps) => steps[row]) : null,
    }
  })
}

/** The shortest way round for what goes in a circle. */
function shortest(step: number, { coding, most }: IntColumn['scalar']): number {
  if (coding !== 'circle') return step | 0
  const ahead = step & most
  return ahead <= most / 2 ? ahead : ahead - most - 1
}

/** The same, cell by cell. */
function plainly(layout: Layout, kind: number, baseline: Baseline, now: Snapshot) {
  const course = new Course()
  course.follow(layout, kind, baseline, now.tick)
  const [was, is] = [baseline.base.tables[kind] as Table, now.tables[kind] as Table]
  const expected = layout.moving.ints.map((column) => [...course.column(column).subarray(0, was.count)])
  return idsOf(is).map((id, row) => {
    const baseRow = idsOf(was).indexOf(id)
    if (baseRow < 0) return { id, baseRow, isChanged: false, hasMoved: false, steps: null }
    const steps = layout.moving.ints.map((column, index) => {
      const { scalar } = layout.ints[column] as IntColumn
      const step = (is.ints[column]?.[row] as number) - (expected[index]?.[baseRow] as number)
      return shortest(step, scalar)
    })
    const anyBox = layout.moving.boxes.some((column) => {
      return !Object.is(is.boxes[column]?.[row], was.boxes[column]?.[baseRow])
    })
    const anyInt = layout.moving.ints.some((column) => is.ints[column]?.[row] !== was.ints[column]?.[baseRow])
    const isChanged = anyBox || steps.some((step) => step !== 0)
    return { id, baseRow, isChanged, hasMoved: anyBox || anyInt, steps }
  })
}

/** 60 states; of each is found what differs from one that was shortly before, or from nothing. */
function play(seed: number): void {
  const random = seeded(seed)
  const flock = new Flock(random)
  const { ring } = flock.capture
  const rooms = zoo.kinds.map((layout, kind) => new Deviations(layout, kind))
  for (let round = 0; round < 60; round++) {
    const back = between(random, 0, 2)
    const base = random() < 0.1 ? 0 : (ring.back(back)?.tick ?? 0)
    const baseline = ring.baseline(base, base > 0 && ring.back(back + 2) !== undefined && random() < 0.8) as Baseline
    const now = flock.next()
    for (const room of rooms) {
      room.fill(baseline, now)
      expect(room.isWhole).toBe(base === 0)
      expect([room.before, room.after]).toEqual([baseline.base.tables[room.kind], now.tables[room.kind]])
      expect(found(room)).toEqual(plainly(room.layout, room.kind, baseline, now))
    }
  }
}

describe('how a room differs from what is expected of it', () => {
  for (let seed = 1; seed <= 15; seed++) {
    test(`is found for every row as it is cell by cell, over 60 states, seed ${seed}`, () => play(seed))
  }
})

const fields = { x: fixed(0, 1000, 1), turn: angle(8), heat: f32(), score: u32(), name: text(8), sway: f64() }
const game = defineGame({ entities: { thing: fields } })
const layout = game.kinds[2] as Layout
const TURN = (2 * Math.PI) / 256
const start = { x: 0, turn: 0, heat: 0, score: 0, name: '', sway: 0 }

type Thing = readonly [id: number, values: Partial<typeof start>]

/** Of the last of these states, which are 10 ticks apart, from the one before and the two before that if there are. */
function deviationsIn(...states: readonly (readonly Thing[])[]): Deviations {
  const capture = new Capture(game, true)
  const room = new Deviations(layout, 2)
  states.forEach((things, index) => {
    const live: (LiveRow | undefined)[] = []
    for (const [id, values] of things)
      live[slotOf(id)] = { id, values: { ...start, ...values }, owner: 0, shownTo: null, reveals: 0 }
    const { tick } = capture.ring.newest
    const baseline = capture.ring.baseline(tick, capture.ring.back(2) !== undefined) as Baseline
    room.fill(baseline, capture.capture([[], [], Array.from(live)], 10 * (index + 1)))
  })
  return room
}

const stepsOf = (room: Deviations, row: number) => room.steps.map((steps) => steps[row])

describe('a thing', () => {
  test('that goes on as it went is as expected, though it has moved', () => {
    const room = deviationsIn(...[0, 5, 10, 15].map((x) => [[1, { x, turn: (252 + x / 5) * TURN }] as const]))
    expect([room.changed[0], stepsOf(room, 0), room.hasMoved(0)]).toEqual([0, [0, 0, 0, 0, 0], true])
  })

  test('that stops is off by what it did not go, past north too, though it has not moved', () => {
    const room = deviationsIn(...[0, 2, 4, 4].map((x) => [[1, { x, turn: (251 + x) * TURN }] as const]))
    expect([room.changed[0] === 0, stepsOf(room, 0), room.hasMoved(0)]).toEqual([false, [0, -2, -2, 0, 0], false])
  })

  test('whose text alone is another one has changed and moved, without a step', () => {
    const room = deviationsIn([[1, { name: 'old' }]], [[1, { name: 'new' }]])
    expect([room.changed[0] === 0, stepsOf(room, 0), room.hasMoved(0)]).toEqual([false, [0, 0, 0, 0, 0], true])
  })

  test('whose number is -0 after 0, or 0 after -0, has changed and moved', () => {
    for (const [was, is] of [
      [0, -0],
      [-0, 0],
    ] as const) {
      const room = deviationsIn([[1, { sway: was }]], [[1, { sway: is }]])
      expect([room.changed[0] === 0, room.hasMoved(0)]).toEqual([false, true])
    }
  })

  test('that stays as it was in the base has not moved', () => {
    const room = deviationsIn([[1, { x: 7, name: 'same' }]], [[1, { x: 7, name: 'same' }]])
    expect([room.changed[0], stepsOf(room, 0), room.hasMoved(0)]).toEqual([0, [0, 0, 0, 0, 0], false])
  })

  test('that came has no row in the base, whatever was in its slot', () => {
    const room = deviationsIn(
      [
        [1, {}],
        [2, { x: 5 }],
      ],
      [
        [makeId(1, 1), { x: 9 }],
        [2, { x: 6 }],
        [3, {}],
      ],
    )
    expect([...room.baseRows.subarray(0, 3)]).toEqual([-1, 1, -1])
    expect([...room.changed.subarray(0, 3)]).toEqual([0, 1, 0])
  })

  test('is found in the empty state by nobody', () => {
    const room = deviationsIn([[1, { x: 5 }]])
    expect([room.isWhole, room.before.count, room.baseRows[0], room.changed[0]]).toEqual([true, 0, -1, 0])
  })
})
