// The demo's rules, tick after tick, as one number: another engine that gets another one would drift apart from us.

import { type Intent, move, type Ship } from '../../demo/game.ts'
import { atan2, cos, sin } from '../../protocol/exact.ts'
import { seeded } from '../../protocol/random.ts'
import { between } from './random.ts'

const DT = 1 / 60
const COURSE_TICKS = 20

/** Steers a ship at random for so many ticks; a hash of every bit of where it was. */
export function longRun(ticks: number, seed: number): string {
  const random = seeded(seed)
  const flags = { dashing: false, safe: false, away: false }
  const ship: Ship = { id: 1, x: 0, y: 0, vx: 0, vy: 0, rest: 0, ...flags, score: 0, name: '', look: 0 }
  const digest = new Digest()
  let input: Intent = { dx: 0, dy: 0, dash: false }
  for (let tick = 0; tick < ticks; tick++) {
    if (tick % COURSE_TICKS === 0) {
      input = { dx: between(random, -128, 127), dy: between(random, -128, 127), dash: random() < 0.3 }
      ship.score = between(random, 0, 400)
    }
    move(ship, input, DT)
    const heading = atan2(ship.vy, ship.vx)
    for (const number of [
      ship.x,
      ship.y,
      ship.vx,
      ship.vy,
      ship.rest,
      heading,
      sin(heading * tick),
      cos(heading + tick),
    ]) {
      digest.add(number)
    }
  }
  return digest.end()
}

/** FNV-1a over the bits of doubles, 32 at a time. */
class Digest {
  readonly #bits = new DataView(new ArrayBuffer(8))
  #hash = 0x811c9dc5

  add(number: number): void {
    this.#bits.setFloat64(0, number)
    for (const at of [0, 4]) this.#hash = Math.imul(this.#hash ^ this.#bits.getInt32(at), 0x01000193)
  }

  end(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }
}
