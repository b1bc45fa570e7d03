import { join } from 'tickwire'
import { defineRoom, type RoomClass, simulate } from 'tickwire/server'
import { Net, PROFILES, seeded, VirtualClock } from 'tickwire/testing'
import { expect, test } from 'vitest'
import { Arena, arena } from '../support/arena.ts'

const SEED = 3

function rehearse(seed: number, Room: RoomClass<typeof arena> = Arena) {
  const clock = new VirtualClock()
  const random = seeded(seed)
  const logged: string[] = []
  const log = (message: string, error?: unknown) => void logged.push(`${message}: ${error}`)
  const server = simulate({ ...clock, game: arena, rooms: { arena: Room }, random, log })
  const net = new Net({ ...clock, random }, server.accept)
  const { WebSocket } = net
  const enter = (name: string) =>
    join('ws://test/ws', arena, { ...clock, WebSocket, random, room: 'arena', with: { name } })
  return { clock, server, net, logged, enter }
}

test(`a game plays in virtual time on a bad line, seed ${SEED}`, async () => {
  const { clock, server, net, logged, enter } = rehearse(SEED)
  const off = net.follow(PROFILES.bad200)
  const joining = enter('Ada')
  await clock.pass(2_000)
  const room = await joining
  room.input({ dx: 1, dash: false })
  await clock.pass(3_000)
  room.input({ dx: 1, dash: false })
  await clock.pass(1_000)
  const [ship] = room.view().ship
  expect(ship?.x).toBeGreaterThan(100)
  expect(room.stats.rttMs).toBeGreaterThan(200)
  expect(server.rooms()).toMatchObject([{ name: 'arena', sessions: 1 }])
  expect([server.stats.connections, logged]).toEqual([1, []])
  off()
})

test('a cut is resumed, and a word said meanwhile arrives once', async () => {
  const { clock, net, enter } = rehearse(SEED)
  const joining = enter('Ada')
  await clock.pass(1_000)
  const room = await joining
  const heard: string[] = []
  room.on('talk', ({ message }) => heard.push(message))
  net.isDown = true
  net.cut()
  room.send('talk', { message: 'once' })
  await clock.pass(2_000)
  expect([room.state.name, heard]).toEqual(['reconnecting', []])
  net.isDown = false
  await clock.pass(3_000)
  expect([room.state.name, heard]).toEqual(['open', ['once']])
})

test('a seed makes the same match twice', async () => {
  const play = async () => {
    const { clock, net, enter } = rehearse(SEED)
    net.follow(PROFILES['4g'])
    const joining = enter('Ada')
    await clock.pass(3_000)
    return (await joining).stats
  }
  expect(await play()).toEqual(await play())
})

test('a room that fails says why', async () => {
  const Broken = defineRoom(arena, () => ({
    onTick() {
      throw new Error('no such ship')
    },
  }))
  const { clock, logged, enter } = rehearse(SEED, Broken)
  const joining = enter('Ada')
  await clock.pass(1_000)
  await joining
  expect(logged.join()).toContain('no such ship')
})

for (const { what, isHole, joined, silent } of [
  { what: 'is let in on a line that lives', isHole: false, joined: true, silent: 0 },
  { what: 'is given up on one that is a hole', isHole: true, joined: false, silent: 1 },
]) {
  test(`a client whose onJoin takes seven seconds ${what}`, async () => {
    const Slow = defineRoom(arena, () => ({
      onJoin: () => new Promise<void>((resolve) => void clock.after(7_000, resolve)),
    }))
    const { clock, server, net, enter } = rehearse(SEED, Slow)
    let isIn = false
    const joining = enter('Ada').then(
      () => {
        isIn = true
      },
      () => {},
    )
    await clock.pass(500)
    net.isHole = isHole
    await clock.pass(7_500)
    expect([isIn, server.stats.silent, server.stats.connections]).toEqual([joined, silent, 1 - silent])
    net.isHole = false
    await clock.pass(10_000)
    await joining
  })
}

test('an option that does not fit is refused', () => {
  const clock = new VirtualClock()
  const good = { ...clock, game: arena, rooms: { arena: Arena }, random: () => 0, log: () => {} }
  expect(() => simulate({ ...good, limits: { frameBytes: 0 } })).toThrow(RangeError)
  for (const name of ['now', 'after', 'random', 'log']) {
    const complaint = new TypeError(`${name} must be a function, got undefined`)
    expect(() => simulate({ ...good, [name]: undefined })).toThrow(complaint)
  }
  expect(() => simulate(good)).not.toThrow()
})
