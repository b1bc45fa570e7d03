// The hot path: state, input and acknowledgement as msgpack ext values whose bodies are our own codec.

import { type Reader, Writer } from './bytes.ts'
import { badMessage } from './errors.ts'
import { EXT_RESERVE, writeExtHeader } from './ext.ts'
import type { Game } from './game.ts'
import { INPUTS_PER_FRAME } from './limits.ts'
import { type Row, readRow, writeRow, zeroRow } from './rows.ts'

export const STATE = 1
export const INPUT = 2
export const ACK = 3

/** A state's second number is BACK times how far back the baseline is, plus these flags. */
export const BACK = 16
export const STEADY = 1
export const HASHED = 2
export const TIMED = 4
export const FLAGS = STEADY | HASHED | TIMED

/** A moment between two ticks is told in steps of 1 / BEHIND_STEPS of a tick. */
export const BEHIND_STEPS = 8

/** What every frame of a client tells: how far it has come. */
export interface Progress {
  /** The tick of the newest state that was applied; 0 for none. */
  readonly ackTick: number
  /** The last reliable message that was handed to the game. */
  readonly received: number
}

interface InputFrame extends Progress {
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
  /** The digest of the state's columns, about once a second. */
  readonly hash?: number | undefined
  /** About four times a second. */
  readonly timing?: Timing | undefined
}

/** What a client's clock, and the pace of its inputs, go by. */
export interface Timing {
  /** Frames that came on this connection so far, the hello among them, modulo 256. */
  readonly heard: number
  /** Whole milliseconds from the arrival of the last of them to this frame's leaving. */
  readonly held: number
  /** The room's time when this frame left. */
  readonly time: number
  /**
   * The fewest inputs that waited beside the one that a tick took, since the last timing; below 0, so many came too
   * late.
   */
  readonly spare: number
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
    return this.copy(writeExtHeader(this.bytes, this.length, type))
  }
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
  const count = reader.count(INPUTS_PER_FRAME)
  if (firstSeq === 0 || firstSeq + count > 2 ** 32) throw badMessage('bad input')
  const inputs: Row[] = []
  let before = zeroRow(game.input)
  for (let index = 0; index < count; index++) {
    before = readRow(reader, game.input, before)
    inputs.push(before)
  }
  reader.finish()
  return { ...progress, behind, firstSeq, inputs }
}

export function writeStateHeader(writer: Writer, header: StateHeader): void {
  const { tick, baseTick, isSteady, hash, timing } = header
  const flags = (isSteady ? STEADY : 0) + (hash === undefined ? 0 : HASHED) + (timing ? TIMED : 0)
  writer.varint(tick)
  writer.varint((baseTick && (tick - baseTick) * BACK) + flags)
  writer.varint(header.inputSeq)
  writer.varint(header.received)
  if (hash !== undefined) writer.raw32(hash)
  if (timing === undefined) return
  writer.u8(timing.heard)
  writer.varint(timing.held)
  writer.varint(timing.time)
  writer.zigzag(timing.spare)
}

export function readStateHeader(reader: Reader): StateHeader {
  const tick = reader.varint()
  const word = reader.varint()
  const back = word >>> 4 // BACK is 2 ** 4.
  const isSteady = (word & STEADY) > 0
  const isUnknown = (word & (BACK - 1) & ~FLAGS) > 0
  if (tick === 0 || back >= tick || isUnknown || (isSteady && back === 0)) throw badMessage('bad tick')
  return {
    tick,
    baseTick: back && tick - back,
    isSteady,
    inputSeq: reader.varint(),
    received: reader.varint(),
    hash: word & HASHED ? reader.raw32() >>> 0 : undefined,
    timing:
      word & TIMED
        ? { heard: reader.u8(), held: reader.varint(), time: reader.varint(), spare: reader.zigzag() }
        : undefined,
  }
}

function writeProgress(writer: Writer, { ackTick, received }: Progress): void {
  writer.varint(ackTick)
  writer.varint(received)
}

function readProgress(reader: Reader): Progress {
  return { ackTick: reader.varint(), received: reader.varint() }
}
