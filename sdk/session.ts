// The conversation with a room: hello and welcome, states in, inputs and acknowledgements out, and all of it again over
// the next socket. Everything that the server sends is checked here.

import { columnDigests } from '../protocol/column-digests.ts'
import { readDelta } from '../protocol/delta.ts'
import { digest } from '../protocol/digest.ts'
import { badMessage, type ProtocolError } from '../protocol/errors.ts'
import { readFrame } from '../protocol/ext.ts'
import { BEHIND_STEPS, encodeAck, encodeInputs, FrameWriter, readStateHeader, STATE } from '../protocol/frames.ts'
import type { Game, MessageType } from '../protocol/game.ts'
import { Lately } from '../protocol/lately.ts'
import { ACK_MS, FRAME_BYTES, SILENCE_MS, SUBPROTOCOL } from '../protocol/limits.ts'
import {
  ANSWER,
  type ClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  type GameMessage,
  type Hello,
  NO_EPOCH,
  type Said,
  type Welcome,
} from '../protocol/messages.ts'
import type { Wire } from '../protocol/msgpack.ts'
import { readPrivate } from '../protocol/private.ts'
import type { Heard, Line } from '../protocol/requests.ts'
import { type Snapshot, SnapshotRing } from '../protocol/snapshot.ts'
import { Clock } from './clock.ts'
import { Connection, type Party } from './connection.ts'
import { Inputs } from './input.ts'
import type { Quality, RenderClock } from './interpolation.ts'
import type { Listeners } from './listeners.ts'
import { Mail, type SendOptions } from './mail.ts'
import { isHidden, swapToken } from './page.ts'
import type { Prediction } from './prediction.ts'
import type { World } from './world.ts'

/** Where to, and what to bring. */
export interface Terms {
  readonly url: string
  readonly room: string
  /** '' for any instance with a free place. */
  readonly id: string
  /** The packed join object, at the time of a hello. */
  readonly join: () => Wire
  readonly options: Wire
  /** Who it is, at the time of a hello; '' for nothing. */
  readonly auth: () => string
  readonly quality: Quality
}

/** The seat could not be kept, or its messages could not: what this end held of the room began anew. */
export interface Reset {
  /** Whether the seat is another one, or the same, which begins anew; and why, in words for people. */
  readonly outcome: 'new' | 'reset'
  readonly reason: string
  /**
   * Messages from here, requests and answers among them: this many, the newest, may have arrived or not; all before
   * did.
   */
  readonly lost: number
}

/** Whom a session tells what happens to the seat: the page's Room. */
export interface Guest {
  /** Both are told of each state. */
  readonly prediction: Pick<Prediction, 'learn' | 'reconcile'>
  readonly clock: Pick<RenderClock, 'arrived'>
  /** The streams of the seat that was had before are at an end. */
  readonly resets: Listeners<Reset>
  /** The server took us in; after this the connection is open. */
  welcomed(welcome: Welcome): void
  heard(kind: number, heard: Heard): void
  /** Inputs are about to leave, if there are any: what is new may be taken, should no picture do it. */
  tick(): void
}

type Frame = NonNullable<ReturnType<typeof readFrame>>

/** After this time without a frame the connection counts as stalled; in a room of turns never. */
export const STALLED_MS = 1_500
/** How often it looks whether something waits to be sent, and after how long without a frame it sends an empty one. */
export const BEAT_MS = 250
export const QUIET_MS = 1_000
/**
 * A server that breaks the protocol is given up after this many sockets, each lost within a minute of the one before.
 */
export const MOST_FAULTS = 3
export const FORGIVE_MS = 60_000
/** A page that is about to go leaves its token behind. If it is still here after this time, it takes the token back. */
export const PARTING_MS = 500

export class Session implements Party, Line {
  declare readonly connection: Connection
  declare readonly ring: SnapshotRing
  declare readonly inputs: Inputs
  readonly clock = new Clock()
  declare readonly mail: Mail
  /** Bytes each way, and states. */
  readonly incoming = new Lately()
  readonly outgoing = new Lately()
  readonly states = new Lately()
  framesIn = 0
  keyframes = 0
  epoch = NO_EPOCH
  readonly #game: Game
  readonly #terms: Terms
  readonly #world: World
  readonly #guest: Guest
  readonly #writer = new FrameWriter()
  /** The hello of the first dial, made at the call of `join`; every later one asks the game anew. */
  #first: Hello | undefined
  #token: string
  #hasBeenIn = false
  /** Whether the hello of this socket was answered; undefined before it left. */
  #isWelcome: boolean | undefined
  #spokeAt = 0
  /** Calls off the acknowledgement that is due. */
  #cancelAck: (() => void) | undefined
  #faults = 0
  #faultAt = 0

  constructor(game: Game, terms: Terms, world: World, guest: Guest) {
    this.#game = game
    this.#terms = terms
    this.#world = world
    this.#guest = guest
    this.ring = new SnapshotRing(game)
    this.inputs = new Inputs(game)
    this.mail = new Mail(this)
    // What does not fit is told at once, and costs nobody the token.
    this.#first = this.#hello()
    encodeClientMessage(this.#first)
    this.#token = swapToken(world, this.#seat)
    const address = { WebSocket: world.WebSocket, url: terms.url, protocols: [SUBPROTOCOL] }
    this.connection = new Connection(address, world, this)
    this.connection.onState(({ name }) => {
      this.#first = undefined
      if (name === 'reconnecting') this.#isWelcome = undefined
    })
    this.connection.dial()
    this.#beat()
  }

  /** Whether frames reach the server, as far as is known. */
  get isOpen(): boolean {
    // A pattern is shorter than two comparisons.
    return /open|stalled/.test(this.connection.state.name)
  }

  get now(): number {
    return this.#world.now()
  }

  get bufferedAmount(): number {
    return this.connection.bufferedAmount
  }

  /** Of the newest state; 0 for none. */
  get tick(): number {
    return this.ring.newest.tick
  }

  send(bytes: Uint8Array): void {
    this.outgoing.add(bytes.length, this.now)
    this.clock.sent(this.now)
    this.connection.send(bytes)
  }

  say(message: ClientMessage): void {
    this.send(encodeClientMessage(message))
  }

  post(said: Said, how?: SendOptions): 'sent' | 'queued' | 'full' {
    return this.connection.state.name === 'closed' ? 'full' : this.mail.send(said, how)
  }

  /** Sends the inputs whose time has come. */
  sendInputs(inputs = this.inputs.leaving(this.now, this.bufferedAmount)): void {
    const last = inputs.at(-1)
    if (!last) return
    const late = this.tick - last.shownTick!
    const behind = Math.max(0, Math.round(late * BEHIND_STEPS)) || 0
    const frame = { ...this.#progress, behind, firstSeq: inputs[0]!.seq, inputs: inputs.map(({ row }) => row) }
    const bytes = encodeInputs(this.#writer, this.#game, frame)
    // Half as many, and the rest with the next frame, until they are few enough for a server.
    if (bytes.length > FRAME_BYTES && inputs.length > 1) return this.sendInputs(inputs.slice(0, inputs.length >> 1))
    this.inputs.left(last, this.now)
    this.#speak(bytes)
  }

  leave(): void {
    // Who was not let in may try again: a seat of the page before is not given up by that.
    if (!this.#hasBeenIn && this.#token) swapToken(this.#world, this.#seat, this.#token)
    // Also before the welcome, which may be on its way: nobody would have the token of that seat.
    else if (this.#isWelcome !== undefined) this.say({ type: 'leave' })
    this.connection.close('LEFT')
  }

  after(ms: number, run: () => void): () => void {
    return this.#world.after(ms, run)
  }

  greet(): void {
    this.#isWelcome = false
    this.clock.restart()
    const claim = { token: this.#token, epoch: this.epoch, received: this.mail.received, lastTick: this.tick }
    this.say({ ...(this.#first ?? this.#hello()), resume: this.#token ? claim : undefined })
  }

  /** A hello without a claim, with what the game says at that time. */
  #hello(): Hello {
    const terms = this.#terms
    return { type: 'hello', hash: this.#game.hash, ...terms, join: terms.join(), auth: terms.auth() || undefined }
  }

  receive(bytes: Uint8Array): void {
    this.incoming.add(bytes.length, this.now)
    this.framesIn++
    const said = readFrame(bytes) ?? decodeServerMessage(bytes)
    if (said.type === 'stopping') return this.connection.spread(said.reconnectWithinMs)
    // A welcome comes first on each socket, and once.
    if (this.#isWelcome === (said.type === 'welcome')) throw badMessage('bad welcome')
    if (said.type === 'welcome') this.#enter(said)
    else if (said.type === 'message') this.#readMessage(said)
    else this.#readState(said)
  }

  #enter(welcome: Welcome): void {
    const { outcome, reason } = welcome
    const isReset = outcome !== 'resumed'
    this.inputs.isByTurns = !welcome.tickRate
    let lost = 0
    if (isReset) {
      this.ring.clear()
      this.inputs.restart()
      lost = this.mail.restart()
    } else {
      if (welcome.epoch !== this.epoch) throw badMessage('bad welcome')
      this.inputs.resume(this.now)
      this.mail.resume(welcome.received)
    }
    const wasIn = this.#hasBeenIn
    this.#token = welcome.token
    this.epoch = welcome.epoch
    this.#hasBeenIn = this.#isWelcome = true
    this.#guest.welcomed(welcome)
    // First: what is sent as the connection opens is not among what was lost.
    if (isReset && wasIn) this.#guest.resets.tell({ outcome, reason, lost })
    this.connection.ready(welcome.tickRate ? STALLED_MS : Number.POSITIVE_INFINITY, SILENCE_MS)
    if (isHidden(this.#world.page)) this.watch(true)
    this.mail.flush()
  }

  #readState({ type, body: reader }: Frame): void {
    if (type !== STATE) throw badMessage('no such message')
    const { tick, baseTick, isSteady, inputSeq, received, hash, timing } = readStateHeader(reader)
    const baseline = this.ring.baseline(baseTick, isSteady)
    if (!baseline || tick <= this.tick || inputSeq > this.inputs.newest) throw badMessage('bad tick')
    const into = this.ring.claim(tick)
    if (into === baseline.base) throw badMessage('bad tick')
    readDelta(reader, this.#game, baseline, into)
    readPrivate(reader, this.#game, into, this.#guest.prediction.learn)
    reader.finish()
    if (hash !== undefined) this.#verify(into, hash)
    this.mail.acknowledge(received)
    this.inputs.acknowledge(inputSeq)
    if (timing) {
      this.clock.told(timing, this.now)
      this.inputs.told(timing.spare)
    }
    this.#ackSoon()
    this.states.add(1, this.now)
    this.#guest.clock.arrived(tick, this.now)
    this.#guest.prediction.reconcile(into, this.inputs.pending)
    // Last: whom it tells that nothing waits may look, and is to find this state whole.
    this.mail.flush()
  }

  /** Asks for the whole state where this end holds another one than the server. */
  #verify(snapshot: Snapshot, hash: number): void {
    const digests = columnDigests(this.#game, snapshot)
    if (digest(digests) === hash) return
    this.keyframes++
    this.say({ type: 'keyframe', tick: snapshot.tick, digests: digests.slice(0, 255) })
  }

  #readMessage({ seq, kind, tick, body }: GameMessage): void {
    const type: MessageType | undefined = this.#game.toClient[kind]
    const questions = kind === ANSWER && this.mail.questions
    if (!type && !questions) throw badMessage('no such message')
    const message = type?.body.unpack(body)
    if (seq > 0) {
      if (!this.mail.admit(seq)) return
      this.#ackSoon()
    }
    if (questions) questions.answered(body)
    else this.#guest.heard(kind, { message, tick, seq, epoch: this.epoch })
  }

  /** The server broke the protocol: nothing of its streams can be trusted, so the next socket claims the seat alone. */
  accuse({ reason, message }: ProtocolError): void {
    const { now } = this
    if (now - this.#faultAt >= FORGIVE_MS) this.#faults = 0
    this.#faultAt = now
    this.epoch = NO_EPOCH
    // The last state may be half of one.
    this.ring.clear()
    if (++this.#faults >= MOST_FAULTS) return this.connection.close(reason, message)
    this.connection.redial(reason, message)
  }

  get #progress() {
    return { ackTick: this.tick, received: this.mail.received }
  }

  #speak(frame: Uint8Array): void {
    this.#spokeAt = this.now
    this.#cancelAck?.()
    this.#cancelAck = undefined
    this.send(frame)
  }

  #ack(): void {
    if (this.isOpen) this.#speak(encodeAck(this.#writer, this.#progress))
  }

  /**
   * Acknowledges with the next input frame, or by a frame of its own: at once when one is due, for the timers of a
   * hidden page may be a minute late.
   */
  #ackSoon(): void {
    const wait = this.#spokeAt + ACK_MS - this.now
    if (wait <= 0) this.#ack()
    else this.#cancelAck ??= this.after(wait, () => this.#ack())
  }

  hide(): void {
    swapToken(this.#world, this.#seat, this.#token)
    // A page that is gone has no timers.
    this.after(PARTING_MS, () => this.show())
  }

  watch(isHidden: boolean): void {
    if (this.isOpen) this.say({ type: 'watch', isHidden })
  }

  show(): void {
    // This page holds the seat again, so no other may find it.
    swapToken(this.#world, this.#seat)
  }

  /** Waiting messages and inputs go out, and the server hears from us, as long as there is a connection. */
  #beat(): void {
    if (this.connection.state.name === 'closed') {
      this.epoch = NO_EPOCH
      return this.mail.questions?.end()
    }
    this.mail.flush()
    if (this.isOpen) {
      this.#guest.tick()
      this.sendInputs()
    }
    if (this.now - this.#spokeAt >= QUIET_MS) this.#ack()
    this.after(BEAT_MS, () => this.#beat())
  }

  get #seat(): string {
    const { url, room, id } = this.#terms
    return `tickwire ${url} ${room} ${id}`
  }
}
