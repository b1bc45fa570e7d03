// The lab on virtual time, with a line of its own between the demo's page and its server.

import { beforeEach, describe, expect, test } from 'vitest'
import { move, sparks } from '../../demo/game.ts'
import { Arena } from '../../demo/server/arena.ts'
import type { Series } from '../../devtools/gauges.ts'
import { Lab } from '../../devtools/lab.ts'
import { USUAL } from '../../devtools/settings.ts'
import type { Game } from '../../protocol/game.ts'
import { join, type Room } from '../../sdk/index.ts'
import type { Seat } from '../../server/room/seat.ts'
import { settle } from '../support/clock.ts'
import { Net } from '../support/link.ts'
import { seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const FRAME_MS = 1000 / 60

class Quiet extends Arena {
  static override fleet = 0
  static override sparks = 1
  protected override random = seeded(5)
  override onCreate(): void {
    super.onCreate()
    arena = this
  }
}

let arena: Quiet
let server: TestServer<typeof sparks>
let room: Room<typeof sparks>
let near: Net
let lab: Lab

beforeEach(async () => {
  server = new TestServer(sparks, { sparks: Quiet })
  const line = () => new Net({ ...server.clock, random: seeded(2) }, (socket) => server.host.accept(socket, '10.0.0.1'))
  near = line()
  near.latencyMs = 0
  const { now, after } = server.clock
  const world = { WebSocket: near.WebSocket, now, after, random: seeded(1), fetch: null, storage: null, page: null }
  const joining = join('ws://sparks.test/ws', sparks, { room: 'sparks', with: { name: 'Ada' }, ...world })
  await server.pass(600)
  room = await joining
  room.predict('ship', move)
  lab = new Lab(room as unknown as Room<Game>, line())
})

/** So many seconds of pictures, in which the ship circles; `look` sees each. */
async function play(seconds: number, look: () => void = () => {}): Promise<void> {
  for (let picture = 0; picture < seconds * 60; picture++) {
    server.clock.advance(FRAME_MS)
    await settle()
    const time = server.clock.now() / 1000
    room.input({ dx: Math.round(127 * Math.cos(time)), dy: Math.round(127 * Math.sin(time)), dash: false })
    room.view()
    lab.measure(server.clock.now())
    look()
  }
}

/** From one's ship as it is drawn to where the server will have it (`due`), or last said that it was (`told`). */
function apart(from: 'due' | 'told'): number {
  const [ghost] = lab.ghosts
  const [ship] = lab.drawn
  if (!ghost || !ship) throw new Error('there is no ship')
  return Math.hypot(Number(ghost[from].x) - Number(ship.x), Number(ghost[from].y) - Number(ship.y))
}

/** Pushes the ship, where nobody but the server knows of it. */
function push(): void {
  for (const ship of arena.state.ship) ship.x += ship.x > 0 ? -60 : 60
}

const last = (series: Series) => series.back(0)

describe('the line', () => {
  test('is left alone as long as nothing is set', async () => {
    lab.set(USUAL)
    await play(1)
    expect([lab.net.links.length, room.stats.rttMs < 60, room.state.name]).toEqual([0, true, 'open'])
  })

  test('is what was set, from the moment that it is, and the seat is the same', async () => {
    await play(1)
    const { me } = room
    lab.set({ lag: 300 })
    await play(10)
    expect([room.state.name, room.me]).toEqual(['open', me])
    expect(room.stats.rttMs).toBeGreaterThan(290)
    lab.set({ lag: 100 })
    await play(10)
    expect(room.stats.rttMs).toBeLessThan(180)
    expect([lab.net.links.length, near.links.length]).toEqual([1, 1])
  })

  test('is brought within the bounds of the sliders, and the room plays on', async () => {
    lab.set({ loss: 100, lag: 200 })
    expect([lab.settings.loss, lab.net.down.line.loss]).toEqual([10, 0.1])
    await play(5)
    expect(room.state.name).toBe('open')
    lab.set({ loss: Number.NaN, lag: -5 })
    expect(lab.settings).toMatchObject({ loss: 10, lag: 200 })
  })

  test('stalls no more once that is taken back', async () => {
    lab.set({ stall: 1_000 })
    await play(1)
    lab.set({ stall: 0 })
    await play(7)
    expect([lab.net.up.outageEnds, room.state.name]).toEqual([0, 'open'])
  })

  test('is cut as often as one likes, and the room comes back to its seat', async () => {
    const { me } = room
    for (let round = 0; round < 3; round++) {
      const states: string[] = []
      const off = room.onState(({ name }) => states.push(name))
      lab.cut()
      await play(1)
      off()
      expect([states.at(-1), states.includes('reconnecting'), room.me]).toEqual(['open', true, me])
    }
  })
})

describe('the picture', () => {
  beforeEach(async () => {
    lab.set({ lag: 200 })
    await play(4)
  })

  test('has the ship in its ghost when it is predicted, ahead of what was told', async () => {
    await play(2, () => {
      expect(apart('due')).toBeLessThan(10)
      expect(apart('told')).toBeGreaterThan(40)
    })
  })

  test('has the ship far behind its ghost when it is not, and in it when it is again', async () => {
    lab.set({ predict: false })
    await play(1)
    await play(2, () => expect(apart('due')).toBeGreaterThan(60))
    lab.set({ predict: true })
    await play(0.1)
    await play(1, () => expect(apart('due')).toBeLessThan(10))
  })

  test('shows the newest state where nothing is interpolated, and is told to be as old as that', async () => {
    lab.set({ predict: false })
    await play(1)
    expect(apart('told')).toBeGreaterThan(5)
    expect(last(lab.gauges.delay)).toBeGreaterThan(60)
    lab.set({ interpolate: false })
    await play(1, () => expect(apart('told')).toBeLessThan(0.2))
    expect(last(lab.gauges.delay)).toBeLessThanOrEqual(50)
    lab.set({ interpolate: true })
    await play(1)
    expect(apart('told')).toBeGreaterThan(5)
    expect(last(lab.gauges.delay)).toBeGreaterThan(60)
  })

  test('is told to the server as it is, with interpolation and without', async () => {
    const [seat] = [...arena.sessions] as unknown as Seat[]
    if (!seat) throw new Error('nobody is there')
    const late: number[] = []
    for (const interpolate of [true, false, true]) {
      lab.set({ interpolate })
      // What was shown when an input was made is a tenth of a second on its way, and the picture waits to be late again.
      await play(0.5)
      let sum = 0
      await play(0.3, () => {
        sum += room.view().shownTick - seat.inputQueue.seenTick
      })
      late.push(sum / 18)
    }
    expect(late.map(Math.round)).toEqual([10, 10, 10])
  })

  test('jumps over what was predicted wrongly where nothing is smoothed', async () => {
    const leaps: number[] = []
    for (const smooth of [true, false]) {
      lab.set({ smooth })
      const before = room.stats.corrections
      push()
      let leap = 0
      let x = Number(lab.drawn[0]?.x)
      await play(1, () => {
        const next = Number(lab.drawn[0]?.x)
        leap = Math.max(leap, Math.abs(next - x))
        x = next
      })
      expect(room.stats.corrections).toBeGreaterThan(before)
      leaps.push(leap)
    }
    const [smoothed, jumped] = leaps as [number, number]
    expect(jumped).toBeGreaterThan(45)
    expect(smoothed).toBeLessThan(25)
  })
})

describe('what is measured', () => {
  test('are the round trip, the bytes, the frames and the delay of the picture', async () => {
    lab.set({ lag: 200 })
    await play(10)
    const { rtt, down, up, spacing, delay } = lab.gauges
    expect(last(rtt)).toBeGreaterThan(190)
    expect(down.lately).toBeGreaterThan(0.2)
    expect(up.lately).toBeGreaterThan(0.2)
    expect(spacing.most).toBeGreaterThan(40)
    expect(last(delay)).toBeGreaterThan(40)
    expect(last(delay)).toBeLessThan(400)
  })

  test('is no delay of the picture between a return and the first state after it', async () => {
    lab.set({ lag: 200 })
    await play(10)
    const delays: number[] = []
    // The first state may come along with the welcome: each cut is at another time between two states.
    for (let cut = 0; cut < 5; cut++) {
      lab.cut()
      await play(3 + cut / 50, () => delays.push(last(lab.gauges.delay)))
    }
    expect(delays.some(Number.isNaN)).toBe(true)
    expect(Math.min(...delays.filter(Number.isFinite))).toBeGreaterThan(40)
  })

  test('is how far off the prediction was: not at all while nobody is in the way, then by what the server moved the ship', async () => {
    lab.set({ lag: 200 })
    await play(6)
    expect(lab.gauges.miss.most).toBeLessThan(1e-6)
    push()
    await play(1)
    expect(lab.gauges.miss.most).toBeCloseTo(60, 3)
  })
})

test('a page that is hidden says so, and no longer when it is shown', () => {
  const seen: string[] = []
  class Sight extends EventTarget {
    get visibilityState() {
      return 'visible'
    }
  }
  const sight = new Sight()
  sight.addEventListener('visibilitychange', () => seen.push(sight.visibilityState))
  lab.hide(true, sight)
  lab.hide(false, sight)
  expect(seen).toEqual(['hidden', 'visible'])
})
