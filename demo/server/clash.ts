// What happens when ships touch: they nudge each other aside, and a dash robs. Two dashes that meet cancel out.

import { DASH_REST, DASH_TIME, radiusOf, type Ship } from '../game.ts'

const SOFTNESS = 130 // units a second, each second, for each unit of overlap
const HIT_REACH = 8 // a dash touches a little early: its target is drawn a moment in the past
const KNOCK = 520
const REST_AFTER_HIT = 0.45

/** Lets all ships that touch act on each other. `rob` is told of each dash that struck home. */
export function clash(ships: readonly Ship[], dt: number, rob: (thief: Ship, victim: Ship) => void): void {
  for (let first = 0; first < ships.length; first++) {
    for (let second = first + 1; second < ships.length; second++) {
      meet(ships[first] as Ship, ships[second] as Ship, dt, rob)
    }
  }
}

// The direction from the first ship of a pair to the second.
const away = { x: 0, y: 0 }

function meet(a: Ship, b: Ship, dt: number, rob: (thief: Ship, victim: Ship) => void): void {
  if (a.away || b.away) return
  const dx = b.x - a.x
  const dy = b.y - a.y
  const distance = Math.sqrt(dx * dx + dy * dy)
  const touching = radiusOf(a.score) + radiusOf(b.score)
  if (distance > touching + HIT_REACH) return
  away.x = distance > 0.01 ? dx / distance : 1
  away.y = distance > 0.01 ? dy / distance : 0
  if (a.dashing && b.dashing) rebound(a, b)
  else if (a.dashing && !b.safe) strike(a, b, rob)
  else if (b.dashing && !a.safe) {
    away.x = -away.x
    away.y = -away.y
    strike(b, a, rob)
  } else if (distance < touching) push(a, b, (touching - distance) * SOFTNESS * dt)
}

function strike(thief: Ship, victim: Ship, rob: (thief: Ship, victim: Ship) => void): void {
  endDash(thief)
  thief.vx = thief.vx * 0.3 - away.x * 120
  thief.vy = thief.vy * 0.3 - away.y * 120
  victim.vx += away.x * KNOCK
  victim.vy += away.y * KNOCK
  rob(thief, victim)
}

function rebound(a: Ship, b: Ship): void {
  endDash(a)
  endDash(b)
  a.vx = a.vy = b.vx = b.vy = 0
  push(a, b, KNOCK)
}

function push(a: Ship, b: Ship, speed: number): void {
  a.vx -= away.x * speed
  a.vy -= away.y * speed
  b.vx += away.x * speed
  b.vy += away.y * speed
}

// A dash that struck is over at once, and the next one comes sooner.
function endDash(ship: Ship): void {
  ship.rest = Math.min(REST_AFTER_HIT, DASH_REST - DASH_TIME)
  ship.dashing = false
}
