// What the page remembers of each spark: when it appeared, and that one's own ship is just taking it. One's own sparks
// vanish at the touch; should the server see it otherwise, they come back.

import { REACH } from '../game.ts'
import type { Scene, SeenSpark } from './scene.ts'
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
  seenAt = 0

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
  #frame = 0

  /** `taken` is told of each spark that someone collects. */
  constructor(taken: (glimmer: Glimmer, by: Track | undefined) => void) {
    this.#taken = taken
  }

  update(scene: Scene, tracks: Tracks, dt: number): void {
    // Counted from the first state on: what is in it was there before.
    if (this.#frame > 0 || scene.spark.length > 0) this.#frame += 1
    for (const spark of scene.spark) {
      const glimmer = this.#glimmerOf(spark)
      glimmer.seenAt = this.#frame
      glimmer.follow(dt, tracks.mine)
      if (tracks.mine && glimmer.taken < 0 && glimmer.age > TOO_FRESH) this.#touch(glimmer, tracks.mine)
    }
    if (this.all.size > scene.spark.length) this.#forgetUnseen(tracks)
  }

  clear(): void {
    this.all.clear()
    this.#frame = 0
  }

  #glimmerOf(spark: SeenSpark): Glimmer {
    const known = this.all.get(spark.id)
    if (known?.spark === spark) return known
    const glimmer = new Glimmer(spark)
    if (this.#frame === 1) glimmer.age = 1
    this.all.set(spark.id, glimmer)
    return glimmer
  }

  #touch(glimmer: Glimmer, mine: Track): void {
    const reach = mine.radius + REACH
    const dx = glimmer.x - mine.x
    const dy = glimmer.y - mine.y
    if (mine.ship.away || dx * dx + dy * dy > reach * reach) return
    glimmer.taken = 0
    this.#taken(glimmer, mine)
  }

  #forgetUnseen(tracks: Tracks): void {
    for (const [id, glimmer] of this.all) {
      if (glimmer.seenAt === this.#frame) continue
      this.all.delete(id)
      if (glimmer.taken < 0) this.#taken(glimmer, nearest(glimmer, tracks))
    }
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
