// What happens when ships touch: they nudge each other aside, and a dash robs. Two dashes that meet cancel out.

import { DASH_REST, DASH_TIME, radiusOf, type Ship } from '../game.ts'

const SOFTNESS = 130 // units a second, each second, for each unit of overlap
const HIT_REACH = 8 // a dash touches a little early
const KNOCK = 520
const REST_AFTER_HIT = 0.45

type Rob = (thief: Ship, victim: Ship) => void
const NOBODY: ReadonlySet<Ship> = new Set()

/**
 * Lets all ships that touch act on each other. `rob` is told of each dash that struck home; whom the dashes of `judged`
 * ships strike is decided elsewhere.
 */
export function clash(ships: readonly Ship[], dt: number, rob: Rob, judged = NOBODY): void {
  for (let first = 0; first < ships.length; first++) {
    for (let second = first + 1; second < ships.length; second++) {
      meet(ships[first] as Ship, ships[second] as Ship, dt, { rob, judged })
    }
  }
}

/** The ship that a dash strikes, where they all are now: the nearest of those in reach, if any may be robbed. */
export function victimOf(thief: Ship, ships: readonly Ship[]): Ship | undefined {
  let victim: Ship | undefined
  let nearest = Number.POSITIVE_INFINITY
  for (const ship of ships) {
    if (ship === thief || ship.away || ship.safe || ship.dashing) continue
    const distance = headFor(thief, ship)
    if (distance > touchingOf(thief, ship) + HIT_REACH || distance >= nearest) continue
    victim = ship
    nearest = distance
  }
  return victim
}

/** A dash strikes home. */
export function strike(thief: Ship, victim: Ship, rob: Rob): void {
  headFor(thief, victim)
  endDash(thief)
  thief.vx = thief.vx * 0.3 - away.x * 120
  thief.vy = thief.vy * 0.3 - away.y * 120
  victim.vx += away.x * KNOCK
  victim.vy += away.y * KNOCK
  rob(thief, victim)
}

// The direction from the first ship of a pair to the second.
const away = { x: 0, y: 0 }

/** Sets the direction; returns the distance. */
function headFor(from: Ship, to: Ship): number {
  const dx = to.x - from.x
  const dy = to.y - from.y
  const distance = Math.sqrt(dx * dx + dy * dy)
  away.x = distance > 0.01 ? dx / distance : 1
  away.y = distance > 0.01 ? dy / distance : 0
  return distance
}

function touchingOf(a: Ship, b: Ship): number {
  return radiusOf(a.score) + radiusOf(b.score)
}

function meet(a: Ship, b: Ship, dt: number, { rob, judged }: { rob: Rob; judged: ReadonlySet<Ship> }): void {
  if (a.away || b.away) return
  const touching = touchingOf(a, b)
  const distance = headFor(a, b)
  if (distance > touching + HIT_REACH) return
  if (a.dashing && b.dashing) rebound(a, b)
  else if (a.dashing && !b.safe) {
    if (!judged.has(a)) strike(a, b, rob)
  } else if (b.dashing && !a.safe) {
    if (!judged.has(b)) strike(b, a, rob)
  } else if (distance < touching) push(a, b, (touching - distance) * SOFTNESS * dt)
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
