// What the page remembers of each spark: when it appeared, and that one's own ship is just taking it. One's own sparks
// vanish at the touch; should the server see it otherwise, they come back.

import { REACH } from '../game.ts'
import type { JoinedRoom, SeenSpark } from './room.ts'
import type { Track, Tracks } from './tracks.ts'

const TAKING = 0.13 // seconds for a spark to fly into the ship
const GIVE_BACK = 0.9
const TOO_FRESH = 0.34

export class Glimmer {
  readonly spark: SeenSpark
  /** Where it is drawn, and how large, from 0 to 1. */
  x: number
  y: number
  size = 0
  age = 0
  /** Seconds since one's own ship touched it; -1 if it did not. */
  taken = -1

  constructor(spark: SeenSpark) {
    this.spark = spark
    this.x = spark.x
    this.y = spark.y
  }

  follow(dt: number, mine: Track | undefined): void {
    this.age += dt
    this.size = Math.min(1, this.age * 5)
    this.x = this.spark.x
    this.y = this.spark.y
    if (this.taken < 0 || !mine) return
    this.taken += dt
    const share = Math.min(1, this.taken / TAKING)
    this.x += (mine.x - this.x) * share
    this.y += (mine.y - this.y) * share
    this.size = 1 - share
    if (this.taken <= GIVE_BACK) return
    this.taken = -1
    this.age = 0
  }
}

export class Glimmers {
  readonly all = new Map<number, Glimmer>()
  readonly #taken: (glimmer: Glimmer, by: Track | undefined) => void

  /** `taken` is told of each spark that someone collects. */
  constructor(taken: (glimmer: Glimmer, by: Track | undefined) => void) {
    this.#taken = taken
  }

  /** To be called before the room's first view. */
  listen(room: JoinedRoom, tracks: Tracks): void {
    room.onAdd('spark', (spark, how) => {
      const glimmer = new Glimmer(spark)
      // What was there before this page does not grow.
      if (how === 'entered') glimmer.age = 1
      this.all.set(spark.id, glimmer)
    })
    room.onRemove('spark', ({ id }, why) => {
      const glimmer = this.all.get(id)
      this.all.delete(id)
      if (glimmer && glimmer.taken < 0 && why === 'destroyed') this.#taken(glimmer, nearest(glimmer, tracks))
    })
  }

  /** Once a frame, after the room's view; `mine`: one's own ship. */
  update(mine: Track | undefined, dt: number): void {
    for (const glimmer of this.all.values()) {
      glimmer.follow(dt, mine)
      if (mine && glimmer.taken < 0 && glimmer.age > TOO_FRESH) this.#touch(glimmer, mine)
    }
  }

  #touch(glimmer: Glimmer, mine: Track): void {
    const reach = mine.radius + REACH
    const dx = glimmer.x - mine.x
    const dy = glimmer.y - mine.y
    if (mine.ship.away || dx * dx + dy * dy > reach * reach) return
    glimmer.taken = 0
    this.#taken(glimmer, mine)
  }
}

function nearest(glimmer: Glimmer, tracks: Tracks): Track | undefined {
  for (const track of tracks.all.values()) {
    const reach = track.radius + REACH * 3
    const dx = glimmer.x - track.x
    const dy = glimmer.y - track.y
    if (dx * dx + dy * dy < reach * reach) return track
  }
  return undefined
}
