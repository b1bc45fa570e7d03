import { expect, test } from 'vitest'
import { ARENA_RADIUS, CROWN_SCORE, DASH_TIME, sparks } from '../../demo/game.ts'
import { Arena } from '../../demo/server/arena.ts'
import { seeded } from '../support/random.ts'
import { type TestClient, TestServer } from '../support/server.ts'

/** A server with one arena, whose chance is the same in every run. */
async function anArena(seed = 1) {
  let arena: SeededArena | undefined
  class SeededArena extends Arena {
    protected override random = seeded(seed)
    override onCreate(): void {
      super.onCreate()
      arena = this
    }
  }
  const server = new TestServer(sparks, { room: SeededArena })
  const join = (name: string) => server.join({ join: [name] })
  const ada = await join('Ada')
  const running = arena as SeededArena | undefined
  if (!running) throw new Error('no arena was made')
  return { server, join, ada, arena: running }
}

const playerOf = (client: TestClient) => client.welcome.player

test('there are enough ships from the first moment, and bots give way to people', async () => {
  const { server, join, arena } = await anArena()
  expect(arena.state.ship.size).toBeGreaterThanOrEqual(Arena.fleet)
  await join('Bob')
  await join('Cy')
  await server.pass(1_100)
  expect(arena.state.ship.size).toBe(Arena.fleet)
  expect([...arena.sessions].map(({ avatar }) => avatar.name)).toEqual(['Ada', 'Bob', 'Cy'])
})

test('a newcomer is told everything, the others are told of the newcomer', async () => {
  const { join, ada, server } = await anArena()
  ada.say('talk', { message: 'anyone?', type: 'text' })
  await server.pass(100)
  const bob = await join('Bob')
  await server.pass(100)
  expect(bob.heard('init')).toEqual([
    {
      self: { id: playerOf(bob) },
      users: [
        { id: playerOf(ada), name: 'Ada' },
        { id: playerOf(bob), name: 'Bob' },
      ],
      messages: [{ id: 1, message: 'anyone?', type: 'text', from: { id: playerOf(ada), name: 'Ada' } }],
    },
  ])
  expect(ada.heard('join')).toEqual([{ id: playerOf(bob), name: 'Bob' }])
  expect(bob.heard('join')).toEqual([])
})

test('what is said is heard by all, oneself included, and the sixth in a row by nobody', async () => {
  const { join, ada, server } = await anArena()
  const bob = await join('Bob')
  for (let turn = 1; turn <= 6; turn++) ada.say('talk', { message: `say ${turn}`, type: 'text' })
  await server.pass(100)
  const from = { id: playerOf(ada), name: 'Ada' }
  const said = [1, 2, 3, 4, 5].map((id) => ({ id, message: `say ${id}`, type: 'text', from }))
  expect(ada.heard('talk')).toEqual(said)
  expect(bob.heard('talk')).toEqual(said)
})

test('a new name is told to all and stands under the ship', async () => {
  const { ada, arena, server } = await anArena()
  ada.say('rename', { name: ' Countess\u0007 ' })
  await server.pass(100)
  expect(ada.heard('rename')).toEqual([{ id: playerOf(ada), name: 'Countess' }])
  expect([...arena.sessions][0]?.avatar.name).toBe('Countess')
})

test('a ship whose player is gone waits, and leaves when the player does', async () => {
  const { join, ada, arena, server } = await anArena()
  const bob = await join('Bob')
  const ship = [...arena.sessions][1]?.avatar
  bob.cut()
  await server.pass(100)
  expect(ship?.away).toBe(true)
  expect(ada.heard('exit')).toEqual([])
  const back = server.dial()
  back.hello({ room: 'room', join: ['Bob'], resume: bob.claim() })
  await server.pass(100)
  expect(ship?.away).toBe(false)
  back.send({ type: 'leave' })
  await server.pass(100)
  expect(ada.heard('exit')).toEqual([{ id: playerOf(bob), name: 'Bob' }])
  expect([...arena.state.ship]).not.toContain(ship)
})

test('a dash into someone bursts half of theirs, both are told, and they are safe for a while', async () => {
  const { join, ada, arena, server } = await anArena()
  const bob = await join('Bob')
  await server.pass(1_100)
  const [thief, victim] = [...arena.sessions].map(({ avatar }) => avatar)
  if (!thief || !victim) throw new Error('two ships were expected')
  for (const spark of [...arena.state.spark]) arena.state.spark.remove(spark)
  for (const ship of arena.state.ship) if (ship !== thief && ship !== victim) ship.away = true
  Object.assign(thief, { x: 0, y: 0, vx: 1000, vy: 0, rest: 1.25, dashing: true, score: 4 })
  Object.assign(victim, { x: 30, y: 0, vx: 0, vy: 0, dashing: false, safe: false, score: 41 })
  arena.onTick(1 / 60)
  expect(victim.score).toBe(20)
  const burst = [...arena.state.spark].filter(({ x, y }) => Math.hypot(x, y) < 100)
  expect(burst.reduce((sum, { value }) => sum + value, 0)).toBe(21)
  expect(victim.safe).toBe(true)
  expect(thief.score).toBe(4)
  await server.pass(50)
  expect(ada.heard('hit')).toEqual([{ you: 'thief', other: 'Bob', sparks: 21 }])
  expect(bob.heard('hit')).toEqual([{ you: 'victim', other: 'Ada', sparks: 21 }])
  await server.pass(1_500)
  expect(victim.safe).toBe(false)
})

test('a dash whose page says no more is over in time, and not before, and does not go on with its next word', async () => {
  const { ada, arena, server } = await anArena()
  const [ship] = [...arena.sessions].map(({ avatar }) => avatar)
  ada.input(1, { dx: 127, dy: 0, dash: true })
  await server.pass(DASH_TIME * 1000)
  expect(ship?.dashing).toBe(true)
  await server.pass(DASH_TIME * 1000 + 100)
  expect(ship?.dashing).toBe(false)
  ada.input(2, { dx: 0, dy: 0, dash: false })
  await server.pass(100)
  expect(ship?.dashing).toBe(false)
})

test('the richest wears the crown, from some sparks on, and keeps it in a tie', async () => {
  const { arena, server } = await anArena()
  const [first, second] = [...arena.state.ship]
  if (!first || !second) throw new Error('two ships were expected')
  for (const ship of arena.state.ship) Object.assign(ship, { score: 0, away: true })
  await server.pass(20)
  expect(arena.state.room.leader).toBe(0)
  for (const ship of [first, second]) ship.away = false
  second.score = CROWN_SCORE
  arena.onTick(1 / 60)
  expect(arena.state.room.leader).toBe(second.id)
  first.score = second.score
  second.safe = first.safe = true
  arena.onTick(1 / 60)
  expect(arena.state.room.leader).toBe(second.id)
  first.score += 10
  arena.onTick(1 / 60)
  expect(arena.state.room.leader).toBe(first.id)
})

for (const seed of [1, 2, 3]) {
  test(`after half a minute of play everything is inside and nothing has grown out of bounds, seed ${seed}`, async () => {
    const { arena, server } = await anArena(seed)
    await server.pass(30_000)
    expect(arena.tick).toBeGreaterThan(1700)
    for (const { x, y } of [...arena.state.ship, ...arena.state.spark]) {
      expect(Math.hypot(x, y)).toBeLessThan(ARENA_RADIUS)
    }
    expect(arena.state.spark.size).toBeGreaterThan(100)
    expect(arena.state.spark.size).toBeLessThan(700)
    expect(Math.max(...[...arena.state.ship].map(({ score }) => score))).toBeGreaterThan(CROWN_SCORE)
  })
}

/** Two people's ships alone: Ada's dashes, and Bob's was right in front of it for her, but is not there any more. */
async function aPassingDash() {
  const { join, ada, arena, server } = await anArena()
  await join('Bob')
  await server.pass(1_100)
  const [thief, victim] = [...arena.sessions].map(({ avatar }) => avatar)
  if (!thief || !victim) throw new Error('two ships were expected')
  for (const ship of arena.state.ship) if (ship !== thief && ship !== victim) ship.away = true
  const place = (x: number) => {
    Object.assign(thief, { x: 0, y: 0, vx: 0, vy: 0, rest: 0, score: 0 })
    Object.assign(victim, { x, y: 0, vx: 0, vy: 0, safe: false, score: 40 })
  }
  place(50)
  const dash = async () => {
    await server.pass(300)
    ada.input(1, { dx: 0, dy: 0, dash: false })
    await server.pass(20)
    for (const spark of [...arena.state.spark]) arena.state.spark.remove(spark)
    place(300)
    Object.assign(thief, { rest: 1.25, dashing: true })
    arena.onTick(1 / 60)
    return victim.score
  }
  return { ada, server, dash }
}

test('a dash strikes what its player saw, unless the lab has it strike what is there now', async () => {
  expect(await (await aPassingDash()).dash()).toBe(20)
  const { ada, dash } = await aPassingDash()
  ada.say('lab', { compensate: false, whole: false })
  expect(await dash()).toBe(40)
})

test('whoever has the lab open is told what a tick takes, and gets whole states on request, alone', async () => {
  const { join, ada, server } = await anArena()
  const bob = await join('Bob')
  ada.say('lab', { compensate: true, whole: true })
  await server.pass(1_000)
  expect(ada.heard('load').length).toBeGreaterThanOrEqual(3)
  expect(bob.heard('load')).toEqual([])
  const isWhole = ({ baseTick }: { baseTick: number }) => baseTick === 0
  expect(ada.states.slice(-5).every(isWhole)).toBe(true)
  expect(bob.states.slice(-5).some(isWhole)).toBe(false)
  ada.say('lab', { compensate: true, whole: false })
  await server.pass(500)
  expect(ada.states.slice(-5).some(isWhole)).toBe(false)
})

test('what a page had switched in its lab is forgotten when it is loaded again', async () => {
  const { ada, server } = await anArena()
  ada.say('lab', { compensate: true, whole: true })
  await server.pass(500)
  const again = await server.join({ join: ['Ada'], resume: { ...ada.claim(), epoch: 0, received: 0, lastTick: 0 } })
  await server.pass(1_000)
  expect(again.welcome.outcome).toBe('reset')
  expect(again.heard('load')).toEqual([])
  expect(again.states.slice(-5).some(({ baseTick }) => baseTick === 0)).toBe(false)
})
