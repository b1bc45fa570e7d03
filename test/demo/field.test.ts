import { expect, test } from 'vitest'
import { ARENA_RADIUS, type Spark } from '../../demo/game.ts'
import { SparkField, type SparkList, somewhere } from '../../demo/server/field.ts'
import { seeded } from '../support/random.ts'
import { aShip } from './ship.ts'

class Sparks extends Set<Spark> implements SparkList {
  override add(values: { x: number; y: number; value: number }): never {
    const spark = { id: this.size + 1, ...values }
    super.add(spark)
    return spark as never
  }
  remove(spark: Spark): void {
    this.delete(spark)
  }
}

function aField(seed = 1) {
  const list = new Sparks()
  return { list, field: new SparkField(list as unknown as SparkList, seeded(seed)) }
}

const worth = (list: Iterable<Spark>) => [...list].reduce((sum, { value }) => sum + value, 0)
const DT = 1 / 60

test('sparks grow up to the target, a few at a time, all inside', () => {
  const { list, field } = aField()
  field.grow(10, 4)
  expect(list.size).toBe(4)
  field.grow(10, 100)
  expect(list.size).toBe(10)
  for (const { x, y } of list) expect(Math.hypot(x, y)).toBeLessThan(ARENA_RADIUS)
})

for (const amount of [0, 1, 7, 20, 21, 333, 5000]) {
  test(`a burst of ${amount} loses none of them`, () => {
    const { list, field } = aField()
    field.burst(0, 0, amount)
    expect(worth(list)).toBe(amount)
    expect(list.size).toBeLessThanOrEqual(20)
    for (const { value } of list) expect(value).toBeLessThanOrEqual(255)
  })
}

for (const seed of [1, 2, 3]) {
  test(`a burst at the rim stays inside and comes to rest, seed ${seed}`, () => {
    const { list, field } = aField(seed)
    field.burst(ARENA_RADIUS - 30, 0, 20)
    for (let tick = 0; tick < 90; tick++) field.slide(DT)
    const places = [...list].map(({ x, y }) => ({ x, y }))
    for (const { x, y } of places) expect(Math.hypot(x, y)).toBeLessThan(ARENA_RADIUS)
    field.slide(DT)
    expect([...list].map(({ x, y }) => ({ x, y }))).toEqual(places)
  })
}

test('a ship collects what it reaches; one that is away does not', () => {
  const { list, field } = aField()
  list.add({ x: 30, y: 0, value: 3 })
  list.add({ x: 300, y: 0, value: 5 })
  const away = aShip({ away: true })
  field.collect([away])
  expect(away.score).toBe(0)
  const ship = aShip()
  field.collect([ship])
  expect(ship.score).toBe(3)
  expect(worth(list)).toBe(5)
})

test('a burst opens before anyone may collect it', () => {
  const { list, field } = aField()
  const ship = aShip()
  field.burst(0, 0, 4)
  field.collect([ship])
  expect(ship.score).toBe(0)
  for (const spark of list) spark.x = spark.y = 0
  for (let tick = 0; tick < 20; tick++) field.slide(DT)
  for (const spark of list) spark.x = spark.y = 0
  field.collect([ship])
  expect(ship.score).toBe(4)
})

test('a place somewhere is within its radius', () => {
  const random = seeded(5)
  for (let turn = 0; turn < 500; turn++) {
    const { x, y } = somewhere(100, random)
    expect(Math.hypot(x, y)).toBeLessThanOrEqual(100)
  }
})
