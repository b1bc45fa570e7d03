// A line that takes only a part of the state, both ends whole, on virtual time: whatever is held back, cut off or hidden
// on the way, in the end the client has it all, and nothing that it may not see.

import { expect, test } from 'vitest'
import { angle, defineGame, fixed, text, u8 } from '../../protocol/index.ts'
import { join } from '../../sdk/index.ts'
import { defineRoom } from '../../server/room/room.ts'
import { Net, worldOver } from '../support/link.ts'
import { between, pick, seeded } from '../support/random.ts'
import { TestServer } from '../support/server.ts'

const flock = defineGame({
  room: { phase: u8() },
  player: { name: text(16) },
  entities: {
    bird: {
      x: fixed(0, 4096, 1 / 8),
      y: fixed(0, 4096, 1 / 8),
      heading: angle(8),
      call: text(12),
      food: u8().owner(),
      egg: u8().hidden(),
    },
  },
  join: { name: text(16) },
})

const RATE = { tickRate: 20, sendRate: 20, avatar: 'bird' } as const
const VIEWS = { bird: { near: { x: 'x', y: 'y', width: 2_000, height: 2_000, margin: 100 } } } as const
const GOOD = { latencyMs: 20, bytesPerSecond: 1_000_000, queueBytes: 4_000_000 }

interface Bird {
  x: number
  y: number
  heading: number
  call: string
  readonly id: number
}

function flyingAround(random: () => number, views: object) {
  const sky = { isStill: false, birds: (): Iterable<Bird> => [], revealed: new Set<number>() }
  const Sky = defineRoom(
    flock,
    (room) => {
      sky.birds = () => room.state.bird
      const isFree = (bird: object) => [...room.sessions].every(({ avatar }) => avatar !== bird)
      return {
        onCreate() {
          for (let count = 0; count < 250; count++) room.state.bird.add({ x: random() * 4096, y: random() * 4096 })
        },
        onJoin(session, { name }) {
          session.player.name = name
          session.avatar = room.state.bird.add({ x: 2_000, y: 2_000, owner: session })
        },
        onTick() {
          if (sky.isStill) return
          room.state.room.phase = room.tick % 200
          flyAll(room.state.bird, random)
          for (const bird of [...room.state.bird].filter(isFree)) {
            if (random() < 0.003) room.state.bird.remove(bird)
            else if (random() < 0.002) {
              room.reveal(bird, pick(random, [...room.sessions]))
              sky.revealed.add(bird.id)
            }
          }
          if (random() < 0.6) room.state.bird.add({ x: random() * 4096, y: 50, egg: 7 })
        },
      }
    },
    { ...RATE, views },
  )
  return { sky, Sky }
}

function flyAll(birds: Iterable<Bird>, random: () => number): void {
  for (const bird of birds) if (random() < 0.8) fly(bird, random)
}

function fly(bird: Bird, random: () => number): void {
  if (random() < 0.3) bird.heading += random() - 0.5
  bird.x = Math.min(4096, Math.max(0, bird.x + 8 * Math.cos(bird.heading)))
  bird.y = Math.min(4096, Math.max(0, bird.y + 8 * Math.sin(bird.heading)))
  if (random() < 0.01) bird.call = 'tweet tweet'.slice(0, between(random, 0, 11))
}

const told = ({ id, x, y, call }: Bird) => ({
  id,
  call,
  x: Math.floor(x * 8 + 0.5) / 8,
  y: Math.floor(y * 8 + 0.5) / 8,
})

for (const [what, views] of [
  ['a room that is seen whole', {}],
  ['a room with views', VIEWS],
] as const) {
  for (const seed of [1, 2, 3, 4, 5]) {
    test(`${what}: after slow lines, stalls, cuts and resumes the client holds just what there is, seed ${seed}`, async () => {
      const random = seeded(seed)
      const { sky, Sky } = flyingAround(random, views)
      const server = new TestServer(flock, { room: Sky })
      const net = new Net({ ...server.clock, random }, (socket) => server.host.accept(socket, '10.0.0.1'))
      const world = worldOver(net, server.clock, random)
      const joining = join('ws://flock.test/ws', flock, { room: 'room', with: { name: 'Ada' }, ...world })
      const run = (ms: number) => server.clock.pass(ms, 10)
      Object.assign(net.down.line, GOOD)
      await run(500)
      const room = await joining
      for (let round = 0; round < 12; round++) {
        net.down.line.bytesPerSecond = between(random, 1_500, 12_000)
        if (random() < 0.3) net.stall(between(random, 100, 1_200))
        await run(between(random, 500, 2_500))
        if (random() < 0.3) net.cut()
      }
      Object.assign(net.down.line, GOOD)
      sky.isStill = true
      await run(8_000)
      const birds = [...sky.birds()]
      const mine = birds.find(({ id }) => room.view().bird.find((bird) => bird.mine)?.id === id)
      const isWithin = (reach: number, { x, y }: Bird) =>
        views !== VIEWS || (Math.abs(x - mine!.x) <= reach && Math.abs(y - mine!.y) <= reach)
      const seen = new Map([...room.view().bird].map((bird) => [bird.id, told(bird as Bird)]))
      for (const bird of birds) if (isWithin(1_000, bird)) expect(seen.get(bird.id)).toEqual(told(bird))
      for (const id of seen.keys()) expect(birds.some((bird) => bird.id === id && isWithin(1_100, bird))).toBe(true)
      for (const { id, egg } of room.view().bird) if (!sky.revealed.has(id)) expect(egg).toBeUndefined()
      expect(room.view().room.phase).toBeGreaterThan(0)
      expect([room.state.name, server.stats.failedRooms, server.stats.closed.BAD_MESSAGE]).toEqual(['open', 0, 0])
      expect(server.shared.logged).toEqual([])
    })
  }
}
