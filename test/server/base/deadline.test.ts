import { describe, expect, test } from 'vitest'
import { isInTime, onceOver } from '../../../server/base/deadline.ts'
import { VirtualClock } from '../../support/clock.ts'
import { virtualShared } from '../../support/server.ts'

test('work is in time until the time of a hook is over', async () => {
  for (const [ms, inTime] of [
    [7_900, true],
    [8_100, false],
  ] as const) {
    const { world, ...shared } = virtualShared()
    const verdict = isInTime({ world, ...shared }, new Promise((resolve) => world.after(ms, resolve)))
    await world.clock.pass(11_000, 100)
    expect(await verdict).toBe(inTime)
    expect(world.clock.waiting).toBe(0)
  }
})

describe('what comes once a time is over', () => {
  /** When it is called, where the timer for 5 s runs only at `wokenAt`. */
  function calledAt(wokenAt: number): number {
    const clock = new VirtualClock()
    const told: number[] = []
    const lateAfter = (ms: number, run: () => void) => clock.after(ms === 5_000 ? wokenAt : ms, run)
    onceOver({ now: clock.now, after: lateAfter }, 5_000, () => void told.push(clock.now()))
    clock.advance(20_000)
    return told[0] ?? Number.NaN
  }

  test('comes then, though the timer is a little late', () => {
    expect([5_000, 5_900].map(calledAt)).toEqual([5_000, 5_900])
  })

  test('waits after a standstill for what arrived meanwhile', () => {
    expect([6_000, 14_500].map(calledAt)).toEqual([6_250, 14_750])
  })

  test('is called off before and after a standstill', () => {
    for (const offAt of [4_000, 6_100]) {
      const clock = new VirtualClock()
      let calls = 0
      const off = onceOver(
        { now: clock.now, after: (ms, run) => clock.after(ms === 5_000 ? 6_000 : ms, run) },
        5_000,
        () => {
          calls++
        },
      )
      clock.after(offAt, off)
      clock.advance(20_000)
      expect([calls, clock.waiting]).toEqual([0, 0])
    }
  })
})
