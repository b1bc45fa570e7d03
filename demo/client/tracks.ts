// What the page remembers of each ship from frame to frame: how it moves, where it looks, the trail behind it. Out of
// the differences it makes events: someone dashed, collected, was robbed.

import { radiusOf } from '../game.ts'
import { PAPER } from './palette.ts'
import type { JoinedRoom, SeenShip } from './room.ts'
import { Spring } from './spring.ts'
import { type Sprite, wordSprite } from './sprites.ts'

export const TRAIL_POINTS = 20
const TRAIL_STEP = 1 / 60

export class Track {
  readonly ship: SeenShip
  x: number
  y: number
  vx = 0
  vy = 0
  /** Where it looks: the sine and cosine of its heading. */
  cos = 1
  sin = 0
  radius: number
  /** How bright its trail burns, from 0 to 1. */
  heat = 0
  /** Positions, newest at `newest`, going round. */
  readonly trail: Float32Array = new Float32Array(TRAIL_POINTS * 2)
  newest = 0
  score: number
  dashing: boolean
  safe: boolean
  #label: Sprite | undefined
  #labelled = ''
  readonly #swelling = new Spring()
  #sinceTrail = 0

  constructor(ship: SeenShip) {
    this.ship = ship
    this.x = ship.x
    this.y = ship.y
    this.score = ship.score
    this.dashing = ship.dashing
    this.safe = ship.safe
    this.radius = radiusOf(ship.score)
    for (let point = 0; point < TRAIL_POINTS; point++) this.trail.set([ship.x, ship.y], point * 2)
  }

  /** Its name, painted. */
  get label(): Sprite {
    const { name, away } = this.ship
    const words = away ? `${name} …` : name
    if (!this.#label || this.#labelled !== words) this.#label = wordSprite(words, 12, PAPER)
    this.#labelled = words
    return this.#label
  }

  /** How much larger it is drawn for the moment. */
  get swell(): number {
    return this.#swelling.value
  }

  bump(strength: number): void {
    this.#swelling.kick(strength)
  }

  follow(dt: number): void {
    const { ship } = this
    const smooth = 1 - Math.exp(-18 * dt)
    if (dt > 0) {
      this.vx += ((ship.x - this.x) / dt - this.vx) * smooth
      this.vy += ((ship.y - this.y) / dt - this.vy) * smooth
    }
    this.x = ship.x
    this.y = ship.y
    this.#turn(dt)
    this.radius += (radiusOf(ship.score) - this.radius) * (1 - Math.exp(-8 * dt))
    this.heat = ship.dashing ? 1 : Math.max(0, this.heat - 2.2 * dt)
    this.#swelling.pass(dt)
    this.#sinceTrail += dt
    if (this.#sinceTrail < TRAIL_STEP * 0.9) return
    this.#sinceTrail = Math.min(this.#sinceTrail - TRAIL_STEP, TRAIL_STEP)
    this.newest = (this.newest + 1) % TRAIL_POINTS
    this.trail[this.newest * 2] = this.x
    this.trail[this.newest * 2 + 1] = this.y
  }

  #turn(dt: number): void {
    const speed = Math.hypot(this.vx, this.vy)
    if (speed < 25) return
    const turn = 1 - Math.exp(-14 * dt)
    let cos = this.cos + (this.vx / speed - this.cos) * turn
    let sin = this.sin + (this.vy / speed - this.sin) * turn
    const length = Math.hypot(cos, sin) || 1
    // Just turned about: half of the way there is nowhere.
    if (length < 0.05 && length > 0) {
      cos = -this.sin * length
      sin = this.cos * length
    }
    this.cos = cos / length
    this.sin = sin / length
  }
}

/** What there is to tell about ships. */
export interface ShipEvents {
  came(track: Track): void
  went(track: Track): void
  dashed(track: Track): void
  gained(track: Track, amount: number): void
  robbed(track: Track, amount: number): void
}

export class Tracks {
  readonly all = new Map<number, Track>()
  /** One's own ship, once there is one. */
  mine: Track | undefined
  readonly #events: ShipEvents

  constructor(events: ShipEvents) {
    this.#events = events
  }

  /** To be called before the room's first view. */
  listen(room: JoinedRoom): void {
    room.onAdd('ship', (ship, how) => {
      const track = new Track(ship)
      this.all.set(ship.id, track)
      // Who was there before this page makes no entrance.
      if (how === 'spawned') this.#events.came(track)
    })
    room.onRemove('ship', ({ id }, why) => {
      const track = this.all.get(id)
      this.all.delete(id)
      if (track && why === 'destroyed') this.#events.went(track)
    })
  }

  /** Once a frame, after the room's view. */
  update(dt: number): void {
    this.mine = undefined
    for (const track of this.all.values()) {
      track.follow(dt)
      if (track.ship.mine) this.mine = track
      this.#compare(track)
    }
  }

  #compare(track: Track): void {
    const { ship } = track
    if (ship.dashing && !track.dashing) this.#events.dashed(track)
    const gain = ship.score - track.score
    if (gain > 0) this.#events.gained(track, gain)
    else if (gain < 0 && ship.safe && !track.safe) this.#events.robbed(track, -gain)
    track.dashing = ship.dashing
    track.score = ship.score
    track.safe = ship.safe
  }
}
