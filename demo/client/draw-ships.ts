// The ships: trail, glow, body, crown, name, and what they say.

import { DASH_REST, DASH_SPEED, TOP_SPEED } from '../game.ts'
import type { Bubbles } from './bubbles.ts'
import type { Camera } from './camera.ts'
import { colourOf, PAPER, SHIP_COLOURS } from './palette.ts'
import { circle, crown, glows, SHIP_SPRITE, SHIP_SPRITE_RADIUS, type Sprite, shipSprite } from './sprites.ts'
import type { Stage } from './stage.ts'
import { TRAIL_POINTS, type Track, type Tracks } from './tracks.ts'

const MARGIN = 260 // a trail is longer than its ship
const FULL_TURN = 2 * Math.PI

/** Trails and glows, below all bodies. Expects the pen in units of the arena. */
export function drawWakes(tracks: Tracks, camera: Camera): void {
  const { pen } = camera.stage
  pen.globalCompositeOperation = 'lighter'
  for (const track of tracks.all.values()) {
    if (track.ship.away || !camera.sees(track.x, track.y, MARGIN)) continue
    const colour = colourOf(track.ship.look)
    pen.fillStyle = SHIP_COLOURS[colour] as string
    pen.globalAlpha = 0.13 + 0.3 * track.heat
    drawRibbon(track, pen, track.radius * (0.62 + 0.3 * track.heat))
    if (track.heat > 0.05) {
      pen.fillStyle = PAPER
      pen.globalAlpha = 0.4 * track.heat
      drawRibbon(track, pen, track.radius * 0.34)
    }
    const half = track.radius * (2 + 0.9 * track.heat)
    pen.globalAlpha = 0.42 + 0.4 * track.heat
    pen.drawImage(glows[colour]!, track.x - half, track.y - half, half * 2, half * 2)
  }
  pen.globalAlpha = 1
  pen.globalCompositeOperation = 'source-over'
}

/** The bodies. Expects the pen in units of the arena; `now` in seconds. */
export function drawShips(tracks: Tracks, camera: Camera, now: number): void {
  for (const track of tracks.all.values()) {
    if (track === tracks.mine || !camera.sees(track.x, track.y, track.radius + 20)) continue
    drawBody(track, camera, now)
  }
  if (!tracks.mine) return
  drawBody(tracks.mine, camera, now)
  drawOwnRing(tracks.mine, camera)
}

/** Names, the crown and bubbles: in CSS pixels, so that they stay readable at any zoom. */
export function drawLabels(tracks: Tracks, camera: Camera, bubbles: Bubbles, leader: number): void {
  const { stage } = camera
  for (const track of tracks.all.values()) {
    if (!camera.sees(track.x, track.y, track.radius + 60)) continue
    const x = camera.screenX(track.x)
    const y = camera.screenY(track.y)
    const radius = track.radius * camera.zoom
    stage.pen.globalAlpha = track.ship.away ? 0.4 : track === tracks.mine ? 0.75 : 0.95
    drawMiddle(stage, track.label, x, y + radius + 13)
    stage.pen.globalAlpha = 1
    const isLeader = track.ship.id === leader
    if (isLeader) drawCrown(stage, x, y - radius - 11, 30)
    bubbles.draw(stage, track.ship.owner, x, y - radius - (isLeader ? 34 : 14))
  }
}

export function drawCrown(stage: Stage, x: number, y: number, width: number): void {
  const height = (width * crown.height) / crown.width
  stage.pen.drawImage(crown, x - width / 2, y - height / 2, width, height)
}

function drawMiddle(stage: Stage, sprite: Sprite, x: number, y: number): void {
  const width = sprite.width / 2
  const height = sprite.height / 2
  stage.pen.drawImage(sprite, x - width / 2, y - height / 2, width, height)
}

// Out along one side of the trail and back along the other, ever narrower.
function drawRibbon(track: Track, pen: CanvasRenderingContext2D, width: number): void {
  pen.beginPath()
  pen.moveTo(track.x - track.sin * width, track.y + track.cos * width)
  for (let back = 1; back < TRAIL_POINTS; back++) edge(track, pen, width, back)
  for (let back = TRAIL_POINTS - 1; back > 0; back--) edge(track, pen, -width, back)
  pen.lineTo(track.x + track.sin * width, track.y - track.cos * width)
  pen.fill()
}

function edge(track: Track, pen: CanvasRenderingContext2D, width: number, back: number): void {
  const { trail } = track
  const here = (track.newest - back + TRAIL_POINTS) % TRAIL_POINTS
  const newer = (here + 1) % TRAIL_POINTS
  const x = trail[here * 2]!
  const y = trail[here * 2 + 1]!
  const dx = trail[newer * 2]! - x
  const dy = trail[newer * 2 + 1]! - y
  const length = Math.sqrt(dx * dx + dy * dy)
  const share = length > 0.01 ? (width * (1 - back / TRAIL_POINTS)) / length : 0
  pen.lineTo(x - dy * share, y + dx * share)
}

function drawBody(track: Track, camera: Camera, now: number): void {
  const { pen } = camera.stage
  const speed = Math.sqrt(track.vx * track.vx + track.vy * track.vy)
  const stretch = Math.min(1, speed / DASH_SPEED) * 0.2 + Math.min(1, speed / TOP_SPEED) * 0.04
  const scale = (track.radius / SHIP_SPRITE_RADIUS) * (1 + track.swell)
  const long = scale * (1 + stretch)
  const wide = scale * (1 - stretch * 0.7)
  pen.globalAlpha = track.ship.away ? 0.35 : 1
  pen.save()
  pen.transform(track.cos * long, track.sin * long, -track.sin * wide, track.cos * wide, track.x, track.y)
  pen.drawImage(shipSprite(track.ship.look), -SHIP_SPRITE / 2, -SHIP_SPRITE / 2)
  pen.restore()
  pen.globalAlpha = 1
  if (track.ship.safe) drawShield(track, pen, camera, now)
}

const SHIELD_DASHES = [9, 9]
const NO_DASHES: number[] = []

function drawShield(track: Track, pen: CanvasRenderingContext2D, camera: Camera, now: number): void {
  pen.strokeStyle = PAPER
  pen.globalAlpha = 0.5 + 0.25 * Math.sin(now * 9)
  pen.lineWidth = 2.4 / camera.zoom
  pen.setLineDash(SHIELD_DASHES)
  pen.lineDashOffset = now * 30
  circle(pen, track.x, track.y, track.radius + 10)
  pen.stroke()
  pen.setLineDash(NO_DASHES)
  pen.globalAlpha = 1
}

// A white outline says: this is you. Around it an arc fills until the next dash.
function drawOwnRing(track: Track, camera: Camera): void {
  const { pen } = camera.stage
  pen.strokeStyle = PAPER
  pen.lineWidth = 2.6 / camera.zoom
  pen.globalAlpha = 0.95
  circle(pen, track.x, track.y, track.radius + 3.5)
  pen.stroke()
  const ready = 1 - Math.min(1, (track.ship.rest ?? 0) / DASH_REST)
  if (ready >= 1) return
  pen.globalAlpha = 0.75
  pen.lineWidth = 4 / camera.zoom
  pen.strokeStyle = SHIP_COLOURS[colourOf(track.ship.look)] as string
  pen.beginPath()
  pen.arc(track.x, track.y, track.radius + 10, -Math.PI / 2, -Math.PI / 2 + FULL_TURN * ready)
  pen.stroke()
  pen.globalAlpha = 1
}
