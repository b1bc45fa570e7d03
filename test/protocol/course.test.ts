import { describe, expect, test } from 'vitest'
import { Reader, Writer } from '../../protocol/bytes.ts'
import { Capture } from '../../protocol/capture.ts'
import { Course } from '../../protocol/course.ts'
import { readDelta, writeDelta } from '../../protocol/delta.ts'
import { defineGame } from '../../protocol/game.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { LiveRow } from '../../protocol/live.ts'
import { type Baseline, SnapshotRing } from '../../protocol/snapshot.ts'
import { angle, fixed, u8, u32 } from '../../protocol/vocabulary.ts'
import { between, seeded } from '../support/random.ts'
import { sharedCells } from '../support/tables.ts'

const game = defineGame({
  entities: { ship: { x: fixed(0, 1000, 1), turn: angle(8), hp: u8(), seen: fixed(0, 1000, 1).interpolate(false) } },
})
const TURN = (2 * Math.PI) / 256

/** Both ends of a stream whose every frame is sent. */
class Stream {
  readonly capture = new Capture(game, true)
  readonly ring = new SnapshotRing(game)
  tick = 0

  /** Captures the ships `after` ticks later, sends the delta, checks the law and returns the delta's bytes. */
  send(ships: readonly (Ship | undefined)[], after = 3): number {
    const steady = this.capture.ring.back(2) !== undefined
    const base = this.capture.ring.newest.tick
    const from = baselineOf(this.capture.ring, base, steady)
    this.tick += after
    const snapshot = this.capture.capture([[], [], [undefined, ...ships]], this.tick)
    const writer = new Writer()
    writeDelta(writer, game, from, snapshot)
    const onto = baselineOf(this.ring, base, steady)
    const into = this.ring.claim(this.tick)
    const reader = new Reader(writer.copy())
    readDelta(reader, game, onto, into)
    reader.finish()
    expect(sharedCells(game, into)).toEqual(sharedCells(game, snapshot))
    return writer.length
  }
}

interface Ship extends LiveRow {
  readonly values: { x: number; turn: number; hp: number; seen: number }
}

const ship = (id: number, x = 100): Ship => ({
  id,
  values: { x, turn: 0, hp: 9, seen: x },
  owner: 0,
  shownTo: null,
  reveals: 0,
})

function baselineOf(ring: SnapshotRing, tick: number, isSteady: boolean): Baseline {
  const baseline = ring.baseline(tick, isSteady)
  if (!baseline) throw new Error(`no baseline of tick ${tick}`)
  return baseline
}

describe('what goes on as it went', () => {
  test('[S11] costs one byte for all of it', () => {
    const stream = new Stream()
    const ships = [ship(1), ship(2, 900)]
    const sizes: number[] = []
    for (let step = 0; step < 8; step++) {
      sizes.push(stream.send(ships))
      ships.forEach(({ values }, index) => {
        values.x += index === 0 ? 7 : -9
        values.turn += 40 * TURN
      })
    }
    expect(sizes.slice(4)).toEqual([1, 1, 1, 1])
  })

  test('[S11] goes on in proportion when a frame comes later than the ones before', () => {
    const stream = new Stream()
    const one = ship(1)
    for (const after of [3, 3, 3, 3]) {
      stream.send([one], after)
      one.values.x += 9
    }
    one.values.x += 9
    expect(stream.send([one], 6)).toBe(1)
  })

  test('[S11] is not expected of a column that is not drawn between two values', () => {
    const stream = new Stream()
    const one = ship(1)
    for (let step = 0; step < 5; step++) {
      stream.send([one])
      one.values.seen += 5
    }
    expect(stream.send([one])).toBeGreaterThan(1)
  })

  test('[S11] stays where going on was worse than staying the last time', () => {
    const stream = new Stream()
    const one = ship(1)
    for (const x of [100, 110, 120, 130]) {
      one.values.x = x
      stream.send([one])
    }
    // It stopped: expected at 140. Then, having stopped, it is expected to stay.
    const stopped = stream.send([one])
    expect(stopped).toBeGreaterThan(1)
    expect(stream.send([one])).toBe(1)
  })

  test('[S11] never leaves the range of its field', () => {
    const stream = new Stream()
    const one = ship(1)
    const sizes = [970, 980, 990, 1000, 1000, 1000].map((x) => {
      one.values.x = x
      return stream.send([one])
    })
    // After 1,000 it is expected at the edge, and not at 1,010.
    expect(sizes.slice(3)).toEqual([1, 1, 1])
  })
})

describe('both ends expect the same', () => {
  for (let seed = 1; seed <= 60; seed++) {
    test(`[S10] of ships that move, turn, come and go, seed ${seed}`, () => {
      const random = seeded(seed)
      const stream = new Stream()
      const speeds = [0, 0, 0, 0, 0, 0]
      const ships: (Ship | undefined)[] = speeds.map(() => undefined)
      let generation = 0
      for (let step = 0; step < 80; step++) {
        const index = between(random, 0, 5)
        if (random() < 0.15) ships[index] = ships[index] ? undefined : ship((++generation << 16) | (index + 1))
        if (random() < 0.4) speeds[index] = between(random, -30, 30)
        ships.forEach((one, at) => {
          if (!one) return
          one.values.x = Math.min(1000, Math.max(0, one.values.x + (speeds[at] as number)))
          one.values.turn += (speeds[at] as number) * TURN
          if (random() < 0.05) one.values.hp = between(random, 0, 255)
        })
        stream.send(ships, between(random, 1, 4))
      }
    })
  }
})

describe('what is expected', () => {
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)
  const scale = (moved: number, ticks: number, per: number) =>
    ticks === per ? moved : Math.floor((moved * ticks) / per + 0.5)

  /** Rule [S11], as it is written, for a column without a circle. `ticks`: of the three snapshots, and of what follows. */
  const byTheRule = (values: readonly number[], ticks: readonly number[] = [3, 6, 9, 12]) => {
    const [v2, v1, v0] = values as [number, number, number]
    const [t2, t1, t0, t] = ticks as [number, number, number, number]
    const isWorse = Math.abs(v0 - v1 - scale(v1 - v2, t0 - t1, t1 - t2)) >= Math.abs(v0 - v1)
    return isWorse ? v0 : Math.min(1000, Math.max(0, v0 + scale(v0 - v1, t - t0, t0 - t1)))
  }

  for (let seed = 1; seed <= 20; seed++) {
    test(`[S11] follows the rule where frames are equally far apart, seed ${seed}`, () => {
      const random = seeded(seed)
      const capture = new Capture(game, true)
      const ships = Array.from({ length: 40 }, (_, index) => ship(index + 1, between(random, 0, 1000)))
      const seen: number[][] = []
      for (const tick of [3, 6, 9]) {
        for (const { values } of ships) values.x = Math.min(1000, Math.max(0, values.x + between(random, -60, 60)))
        capture.capture([[], [], [undefined, ...ships]], tick)
        seen.push(ships.map(({ values }) => values.x))
      }
      const course = new Course()
      course.follow(game.kinds[2] as Layout, 2, baselineOf(capture.ring, 9, true), 12)
      const expected = ships.map((_, row) => byTheRule(seen.map((values) => values[row] as number)))
      expect([...course.column(1).subarray(0, ships.length)]).toEqual(expected)
    })

    for (const [what, latest] of [
      ['all rows were there', 0],
      ['rows came late', 2],
    ] as const) {
      test(`[S11] follows the rule where frames are unevenly far apart and ${what}, seed ${seed}`, () => {
        const random = seeded(seed)
        const capture = new Capture(game, true)
        const ships = Array.from({ length: 40 }, (_, index) => ship(index + 1, between(random, 0, 1000)))
        const since = ships.map(() => between(random, 0, latest))
        const ticks = [1, 2, 3, 4].map(() => between(random, 1, 4)).map((_, at, gaps) => sum(gaps.slice(0, at + 1)))
        const seen = ticks.slice(0, 3).map((tick, at) => {
          for (const { values } of ships) values.x = Math.min(1000, Math.max(0, values.x + between(random, -60, 60)))
          capture.capture(
            [[], [], [undefined, ...ships.map((one, row) => ((since[row] as number) <= at ? one : undefined))]],
            tick,
          )
          return ships.map(({ values }) => values.x)
        })
        const course = new Course()
        course.follow(
          game.kinds[2] as Layout,
          2,
          baselineOf(capture.ring, ticks[2] as number, true),
          ticks[3] as number,
        )
        const expected = ships.map((_, row) => {
          const values = seen.map((at) => at[row] as number)
          return since[row] === 0 ? byTheRule(values, ticks) : values[2]
        })
        expect([...course.column(1).subarray(0, ships.length)]).toEqual(expected)
      })
    }

    test(`[S11] is the same whether or not another row came since, seed ${seed}`, () => {
      const random = seeded(seed)
      const ships = Array.from({ length: 10 }, (_, index) => ship(index + 1, between(random, 0, 1000)))
      const late = ship(11, 0)
      const inLine = new Capture(game, true)
      const outOfLine = new Capture(game, true)
      for (const tick of [3, 6, 9]) {
        for (const { values } of ships) {
          values.x = Math.min(1000, Math.max(0, values.x + between(random, -60, 60)))
          values.turn += between(random, -127, 127) * TURN
        }
        inLine.capture([[], [], [undefined, ...ships]], tick)
        outOfLine.capture([[], [], [undefined, ...ships, tick === 9 ? late : undefined]], tick)
      }
      const columns = [inLine, outOfLine].map(({ ring }) => {
        const course = new Course()
        course.follow(game.kinds[2] as Layout, 2, baselineOf(ring, 9, true), 12)
        return [1, 2].map((column) => [...course.column(column).subarray(0, ships.length)])
      })
      expect(columns[0]).toEqual(columns[1])
    })
  }
})

describe('a column as wide as 32 bits', () => {
  const wide = defineGame({
    entities: {
      thing: { from: u32().interpolate(true), narrow: fixed(0, 2 ** 29 - 1, 1), broad: fixed(0, 2 ** 29, 1) },
    },
  })

  test('[S11] stays as it was, while one of fewer steps goes on', () => {
    const { ints } = wide.kinds[2] as Layout
    expect(ints.map(({ name, isSteady }) => [name, isSteady])).toEqual([
      ['owner', false],
      ['from', false],
      ['narrow', true],
      ['broad', false],
    ])
  })

  test('[S11] comes through whole at both ends of its range', () => {
    const capture = new Capture(wide, true)
    const ring = new SnapshotRing(wide)
    const values = { from: 0, narrow: 0, broad: 0 }
    const row: LiveRow = { id: 1, values, owner: 0, shownTo: null, reveals: 0 }
    for (let step = 0; step < 8; step++) {
      values.from = (0x7ffffffc + step) >>> 0
      values.narrow = 2 ** 29 - 40 + step * 5
      values.broad = step % 2 ? 2 ** 29 : 0
      const from = baselineOf(capture.ring, capture.ring.newest.tick, step >= 3)
      const writer = new Writer()
      const snapshot = capture.capture([[], [], [undefined, row]], step * 3 + 3)
      writeDelta(writer, wide, from, snapshot)
      const onto = baselineOf(ring, ring.newest.tick, step >= 3)
      const into = ring.claim(snapshot.tick)
      readDelta(new Reader(writer.copy()), wide, onto, into)
      expect(sharedCells(wide, into)).toEqual(sharedCells(wide, snapshot))
      const { ints } = wide.kinds[2] as Layout
      expect(
        ints.slice(1).map(({ scalar }, index) => scalar.restore(into.tables[2]?.ints[index + 1]?.[0] ?? 0)),
      ).toEqual([values.from, values.narrow, values.broad])
    }
  })
})

test('[S11] a long wait leads no farther than to the end of a range, however fast it went before', () => {
  const wide = defineGame({ entities: { ship: { x: fixed(0, 2 ** 29 - 2, 1) } } })
  const values = { x: 0 }
  const capture = new Capture(wide, true)
  const rows = [[], [], [undefined, { id: 1, values, owner: 0, shownTo: null, reveals: 0 }]]
  for (const tick of [1, 2, 3]) {
    values.x = (tick - 1) * 2 ** 27
    capture.capture(rows, tick)
  }
  const course = new Course()
  const expected = (tick: number) => {
    course.follow(wide.kinds[2]!, 2, capture.ring.baseline(3, true)!, tick)
    return course.column(1)[0]
  }
  expect([4, 5, 67, 2_003].map(expected)).toEqual([3 * 2 ** 27, 2 ** 29 - 2, 2 ** 29 - 2, 2 ** 29 - 2])
})
