// Sparks, as both ends know it: what there is in the arena, what players send, and the rules that server and browser
// run alike. The rules use only + - * / and Math.sqrt, so that both ends agree to the bit.

import {
  choice,
  defineGame,
  f32,
  fixed,
  flag,
  group,
  type InputOf,
  i8,
  list,
  type Of,
  ref,
  text,
  u8,
  u16,
  u32,
} from 'tickwire/game'
import { HISTORY_LENGTH, NAME_LENGTH, TALK_LENGTH } from './talk.ts'

/** Radius of the round arena, whose middle is 0, 0. */
export const ARENA_RADIUS = 1200
/** An input's `dx` and `dy` at most: the stick pushed all the way. */
export const FULL_STICK = 127
/** Units a second that a ship glides at most by itself. */
export const TOP_SPEED = 360
/** Units a second at the start of a dash. */
export const DASH_SPEED = 1150
/** Seconds from one dash to the next. */
export const DASH_REST = 1.3
/** Seconds that a dash is dangerous to others. */
export const DASH_TIME = 0.24
/** How near to a ship's edge a spark must be to be collected. */
export const REACH = 24
/** A spark from this value on is a big one. */
export const BIG_SPARK = 5
/** Nobody wears the crown with fewer sparks. */
export const CROWN_SCORE = 10

export const COLOURS = 8
export const EMBLEMS = 6

const who = group({ name: text(NAME_LENGTH), id: u32() })
const talkType = choice('text', 'emote')

export const sparks = defineGame({
  room: { leader: ref('ship') },
  entities: {
    ship: {
      x: fixed(-2048, 2048, 1 / 8),
      y: fixed(-2048, 2048, 1 / 8),
      vx: f32().owner(),
      vy: f32().owner(),
      rest: f32().owner(), // seconds until the next dash
      dashing: flag(),
      safe: flag(), // cannot be robbed: just arrived, or just robbed
      away: flag(), // its player's connection is lost; it waits
      score: u16(),
      name: text(NAME_LENGTH),
      look: u8().static(),
    },
    spark: { x: fixed(-2048, 2048, 1 / 8), y: fixed(-2048, 2048, 1 / 8), value: u8().static() },
  },
  input: { dx: i8(), dy: i8(), dash: flag() },
  join: { name: text(NAME_LENGTH) },
  toServer: {
    talk: { message: text(TALK_LENGTH), type: talkType },
    rename: { name: text(NAME_LENGTH) },
    // What the network lab switches for its player alone.
    lab: { compensate: flag(), whole: flag() },
  },
  toClient: {
    init: {
      self: group({ id: u32() }),
      users: list(who, 256),
      messages: list(group({ id: u32(), message: text(TALK_LENGTH), type: talkType, from: who }), HISTORY_LENGTH),
    },
    join: { id: u32(), name: text(NAME_LENGTH) },
    talk: { id: u32(), message: text(TALK_LENGTH), type: talkType, from: who },
    rename: { id: u32(), name: text(NAME_LENGTH) },
    exit: { id: u32(), name: text(NAME_LENGTH) },
    // Now and then, to whoever has the lab open: what a tick takes.
    load: { tickMs: f32() },
    // Told to both who were in it: what you were, the other's name, and how many sparks burst out.
    hit: { you: choice('thief', 'victim'), other: text(NAME_LENGTH), sparks: u16() },
  },
})

export type Sparks = typeof sparks
export type Ship = Of<Sparks, 'ship'>
export type Spark = Of<Sparks, 'spark'>
export type Intent = InputOf<Sparks>

const PULL = 3.4 // how fast a ship takes on the speed it is steered to, per second
const DASH_PULL = 1.1
const BOUNCE = 0.55

/** A ship grows a little with what it carries: the rich are easier to hit. */
export function radiusOf(score: number): number {
  const growth = Math.sqrt(score) * 1.1
  return growth < 18 ? 20 + growth : 38
}

/** One step of one ship, `dt` in seconds. It never leaves the arena. */
export function move(ship: Ship, input: Intent, dt: number): void {
  let dx = input.dx / FULL_STICK
  let dy = input.dy / FULL_STICK
  const length = Math.sqrt(dx * dx + dy * dy)
  if (length > 1) {
    dx /= length
    dy /= length
  }
  ship.rest = ship.rest > dt ? ship.rest - dt : 0
  if (input.dash && ship.rest === 0) dash(ship, dx, dy)
  ship.dashing = ship.rest > DASH_REST - DASH_TIME
  const pull = (ship.dashing ? DASH_PULL : PULL) * dt
  ship.vx += (dx * TOP_SPEED - ship.vx) * pull
  ship.vy += (dy * TOP_SPEED - ship.vy) * pull
  ship.x += ship.vx * dt
  ship.y += ship.vy * dt
  keepInside(ship)
}

// Where the stick points, or else where the ship is gliding, or else to the right.
function dash(ship: Ship, dx: number, dy: number): void {
  let x = dx
  let y = dy
  if (x * x + y * y < 0.01) {
    x = ship.vx
    y = ship.vy
  }
  const length = Math.sqrt(x * x + y * y)
  ship.vx = length > 0.001 ? (x / length) * DASH_SPEED : DASH_SPEED
  ship.vy = length > 0.001 ? (y / length) * DASH_SPEED : 0
  ship.rest = DASH_REST
}

function keepInside(ship: Ship): void {
  const most = ARENA_RADIUS - radiusOf(ship.score)
  const distance = Math.sqrt(ship.x * ship.x + ship.y * ship.y)
  if (distance <= most) return
  const nx = ship.x / distance
  const ny = ship.y / distance
  ship.x = nx * most
  ship.y = ny * most
  const outward = ship.vx * nx + ship.vy * ny
  if (outward <= 0) return
  ship.vx -= outward * (1 + BOUNCE) * nx
  ship.vy -= outward * (1 + BOUNCE) * ny
}
