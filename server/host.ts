// The server's core: the way from a hello to a seat, who is silent or too slow, and the end of it all. It knows neither
// Node nor ws; sockets are handed to it.

import { badMessage, type CloseReason, ProtocolError } from '../protocol/errors.ts'
import { type ClientMessage, encodeServerMessage, type Hello } from '../protocol/messages.ts'
import { authenticated } from './authenticate.ts'
import { Connection, type Holder, notYet } from './base/connection.ts'
import { isInTime, tooLate } from './base/deadline.ts'
import { rationed } from './base/rationed.ts'
import type { Shared } from './base/shared.ts'
import type { Refusal } from './base/stats.ts'
import { Watched } from './base/watched.ts'
import type { Headers, Log, Socket } from './base/world.ts'
import { Gate, type Visitor } from './gate.ts'
import type { Entrance } from './room/attendance.ts'
import type { LiveRoom } from './room/live-room.ts'
import type { Seat } from './room/seat.ts'
import type { Authenticate } from './room/session.ts'
import { seatOf } from './room/tokens.ts'
import { validated } from './room/validate.ts'
import { type RoomInfo, Rooms, type RoomsPlan } from './rooms.ts'

/** How often the host looks after silent sockets and quiet rooms. */
const SWEEP_MS = 250
/** How often the gate forgets addresses of which nothing needs to be known. */
const GATE_SWEEP_MS = 10_000
const FLUSH_STEP_MS = 50
/** A server that restarts spreads its clients' return over a second, and some more for each of them, up to the most. */
const RETURN_MS = 1_000
const RETURN_EACH_MS = 5
const MOST_RETURN_MS = 10_000
const ID_LENGTH = 64
/** Control characters, lone surrogates, private use, line and paragraph separators, and bidirectional controls. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Bidi_Control}]/u

/** What the host knows of the peer of a connection. */
interface Peer {
  readonly visitor: Visitor
  readonly address: string
  /** Of the handshake. */
  readonly headers: Headers
  hasGreeted: boolean
  /**
   * Its hello was well-formed. From then on a refusal is not held against its address: it may be about what a person
   * typed.
   */
  isUnderstood: boolean
}

/** A client on its way to a new seat. */
interface Newcomer {
  readonly hello: Hello
  readonly connection: Connection
  readonly address: string
  readonly join: unknown
}

export class Host implements Holder {
  readonly #game: RoomsPlan['game']
  readonly #shared: Shared
  readonly #watched: Watched
  readonly #gate: Gate
  readonly #rooms: Rooms
  readonly #seats = new Map<string, Seat>()
  readonly #peers = new Map<Connection, Peer>()
  /** Rationed: anyone can send what makes `authenticate` fail. */
  readonly #logRefused: Log
  /** What all are told once it stops. */
  #stopping: Uint8Array | null = null
  #isSweeping = false
  #sweptAt = 0

  constructor(plan: RoomsPlan, shared: Shared) {
    this.#game = plan.game
    this.#shared = shared
    // Here there is no room yet that could be closed.
    const log = (what: string) => shared.log(what)
    this.#watched = new Watched(shared, { log, fail: (what, { message }) => log(`${what} ${message}`) })
    this.#gate = new Gate(shared.limits)
    this.#logRefused = rationed(shared.log, shared.world)
    const onSeat = (seat: Seat) => this.#addSeat(seat)
    const onSeatGone = (seat: Seat) => this.#removeSeat(seat)
    this.#rooms = new Rooms({ ...plan, onSeat, onSeatGone }, shared, this.#watched)
  }

  get isStopping(): boolean {
    return this.#stopping !== null
  }

  get rooms(): readonly RoomInfo[] {
    return this.#rooms.infos
  }

  /** Whether there was no place lately for one more socket of that address. */
  isFull(address: string): boolean {
    return this.#gate.isFull(address, this.#shared.world.now())
  }

  /** Why that address may not open another socket, or null. Asking counts as an attempt. */
  refuse(address: string): Refusal | null {
    if (this.isStopping) return 'stopping'
    // Whoever asks is remembered, and may never come in.
    this.#startSweeping()
    return this.#gate.refuse(address, this.#shared.world.now())
  }

  /** Takes a socket in. Whoever made it tells the Connection what happens on it. */
  accept(socket: Socket, address: string, headers: Headers = {}): Connection {
    const { world, stats } = this.#shared
    const connection = new Connection(socket, this, this.#shared, (reason) => this.#forget(connection, reason))
    const visitor = this.#gate.enter(address, world.now())
    this.#peers.set(connection, { visitor, address, headers, hasGreeted: false, isUnderstood: false })
    stats.accepted++
    stats.connections++
    this.#startSweeping()
    return connection
  }

  /** The first frame of a connection; and after it, while there is no seat yet, its wish to leave. */
  message(message: ClientMessage, connection: Connection): void | Promise<void> {
    const peer = this.#peers.get(connection)
    // It is forgotten when it is dead, and says nothing then.
    if (!peer) return
    if (peer.hasGreeted) {
      if (message.type === 'leave') return connection.close('LEFT')
      throw badMessage('wait for the welcome')
    }
    if (message.type !== 'hello') throw notYet()
    peer.hasGreeted = true
    peer.visitor.greeted()
    return this.#greet(message, connection, peer)
  }

  frame(): void {
    throw notYet()
  }

  lost(): void {}

  /**
   * Ends everything: clients are told when to come back, what they asked is answered, what was sent to them arrives, and
   * what the rooms' last hooks promise is waited for. A player's socket is closed when its own `onLeave` has settled.
   */
  async drain(): Promise<void> {
    if (this.isStopping) return
    const reconnectWithinMs = Math.min(MOST_RETURN_MS, RETURN_MS + this.#seats.size * RETURN_EACH_MS)
    const stopping = encodeServerMessage({ type: 'stopping', reconnectWithinMs })
    this.#stopping = stopping
    this.#sendAway((connection) => connection.holder === this)
    for (const seat of this.#seats.values()) if (seat.isReady) seat.connection?.send(stopping)
    await this.#flushed()
    this.#rooms.finish('SERVER_STOPPING', 'the server is restarting')
    const isInGoodTime = await isInTime(this.#shared, this.#rooms.ended)
    this.#sendAway(() => true)
    if (isInGoodTime) return
    const { log, limits } = this.#shared
    log(`the last hooks of the rooms took more than ${limits.hookMs} ms: the server does not wait for them any longer`)
  }

  #sendAway(isMeant: (connection: Connection) => boolean): void {
    for (const connection of this.#peers.keys()) {
      if (isMeant(connection)) connection.close('SERVER_STOPPING', 'the server is restarting')
    }
  }

  /** Gives a client back the seat that it claims, or lets it in as a newcomer. */
  async #greet(hello: Hello, connection: Connection, peer: Peer): Promise<void> {
    const { world, limits, stats } = this.#shared
    const by = world.now() + limits.hookMs
    this.#refuseIfStopping()
    const join = this.#understand(hello, peer)
    const seat = this.#claimed(hello)
    if (seat && hello.resume) return (seat.home as LiveRoom).resume(seat, connection, hello.resume)
    if (peer.visitor.isBarred(world.now())) {
      throw new ProtocolError('TOO_FAST', 'too many bad hellos from this address; try again later')
    }
    const reason = hello.resume ? 'unknown token' : ''
    if (hello.resume) stats.unknownTokens++
    const room = this.#rooms.classOf(hello.room)
    const checked = validated(room.validate.join, 'join', join, this.#watched)
    const auth = room.authenticate && (await this.#authenticated(hello, room.authenticate, peer))
    const entrance = { reason, auth, isForAny: hello.id === '', by }
    return this.#letIn({ hello, connection, address: peer.address, join: checked }, entrance)
  }

  /** Checks that a hello is well-formed and of the same game; returns its join object. */
  #understand(hello: Hello, peer: Peer): unknown {
    const game = this.#game
    if (hello.hash !== game.hash) {
      throw new ProtocolError(
        'OTHER_VERSION',
        `the game definitions differ (server ${game.hash}, client ${hello.hash}): use the same on both ends`,
      )
    }
    const join = game.join.unpack(hello.join)
    peer.isUnderstood = true
    checkId(hello.id)
    return join
  }

  /** Finds the room that takes the newcomer in. */
  async #letIn({ hello, connection, address, join }: Newcomer, entrance: Entrance): Promise<void> {
    let isIn = false
    while (!isIn) {
      const ending = this.#rooms.ending(hello)
      if (ending) {
        const waitMs = entrance.by - this.#shared.world.now()
        if (!(await isInTime(this.#shared, ending.ended, waitMs))) throw tooLate()
        // Another one may have begun and ended meanwhile.
        continue
      }
      this.#refuseIfStopping()
      if (connection.isDead) return
      // False where another room may take it in: the next round finds or makes one.
      isIn = await this.#rooms.wanted(hello, address).enter(connection, join, entrance)
    }
    if (this.#stopping) connection.send(this.#stopping)
  }

  /** The seat that a hello's token is for. */
  #claimed({ resume, room, id }: Hello): Seat | undefined {
    if (resume === undefined) return undefined
    const seat = this.#seats.get(seatOf(resume.token))
    // Not counted as bad: a page that the browser kept has a secret that was rotated out, and 32 bytes are not guessed.
    if (!seat?.tokens.knows(resume.token)) return undefined
    const isOfRoom = seat.home.name === room && (id === '' || id === seat.home.id)
    return isOfRoom && !seat.tokens.isOld ? seat : undefined
  }

  async #authenticated({ room, auth = '', id }: Hello, judge: Authenticate, peer: Peer): Promise<unknown> {
    const { headers, address } = peer
    const knock = { auth, id, headers, address }
    const work = () => authenticated(judge, knock, this.#shared, this.#logRefused)
    try {
      return await this.#watched.time(`authenticate of room ${room}`, work)
    } finally {
      this.#refuseIfStopping()
    }
  }

  #refuseIfStopping(): void {
    if (this.isStopping) throw new ProtocolError('SERVER_STOPPING', 'the server is restarting')
  }

  #addSeat(seat: Seat): void {
    this.#seats.set(seat.tokens.seat, seat)
    this.#shared.stats.sessions = this.#seats.size
  }

  #removeSeat(seat: Seat): void {
    this.#seats.delete(seat.tokens.seat)
    this.#shared.stats.sessions = this.#seats.size
  }

  #forget(connection: Connection, reason: CloseReason | undefined): void {
    const peer = this.#peers.get(connection)
    if (!peer) return
    // What the game does not take, a name say, or the id of a room, many behind one address may have typed.
    if (!peer.isUnderstood && reason === 'BAD_MESSAGE') peer.visitor.greetedBadly(this.#shared.world.now())
    peer.visitor.left()
    this.#peers.delete(connection)
    this.#shared.stats.connections--
  }

  #startSweeping(): void {
    if (this.#isSweeping) return
    this.#isSweeping = true
    this.#shared.world.after(SWEEP_MS, () => this.#sweep())
  }

  #sweep(): void {
    const { world, limits } = this.#shared
    const now = world.now()
    for (const [connection, { hasGreeted }] of this.#peers) this.#check(connection, hasGreeted, now)
    this.#rooms.beat(now)
    if (now - this.#sweptAt > GATE_SWEEP_MS) {
      this.#sweptAt = now
      this.#gate.sweep(now)
    }
    for (const seat of this.#seats.values()) {
      if (now - seat.feed.flow.waitingSince(now) > limits.ackMs)
        seat.connection?.close('TOO_SLOW', 'states are not acknowledged')
    }
    this.#isSweeping = false
    // An address that dialled once and never again is forgotten, too; but a server that stops does not wait for that.
    if (this.#peers.size > 0 || (this.#gate.size > 0 && !this.isStopping)) this.#startSweeping()
  }

  #check(connection: Connection, hasGreeted: boolean, now: number): void {
    const { limits } = this.#shared
    if (!hasGreeted) {
      if (now - connection.openedAt >= limits.helloMs)
        connection.close('HELLO_TIMEOUT', `no hello in ${limits.helloMs} ms`)
    } else if (now - connection.heardAt >= limits.silenceMs) connection.giveUp()
  }

  /** Until every client was answered and has acknowledged what it was sent, or for as long as it may take. */
  async #flushed(): Promise<void> {
    const { world, limits } = this.#shared
    const end = world.now() + limits.flushMs
    const waits = ({ connected, answering, mail }: Seat) => connected && (answering > 0 || mail.waiting > 0)
    while ([...this.#seats.values()].some(waits) && world.now() < end) {
      await new Promise<void>((resolve) => world.after(FLUSH_STEP_MS, resolve))
    }
  }
}

function checkId(id: string): void {
  if (id.length > ID_LENGTH || UNPRINTABLE.test(id)) {
    throw badMessage(`a room id must be at most ${ID_LENGTH} characters that can be printed`)
  }
}
