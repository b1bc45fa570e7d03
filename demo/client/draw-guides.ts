// What lies over the arena on the screen: the arrow to the crown, and the stick and button under one's thumbs.

import { DASH_REST } from '../game.ts'
import type { Camera } from './camera.ts'
import { drawCrown } from './draw-ships.ts'
import { clear, INK, PAPER } from './palette.ts'
import { circle } from './sprites.ts'
import type { Stage } from './stage.ts'
import { STICK_REACH, type Thumbs } from './thumbs.ts'
import type { Track, Tracks } from './tracks.ts'

const EDGE = 48
const EDGE_NARROW = 190 // on a narrow screen the lists and buttons take the top, the thumbs the bottom
const GOLD = '#ffd75e'
const FULL_TURN = 2 * Math.PI

/** Points to the ship with the crown, as long as it is off the screen. In CSS pixels. */
export function drawCrownArrow(tracks: Tracks, leader: number, camera: Camera): void {
  const { stage } = camera
  const track = tracks.all.get(leader)
  if (!track || track === tracks.mine || camera.sees(track.x, track.y, track.radius)) return
  const dx = track.x - camera.x
  const dy = track.y - camera.y
  // On an ellipse: it leaves the corners to the score and the list.
  const across = dx / (stage.width / 2 - EDGE)
  const down = dy / (stage.height / 2 - (stage.width < 640 ? Math.min(EDGE_NARROW, stage.height / 4) : EDGE))
  const inside = 1 / Math.hypot(across, down)
  const x = stage.width / 2 + dx * inside
  const y = stage.height / 2 + dy * inside
  const { pen } = stage
  pen.fillStyle = clear(INK, 0.55)
  circle(pen, x, y, 23)
  pen.fill()
  drawCrown(stage, x, y, 24)
  pen.save()
  pen.translate(x, y)
  pen.rotate(Math.atan2(dy, dx))
  pen.fillStyle = GOLD
  pen.beginPath()
  pen.moveTo(38, 0)
  pen.lineTo(26, 9)
  pen.lineTo(26, -9)
  pen.fill()
  pen.restore()
}

/** The floating stick, and the button with the dash's rest, for those who play by touch. In CSS pixels. */
export function drawThumbs(thumbs: Thumbs, mine: Track | undefined, stage: Stage): void {
  if (!thumbs.inUse) return
  const { pen } = stage
  if (thumbs.held) {
    pen.strokeStyle = clear(PAPER, 0.35)
    pen.lineWidth = 2
    circle(pen, thumbs.baseX, thumbs.baseY, STICK_REACH)
    pen.stroke()
    pen.fillStyle = clear(PAPER, 0.4)
    circle(pen, thumbs.baseX + thumbs.dx * STICK_REACH, thumbs.baseY + thumbs.dy * STICK_REACH, 24)
    pen.fill()
  }
  if (!thumbs.isCovered) drawButton(pen, thumbs, 1 - Math.min(1, (mine?.ship.rest ?? 0) / DASH_REST))
}

function drawButton(pen: CanvasRenderingContext2D, thumbs: Thumbs, ready: number): void {
  const { buttonX: x, buttonY: y, pressed } = thumbs
  pen.fillStyle = clear(PAPER, pressed ? 0.36 : ready >= 1 ? 0.2 : 0.08)
  circle(pen, x, y, 40)
  pen.fill()
  pen.strokeStyle = clear(PAPER, 0.75)
  pen.lineWidth = 4
  pen.beginPath()
  pen.arc(x, y, 40, -Math.PI / 2, -Math.PI / 2 + FULL_TURN * ready)
  pen.stroke()
  pen.globalAlpha = ready >= 1 ? 1 : 0.45
  pen.strokeStyle = PAPER
  pen.lineWidth = 5
  pen.lineCap = pen.lineJoin = 'round'
  for (const shift of [-10, 4]) {
    pen.beginPath()
    pen.moveTo(x + shift - 3, y - 12)
    pen.lineTo(x + shift + 8, y)
    pen.lineTo(x + shift - 3, y + 12)
    pen.stroke()
  }
  pen.globalAlpha = 1
}
