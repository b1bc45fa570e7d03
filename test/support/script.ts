// A server that says only what a test tells it to, with whatever it is sent kept for the test to look at.

import { Capture } from '../../protocol/capture.ts'
import { columnDigests } from '../../protocol/column-digests.ts'
import { writeDelta } from '../../protocol/delta.ts'
import { digest } from '../../protocol/digest.ts'
import { readFrame } from '../../protocol/ext.ts'
import { FrameWriter, readAck, readInputs, STATE, type StateHeader, writeStateHeader } from '../../protocol/frames.ts'
import type { Game } from '../../protocol/game.ts'
import type { LiveRows } from '../../protocol/live.ts'
import {
  type ClientMessage,
  decodeClientMessage,
  encodeServerMessage,
  type Hello,
  type ServerMessage,
  type Welcome,
} from '../../protocol/messages.ts'
import type { Wire } from '../../protocol/msgpack.ts'
import { realWorld, type World } from '../../sdk/world.ts'
import { VirtualClock } from './clock.ts'
import { type FarSocket, Net } from './link.ts'
import { seeded } from './random.ts'

export class Script {
  readonly clock = new VirtualClock(1_000_000)
  readonly net: Net
  readonly messages: ClientMessage[] = []
  readonly inputs: ReturnType<typeof readInputs>[] = []
  readonly acks: ReturnType<typeof readAck>[] = []
  /** Welcomes every hello by itself, as this says. */
  answer: Partial<Welcome> | null = {}
  readonly #game: Game
  readonly #capture: Capture
  readonly #writer = new FrameWriter()
  #socket: FarSocket | null = null

  constructor(game: Game) {
    this.#game = game
    this.#capture = new Capture(game, true)
    this.net = new Net(this.clock, (socket) => {
      this.#socket = socket
      return { receive: (bytes) => this.#receive(bytes), closed: () => {} }
    })
    this.net.latencyMs = 10
  }

  world(given: Partial<World> = {}): World {
    const { now, after } = this.clock
    return realWorld({
      WebSocket: this.net.WebSocket,
      now,
      after,
      // With it the dial after a cut comes soon.
      random: seeded(23),
      fetch: null,
      page: null,
      ...given,
    })
  }

  get hellos(): Hello[] {
    return this.messages.filter((message) => message.type === 'hello')
  }

  raw(bytes: Uint8Array): void {
    this.#socket?.send(bytes)
    this.clock.advance(this.net.latencyMs)
  }

  say(message: ServerMessage): void {
    this.raw(encodeServerMessage(message))
  }

  message(seq: number, name: string, message: unknown, tick = 0): void {
    const kind = this.#game.toClient.findIndex((type) => type.name === name)
    this.say({ type: 'message', seq, kind, tick, body: this.#game.toClient[kind]?.body.pack(message) as Wire })
  }

  close(code: number, reason = ''): void {
    this.#socket?.close(code, reason)
    this.clock.advance(this.net.latencyMs)
  }

  welcome(change: Partial<Welcome> = {}): void {
    this.say({
      type: 'welcome',
      outcome: 'new',
      reason: '',
      room: 'lobby',
      player: 1,
      token: 'token',
      epoch: 0x89abcdef,
      received: 0,
      tick: 1,
      tickRate: 60,
      sendRate: 20,
      resumeWindowMs: 30_000,
      ...change,
    })
  }

  /** The hash of the state that was said last. */
  get hash(): number {
    return digest(columnDigests(this.#game, this.#capture.ring.newest))
  }

  /** A state of these rows, as a delta from the snapshot of `baseTick`; where there is none, one that says nothing. */
  state(
    tick: number,
    rows: readonly LiveRows[] = this.#game.kinds.map(() => []),
    change: Partial<StateHeader> = {},
  ): void {
    const header = { tick, baseTick: 0, isSteady: false, inputSeq: 0, received: 0, ...change }
    const snapshot = this.#capture.capture(rows, tick)
    const baseline = this.#capture.ring.baseline(header.baseTick, header.isSteady)
    writeStateHeader(this.#writer.open(), header)
    if (baseline) writeDelta(this.#writer, this.#game, baseline, snapshot)
    else this.#writer.varint(0)
    this.#writer.varint(0)
    this.raw(this.#writer.close(STATE))
  }

  #receive(bytes: Uint8Array): void {
    const frame = readFrame(bytes)
    if (frame?.type === 2) this.inputs.push(readInputs(frame.body, this.#game))
    else if (frame) this.acks.push(readAck(frame.body))
    else {
      const message = decodeClientMessage(bytes)
      this.messages.push(message)
      if (message.type === 'hello' && this.answer) {
        const answer = this.answer
        this.clock.after(0, () => this.welcome(answer))
      }
    }
  }
}
