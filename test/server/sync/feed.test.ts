import { expect, test } from 'vitest'
import { HEARTBEAT_MS } from '../../../protocol/limits.ts'
import { Feed } from '../../../server/sync/feed.ts'

const feed = () => new Feed(7, { tickRate: 20, sendRate: 20 })

test('exact values are told from the base on, and from the start once a client came back or asks for more of them', () => {
  const one = feed()
  expect(one.viewFrom(30)).toMatchObject({ player: 7, since: 30, exactSince: 30 })
  one.resume(20)
  expect(one.viewFrom(30)).toMatchObject({ since: 30, exactSince: 0 })
  one.sent(true, 1_500)
  expect(one.viewFrom(31).exactSince).toBe(31)
  one.predict([2])
  expect(one.viewFrom(32)).toMatchObject({ exactSince: 0, predicts: new Set([2]) })
})

test('it goes on from the state that its client has, or from nothing where that holds nothing', () => {
  const one = feed()
  for (const tick of [3, 6, 9]) one.flow.sent(tick, tick, 100)
  one.resume(6)
  expect(one.flow.base).toBe(6)
  one.restart()
  expect(one.flow.base).toBe(0)
})

test('[M6] a client that holds nothing predicts nothing, until it says so again', () => {
  const one = feed()
  one.predict([2])
  one.restart()
  expect(one.viewFrom(1).predicts).toEqual(new Set())
})

test('[M6] of a kind that is named twice everyone is ahead, until the client says otherwise or holds nothing', () => {
  const one = feed()
  one.predict([2, 2, 3])
  expect([one.ahead, one.viewer.predicts]).toEqual([new Set([2]), new Set([2, 3])])
  one.predict([2, 3, 3])
  expect(one.ahead).toEqual(new Set([3]))
  one.restart()
  expect(one.ahead).toEqual(new Set())
})

test('[S12] time is told every 240 ms, and at once on another connection', () => {
  const one = feed()
  expect([1_000, 1_239, 1_240, 1_479].map((now) => one.isTimingDue(now))).toEqual([true, false, true, false])
  one.attach()
  expect(one.isTimingDue(1_480)).toBe(true)
})

test('a client to which nothing was told is quiet before it would worry, by as much as it takes to look, and not earlier', () => {
  const one = feed()
  one.sent(true, 1_000)
  expect([2_499, 2_500].map((now) => one.isQuiet(now))).toEqual([false, true])
  expect(2_500 + 250).toBeLessThan(1_000 + HEARTBEAT_MS)
})

test('a hash is due once in each period, at the same times for all', () => {
  const [one, other] = [feed(), feed()]
  expect([1_950, 2_000, 2_050, 2_999, 3_000].map((now) => one.isHashDue(now, 1_000))).toEqual([
    true,
    true,
    false,
    false,
    true,
  ])
  expect([2_900, 3_010].map((now) => other.isHashDue(now, 1_000))).toEqual([true, true])
})

test('a part of a state leaves its client behind, the whole of one does not', () => {
  const one = feed()
  one.sent(false, 50)
  expect(one.isBehind).toBe(true)
  one.sent(true, 100)
  expect(one.isBehind).toBe(false)
})

test('the first state on another connection is news, whatever the last one told', () => {
  const one = feed()
  one.toldInput = 5
  one.attach()
  expect(one.toldInput).toBe(-1)
})

test('a line is full on which states leave in part, and not one that takes them whole', () => {
  const judged = (isWhole: boolean) => {
    const one = feed()
    const { pace } = one.flow
    pace.measured(0, 1_000, 0)
    for (let frame = 1; frame <= 10; frame++) {
      pace.sent(frame * 50)
      one.sent(isWhole, frame * 50)
    }
    pace.measured(9_000, 1_000, 9_000)
    return pace.isProbing
  }
  expect([judged(true), judged(false)]).toEqual([false, true])
})
