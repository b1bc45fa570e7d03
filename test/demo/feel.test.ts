// The demo's own rules on both ends, a round trip of 200 ms apart: the ship on the screen is where it will turn out to
// have been, until somebody is in the way.

import { expect, test } from 'vitest'
import { move, sparks } from '../../demo/game.ts'
import { Arena } from '../../demo/server/arena.ts'
import { type InputOf, join, type Room } from '../../sdk/index.ts'
import { settle } from '../support/clock.ts'
import { Net, worldOver } from '../support/link.ts'
import { between, seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const FRAME_MS = 1000 / 60
const STILL = { dx: 0, dy: 0, dash: false }

class Quiet extends Arena {
  static override fleet = 0
  protected override random = seeded(5)
}

type Player = Room<typeof sparks>

async function enter(server: TestServer<typeof sparks>, name: string): Promise<Player> {
  const net = new Net(server.clock, (socket) => server.host.accept(socket, '10.0.0.1'))
  net.latencyMs = 100
  const world = worldOver(net, server.clock)
  const joining = join('ws://sparks.test/ws', sparks, { room: 'sparks', with: { name }, ...world })
  await server.pass(600)
  const room = await joining
  room.predict('ship', move)
  return room
}

async function picture(server: TestServer<typeof sparks>, room: Player, input: InputOf<typeof sparks>): Promise<void> {
  server.clock.advance(FRAME_MS)
  await settle()
  room.input(input)
  room.view()
}

test('a ship that meets nobody is never corrected, in a minute of steering and dashing at 200 ms, seed 3', async () => {
  const random = seeded(3)
  const server = new TestServer(sparks, { sparks: Quiet })
  const ada = await enter(server, 'Ada')
  const start = ada.view().ship.find(({ mine }) => mine)?.x
  let input = STILL
  for (let frame = 0; frame < 3600; frame++) {
    if (frame % 20 === 0) {
      input = { dx: between(random, -127, 127), dy: between(random, -127, 127), dash: between(random, 0, 4) === 0 }
    }
    await picture(server, ada, input)
  }
  const own = ada.view().ship.find(({ mine }) => mine)
  expect(own?.x).not.toBe(start)
  expect(ada.stats.rttMs).toBeGreaterThanOrEqual(200)
  expect(ada.stats.corrections).toBe(0)
})

test('a ship at 200 ms moves in the very picture after the key', async () => {
  const server = new TestServer(sparks, { sparks: Quiet })
  const ada = await enter(server, 'Ada')
  const x = () => ada.view().ship.find(({ mine }) => mine)?.x as number
  for (let frame = 0; frame < 60; frame++) await picture(server, ada, STILL)
  const before = x()
  ada.input({ dx: 127, dy: 0, dash: true })
  expect(x()).toBe(before)
  await picture(server, ada, { dx: 127, dy: 0, dash: true })
  expect(x()).toBeGreaterThan(before)
})

test('a ship that runs into another one is corrected, and only then', async () => {
  const server = new TestServer(sparks, { sparks: Quiet })
  const [ada, ben] = [await enter(server, 'Ada'), await enter(server, 'Ben')]
  let nearest = Number.POSITIVE_INFINITY
  for (let frame = 0; frame < 1200 && ada.stats.corrections === 0; frame++) {
    const own = ada.view().ship.find(({ mine }) => mine)
    const other = ada.view().ship.find(({ owner }) => owner === ben.me)
    if (!own || !other) throw new Error('both ships are in sight')
    const [x, y] = [other.x - own.x, other.y - own.y]
    nearest = Math.hypot(x, y)
    await picture(server, ada, { dx: (100 * x) / nearest, dy: (100 * y) / nearest, dash: false })
  }
  expect(ada.stats.corrections).toBeGreaterThan(0)
  // Two ships touch when their middles are less than this apart; what is seen of the other one is older by a round trip.
  expect(nearest).toBeLessThan(150)
})
