// What state costs in time and garbage: from the game's objects to a frame, and from a frame to a client's snapshot,
// per entity that changed. Colyseus runs beside it in the same rounds, on the same motion.

import { performance } from 'node:perf_hooks'
import { GCProfiler } from 'node:v8'
import { Capture } from '../protocol/capture.ts'
import { columnDigests } from '../protocol/column-digests.ts'
import { readDelta, writeDelta } from '../protocol/delta.ts'
import { digest } from '../protocol/digest.ts'
import { readFrame } from '../protocol/ext.ts'
import { FrameWriter, readStateHeader, STATE, writeStateHeader } from '../protocol/frames.ts'
import { readPrivate, writePrivate } from '../protocol/private.ts'
import { type Baseline, SnapshotRing, type Table } from '../protocol/snapshot.ts'
import { type EntityList, LiveState } from '../server/room/state.ts'
import { type Colyseus, colyseus } from './colyseus.ts'
import { median, round } from './figures.ts'
import type { Row } from './result.ts'
import { game, Motion, SCENES, type Ship } from './scenes.ts'
import { Stretch } from './stretch.ts'

export interface CodecResult {
  /** Nanoseconds per entity that changed: assign, capture and encode; decode and apply. */
  readonly encodeNsPerUpdate: number
  readonly decodeNsPerUpdate: number
  /** How many times as long Colyseus takes. */
  readonly colyseusEncodeRatio: number
  readonly colyseusDecodeRatio: number
  /** By the number of entities: what both ends together leave to the collector in a tick. */
  readonly allocatedBytesPerTick: Readonly<Record<string, number>>
  /** By the number of entities, of five fields each. */
  readonly captureMs: Readonly<Record<string, number>>
  /** Likewise, to make the hash of a state. */
  readonly hashMs: Readonly<Record<string, number>>
}

const SCENE = SCENES['arena-idle']
const ENTITIES = 200
const CROWD = 20_000
const TICKS = 100
/** Few enough for the collector to stay out of a stretch. */
const TICKS_BETWEEN_COLLECTIONS = 20
// Until all is compiled, and every snapshot of the ring was filled once.
const WARM_UP = 70
const ROUNDS = 41

export async function run(): Promise<CodecResult> {
  // First of all: the loops that read columns are compiled for objects of one shape, as a room's are, and those of the
  // hashes and the crowd are of another.
  const timed = await times()
  const allocatedBytesPerTick: Record<string, number> = {}
  for (const entities of [100, 500, 2000]) allocatedBytesPerTick[entities] = allocation(entities)
  // The crowd's before the others': they alone are too few for it to be compiled.
  const hashMs = { [CROWD]: hashTime(CROWD), [ENTITIES]: hashTime(ENTITIES) }
  return { ...timed, allocatedBytesPerTick, captureMs: { [CROWD]: captureTime(CROWD) }, hashMs }
}

export function table({ allocatedBytesPerTick, captureMs, hashMs, ...times }: CodecResult): readonly Row[] {
  const rows = (what: string, by: Readonly<Record<string, number>>) =>
    Object.entries(by).map(([entities, value]) => ({ what: `${what}, ${entities} entities`, value }))
  return [
    ...Object.entries(times).map(([what, value]) => ({ what, value })),
    ...rows('bytes allocated a tick', allocatedBytesPerTick),
    ...rows('ms to capture', captureMs),
    ...rows('ms to hash', hashMs),
  ]
}

/** One end that encodes and one that decodes. */
interface Codec {
  encode(stretch: Stretch, tick: number): Uint8Array
  decode(bytes: Uint8Array): void
}

class Tickwire implements Codec {
  readonly #live = new LiveState(game)
  readonly #ships: readonly Ship[]
  readonly #capture = new Capture(game, true)
  readonly #writer = new FrameWriter()
  readonly #viewer = { player: 1, predicts: new Set<number>(), since: 0, exactSince: 0 }
  readonly #mirror = new SnapshotRing(game)

  constructor(entities: number) {
    const { ship } = this.#live.state as { readonly ship: EntityList<typeof game, 'ship'> }
    this.#ships = Array.from({ length: entities }, () => ship.add())
  }

  encode(stretch: Stretch, tick: number): Uint8Array {
    stretch.assign(tick, this.#ships)
    const capture = this.#capture
    const { newest } = capture.ring
    const isSteady = capture.ring.back(2) !== undefined
    const header = { tick: newest.tick + 3, baseTick: newest.tick, isSteady, inputSeq: newest.tick, received: 0 }
    const baseline = capture.ring.baseline(newest.tick, isSteady) as Baseline
    const snapshot = capture.capture(this.#live.rows, header.tick, this.#live.changes)
    writeStateHeader(this.#writer.open(), header)
    writeDelta(this.#writer, game, baseline, snapshot)
    this.#viewer.since = this.#viewer.exactSince = header.baseTick
    writePrivate(this.#writer, { game, capture, rows: this.#live.rows }, this.#viewer)
    return this.#writer.close(STATE)
  }

  decode(bytes: Uint8Array): void {
    const frame = readFrame(bytes)
    if (frame === null) throw new Error('not a frame')
    const { tick, baseTick, isSteady } = readStateHeader(frame.body)
    const baseline = this.#mirror.baseline(baseTick, isSteady) as Baseline
    const into = this.#mirror.claim(tick)
    readDelta(frame.body, game, baseline, into)
    readPrivate(frame.body, game, into, ignore)
    frame.body.finish()
  }

  /** A ship's fields at the client. */
  seen(index: number): readonly (number | undefined)[] {
    const [, ...fields] = (this.#mirror.newest.tables[2] as Table).ints
    return fields.map((cells) => cells[index])
  }
}

class ColyseusCodec implements Codec {
  readonly #room: Colyseus

  constructor(room: Colyseus) {
    this.#room = room
  }

  /** Given whole numbers: rounding them is not counted here. */
  encode(stretch: Stretch, tick: number): Uint8Array {
    stretch.assignWholes(tick, this.#room.ships)
    return this.#room.encode()
  }

  decode(bytes: Uint8Array): void {
    this.#room.decode(bytes)
  }

  seen(index: number): readonly number[] {
    const { x, y, heading, hp, flags } = this.#room.seen(index)
    return [x, y, heading, hp, flags]
  }
}

async function times(): Promise<Omit<CodecResult, 'allocatedBytesPerTick' | 'captureMs' | 'hashMs'>> {
  const motion = new Motion({ ...SCENE, entities: ENTITIES })
  const stretch = new Stretch(ENTITIES, TICKS)
  const tickwire = new Tickwire(ENTITIES)
  const peer = new ColyseusCodec(await colyseus(ENTITIES))
  const rounds: { tickwire: Times; colyseus: Times }[] = []
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    stretch.record(motion)
    const first = round % 2 === 0 ? tickwire : peer
    const one = measure(first, stretch)
    const other = measure(first === peer ? tickwire : peer, stretch)
    rounds.push(first === peer ? { tickwire: other, colyseus: one } : { tickwire: one, colyseus: other })
    stretch.check('Tickwire', (index) => tickwire.seen(index))
    stretch.check('Colyseus', (index) => peer.seen(index))
  }
  const measured = rounds.slice(WARM_UP)
  return {
    encodeNsPerUpdate: round(median(measured.map((of) => of.tickwire.encodeNs)), 1),
    decodeNsPerUpdate: round(median(measured.map((of) => of.tickwire.decodeNs)), 1),
    colyseusEncodeRatio: round(median(measured.map((of) => of.colyseus.encodeNs / of.tickwire.encodeNs)), 2),
    colyseusDecodeRatio: round(median(measured.map((of) => of.colyseus.decodeNs / of.tickwire.decodeNs)), 2),
  }
}

/** Nanoseconds per entity that changed. */
interface Times {
  readonly encodeNs: number
  readonly decodeNs: number
}

function measure(codec: Codec, stretch: Stretch): Times {
  const frames: Uint8Array[] = []
  let encodeMs = 0
  for (let tick = 0; tick < stretch.ticks; tick++) {
    const start = performance.now()
    const bytes = codec.encode(stretch, tick)
    encodeMs += performance.now() - start
    frames.push(bytes.slice())
  }
  const start = performance.now()
  for (const frame of frames) codec.decode(frame)
  const decodeMs = performance.now() - start
  return { encodeNs: (encodeMs * 1e6) / stretch.updates, decodeNs: (decodeMs * 1e6) / stretch.updates }
}

/** Bytes of heap a tick that both ends leave behind; the bytes of the frames themselves lie outside of the heap. */
function allocation(entities: number): number {
  const motion = new Motion({ ...SCENE, entities })
  const stretch = new Stretch(entities, TICKS_BETWEEN_COLLECTIONS)
  const codec = new Tickwire(entities)
  const found: number[] = []
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    stretch.record(motion)
    const bytes = heapGrowth(() => {
      for (let tick = 0; tick < stretch.ticks; tick++) codec.decode(codec.encode(stretch, tick))
    })
    if (round >= WARM_UP && bytes !== undefined) found.push(bytes / stretch.ticks)
  }
  if (found.length === 0) throw new Error(`no stretch of ${entities} entities without a collection`)
  return Math.round(median(found))
}

/** Bytes that `work` allocates; undefined when the collector ran meanwhile. */
function heapGrowth(work: () => void): number | undefined {
  const collector = new GCProfiler()
  collector.start()
  const before = process.memoryUsage().heapUsed
  work()
  const after = process.memoryUsage().heapUsed
  return collector.stop().statistics.length === 0 ? after - before : undefined
}

function captureTime(entities: number): number {
  const motion = new Motion({ ...SCENE, entities })
  const rows = motion.rows()
  const capture = new Capture(game, true)
  const found: number[] = []
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    motion.step()
    const start = performance.now()
    // Nobody comes or goes, which a room tells by this number.
    capture.capture(rows, round + 1, 0)
    found.push(performance.now() - start)
  }
  return round(median(found.slice(WARM_UP)), 2)
}

function hashTime(entities: number): number {
  const snapshot = new Capture(game, true).capture(new Motion({ ...SCENE, entities }).rows(), 1)
  const found: number[] = []
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const start = performance.now()
    digest(columnDigests(game, snapshot))
    found.push(performance.now() - start)
  }
  return round(median(found.slice(WARM_UP)), 3)
}

function ignore(): void {
  // Nobody is told exact values here.
}
