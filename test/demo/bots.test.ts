import { expect, test } from 'vitest'
import { ARENA_RADIUS, move, type Spark } from '../../demo/game.ts'
import { Bot, botName } from '../../demo/server/bots.ts'
import { somewhere } from '../../demo/server/field.ts'
import { seeded } from '../support/random.ts'
import { aShip } from './ship.ts'

const DT = 1 / 60

function someSparks(random: () => number, count: number): Spark[] {
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    ...somewhere(ARENA_RADIUS - 30, random),
    value: 1,
  }))
}

for (const seed of [1, 2, 3, 4]) {
  test(`bots play for a minute by the rules and never leave the arena, seed ${seed}`, () => {
    const random = seeded(seed)
    const bots = Array.from({ length: 8 }, () => new Bot(aShip({ ...somewhere(900, random), score: 20 }), random))
    const ships = bots.map(({ ship }) => ship)
    const sparks = someSparks(random, 60)
    let [dashes, hardest, farthest] = [0, 0, 0]
    for (let tick = 1; tick <= 3600; tick++) {
      for (const bot of bots) {
        const intent = bot.steer(tick, ships, sparks)
        hardest = Math.max(hardest, Math.abs(intent.dx), Math.abs(intent.dy))
        const wasResting = bot.ship.rest > 0
        move(bot.ship, intent, DT)
        if (bot.ship.dashing && !wasResting) dashes++
        farthest = Math.max(farthest, Math.hypot(bot.ship.x, bot.ship.y))
      }
    }
    expect(dashes).toBeGreaterThan(0)
    expect(hardest).toBeLessThanOrEqual(127)
    expect(farthest).toBeLessThan(ARENA_RADIUS)
  })

  test(`a bot reaches the only spark there is, seed ${seed}`, () => {
    const bot = new Bot(aShip({ x: -300 }), seeded(seed))
    const spark = { id: 1, x: 200, y: 150, value: 1 }
    let nearest = Number.POSITIVE_INFINITY
    for (let tick = 1; tick <= 360; tick++) {
      move(bot.ship, bot.steer(tick, [bot.ship], [spark]), DT)
      nearest = Math.min(nearest, Math.hypot(bot.ship.x - spark.x, bot.ship.y - spark.y))
    }
    expect(nearest).toBeLessThan(30)
  })

  for (const [who, prey, isHunted] of [
    ['newcomer', { score: 3 }, false],
    ['safe ship', { score: 90, safe: true }, false],
    ['ship whose player is away', { score: 90, away: true }, false],
    ['rich ship', { score: 90 }, true],
  ] as const) {
    test(`a bot ${isHunted ? 'dashes' : 'never dashes'} at a ${who}, seed ${seed}`, () => {
      const bot = new Bot(aShip(), seeded(seed))
      const target = aShip({ x: 60, ...prey })
      let hasDashed = false
      for (let tick = 1; tick <= 1200; tick++) hasDashed ||= bot.steer(tick, [bot.ship, target], []).dash
      expect(hasDashed).toBe(isHunted)
    })
  }
}

test('bots have names of their own, and take those that are free again', () => {
  const taken = new Set<string>()
  while (taken.size < 40) taken.add(botName(taken))
  for (const name of taken) expect(name.length).toBeLessThanOrEqual(16)
  expect(botName(new Set())).toBe('Pip')
  expect([...taken].slice(11, 13)).toEqual(['Quill', 'Pip 2'])
})
