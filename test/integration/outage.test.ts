// After an outage the player is back soon, whichever way the outage shows itself. Both ends whole, on virtual time.

import { describe, expect, test } from 'vitest'
import { join, type Room } from '../../sdk/index.ts'
import { Net } from '../../sdk/netsim.ts'
import type { World } from '../../sdk/world.ts'
import type { RoomClass } from '../../server/room/room.ts'
import { simulate } from '../../server/simulate.ts'
import { Arena, arena } from '../support/arena.ts'
import { Chromium, Firefox, inBrowser } from '../support/browsers.ts'
import { VirtualClock } from '../support/clock.ts'
import { percentile } from '../support/percentile.ts'
import { seeded } from '../support/random.ts'

const SEEDS = 60
const OUTAGE_MS = 12_000
/** For so long after a loss no wait is longer than a second. */
const EAGER_MS = 30_000

type Outage = (net: Net, isOn: boolean) => void

/** Dials are refused, and the sockets that are open break. */
const refused: Outage = (net, isOn) => {
  net.isDown = isOn
  if (isOn) net.cut()
}
/** Nothing gets through, and systems try again, as TCP does, more and more seldom. */
const silent: Outage = (net, isOn) => {
  if (isOn) net.stall(OUTAGE_MS)
}
/** Everything vanishes for good, dials too. */
const hole: Outage = (net, isOn) => {
  net.isHole = isOn
}

interface Return {
  /** From the line's return until a state has come. */
  readonly backMs: number
  /** When the page waited to dial again, since it noticed the loss, and for how long. */
  readonly waits: readonly { readonly at: number; readonly ms: number }[]
  readonly before: number
  readonly after: number
}

type Browser = (net: Net, clock: VirtualClock, random: () => number) => Pick<World, 'WebSocket' | 'fetch'>

/** One that dials at once, and asks nothing. */
const plain: Browser = ({ WebSocket }) => ({ WebSocket, fetch: null })

/** `forMs`: how long each outage lasts, a minute of play apart. What is returned is of the last one. */
async function live(outage: Outage, forMs: readonly number[], seed: number, browser = plain): Promise<Return> {
  const clock = new VirtualClock()
  const world = { ...clock, random: seeded(seed) }
  const log = (message: string) => {
    throw new Error(message)
  }
  const rooms = { arena: Arena as unknown as RoomClass<typeof arena> }
  const server = simulate({ ...world, game: arena, rooms, log })
  const net = new Net(world, server.accept)
  const page = { ...browser(net, clock, world.random), storage: null, page: null }
  const where = { room: 'arena', with: { name: 'Ada' } }
  const joining = join('ws://outage.test/ws', arena, { ...world, ...page, ...where })
  // Not always at the same place between two ticks.
  await clock.pass(2_000 + seed * 7)
  const room: Room<typeof arena> = await joining
  let before = room.me
  let healed = 0
  const waits: { at: number; ms: number }[] = []
  let noticedAt = Number.NaN
  room.onState((state) => {
    if (state.name !== 'reconnecting' || state.retryInMs === 0) return
    if (Number.isNaN(noticedAt)) noticedAt = clock.now()
    waits.push({ at: clock.now() - noticedAt, ms: state.retryInMs })
  })
  for (const [index, ms] of forMs.entries()) {
    if (index > 0) await clock.pass(60_000)
    before = room.me
    outage(net, true)
    await clock.pass(ms)
    outage(net, false)
    healed = clock.now()
    const { serverTick } = room.view()
    while (room.state.name !== 'open' || room.view().serverTick === serverTick) await clock.pass(10)
  }
  return { backMs: clock.now() - healed, waits, before, after: room.me }
}

describe('a player behind a line that is gone for twelve seconds', () => {
  for (const [how, outage, mostMs] of [
    ['refuses', refused, 1_200],
    ['is silent', silent, 1_500],
    ['is a hole', hole, 1_900],
  ] as const) {
    test(`and ${how} is back in the same seat at most ${mostMs} ms after its return, in ${SEEDS} lives`, async () => {
      const back: number[] = []
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { backMs, before, after } = await live(outage, [OUTAGE_MS], seed)
        expect(after).toBe(before)
        back.push(backMs)
      }
      console.log(`${how}: back after ${percentile(back, 0.5)} ms at p50, ${percentile(back, 0.99)} ms at p99`)
      expect(Math.max(...back)).toBeLessThanOrEqual(mostMs)
    })
  }
})

describe('a page that noticed a loss', () => {
  for (const [how, outage] of [
    ['refuses', refused],
    ['is a hole', hole],
  ] as const) {
    test(`never waits longer than a second in the first thirty while the line ${how}, and five after that`, async () => {
      for (let seed = 1; seed <= 10; seed++) {
        const { waits } = await live(outage, [60_000], seed)
        const late = waits.filter(({ at }) => at >= EAGER_MS)
        const early = waits.filter(({ at }) => at < EAGER_MS)
        expect(early.length).toBeGreaterThan(3)
        for (const { ms } of early) expect(ms).toBeLessThanOrEqual(1_000)
        expect(late.some(({ ms }) => ms > 1_000)).toBe(true)
        for (const { ms } of late) expect(ms).toBeLessThanOrEqual(5_000)
      }
    })
  }
})

describe('a browser that holds up a page which dialled in vain', () => {
  const chromium: Browser = (net, clock, random) => inBrowser(net, clock, new Chromium(clock, random))
  const firefox: Browser = (net, clock, random) => inBrowser(net, clock, new Firefox(clock, random))
  for (const [name, browser] of [
    ['Chromium', chromium],
    ['Firefox', firefox],
  ] as const) {
    for (const [how, outage] of [
      ['refuses', refused],
      ['is a hole', hole],
    ] as const) {
      for (const [forMs, mostMs] of [
        [12_000, 1_300],
        [29_000, 1_300],
      ] as const) {
        test(`has it back at most ${mostMs} ms after a line that ${how} for ${forMs / 1000} s, in ${name}, 20 lives`, async () => {
          const back: number[] = []
          for (let seed = 1; seed <= 20; seed++) back.push((await live(outage, [forMs], seed, browser)).backMs)
          console.log(`${name}, ${how} ${forMs}: ${percentile(back, 0.5)} ms at p50, ${percentile(back, 0.99)} at p99`)
          expect(Math.max(...back)).toBeLessThanOrEqual(mostMs)
        })
      }
    }
  }
})

describe('a page that was away for longer than redials are eager', () => {
  test('asks as before in the next outage, and is back in its seat soon, in 40 lives in Firefox', async () => {
    const firefox: Browser = (net, clock, random) => inBrowser(net, clock, new Firefox(clock, random))
    for (let seed = 1; seed <= 40; seed++) {
      const { backMs, before, after } = await live(refused, [45_000, 24_000], seed, firefox)
      expect([after, backMs < 1_000], `life ${seed}, back after ${backMs} ms`).toEqual([before, true])
    }
  })
})

describe('a page that may not ask, of a browser that holds it up', () => {
  /** What forbids it says so a round trip later. */
  const forbidden: Browser = (net, clock, random) => ({
    ...inBrowser(net, clock, new Chromium(clock, random)),
    fetch: () => new Promise((_, reject) => clock.after(80, () => reject(new TypeError('forbidden')))),
  })
  for (const forMs of [20_000, 25_000]) {
    test(`is back at most 30 s after a line that refuses for ${forMs / 1000} s, in Chromium, 20 lives`, async () => {
      const back: number[] = []
      for (let seed = 1; seed <= 20; seed++) back.push((await live(refused, [forMs], seed, forbidden)).backMs)
      console.log(`may not ask, ${forMs}: ${percentile(back, 0.5)} ms at p50, ${percentile(back, 0.99)} at p99`)
      expect(Math.max(...back)).toBeLessThanOrEqual(30_000)
    })
  }
})
