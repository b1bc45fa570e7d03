// Bots: ships that steer themselves. They play as a casual player does: they look around a few times a second, go for
// what is near and rich, aim a little off, and leave newcomers alone.

import { DASH_SPEED, FULL_STICK, type Intent, radiusOf, type Ship, type Spark } from '../game.ts'

const NAMES = ['Pip', 'Moss', 'Juno', 'Bolt', 'Fern', 'Nova', 'Olive', 'Rook', 'Wren', 'Echo', 'Tinder', 'Quill']
const SIGHT = 430
const DASH_RANGE = 230
const SPARED_SCORE = 8 // poorer ships are not hunted

/** The first name that is not taken; those of a second round are told apart. */
export function botName(taken: ReadonlySet<string>): string {
  for (let round = 1; ; round++) {
    const free = NAMES.map((name) => (round === 1 ? name : `${name} ${round}`)).find((name) => !taken.has(name))
    if (free !== undefined) return free
  }
}

export class Bot {
  readonly ship: Ship
  readonly #random: () => number
  readonly #bravery: number
  readonly #pace: number
  readonly #intent: Intent = { dx: 0, dy: 0, dash: false }
  #thinkAt = 0
  #prey: Ship | undefined
  #goalX = 0
  #goalY = 0

  constructor(ship: Ship, random: () => number) {
    this.ship = ship
    this.#random = random
    this.#bravery = 0.08 + random() * 0.37
    this.#pace = 0.68 + random() * 0.24
  }

  /** What the bot wants at this tick. The same object each time. */
  steer(tick: number, ships: Iterable<Ship>, sparks: Iterable<Spark>): Intent {
    if (tick >= this.#thinkAt) {
      this.#thinkAt = tick + 12 + Math.floor(this.#random() * 16)
      this.#think(ships, sparks)
    }
    if (this.#prey) this.#chase(this.#prey)
    this.#head()
    return this.#intent
  }

  #think(ships: Iterable<Ship>, sparks: Iterable<Spark>): void {
    this.#prey = this.#random() < this.#bravery ? this.#findPrey(ships) : undefined
    if (this.#prey) return
    this.#goalX = this.#goalY = 0
    let best = 0
    for (const spark of sparks) {
      const worth = spark.value / (60 + this.#distance(spark))
      if (worth <= best) continue
      best = worth
      this.#goalX = spark.x
      this.#goalY = spark.y
    }
  }

  #findPrey(ships: Iterable<Ship>): Ship | undefined {
    if (this.ship.rest > 0.4) return undefined
    let prey: Ship | undefined
    let best = 0
    for (const other of ships) {
      if (other === this.ship || other.safe || other.away || other.score < SPARED_SCORE) continue
      const distance = this.#distance(other)
      const worth = other.score / (120 + distance)
      if (distance > SIGHT || worth <= best) continue
      best = worth
      prey = other
    }
    return prey
  }

  // Aims where the prey will be, more or less; a dash that misses is the player's joy.
  #chase(prey: Ship): void {
    const distance = this.#distance(prey)
    const lead = (distance / DASH_SPEED) * 0.7
    this.#goalX = prey.x + prey.vx * lead
    this.#goalY = prey.y + prey.vy * lead
    if (distance > SIGHT * 1.3 || prey.safe || prey.away) this.#prey = undefined
    const near = distance < DASH_RANGE * (0.6 + this.#bravery * 0.6) + radiusOf(prey.score)
    if (!near || this.ship.rest > 0 || this.#random() > 0.12) return
    this.#goalX += (this.#random() - 0.5) * 130
    this.#goalY += (this.#random() - 0.5) * 130
    this.#intent.dash = true
    this.#prey = undefined
  }

  #head(): void {
    const { ship } = this
    const dx = this.#goalX - ship.x
    const dy = this.#goalY - ship.y
    const distance = Math.sqrt(dx * dx + dy * dy)
    const strength = distance < 1 ? 0 : (FULL_STICK * this.#pace) / distance
    this.#intent.dx = Math.round(dx * strength)
    this.#intent.dy = Math.round(dy * strength)
    if (ship.rest > 0) this.#intent.dash = false
  }

  #distance(to: { x: number; y: number }): number {
    const dx = to.x - this.ship.x
    const dy = to.y - this.ship.y
    return Math.sqrt(dx * dx + dy * dy)
  }
}
