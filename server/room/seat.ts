// A session as the server keeps it: its streams, its inputs, its token, and the connection that it has at the moment.

import type { Reader } from '../../protocol/bytes.ts'
import { badMessage } from '../../protocol/errors.ts'
import { ACK, BEHIND_STEPS, INPUT, type Progress, readAck, readInputs, type Timing } from '../../protocol/frames.ts'
import {
  type ClientMessage,
  encodeServerMessage,
  type GameMessage,
  NO_EPOCH,
  type Outcome,
  type ResumeClaim,
  type Said,
} from '../../protocol/messages.ts'
import { Ask, type Line, type RequestOptions } from '../../protocol/requests.ts'
import { unpackRow } from '../../protocol/rows.ts'
import type { Connection, Holder } from '../base/connection.ts'
import type { Shared } from '../base/shared.ts'
import { Feed } from '../sync/feed.ts'
import { flowStats } from '../sync/flow.ts'
import type { Recipient } from '../sync/recipient.ts'
import { InputQueue } from './inputs.ts'
import { Mail, packMessage, wayOf } from './mail.ts'
import type { RoomClass, Stage } from './room.ts'
import type { Departure, Return, SendOptions, SendResult, SessionStats } from './session.ts'
import { ROUND } from './state.ts'
import { Tokens } from './tokens.ts'
import { validated, type Watch } from './validate.ts'

/** The running room that a seat is in. */
export interface Home extends Pick<Stage, 'game' | 'id' | 'tick' | 'time'> {
  readonly name: string
  readonly shared: Shared
  readonly watched: Watch
  readonly settings: Pick<RoomClass, 'tickRate' | 'sendRate' | 'resumeWindow' | 'lateInputs' | 'validate'>
  /** How often something came into its state, went, changed hands or was revealed. */
  readonly changes: number
  /** A message of the client; a reliable one in its turn, and once. */
  heard(seat: Seat, message: GameMessage): void
  /** Something came that a turn-based room answers with a turn. */
  stir(): void
  /** The game said or showed something: unless its step did, a turn-based room shows with a turn what came of it. */
  told(): void
  /** The client needs another state. */
  refresh(): void
  /** The socket was lost. */
  dropped(seat: Seat): void
  /** What the client holds of that tick is not what the server said it was; column by column, its digests. */
  diverged(seat: Seat, tick: number, digests: readonly number[]): void
  /** The session is to end. */
  end(seat: Seat, how: Departure): void
}

export class Seat implements Holder, Line, Recipient {
  readonly id: number
  readonly player: object
  readonly home: Home
  readonly inputQueue: InputQueue
  readonly feed: Feed
  readonly tokens: Tokens
  readonly mail: Mail
  /** What `authenticate` found. */
  auth: unknown
  /** What it subscribes to, and how often. */
  readonly topics = new Map<string, number>()
  /** Its requests that are being answered. */
  answering = 0
  /** Its welcome went out on this connection: frames are expected. */
  isReady = false
  /** How it ended, once it has. */
  departure: Departure | null = null
  /** A frame came after its welcome, or somebody came back to it. Before that nobody may have its token. */
  hasAnswered = false
  /** Calls off the end of the resume window. */
  stopWaiting = (): void => {}
  #avatar: object | undefined
  #focus: object | null = null
  #connection: Connection | null = null
  readonly #timing = { heard: 0, held: 0, time: 0, spare: 0 }
  #healedAt = Number.NEGATIVE_INFINITY
  /** A frame came on this connection since its welcome. */
  #hasConfirmed = false
  /** The room's count of changes when it lost its connection. */
  #changes = 0

  constructor(player: { readonly id: number }, home: Home) {
    this.id = player.id
    this.player = player
    this.home = home
    this.inputQueue = new InputQueue<unknown>(home.settings)
    this.feed = new Feed(player.id, home.settings)
    this.mail = new Mail(this, home.shared)
    this.tokens = new Tokens(home.shared.world, home.shared.limits.tokenMs)
  }

  get avatar(): object {
    if (this.#avatar === undefined) throw new TypeError(`session ${this.id} has no avatar: set it in onJoin`)
    return this.#avatar
  }

  set avatar(entity: object) {
    this.#avatar = entity
  }

  get hasAvatar(): boolean {
    return this.#avatar !== undefined
  }

  get focus(): object | null {
    return this.#focus ?? this.#avatar ?? null
  }

  set focus(focus: object | null) {
    this.#focus = focus
  }

  get connected(): boolean {
    return this.#connection !== null
  }

  get stats(): SessionStats {
    const now = this.home.shared.world.now()
    const connection = this.#connection
    return {
      ...flowStats(this.feed.flow, now),
      inPerSecond: connection?.incoming.perSecond(now) ?? 0,
      outPerSecond: connection?.outgoing.perSecond(now) ?? 0,
      queuedBytes: connection?.bufferedAmount ?? 0,
      inputsWaiting: this.inputQueue.waiting,
      messagesWaiting: this.mail.waiting,
    }
  }

  /** It is nobody's any more. */
  get isOver(): boolean {
    return this.departure !== null
  }

  /** Bytes that wait in the process; for ever, without a connection. */
  get bufferedAmount(): number {
    return this.isReady ? (this.#connection?.bufferedAmount ?? 0) : Number.POSITIVE_INFINITY
  }

  get connection(): Connection | null {
    return this.#connection
  }

  get tick(): number {
    return this.home.tick
  }

  /** Which streams it has. */
  get epoch(): number {
    return this.isOver ? NO_EPOCH : this.mail.epoch
  }

  /** Hands a frame to the connection, if it was welcomed on it. */
  write(frame: Uint8Array): void {
    if (this.isReady) this.#connection?.send(frame)
  }

  inputs(): InputQueue {
    return this.inputQueue
  }

  send(name: string, message: unknown, how: SendOptions = {}): SendResult {
    const said = packMessage(this.home.game, name, message)
    const way = wayOf(name, how)
    this.home.told()
    return this.post(said, way)
  }

  request(name: string, ask: unknown, options?: RequestOptions): Promise<unknown> {
    const { game, settings, watched } = this.home
    const kind = game.toClient.findIndex((type) => type.name === name)
    const type = game.toClient[kind]?.ask
    if (!(type instanceof Ask)) throw new TypeError(`the game has no request ${name} to its clients`)
    this.home.told()
    const check = (reply: unknown) => validated(settings.validate.replies?.[name], name, reply, watched)
    const reply = type.checking(check).put(this, kind, ask, options)
    // A player who leaves must not end the process of a game that does not care.
    reply.catch(() => {})
    return reply
  }

  subscribe(topic: string): () => void {
    const { topics } = this
    topics.set(topic, (topics.get(topic) ?? 0) + 1)
    let isOn = true
    return () => {
      const others = (topics.get(topic) ?? 0) - 1
      if (isOn && others > 0) topics.set(topic, others)
      else if (isOn) topics.delete(topic)
      isOn = false
    }
  }

  kick(reason = ''): void {
    // Before anything is done: what cannot be put into a close frame would leave the socket open, with nobody behind it.
    if (typeof reason !== 'string') throw new TypeError(`kick takes a text as its reason, got ${String(reason)}`)
    const connection = this.#connection
    this.home.end(this, 'kicked')
    connection?.close('REFUSED', reason)
  }

  /** Sends a message that was packed already. `full`: it cannot be kept for the client, or cannot be sent now. */
  post(said: Said, how?: SendOptions): SendResult {
    return !this.isOver && this.mail.send(said, how) ? 'sent' : 'full'
  }

  after(ms: number, run: () => void): () => void {
    return this.home.shared.world.after(ms, run)
  }

  /** A message to all could not be kept for it. None may be missing in the middle: its streams end here. */
  overflow(): void {
    this.mail.overflow(1)
    this.#connection?.close('TOO_SLOW', 'too many messages wait to be acknowledged')
  }

  /** Takes the connection; events of the one before no longer count. */
  hold(connection: Connection): void {
    this.#connection = connection
    connection.holder = this
    this.tokens.hold()
    this.feed.attach()
    this.mail.attach()
  }

  /** Lets go of its connection, so that nothing that still comes on it counts. */
  release(): Connection | null {
    const connection = this.#connection
    if (connection) {
      connection.holder = NOBODY
      this.tokens.release()
      // A client of which no frame came has no newer state than before.
      if (this.#hasConfirmed) this.#changes = this.home.changes
    }
    this.#connection = null
    this.isReady = false
    if (!this.isOver) this.mail.detach()
    else {
      this.mail.forget()
      this.mail.attach()
    }
    return connection
  }

  /** The first words on a connection. `presented` is the token by which the client came back, if it did. */
  welcome(outcome: Outcome, reason: string, presented = ''): void {
    const { home } = this
    if (outcome !== 'resumed') this.#restart()
    this.#hasConfirmed = false
    this.isReady = true
    const { tickRate, sendRate, resumeWindow } = home.settings
    const seat = { room: home.id, player: this.id, token: this.tokens.issue(presented), epoch: this.mail.epoch }
    const rates = { tick: home.tick, tickRate, sendRate, resumeWindowMs: resumeWindow * 1000 }
    const { received } = this.mail
    this.#connection?.send(encodeServerMessage({ type: 'welcome', outcome, reason, received, ...seat, ...rates }))
    this.mail.flush()
  }

  /** Goes on where the client says it stopped, if that can be; otherwise says why not. */
  resume(claim: ResumeClaim): { readonly outcome: Return; readonly reason: string; readonly lost: number } {
    const reason = this.mail.resume(claim)
    const { lost } = this.mail
    this.hasAnswered = true
    if (reason !== '') return { outcome: 'reset', reason, lost }
    this.feed.resume(claim.lastTick)
    // Other entities may have taken over the ids that the client knows.
    if (this.home.changes - this.#changes >= ROUND) this.keyframe()
    return { outcome: 'resumed', reason, lost }
  }

  /** What the state that leaves now tells of time, now and then. Good until the next call. */
  timing(now: number): Timing | undefined {
    if (this.#connection === null || !this.feed.isTimingDue(now)) return undefined
    const { messages, messageAt } = this.#connection
    this.#timing.heard = messages & 255
    this.#timing.held = Math.round(now - messageAt)
    this.#timing.time = Math.round(this.home.time)
    this.#timing.spare = this.inputQueue.takeSpare()
    return this.#timing
  }

  message(message: ClientMessage): void {
    // Who does not wait for the welcome may go.
    if (message.type === 'leave') return this.#leave()
    this.#confirm()
    switch (message.type) {
      case 'message':
        if (message.tick > this.tick) throw badMessage(`tick ${message.tick} has not been`)
        if (message.seq === 0 || this.mail.admit(message.seq)) this.home.heard(this, message)
        return
      case 'predict':
        return this.#predict(message.kinds)
      case 'watch':
        this.feed.flow.pace.isHidden = message.isHidden
        return
      case 'keyframe':
        return this.#heal(message.tick, message.digests)
      case 'hello':
        throw badMessage('there is a hello already')
    }
  }

  frame(type: number, body: Reader): void {
    this.#confirm()
    if (type === ACK) return this.#progress(readAck(body))
    if (type !== INPUT) throw badMessage(`a frame of a client must be of type ${INPUT} or ${ACK}, got ${type}`)
    const { game, shared, settings, watched } = this.home
    const frame = readInputs(body, game)
    this.#progress(frame)
    const { firstSeq, inputs: rows } = frame
    const queue = this.inputQueue
    const known = queue.known(firstSeq, rows.length)
    const surplus = queue.spend(rows.length - known)
    const passed = known + surplus
    const { input } = settings.validate
    // One byte can repeat a whole row, which then costs as much to build and validate: what is passed over goes first.
    const inputs = rows.slice(passed).map((row) => validated(input, 'input', unpackRow(game.input, row), watched))
    const seenTick = frame.ackTick - frame.behind / BEHIND_STEPS
    shared.stats.droppedInputs += surplus + queue.add(firstSeq + passed, inputs, seenTick)
    this.home.stir()
  }

  keyframe(): void {
    this.feed.flow.forget()
  }

  lost(): void {
    this.release()
    this.home.dropped(this)
  }

  #progress({ ackTick, received }: Progress): void {
    // It has just been heard.
    const now = (this.#connection as Connection).heardAt
    if (!this.feed.flow.acknowledge(ackTick, now)) {
      throw badMessage(`tick ${ackTick} is acknowledged, but no state of it was sent`)
    }
    this.mail.acknowledge(received)
    if (this.feed.isBehind) this.home.refresh()
  }

  #leave(): void {
    const connection = this.#connection
    this.home.end(this, 'left')
    connection?.close('LEFT')
  }

  #confirm(): void {
    if (!this.isReady) throw badMessage('only a leave may come before the welcome')
    if (this.#hasConfirmed) return
    this.#hasConfirmed = this.hasAnswered = true
    this.tokens.confirm()
  }

  #predict(kinds: readonly number[]): void {
    const count = this.home.game.kinds.length
    for (const kind of kinds) if (kind >= count) throw badMessage(`there is no kind ${kind}`)
    this.feed.predict(kinds)
  }

  /** The client holds another state than the server: sends it a whole one, but not more often than hashes are told. */
  #heal(tick: number, digests: readonly number[]): void {
    const { world, limits } = this.home.shared
    if (world.now() - this.#healedAt < limits.hashMs) return
    this.#healedAt = world.now()
    this.keyframe()
    this.home.refresh()
    this.home.diverged(this, tick, digests)
  }

  #restart(): void {
    this.mail.restart(anyEpoch(this.home.shared.world.randomBytes(4)))
    this.inputQueue.reset()
    this.feed.restart()
  }
}

const NOBODY: Holder = { message() {}, frame() {}, lost() {} }

function anyEpoch({ buffer, byteOffset }: Uint8Array): number {
  return new DataView(buffer, byteOffset).getUint32(0) || NO_EPOCH + 1
}
