// The examples of docs/PROTOCOL.md, made and read by our own code: bytes from a value, a value from bytes.

import { Capture } from '../../protocol/capture.ts'
import { columnDigests } from '../../protocol/column-digests.ts'
import { readDelta, writeDelta } from '../../protocol/delta.ts'
import { digest } from '../../protocol/digest.ts'
import { readFrame } from '../../protocol/ext.ts'
import {
  encodeAck,
  encodeInputs,
  FrameWriter,
  readAck,
  readInputs,
  readStateHeader,
  STATE,
  writeStateHeader,
} from '../../protocol/frames.ts'
import type { LiveRow } from '../../protocol/live.ts'
import {
  type ClientMessage,
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
  type ServerMessage,
} from '../../protocol/messages.ts'
import { readPrivate, writePrivate } from '../../protocol/private.ts'
import { packRow, unpackRow } from '../../protocol/rows.ts'
import { type Snapshot, SnapshotRing, slotOf } from '../../protocol/snapshot.ts'
import { example, type Vector } from './document.ts'

type Value = Record<string, unknown>

/** What the state examples say of a tick: the objects by kind, with id and owner beside their fields. */
interface StateExample extends Value {
  readonly tick: number
  readonly baseTick: number
  readonly isSteady: boolean
  readonly inputSeq: number
  readonly received: number
  readonly hash?: number
  readonly rows: Readonly<Record<string, readonly Value[]>>
}

/** Plays the examples in order; the state ones build on each other, for player 1, who predicts ships. */
export class Example {
  readonly #writer = new FrameWriter()
  readonly #capture = new Capture(example, true)
  readonly #ring = new SnapshotRing(example)

  encode({ name, value }: Vector): Uint8Array {
    const sort = name.split(',')[0]
    if (sort === 'ack') return encodeAck(this.#writer, value as unknown as { ackTick: number; received: number })
    if (sort === 'input') return this.#encodeInputs(value)
    if (sort === 'state') return this.#encodeState(value as StateExample)
    return value.type === 'welcome' || value.type === 'stopping'
      ? encodeServerMessage(value as unknown as ServerMessage)
      : encodeClientMessage(value as unknown as ClientMessage)
  }

  decode({ name, value }: Vector, bytes: Uint8Array): unknown {
    const frame = readFrame(bytes)
    if (!frame) {
      const isServers = value.type === 'welcome' || value.type === 'stopping'
      return isServers ? decodeServerMessage(bytes) : decodeClientMessage(bytes)
    }
    if (name.startsWith('ack')) return readAck(frame.body)
    if (name.startsWith('input')) {
      const { inputs, ...rest } = readInputs(frame.body, example)
      return { ...rest, inputs: inputs.map((input) => unpackRow(example.input, input)) }
    }
    const header = readStateHeader(frame.body)
    const baseline = this.#ring.baseline(header.baseTick, header.isSteady)
    if (!baseline) throw new Error(`no snapshot of tick ${header.baseTick}`)
    const into = this.#ring.claim(header.tick)
    readDelta(frame.body, example, baseline, into)
    readPrivate(frame.body, example, into, () => {})
    frame.body.finish()
    return { ...header, rows: rowsOf(into) }
  }

  #encodeInputs(value: Value): Uint8Array {
    const inputs = (value.inputs as Value[]).map((input) => packRow(example.input, input))
    return encodeInputs(this.#writer, example, { ...value, inputs } as unknown as Parameters<typeof encodeInputs>[2])
  }

  #encodeState(value: StateExample): Uint8Array {
    const rows = example.kinds.map((layout) => {
      const live: (LiveRow | undefined)[] = []
      for (const { id, owner, ...values } of value.rows[layout.kind] ?? []) {
        const row = { id: id as number, values, owner: (owner as number) ?? 0, shownTo: null, reveals: 0 }
        live[slotOf(row.id)] = row
      }
      return Array.from(live)
    })
    const baseline = this.#capture.ring.baseline(value.baseTick, value.isSteady)
    if (!baseline) throw new Error(`no snapshot of tick ${value.baseTick}`)
    const snapshot = this.#capture.capture(rows, value.tick)
    const hash = value.hash === undefined ? undefined : digest(columnDigests(example, snapshot))
    writeStateHeader(this.#writer.open(), { ...value, hash })
    writeDelta(this.#writer, example, baseline, snapshot)
    const viewer = { player: 1, predicts: new Set([2]), since: value.baseTick, exactSince: value.baseTick }
    writePrivate(this.#writer, { game: example, capture: this.#capture, rows }, viewer)
    return this.#writer.close(STATE)
  }
}

function rowsOf(snapshot: Snapshot): Record<string, Value[]> {
  const kinds: Record<string, Value[]> = {}
  example.kinds.forEach((layout, kind) => {
    const table = snapshot.tables[kind]
    kinds[layout.kind] = Array.from({ length: table?.count ?? 0 }, (_, row) => {
      const ints = layout.ints.map(({ name, scalar }, column) => [
        name,
        scalar.restore(table?.ints[column]?.[row] ?? 0),
      ])
      const boxes = layout.boxes.map(({ name, type }, column) => [name, type.unpack(table?.boxes[column]?.[row])])
      return { id: table?.ids[row], ...Object.fromEntries([...ints, ...boxes]) }
    })
  })
  return kinds
}
