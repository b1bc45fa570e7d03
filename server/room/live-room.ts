// One running room: its state, its seats and its loop. The game's code runs only from here, and an error in it closes
// this room and no other.

import { type CloseReason, ProtocolError } from '../../protocol/errors.ts'
import type { Game } from '../../protocol/game.ts'
import type { GameMessage, ResumeClaim } from '../../protocol/messages.ts'
import type { Connection, Shared } from '../connection.ts'
import { Snapshots } from '../sync/snapshots.ts'
import { type BroadcastOptions, isMeant } from './audience.ts'
import { Hearing } from './hearing.ts'
import { type HookedRoom, isInTime, Pending, tooLate, Watched } from './hooks.ts'
import type { Listener } from './listeners.ts'
import { packMessage } from './mail.ts'
import { Pulse } from './pulse.ts'
import type { RoomClass, Stage } from './room.ts'
import { Roster } from './roster.ts'
import { type Home, Seat } from './seat.ts'
import type { Departure } from './session.ts'
import { LiveState, type Owner } from './state.ts'

export interface RoomPlan {
  readonly game: Game
  readonly name: string
  readonly id: string
  /** Whether a client chose the id. */
  readonly isNamed: boolean
  readonly room: RoomClass
  readonly strict: boolean
  /** A seat is taken, or given up. */
  readonly onSeat: (seat: Seat) => void
  readonly onSeatGone: (seat: Seat) => void
  /** The room is over, and so is what its last hooks promised. */
  readonly onGone: (room: LiveRoom) => void
}

/** How someone comes in. */
export interface Entrance {
  /** Why it is not back in the seat that it had. */
  readonly reason: string
  /** What `authenticate` found. */
  readonly auth: unknown
  /** When it must be in, by the server's clock. */
  readonly by: number
}

export class LiveRoom implements Home, Stage {
  readonly game: Game
  readonly name: string
  readonly id: string
  readonly shared: Shared
  readonly settings: RoomClass
  readonly watched: Watched
  /** Nobody new comes in. */
  isLocked = false
  /** The client that it was made for came, whom no lock keeps out. */
  #hasMaker = false
  readonly #plan: RoomPlan
  readonly #room: HookedRoom
  readonly #live: LiveState
  readonly #snapshots: Snapshots
  readonly #hearing: Hearing
  readonly #roster = new Roster()
  readonly #pulse: Pulse
  readonly #beganAt: number
  #creating: Promise<void> | null = null
  /** Who waits for that. */
  #early = 0
  /** Why it is over, once it is. */
  #over: ProtocolError | null = null
  #ended: Promise<void> = Promise.resolve()
  /** `onCreate` has settled, and has not failed. */
  #isCreated = false
  #isStepping = false
  #isDisposed = false
  /** What `onCreate` promised, who is on the way in, and what `onLeave` promised: the room's last hook waits for it. */
  readonly #pending = new Pending()
  #stopWaiting = (): void => {}
  /** Who lost the socket while all were being told something: the game, which may tell more, hears of it after that. */
  #lost: Seat[] | null = null

  constructor(plan: RoomPlan, shared: Shared) {
    const { game, name, id, room } = plan
    this.#plan = plan
    this.game = game
    this.name = name
    this.id = id
    this.settings = room
    this.shared = shared
    this.#beganAt = shared.world.now()
    this.watched = new Watched(shared, {
      log: (what) => this.#log(what),
      fail: (hook, error) => this.#fail(hook, error),
    })
    this.#pulse = new Pulse(shared, room, { step: (dt) => this.#step(dt), send: () => this.#send() })
    this.#hearing = new Hearing(this, this.watched, (what, error) => this.#log(what, error))
    this.#live = new LiveState(game, (owner) => this.#ownerId(owner))
    this.#snapshots = new Snapshots(plan, this.#live, this.#roster, shared)
    this.#room = new room(this) as HookedRoom
  }

  get tick(): number {
    return this.#pulse.tick
  }

  get tickMs(): number {
    return this.#pulse.tickMs
  }

  get state(): object {
    return this.#live.state
  }

  get time(): number {
    return this.shared.world.now() - this.#beganAt
  }

  get sessions(): ReadonlySet<Seat> {
    return this.#roster.sessions
  }

  /** Whether who names no room may be led here: not among those who named it, nor where it is full or locked. */
  get isForAnyone(): boolean {
    return !this.#plan.isNamed && !this.isLocked && !this.isFull
  }

  get isOver(): boolean {
    return this.#over !== null
  }

  /** Settles when the last hooks of a room that is over have; it never rejects. */
  get ended(): Promise<void> {
    return this.#ended
  }

  /** Those on their way in take a place, and those who wait for the room to be made. */
  get isFull(): boolean {
    return this.#roster.size + this.#early >= this.settings.capacity
  }

  /** What is told to whom there is no place for. */
  get full(): ProtocolError {
    return new ProtocolError('FULL', `room ${this.id} is full`)
  }

  /** Begins its life with the options of whoever came first. */
  start(options: unknown): void {
    if (this.#over) return
    let hasFailed = false
    const fail = (error: unknown) => {
      hasFailed = true
      this.#fail('onCreate', error)
    }
    const settled = () => {
      this.#isCreated = !hasFailed
    }
    const created = this.watched.run('onCreate', () => this.#room.onCreate(options), fail)?.then(settled)
    if (created === undefined) {
      settled()
      return this.#run()
    }
    void this.#pending.add(created)
    this.#creating = this.#awaitCreate(created)
  }

  /** Gives a newcomer a seat and lets the game welcome it. Throws ProtocolError when that cannot be. */
  async enter(connection: Connection, join: unknown, entrance: Entrance): Promise<void> {
    const isMaker = !this.#hasMaker
    this.#hasMaker = true
    if (this.#creating !== null) await this.#waitFor(this.#creating, entrance.by)
    if (this.#over) throw this.#over
    if ((this.isLocked && !isMaker) || this.#roster.size >= this.settings.capacity) throw this.full
    if (connection.isDead) return
    await this.#pending.add(this.#letIn(this.#admit(connection, entrance.auth), join, entrance))
  }

  async #letIn(seat: Seat, join: unknown, { reason, by }: Entrance): Promise<void> {
    let isLate = false
    let hasFailed = false
    const fail = (error: unknown) => {
      hasFailed = true
      // Of one who was refused as late, the others know nothing.
      if (isLate) this.#log('failed in onJoin', error)
      else this.#fail('onJoin', error)
    }
    const joined = this.watched.run('onJoin', () => this.#room.onJoin(seat, join), fail)
    isLate = joined !== undefined && !(await isInTime(this.shared, joined, this.#until(by)))
    const how = seat.isOver ? 'kicked' : 'dropped'
    if (isLate) {
      if (!this.#over) this.#refuseLate(seat)
      await joined
    }
    // Whatever became of it meanwhile: a game that has let it in can undo now what it did.
    if (this.#over) return hasFailed || this.#isDisposed ? undefined : this.#bidFarewell(seat)
    if (hasFailed) return this.#forget(seat)
    if (isLate) return this.#leave(seat, how)
    this.#roster.settle(seat)
    if (seat.isOver) return this.#leave(seat, how)
    if (!seat.connected) return this.end(seat, how)
    seat.welcome('new', reason)
    this.stir()
  }

  /** Gives a seat back to the player who presented its token. The newest connection wins. */
  resume(seat: Seat, connection: Connection, claim: ResumeClaim): void {
    const old = seat.release()
    if (old) {
      old.close('SUPERSEDED', 'the session goes on elsewhere')
      this.#call('onDrop', () => this.#room.onDrop(seat))
    }
    // The game may have ended the session, or failed, when it was told of the loss.
    if (seat.isOver) throw this.#over ?? new ProtocolError('REFUSED', 'the session is over')
    seat.stopWaiting()
    const { outcome, reason, lost } = seat.resume(claim)
    if (outcome === 'resumed') this.shared.stats.resumed++
    else this.shared.stats.reset++
    seat.hold(connection)
    seat.welcome(outcome, reason, claim.token)
    this.#call('onResume', () => this.#room.onResume(seat, outcome, lost))
    this.stir()
  }

  heard(seat: Seat, message: GameMessage): void {
    this.#hearing.hear(seat, message)
    this.stir()
  }

  stir(): void {
    this.#pulse.stir()
  }

  told(): void {
    // What its step says would bring about one turn after the other.
    if (!this.#isStepping) this.stir()
  }

  refresh(): void {
    this.#pulse.refresh()
  }

  dropped(seat: Seat): void {
    if (this.#lost) return void this.#lost.push(seat)
    if (this.#over || !this.sessions.has(seat)) return
    this.#call('onDrop', () => this.#room.onDrop(seat))
    this.stir()
    if (seat.isOver) return
    seat.stopWaiting = this.shared.world.after(this.settings.resumeWindow * 1000, () => this.end(seat, 'dropped'))
  }

  diverged(seat: Seat, tick: number, digests: readonly number[]): void {
    this.shared.stats.keyframes++
    const where = this.#snapshots.differenceOf(seat, tick, digests)
    if (where === undefined) return
    this.#log(`and session ${seat.id} do not hold the same state of tick ${tick}. The first difference: ${where}`)
  }

  end(seat: Seat, how: Departure): void {
    if (seat.isOver || this.#over) return
    this.#giveUpSeat(seat)
    // `onLeave` follows `onJoin`.
    if (!this.#roster.entering.has(seat)) this.#leave(seat, how)
  }

  on(name: string, listener: (session: never, message: never, tick: number) => unknown): () => void {
    return this.#hearing.on(name, listener as Listener)
  }

  broadcast(name: string, message: unknown, how: BroadcastOptions): void {
    const said = packMessage(this.game, name, message)
    this.told()
    const lost: Seat[] = []
    this.#lost = lost
    try {
      for (const seat of this.sessions) {
        const isLost = isMeant(seat, how) && seat.post(said, { ...how, key: how.key ?? name }) === 'full'
        if (isLost && (how.as ?? 'reliable') === 'reliable') seat.overflow()
      }
    } finally {
      this.#lost = null
      for (const seat of lost) this.dropped(seat)
    }
  }

  reveal(entity: object, to: Owner | 'all'): void {
    const eyes = to === 'all' ? to : this.#stillHere('reveal', to)
    if (eyes) this.#live.reveal(entity, eyes)
    this.told()
  }

  ownerOf(entity: object): Seat | undefined {
    return this.#roster.of(this.#live.ownerOf(entity))
  }

  give(entity: object, to: Owner | null): void {
    this.#live.give(entity, to && this.#stillHere('give', to))
    this.told()
  }

  rewind<T>(viewer: Owner, work: () => T): T {
    const id = this.#idOf('rewind', viewer)
    return this.#snapshots.within((viewer as Seat).inputQueue.seenTick, this.tick, id, work)
  }

  close(): void {
    this.finish('ROOM_CLOSED', 'the room was closed')
  }

  /** Ends the room for everyone in it. */
  finish(reason: CloseReason, message: string): void {
    if (this.#over) return
    this.#over = new ProtocolError(reason, message)
    this.#ended = this.#end(this.#over)
  }

  /** Sends a state where someone was told nothing for long. */
  beat(now: number): void {
    // Who is behind is told once there is room: nobody else is told more often for it.
    const isDue = ({ isReady, feed }: Seat) => isReady && !feed.isBehind && feed.isQuiet(now)
    if (this.#roster.order.some(isDue)) this.#pulse.beat()
  }

  async #end({ reason, message }: ProtocolError): Promise<void> {
    this.#pulse.stop()
    this.#stopWaiting()
    for (const seat of this.#roster.all) this.#giveUpSeat(seat)?.close(reason, message)
    for (const seat of this.sessions) {
      this.#roster.leave(seat)
      void this.#pending.add(this.#bidFarewell(seat))
    }
    // Half of the time that a stopping server has is for these, the other for what comes last. It is never over at once:
    // the room may have been closed by a hook that is still to return, or by its own constructor.
    await isInTime(this.shared, this.#pending.settled(), this.shared.limits.hookMs / 2)
    this.#isDisposed = true
    // What was not loaded must not be saved.
    const disposed = this.#isCreated && this.#atEnd('onDispose', () => this.#room.onDispose())
    if (disposed) await isInTime(this.shared, disposed)
    this.#plan.onGone(this)
  }

  #bidFarewell(seat: Seat): Promise<void> | undefined {
    return this.#atEnd('onLeave', () => this.#room.onLeave(seat, 'closed'))
  }

  async #waitFor(creating: Promise<void>, by: number): Promise<void> {
    this.#early++
    const isInGoodTime = await isInTime(this.shared, creating, this.#until(by))
    this.#early--
    if (!isInGoodTime) throw tooLate()
  }

  #until(time: number): number {
    return time - this.shared.world.now()
  }

  #admit(connection: Connection, auth: unknown): Seat {
    this.#stopWaiting()
    const seat = new Seat(this.#live.players.add(), this)
    seat.auth = auth
    this.#roster.admit(seat)
    seat.hold(connection)
    this.#plan.onSeat(seat)
    return seat
  }

  #leave(seat: Seat, how: Departure): void {
    this.#roster.leave(seat)
    const left = this.#pending.add(this.#ask('onLeave', () => this.#room.onLeave(seat, how)))
    // What the game does at the end of it, a room of turns is to show.
    void left?.then(() => this.stir())
    this.#forget(seat)
  }

  #forget(seat: Seat): void {
    this.#live.removePlayer(seat.id)
    this.#roster.forget(seat)
    this.#waitForSomeone()
    this.stir()
  }

  #giveUpSeat(seat: Seat): Connection | null {
    seat.isOver = true
    seat.stopWaiting()
    this.#plan.onSeatGone(seat)
    return seat.release()
  }

  #waitForSomeone(): void {
    this.#stopWaiting()
    if (this.#roster.size > 0 || this.#over) return
    const { world, limits } = this.shared
    this.#stopWaiting = world.after(limits.emptyRoomMs, () => this.finish('ROOM_CLOSED', 'the room was empty'))
  }

  #run(): void {
    this.#waitForSomeone()
    if (!this.#over) this.#pulse.start()
  }

  #step(dt: number): void {
    for (const seat of this.sessions) this.shared.stats.droppedInputs += seat.inputQueue.begin()
    this.#isStepping = true
    this.#call('onTick', () => this.#room.onTick(dt))
    this.#isStepping = false
  }

  #send(): void {
    if (!this.#roster.order.some(isReady)) return
    this.#call('the snapshot', () => {
      this.shared.stats.clampedValues += this.#snapshots.take(this.tick)
    })
    this.#call('sending', () => this.#snapshots.send())
  }

  /** Throws RangeError for a session of another room, where players have the same ids. */
  #idOf(who: string, session: Owner): number {
    if ((session as Seat).home !== this) throw new RangeError(`${who} takes a session of this room, got another's`)
    return session.id
  }

  /** Nobody's, for a session that left: another one will have its id. */
  #ownerId(owner: Owner): number {
    return this.#stillHere('add', owner) ? owner.id : 0
  }

  /** Null for a session that left. */
  #stillHere(who: string, session: Owner): Owner | null {
    return this.#roster.of(this.#idOf(who, session)) === session ? session : null
  }

  #call(hook: string, work: () => unknown): void {
    void this.#ask(hook, work)
  }

  /** Runs the game's code. What it throws, or what its promise rejects with, closes the room. */
  #ask(hook: string, work: () => unknown): Promise<void> | undefined {
    return this.#over ? undefined : this.watched.run(hook, work, (error) => this.#fail(hook, error))
  }

  /** Runs the game's code when its room is over: an error in it is logged and hinders nothing. */
  #atEnd(hook: string, work: () => unknown): Promise<void> | undefined {
    return this.watched.run(hook, work, (error) => this.#log(`failed in ${hook}`, error))
  }

  #log(what: string, error?: unknown): void {
    this.shared.log(`room ${this.name} ${this.id} ${what}`, error)
  }

  #fail(hook: string, error: unknown): void {
    this.#log(`failed in ${hook}`, error)
    if (this.#over) return
    this.shared.stats.failedRooms++
    this.finish('ROOM_FAILED', 'the room failed')
  }

  async #awaitCreate(created: Promise<void>): Promise<void> {
    if (await isInTime(this.shared, created)) this.#run()
    else this.#fail('onCreate', new Error(`it took more than ${this.shared.limits.hookMs} ms`))
    this.#creating = null
  }

  /** Slow is not broken: the others in the room play on. What is in the state of it waits for the game. */
  #refuseLate(seat: Seat): void {
    this.#log(`did not let someone in within ${this.shared.limits.hookMs} ms: onJoin goes on`)
    const { reason, message } = tooLate()
    this.#giveUpSeat(seat)?.close(reason, message)
    this.#roster.entering.delete(seat)
    this.#waitForSomeone()
  }
}

function isReady(seat: Seat): boolean {
  return seat.isReady
}
