// The page of the game: joins, then once a frame reads the player, the room's view, and draws it.

import { onFrame } from 'tickwire'
import { Chat } from './chat.ts'
import { ConnectionSign } from './connection.ts'
import { Controls } from './controls.ts'
import { Hud } from './hud.ts'
import { isPane, isSplit, LabButton, split } from './lab.ts'
import { NameTag } from './name-tag.ts'
import { element } from './page.ts'
import { Picture } from './picture.ts'
import { Probe } from './probe.ts'
import { enter, type JoinedRoom } from './room.ts'
import { ShareButton } from './share.ts'
import { Sound } from './sound.ts'
import { Toast } from './toast.ts'

const LONGEST_FRAME = 0.1 // seconds; after a longer pause the picture goes on, it does not leap

const canvas = element('stage', HTMLCanvasElement)
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
const sound = new Sound()
const picture = new Picture(canvas, sound, calm)
const controls = new Controls(canvas)
const sign = new ConnectionSign()
const chat = new Chat(picture.bubbles, () => controls.keys.clear())
const hud = new Hud(controls.thumbs.inUse, isPane)
const toast = new Toast()

// Something to look at until the room is there, whichever way one turns the page.
const endWaiting = onFrame((now, dt) => picture.draw(controls.thumbs, 0, now / 1000, dt))

function play(room: JoinedRoom): void {
  endWaiting()
  const probe = new Probe(room, picture)
  sign.watch(room)
  chat.listen(room)
  toast.listen(room, sound)
  new NameTag(room)
  new ShareButton(room, toast)
  new LabButton(room, picture)
  picture.listen(room)
  onFrame((now, dt) => {
    probe.begin()
    drawFrame(room, now / 1000, Math.min(LONGEST_FRAME, dt))
    probe.end()
  })
}

function drawFrame(room: JoinedRoom, now: number, dt: number): void {
  const { camera, tracks } = picture
  const ownX = camera.screenX(tracks.mine?.x ?? camera.x)
  const ownY = camera.screenY(tracks.mine?.y ?? camera.y)
  room.input(controls.read(ownX, ownY))
  controls.thumbs.isCovered = chat.isOpen
  const { leader } = room.view().room
  picture.update(leader, dt)
  picture.draw(controls.thumbs, leader, now, dt)
  hud.update(tracks, leader, dt)
}

if (isSplit) {
  endWaiting()
  void split()
} else enter().then(play, (why: unknown) => sign.refused(why))
