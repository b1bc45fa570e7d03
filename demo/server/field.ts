// The sparks of the arena: they grow back, burst out of ships, slide to a halt and are collected. Never outside.

import { ARENA_RADIUS, BIG_SPARK, REACH, radiusOf, type Ship, type Spark } from '../game.ts'

/** What the field needs of the room's list of sparks. */
export interface SparkList extends Iterable<Spark> {
  readonly size: number
  add(values: { x: number; y: number; value: number }): Spark
  remove(spark: Spark): void
}

interface Flight {
  vx: number
  vy: number
  /** Seconds since it burst out. */
  age: number
}

const EDGE = ARENA_RADIUS - 26
const MOST_PIECES = 20
const MOST_VALUE = 255
const MOST_SCORE = 65535
const FLIGHT_TIME = 0.95
const OPENING = 0.3 // seconds in which a burst opens before anyone may collect it
const BIG_CHANCE = 0.07

export class SparkField {
  readonly #list: SparkList
  readonly #random: () => number
  readonly #flights = new Map<Spark, Flight>()
  readonly #taken: Spark[] = []

  constructor(list: SparkList, random: () => number) {
    this.#list = list
    this.#random = random
  }

  /** Lets at most `most` sparks grow, as long as there are fewer than `target`. */
  grow(target: number, most: number): void {
    for (let count = 0; count < most && this.#list.size < target; count++) {
      const { x, y } = somewhere(EDGE, this.#random)
      this.#list.add({ x, y, value: this.#random() < BIG_CHANCE ? BIG_SPARK : 1 })
    }
  }

  /** Sends sparks worth `amount` in all flying from a point, over the whole circle. */
  burst(x: number, y: number, amount: number): void {
    const pieces = Math.min(MOST_PIECES, amount)
    const from = this.#random()
    let left = Math.min(amount, pieces * MOST_VALUE)
    for (let piece = 0; piece < pieces; piece++) {
      const value = Math.ceil(left / (pieces - piece))
      left -= value
      const angle = (from + piece / pieces) * 2 * Math.PI
      const speed = 220 + this.#random() * 420
      const spark = this.#list.add({ x, y, value })
      this.#flights.set(spark, { vx: Math.cos(angle) * speed, vy: Math.sin(angle) * speed, age: 0 })
    }
  }

  /** Moves what flies by `dt` seconds. */
  slide(dt: number): void {
    for (const [spark, flight] of this.#flights) {
      flight.age += dt
      flight.vx -= flight.vx * 3 * dt
      flight.vy -= flight.vy * 3 * dt
      const x = spark.x + flight.vx * dt
      const y = spark.y + flight.vy * dt
      const inside = x * x + y * y < EDGE * EDGE
      if (inside) {
        spark.x = x
        spark.y = y
      }
      if (!inside || flight.age > FLIGHT_TIME) this.#flights.delete(spark)
    }
  }

  /** Gives each spark in reach to the first ship that reaches it. */
  collect(ships: readonly Ship[]): void {
    this.#taken.length = 0
    for (const spark of this.#list) {
      const age = this.#flights.get(spark)?.age ?? FLIGHT_TIME
      if (age >= OPENING && this.#give(spark, ships)) this.#taken.push(spark)
    }
    for (const spark of this.#taken) {
      this.#flights.delete(spark)
      this.#list.remove(spark)
    }
  }

  #give(spark: Spark, ships: readonly Ship[]): boolean {
    for (const ship of ships) {
      const reach = radiusOf(ship.score) + REACH
      const dx = spark.x - ship.x
      const dy = spark.y - ship.y
      if (ship.away || dx * dx + dy * dy > reach * reach) continue
      ship.score = Math.min(MOST_SCORE, ship.score + spark.value)
      return true
    }
    return false
  }
}

/** A point in the disc of that radius around the middle, each as likely as any other. */
export function somewhere(radius: number, random: () => number): { x: number; y: number } {
  for (;;) {
    const x = random() * 2 - 1
    const y = random() * 2 - 1
    if (x * x + y * y <= 1) return { x: x * radius, y: y * radius }
  }
}
