// One frame: everything that is drawn, in order from the ground up, and the light that events leave behind.

import { BIG_SPARK } from '../game.ts'
import { Bubbles } from './bubbles.ts'
import { Camera } from './camera.ts'
import { Floor } from './draw-floor.ts'
import { drawCrownArrow, drawThumbs } from './draw-guides.ts'
import { drawLabels, drawShips, drawWakes } from './draw-ships.ts'
import { drawSparks } from './draw-sparks.ts'
import { Effects } from './effects.ts'
import { type Glimmer, Glimmers } from './glimmers.ts'
import { colourOf, SPARK_COLOUR, SPARK_GLOW } from './palette.ts'
import type { JoinedRoom } from './room.ts'
import type { Sound } from './sound.ts'
import { Stage } from './stage.ts'
import type { Thumbs } from './thumbs.ts'
import { type Track, Tracks } from './tracks.ts'

export class Picture {
  readonly stage: Stage
  readonly camera: Camera
  readonly tracks: Tracks
  readonly bubbles: Bubbles = new Bubbles()
  readonly #effects: Effects
  readonly #glimmers: Glimmers
  readonly #floor: Floor
  readonly #sound: Sound
  #cutTo = true
  #watchesLeader = false
  #gain = 0
  #sinceGain = 0

  /** `calm`: the player asked the system for less motion. */
  constructor(canvas: HTMLCanvasElement, sound: Sound, calm: boolean) {
    this.stage = new Stage(canvas)
    this.camera = new Camera(this.stage, calm)
    this.#effects = new Effects(calm)
    this.#floor = new Floor(this.stage.pen)
    this.#sound = sound
    this.tracks = new Tracks({
      came: (track) => this.#appear(track),
      went: (track) => this.#vanish(track),
      dashed: (track) => this.#dash(track),
      gained: (track, amount) => this.#gained(track, amount),
      robbed: (track, amount) => this.#robbed(track, amount),
    })
    this.#glimmers = new Glimmers((glimmer, by) => this.#pickup(glimmer, by))
  }

  /** To be called before the room's first view. */
  listen(room: JoinedRoom): void {
    this.tracks.listen(room)
    this.#glimmers.listen(room, this.tracks)
    room.onReset(() => {
      this.#cutTo = true
    })
  }

  /** Takes in what there is to see now, after the room's view. `dt` in seconds. */
  update(leader: number, dt: number): void {
    this.tracks.update(dt)
    this.#glimmers.update(this.tracks.mine, dt)
    this.bubbles.age(dt)
    this.stage.watch(dt)
    const { mine } = this.tracks
    if (mine && this.#cutTo) {
      this.camera.cut(mine)
      this.#cutTo = false
    }
    this.camera.follow((this.#watchesLeader && this.tracks.all.get(leader)) || mine, dt)
    this.#tellGain(dt)
  }

  /** `now` in seconds of any clock. */
  draw(thumbs: Thumbs, leader: number, now: number, dt: number): void {
    const { stage, camera, tracks } = this
    this.#floor.draw(camera)
    drawSparks(this.#glimmers, camera, now)
    drawWakes(tracks, camera)
    drawShips(tracks, camera, now)
    this.#effects.draw(camera, dt)
    stage.pen.setTransform(stage.density, 0, 0, stage.density, 0, 0)
    drawLabels(tracks, camera, this.bubbles, leader)
    this.#effects.drawNumbers(camera, dt)
    drawCrownArrow(tracks, leader, camera)
    drawThumbs(thumbs, tracks.mine, stage)
  }

  /** Looks at who wears the crown, or at oneself again. */
  watchLeader(isOn: boolean): void {
    this.#watchesLeader = isOn
  }

  #appear(track: Track): void {
    this.#effects.ring(track, 90, 24, colourOf(track.ship.look))
    this.#effects.scatter(track, 14, 160, colourOf(track.ship.look))
  }

  #vanish(track: Track): void {
    this.#effects.ring(track, 12, 80, colourOf(track.ship.look))
    this.#effects.scatter(track, 20, 240, colourOf(track.ship.look))
  }

  #dash(track: Track): void {
    const colour = colourOf(track.ship.look)
    this.#effects.ring(track, track.radius * 0.8, track.radius * 2.3, colour)
    this.#effects.scatter(track, 12, 260, colour)
    track.bump(2.4)
    if (track !== this.tracks.mine) return
    this.#sound.dash()
    this.camera.shake(0.22)
  }

  #pickup(at: Glimmer, by: Track | undefined): void {
    if (!by) return
    this.#effects.scatter(at, at.spark.value >= BIG_SPARK ? 12 : 5, 150, SPARK_GLOW)
    by.bump(0.9)
    if (by !== this.tracks.mine) return
    this.#sound.pickup()
    if (at.spark.value >= BIG_SPARK) this.#effects.ring(at, 8, 46, SPARK_GLOW)
  }

  // One's own gains are summed up, so that a swarm of sparks tells one good number.
  #gained(track: Track, amount: number): void {
    if (track !== this.tracks.mine) return
    this.#gain += amount
    if (this.#gain === amount) this.#sinceGain = 0
  }

  #tellGain(dt: number): void {
    const { mine } = this.tracks
    this.#sinceGain += dt
    if (!mine || this.#gain === 0 || this.#sinceGain < 0.28) return
    const size = Math.min(34, 15 + Math.sqrt(this.#gain) * 2.6)
    this.#effects.rise(mine, `+${this.#gain}`, Math.round(size), SPARK_COLOUR)
    this.#gain = 0
  }

  #robbed(track: Track, amount: number): void {
    const { mine } = this.tracks
    this.#effects.ring(track, 20, 190, SPARK_GLOW)
    this.#effects.ring(track, 10, 110, colourOf(track.ship.look))
    this.#effects.scatter(track, 34, 520, SPARK_GLOW)
    this.#effects.scatter(track, 16, 380, colourOf(track.ship.look))
    this.#effects.rise(track, `−${amount}`, 24, '#ff9d7a')
    track.bump(5)
    if (track === mine) {
      this.camera.shake(0.95)
      this.#sound.struck()
    } else if (mine && Math.hypot(mine.x - track.x, mine.y - track.y) < 320) this.camera.shake(0.4)
  }
}
