import { expect, test } from 'vitest'
import { Reader } from '../../../protocol/bytes.ts'
import { Capture } from '../../../protocol/capture.ts'
import { readDelta } from '../../../protocol/delta.ts'
import { defineGame, fixed } from '../../../protocol/index.ts'
import { Snapshot } from '../../../protocol/snapshot.ts'
import { Body } from '../../../server/sync/body.ts'

const game = defineGame({ entities: { ship: { x: fixed(0, 100, 1) } } })

test('a body knows its baselines, and can be filled again', () => {
  const ship = { id: 1, values: { id: 1, x: 5 }, owner: 0, shownTo: null, reveals: 0 }
  const capture = new Capture(game, true)
  const body = new Body()
  for (const tick of [3, 6, 9, 12]) {
    ship.values.x += tick
    const before = capture.ring.newest
    const earlier = [capture.ring.back(1), capture.ring.back(2)] as const
    const isSteady = earlier[1] !== undefined
    const now = capture.capture([[], [], [undefined, ship]], tick)
    const baseline = { base: before, earlier: isSteady ? ([earlier[0]!, earlier[1]] as const) : null }
    body.fill(game, baseline, now)
    expect([body.ticks.base, body.ticks.last, body.ticks.first]).toEqual([
      tick - 3,
      isSteady ? tick - 6 : 0,
      isSteady ? tick - 9 : 0,
    ])
    const into = new Snapshot(game)
    into.tick = tick
    readDelta(new Reader(body.bytes.slice()), game, baseline, into)
    expect(into.tables[2]!.ints[1]![0]).toBe(ship.values.x)
  }
})
