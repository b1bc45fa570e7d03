// The hot path: state, input and acknowledgement as msgpack ext values whose bodies are our own codec.

import { Reader, Writer } from './bytes.ts'
import { badMessage } from './errors.ts'
import type { Game } from './game.ts'
import { INPUTS_PER_FRAME } from './limits.ts'
import { EXT_RESERVE, readExtHeader, writeExtHeader } from './msgpack.ts'
import { type Row, readRow, writeRow, zeroRow } from './rows.ts'

export const STATE = 1
export const INPUT = 2
export const ACK = 3

/** Steps that a tick has where a moment between two ticks is told. */
export const BEHIND_STEPS = 8

/** What every frame of a client tells: how far it has come. */
export interface Progress {
  /** The tick of the newest state that was applied; 0 for none. */
  readonly ackTick: number
  /** The last reliable message that was handed to the game. */
  readonly received: number
}

export interface InputFrame extends Progress {
  /** How far the picture, as it was at the last input, was behind the state of `ackTick`: in BEHIND_STEPS of a tick. */
  readonly behind: number
  /** The sequence number of the first input; the others follow without a gap. */
  readonly firstSeq: number
  readonly inputs: readonly Row[]
}

export interface StateHeader {
  readonly tick: number
  /** The tick of the snapshot that the delta is made from; 0 for the empty one. */
  readonly baseTick: number
  /** The delta expects movement to go on as in the two snapshots before the baseline. */
  readonly isSteady: boolean
  /** The last input of this client that the state contains; 0 for none. */
  readonly inputSeq: number
  /** The last reliable message of this client that was handed to the game. */
  readonly received: number
}

/** Writes frames of one ext type into a buffer that it keeps. */
export class FrameWriter extends Writer {
  /** Starts a frame; its body is written next. */
  open(): this {
    this.reset(EXT_RESERVE)
    return this
  }

  /** The finished frame, as a copy that nothing will change. */
  close(type: number): Uint8Array {
    return this.bytes.slice(writeExtHeader(this.bytes, this.length, type), this.length)
  }
}

/** A frame of our own codec, or null when `bytes` is a msgpack value of another sort. */
export function readFrame(bytes: Uint8Array): { readonly type: number; readonly body: Reader } | null {
  const ext = readExtHeader(bytes)
  return ext && { type: ext.type, body: new Reader(bytes, ext.start) }
}

export function encodeAck(writer: FrameWriter, progress: Progress): Uint8Array {
  writeProgress(writer.open(), progress)
  return writer.close(ACK)
}

export function readAck(reader: Reader): Progress {
  const progress = readProgress(reader)
  reader.finish()
  return progress
}

export function encodeInputs(writer: FrameWriter, game: Game, frame: InputFrame): Uint8Array {
  writeProgress(writer.open(), frame)
  writer.varint(frame.behind)
  writer.varint(frame.firstSeq)
  writer.varint(frame.inputs.length)
  let before = zeroRow(game.input)
  for (const input of frame.inputs) {
    writeRow(writer, game.input, input, before)
    before = input
  }
  return writer.close(INPUT)
}

export function readInputs(reader: Reader, game: Game): InputFrame {
  const progress = readProgress(reader)
  const behind = reader.varint()
  const firstSeq = reader.varint()
  if (firstSeq === 0) throw badMessage('bad input')
  const count = reader.count(INPUTS_PER_FRAME)
  const inputs: Row[] = []
  let before = zeroRow(game.input)
  for (let index = 0; index < count; index++) {
    before = readRow(reader, game.input, before)
    inputs.push(before)
  }
  reader.finish()
  return { ...progress, behind, firstSeq, inputs }
}

export function writeStateHeader(writer: Writer, { tick, baseTick, isSteady, inputSeq, received }: StateHeader): void {
  writer.varint(tick)
  writer.varint((baseTick === 0 ? 0 : (tick - baseTick) * 2) + (isSteady ? 1 : 0))
  writer.varint(inputSeq)
  writer.varint(received)
}

export function readStateHeader(reader: Reader): StateHeader {
  const tick = reader.varint()
  const flags = reader.varint()
  const back = flags >>> 1
  const isSteady = (flags & 1) === 1
  if (tick === 0 || back >= tick) throw badMessage('bad tick')
  if (isSteady && back === 0) throw badMessage('bad tick')
  const baseTick = back === 0 ? 0 : tick - back
  return { tick, baseTick, isSteady, inputSeq: reader.varint(), received: reader.varint() }
}

function writeProgress(writer: Writer, { ackTick, received }: Progress): void {
  writer.varint(ackTick)
  writer.varint(received)
}

function readProgress(reader: Reader): Progress {
  return { ackTick: reader.varint(), received: reader.varint() }
}
