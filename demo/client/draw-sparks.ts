// The sparks: they twinkle, pop up, and slip into the ship that takes them.

import { BIG_SPARK } from '../game.ts'
import type { Camera } from './camera.ts'
import type { Glimmers } from './glimmers.ts'
import { bigSpark, smallSpark } from './sprites.ts'

const SMALL = 23 // half the side of a drawn sprite, its glow included
const BIG = 34
const LARGEST = 60

/** `now` in seconds. Expects the pen in units of the arena. */
export function drawSparks(glimmers: Glimmers, camera: Camera, now: number): void {
  const { pen } = camera.stage
  pen.globalCompositeOperation = 'lighter'
  for (const glimmer of glimmers.all.values()) {
    if (glimmer.size <= 0 || !camera.sees(glimmer.x, glimmer.y, LARGEST)) continue
    const { value, id } = glimmer.spark
    const isBig = value >= BIG_SPARK
    const twinkle = 1 + 0.13 * Math.sin(now * 4 + id * 2.4)
    const worth = isBig ? Math.min(LARGEST, BIG + Math.sqrt(value - BIG_SPARK) * 2) : SMALL
    const half = worth * glimmer.size * twinkle
    pen.drawImage(isBig ? bigSpark : smallSpark, glimmer.x - half, glimmer.y - half, half * 2, half * 2)
  }
  pen.globalCompositeOperation = 'source-over'
}
