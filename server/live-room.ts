// One running room: its state, its seats and its loop. The game's code runs only from here, and an error in it closes
// this room and no other.

import { Capture } from '../protocol/capture.ts'
import { badMessage, type CloseReason, ProtocolError } from '../protocol/errors.ts'
import type { Game } from '../protocol/game.ts'
import { HEARTBEAT_MS } from '../protocol/limits.ts'
import type { ResumeClaim } from '../protocol/messages.ts'
import type { Wire } from '../protocol/msgpack.ts'
import type { Connection, Shared } from './connection.ts'
import { type HookedRoom, TookTooLong, within } from './hooks.ts'
import { startLoop } from './loop.ts'
import type { RoomClass, Stage } from './room.ts'
import { type Home, packMessage, Seat } from './seat.ts'
import { StateSender } from './sender.ts'
import type { Departure } from './session.ts'
import { LiveState, type Owner } from './state.ts'

export interface RoomPlan {
  readonly game: Game
  readonly name: string
  readonly id: string
  readonly room: RoomClass
  readonly strict: boolean
  /** A seat is taken, or given up. */
  readonly onSeat: (seat: Seat) => void
  readonly onSeatGone: (seat: Seat) => void
  /** The room is over. */
  readonly onGone: (room: LiveRoom) => void
}

type Listener = (session: Seat, message: unknown) => void

/** How long before the heartbeat is due it is given: whoever looks after it does so only now and then. */
const HEARTBEAT_MARGIN_MS = 500

export class LiveRoom implements Home, Stage {
  readonly game: Game
  readonly name: string
  readonly id: string
  readonly shared: Shared
  readonly settings: RoomClass
  readonly sessions = new Set<Seat>()
  tick = 0
  readonly #plan: RoomPlan
  readonly #room: HookedRoom
  readonly #live: LiveState
  readonly #capture: Capture
  readonly #sender: StateSender
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #sendEvery: number
  /** The sessions, in a list that the sender goes through without garbage. */
  #order: readonly Seat[] = []
  /** Their `onJoin` has not settled: they have a seat, but are not among the sessions. */
  readonly #entering = new Set<Seat>()
  #creating: Promise<void> | null = null
  #isOver = false
  #isTurnDue = false
  #isSendDue = false
  #sentAt: number
  #stopLoop = (): void => {}
  #stopWaiting = (): void => {}

  constructor(plan: RoomPlan, shared: Shared) {
    const { game, name, id, room } = plan
    this.#plan = plan
    this.game = game
    this.name = name
    this.id = id
    this.settings = room
    this.shared = shared
    this.#sentAt = shared.world.now()
    this.#sendEvery = room.tickRate === 0 ? 1 : Math.max(1, Math.round(room.tickRate / room.sendRate))
    this.#live = new LiveState(game)
    this.#capture = new Capture(game, plan.strict)
    this.#sender = new StateSender({ game, capture: this.#capture, rows: this.#live.rows }, shared)
    this.#room = new room(this) as HookedRoom
  }

  get state(): object {
    return this.#live.state
  }

  /** Seats that are taken, those included whose players are still on their way in. */
  get seats(): number {
    return this.sessions.size + this.#entering.size
  }

  get isFull(): boolean {
    return this.seats >= this.settings.capacity
  }

  /** Begins its life with the options of whoever came first. */
  start(options: unknown): void {
    const created = this.#call(() => this.#room.onCreate(options))
    if (created instanceof Promise) this.#creating = this.#await(created)
    else this.#run()
  }

  /** Gives a newcomer a seat and lets the game welcome it. Throws ProtocolError when that cannot be. */
  async enter(connection: Connection, join: unknown, reason: string): Promise<void> {
    if (this.#creating !== null) await this.#creating
    if (this.#isOver) throw new ProtocolError('ROOM_FAILED', 'the room failed')
    if (this.isFull) throw new ProtocolError('FULL', `room ${this.id} is full`)
    if (connection.isDead) return
    const seat = this.#admit(connection)
    const joined = this.#call(() => this.#room.onJoin(seat, join))
    if (joined instanceof Promise) await this.#awaitJoin(seat, joined)
    // Kicked on the way in, and what the game has added for it since must go too.
    if (seat.isOver) return this.#live.forget(seat.id)
    if (this.#isOver) return
    if (!seat.connected) return this.end(seat, 'dropped')
    this.#settle(seat)
    seat.welcome('new', reason)
    this.stir()
  }

  /** Gives a seat back to the player who presented its token. The newest connection wins. */
  resume(seat: Seat, connection: Connection, claim: ResumeClaim): void {
    const old = seat.release()
    if (old) {
      old.close('SUPERSEDED', 'the session goes on elsewhere')
      this.#call(() => this.#room.onDrop(seat))
    }
    // The game may have ended the session, or failed, when it was told of the loss.
    if (seat.isOver) throw new ProtocolError('ROOM_FAILED', 'the session is over')
    seat.stopWaiting()
    const { outcome, reason } = seat.resume(claim)
    if (outcome === 'resumed') this.shared.stats.resumed++
    else this.shared.stats.reset++
    seat.hold(connection)
    seat.welcome(outcome, reason, claim.token)
    this.#call(() => this.#room.onResume(seat, outcome))
    this.stir()
  }

  heard(seat: Seat, kind: number, body: Wire): void {
    const type = this.game.toServer[kind]
    if (type === undefined) throw badMessage(`there is no message ${kind} to the server`)
    const message = type.body.unpack(body)
    for (const listener of this.#listeners.get(type.name) ?? []) this.#call(() => listener(seat, message))
    this.stir()
  }

  stir(): void {
    if (this.settings.tickRate > 0 || this.#isTurnDue || this.#isOver) return
    this.#isTurnDue = true
    this.shared.world.after(0, () => this.#turn())
  }

  dropped(seat: Seat): void {
    if (this.#isOver || !this.sessions.has(seat)) return
    this.#call(() => this.#room.onDrop(seat))
    if (seat.isOver) return
    seat.stopWaiting = this.shared.world.after(this.settings.resumeWindow * 1000, () => this.end(seat, 'dropped'))
  }

  end(seat: Seat, how: Departure): void {
    if (seat.isOver || this.#isOver) return
    const wasIn = this.sessions.delete(seat)
    this.#entering.delete(seat)
    this.#order = [...this.sessions]
    this.#giveUpSeat(seat)
    if (wasIn) this.#call(() => this.#room.onLeave(seat, how))
    this.#live.removePlayer(seat.player)
    this.#waitForSomeone()
    this.stir()
  }

  on(name: string, listener: (session: never, message: never) => void): () => void {
    if (!this.game.toServer.some((type) => type.name === name)) {
      throw new TypeError(`the game has no message ${name} to the server`)
    }
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener as Listener))
    return () => listeners.delete(listener as Listener)
  }

  broadcast(name: string, message: unknown, except: Owner | undefined): void {
    const [kind, body] = packMessage(this, name, message)
    for (const seat of this.sessions) {
      if (seat !== except && !seat.post(kind, body)) seat.overflow()
    }
  }

  reveal(entity: object, to: Owner | 'all'): void {
    this.#live.reveal(entity, to)
  }

  close(): void {
    this.finish('ROOM_CLOSED', 'the room was closed')
  }

  /** Ends the room for everyone in it. */
  finish(reason: CloseReason, message: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#stopLoop()
    this.#stopWaiting()
    for (const seat of [...this.sessions, ...this.#entering]) this.#giveUpSeat(seat)?.close(reason, message)
    try {
      this.#room.onDispose()
    } catch (error) {
      this.shared.log(`room ${this.name} ${this.id} failed in onDispose`, error)
    }
    this.#plan.onGone(this)
  }

  /** Sends a state when none has left for so long that clients would begin to worry. */
  beat(now: number): void {
    if (now - this.#sentAt < HEARTBEAT_MS - HEARTBEAT_MARGIN_MS) return
    this.#isSendDue = true
    this.stir()
  }

  #admit(connection: Connection): Seat {
    this.#stopWaiting()
    const seat = new Seat(this.#live.players.add(), this)
    this.#entering.add(seat)
    seat.hold(connection)
    this.#plan.onSeat(seat)
    return seat
  }

  #settle(seat: Seat): void {
    this.#entering.delete(seat)
    this.sessions.add(seat)
    this.#order = [...this.sessions]
  }

  #giveUpSeat(seat: Seat): Connection | null {
    seat.isOver = true
    seat.stopWaiting()
    this.#plan.onSeatGone(seat)
    return seat.release()
  }

  #waitForSomeone(): void {
    this.#stopWaiting()
    if (this.seats > 0 || this.#isOver) return
    const { world, limits } = this.shared
    this.#stopWaiting = world.after(limits.emptyRoomMs, () => this.finish('ROOM_CLOSED', 'the room was empty'))
  }

  #run(): void {
    this.#waitForSomeone()
    const { tickRate } = this.settings
    if (tickRate === 0 || this.#isOver) return
    this.#stopLoop = startLoop(this.shared.world, tickRate, {
      tick: () => this.#step(1 / tickRate),
      flush: () => this.#flush(),
      dropped: (ticks) => {
        this.shared.stats.droppedTicks += ticks
      },
    })
  }

  #turn(): void {
    this.#isTurnDue = false
    this.#step(0)
    this.#flush()
  }

  #step(dt: number): void {
    this.tick++
    for (const seat of this.sessions) seat.inputQueue.begin()
    this.#call(() => this.#room.onTick(dt))
    if (this.tick % this.#sendEvery === 0) this.#isSendDue = true
  }

  #flush(): void {
    if (!this.#isSendDue || this.#isOver) return
    this.#isSendDue = false
    this.#sentAt = this.shared.world.now()
    if (!this.#order.some(isReady)) return
    this.#call(() => this.#takeSnapshot())
    if (!this.#isOver) this.#sender.sendAll(this.#order)
  }

  #takeSnapshot(): void {
    const before = this.#capture.clamped
    this.#capture.capture(this.#live.rows, this.tick)
    this.shared.stats.clampedValues += this.#capture.clamped - before
  }

  /** Runs the game's code. What it throws closes the room. */
  #call<T>(work: () => T): T | undefined {
    if (this.#isOver) return undefined
    try {
      return work()
    } catch (error) {
      this.#fail(error)
      return undefined
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.shared.stats.failedRooms++
    this.shared.log(`room ${this.name} ${this.id} failed`, error)
    this.finish('ROOM_FAILED', 'the room failed')
  }

  async #await(created: Promise<void>): Promise<void> {
    try {
      await within(this.shared, created)
      this.#run()
    } catch (error) {
      this.#fail(error)
    }
    this.#creating = null
  }

  async #awaitJoin(seat: Seat, joined: Promise<unknown>): Promise<void> {
    try {
      await within(this.shared, joined)
    } catch (error) {
      if (!(error instanceof TookTooLong)) return this.#fail(error)
      // Slow is not broken: the others in the room play on.
      const connection = seat.connection
      this.end(seat, 'dropped')
      this.shared.log(`room ${this.name} ${this.id}: onJoin took too long`)
      connection?.close('ROOM_FAILED', 'joining took too long')
    }
  }
}

function isReady(seat: Seat): boolean {
  return seat.isReady
}
