// Bytes a tick that one client is sent, header included, for the same motion: ours, Colyseus with hand-quantised
// fields, and what is left of each ship that changed as msgpack and as JSON.

import { Packr } from 'msgpackr'
import { Capture } from '../protocol/capture.ts'
import { writeDelta } from '../protocol/delta.ts'
import { FrameWriter, STATE, writeStateHeader } from '../protocol/frames.ts'
import { writePrivate } from '../protocol/private.ts'
import { colyseusEncoder } from './colyseus.ts'
import { round } from './figures.ts'
import type { Row } from './result.ts'
import { type Encoder, game, Motion, quantised, SCENES, type Scene } from './scenes.ts'

interface SceneBytes {
  readonly tickwire: number
  readonly colyseus: number
  readonly msgpackr: number
  readonly json: number
  readonly ratioToColyseus: number
}

export interface BytesResult {
  readonly scenes: Readonly<Record<string, SceneBytes>>
}

const TICKS = 600
// Colyseus puts this many bytes in front of a patch in rooms that take inputs, as ours does its header.
const COLYSEUS_TIMING = 8

export async function run(): Promise<BytesResult> {
  const scenes: Record<string, SceneBytes> = {}
  for (const [scene, settings] of Object.entries(SCENES)) scenes[scene] = await measure(settings)
  return { scenes }
}

export function table({ scenes }: BytesResult): readonly Row[] {
  return Object.entries(scenes).map(([scene, bytes]) => ({ scene, ...bytes }))
}

async function measure(scene: Scene): Promise<SceneBytes> {
  const tickwire = mean(scene, tickwireEncoder())
  const colyseus = mean(scene, await colyseusEncoder(scene.entities, COLYSEUS_TIMING))
  const packr = new Packr({ useRecords: false })
  const msgpackr = mean(
    scene,
    changedShips((ships) => packr.pack(ships).length),
  )
  const json = mean(
    scene,
    changedShips((ships) => Buffer.byteLength(JSON.stringify(ships))),
  )
  return { tickwire, colyseus, msgpackr, json, ratioToColyseus: round(tickwire / colyseus, 3) }
}

function mean(scene: Scene, encode: Encoder): number {
  const motion = new Motion(scene)
  // The first frame brings everything and is paid once.
  encode(motion, 1)
  let bytes = 0
  for (let tick = 2; tick < TICKS + 2; tick++) {
    motion.step()
    bytes += encode(motion, tick)
  }
  return round(bytes / TICKS, 1)
}

/** A whole state frame of a room of 60 steps and 20 frames a second, for a client whose inputs are being counted. */
function tickwireEncoder(): Encoder {
  const capture = new Capture(game, true)
  const writer = new FrameWriter()
  const viewer = { player: 1, predicts: new Set<number>() }
  return (motion, frame) => {
    const tick = frame * 3
    const rows = motion.rows()
    const base = capture.ring.newest
    const isSteady = capture.ring.back(2) !== undefined
    const baseline = capture.ring.baseline(base.tick, isSteady)
    if (!baseline) throw new Error('the ring lost its newest snapshot')
    const snapshot = capture.capture(rows, tick)
    writeStateHeader(writer.open(), { tick, baseTick: base.tick, isSteady, inputSeq: tick, received: 0 })
    writeDelta(writer, game, baseline, snapshot)
    writePrivate(writer, { game, capture, rows }, { ...viewer, since: base.tick, exactSince: base.tick })
    return writer.close(STATE).length
  }
}

/** The ships that changed, by id, each with the fields that did. */
function changedShips(size: (ships: Record<number, Record<string, number>>) => number): Encoder {
  const names = ['x', 'y', 'heading', 'hp', 'flags']
  const last: (readonly number[])[] = []
  return (motion) => {
    const ships: Record<number, Record<string, number>> = {}
    motion.ships.forEach((ship, index) => {
      const now = quantised(ship)
      const before = last[index]
      const changed = now.flatMap((value, field) => (value === before?.[field] ? [] : [[names[field], value]]))
      if (changed.length > 0) ships[index + 1] = Object.fromEntries(changed)
      last[index] = now
    })
    return size(ships)
  }
}
