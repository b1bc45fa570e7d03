// How old ships are, and not only states, on a line that takes a part of what there is: the newest state is young, and of
// what it has no room for the client goes on as it expects. The fleet of the slow-link benchmark, on virtual time. The
// figures are printed, for the documents name them.

import { expect, test } from 'vitest'
import { game, Motion, quantised, type Ship } from '../../bench/scenes.ts'
import { STAGES } from '../../bench/systems/system.ts'
import { slotOf } from '../../protocol/snapshot.ts'
import { join, type Room } from '../../sdk/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { Net, worldOver } from '../support/link.ts'
import { percentile } from '../support/percentile.ts'
import { seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const SHIP = 2
const PIXEL = 8 // steps
const SETTLE_MS = 5_000
const LOOK_MS = 10

const shown = ({ x, y, heading, hp, flags }: Ship) => ({ x, y, heading, hp, flags })

/** The fleet as it was at each tick, in whole numbers, and when that was. */
class Fleet {
  readonly ships = STAGES.fleet.entities
  readonly server: TestServer<typeof game>
  readonly #truth: (readonly number[])[][] = [[]]
  readonly #madeAt = [0]

  constructor() {
    const motion = new Motion(STAGES.fleet)
    const Field = defineRoom(
      game,
      (room) => {
        const ships = motion.ships.map((ship) => room.state.ship.add(shown(ship)))
        return {
          onTick: () => {
            motion.step()
            for (const [index, ship] of motion.ships.entries()) Object.assign(ships[index]!, shown(ship))
            this.#truth[room.tick] = motion.ships.map((ship) => [...quantised(ship)])
            this.#madeAt[room.tick] = this.server.clock.now()
          },
        }
      },
      { tickRate: 20, sendRate: 20 },
    )
    this.server = new TestServer(game, { field: Field })
  }

  async enter(bytesPerSecond = Number.POSITIVE_INFINITY): Promise<Room<typeof game>> {
    const net = new Net({ ...this.server.clock, random: seeded(1) }, (socket) =>
      this.server.host.accept(socket, '10.0.0.1'),
    )
    Object.assign(net.up.line, { latencyMs: 40 })
    Object.assign(net.down.line, { latencyMs: 40, bytesPerSecond, queueBytes: 4_000_000 })
    const joining = join('ws://x.test/ws', game, { room: 'field', ...worldOver(net, this.server.clock, seeded(2)) })
    await this.run(500)
    return joining
  }

  run(ms: number): Promise<void> {
    return this.server.clock.pass(ms, LOOK_MS)
  }

  ageOf(tick: number): number {
    return this.server.clock.now() - this.#madeAt[tick]!
  }

  /** By ship, in pixels; how far each is from where it was at the tick of the newest state. 0: exact in each field. */
  errors(room: Room<typeof game>): number[] {
    const { newest } = room.inside.session.ring
    const { ids, ints, count } = newest.tables[SHIP]!
    return Array.from({ length: count }, (_, row) => {
      const truth = this.#truth[newest.tick]![slotOf(ids[row]!) - 1]!
      const held = ints.slice(1).map((cells) => cells[row]!)
      if (held.every((cell, field) => cell === truth[field])) return 0
      return Math.max(1e-9, Math.hypot(held[0]! - truth[0]!, held[1]! - truth[1]!) / PIXEL)
    })
  }
}

/** Ages in milliseconds of states and of ships, and how far these are off in pixels. */
async function measure(bytesPerSecond: number) {
  const fleet = new Fleet()
  const room = await fleet.enter(bytesPerSecond)
  const exactAt = new Float64Array(fleet.ships)
  const states: number[] = []
  const ships: number[] = []
  const pixels: number[] = []
  let last = 0
  for (let ms = 0; ms < 20_000; ms += LOOK_MS) {
    await fleet.run(LOOK_MS)
    const { tick } = room.inside.session.ring.newest
    if (tick !== last) {
      last = tick
      const errors = fleet.errors(room)
      for (const [ship, error] of errors.entries())
        if (error === 0) exactAt[ship] = fleet.server.clock.now() - fleet.ageOf(tick)
      if (ms > SETTLE_MS) pixels.push(...errors)
    }
    if (ms <= SETTLE_MS || ms % 100 !== 0) continue
    states.push(fleet.ageOf(tick))
    for (const at of exactAt) ships.push(fleet.server.clock.now() - at)
  }
  const of = (found: readonly number[]) => [percentile(found, 0.5), percentile(found, 0.95)].map(Math.round)
  return { states: of(states), ships: of(ships), pixels: of(pixels) }
}

async function offeredBytesPerSecond(): Promise<number> {
  const fleet = new Fleet()
  const room = await fleet.enter()
  const before = room.stats.bytesIn
  await fleet.run(10_000)
  return (room.stats.bytesIn - before) / 10
}

test('on a line that takes 40 % of what is offered states are young, and ships told of within half a second', async () => {
  const offered = await offeredBytesPerSecond()
  const all = await measure(1.5 * offered)
  const part = await measure(0.4 * offered)
  console.log('p50 and p95: age of the newest state and of each ship in ms, ships off in px:', { all, part })
  expect(all.pixels).toEqual([0, 0])
  expect(Math.max(...all.ships)).toBeLessThan(150)
  expect(Math.max(...part.states)).toBeLessThan(300)
  expect(Math.max(...part.ships)).toBeLessThan(550)
  expect(Math.max(...part.pixels)).toBeLessThan(80)
})
