// `window.sparks`: what a test in a real browser and a bench may read of the running page. Not used by the game.

import type { Picture } from './picture.ts'
import type { JoinedRoom } from './room.ts'

const SAMPLES = 600

declare global {
  interface Window {
    sparks?: Probe
  }
}

export class Probe {
  readonly room: JoinedRoom
  readonly #picture: Picture
  readonly #samples: Float64Array = new Float64Array(SAMPLES)
  #count = 0
  #began = 0

  constructor(room: JoinedRoom, picture: Picture) {
    this.room = room
    this.#picture = picture
    window.sparks = this
  }

  /** One's own ship as it was drawn last, in units of the arena; undefined before there is one. */
  get own(): { x: number; y: number; score: number; dashing: boolean; name: string } | undefined {
    const track = this.#picture.tracks.mine
    return track && { x: track.x, y: track.y, score: track.score, dashing: track.dashing, name: track.ship.name }
  }

  /** Frames drawn so far. */
  get frames(): number {
    return this.#count
  }

  /** Script time of the last frames (600 at most), in milliseconds, in no particular order. */
  get frameTimes(): number[] {
    return [...this.#samples.subarray(0, Math.min(this.#count, SAMPLES))]
  }

  begin(): void {
    this.#began = performance.now()
  }

  end(): void {
    this.#samples[this.#count % SAMPLES] = performance.now() - this.#began
    this.#count += 1
  }
}
