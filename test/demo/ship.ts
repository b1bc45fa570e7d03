// Ships for the tests of the demo.

import type { Ship } from '../../demo/game.ts'

let made = 0

/** A ship at rest in the middle of the arena, but for what is given. */
export function aShip(values: Partial<Ship> = {}): Ship {
  return {
    id: ++made,
    x: 0,
    y: 0,
    vx: 0,
    vy: 0,
    rest: 0,
    dashing: false,
    safe: false,
    away: false,
    score: 0,
    name: 'Ada',
    look: 0,
    ...values,
  }
}
