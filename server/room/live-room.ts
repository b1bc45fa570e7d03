// One running room: what the game sees of it, what its seats tell it, and its loop.

import type { CloseReason, ProtocolError } from '../../protocol/errors.ts'
import type { Game } from '../../protocol/game.ts'
import type { GameMessage, ResumeClaim } from '../../protocol/messages.ts'
import { named } from '../base/checks.ts'
import type { Connection } from '../base/connection.ts'
import type { Shared } from '../base/shared.ts'
import type { Watched } from '../base/watched.ts'
import type { Log } from '../base/world.ts'
import { Attendance, type AttendancePlan, type Entrance } from './attendance.ts'
import { type BroadcastOptions, checkAudience, isMeant } from './audience.ts'
import { Hearing } from './hearing.ts'
import { type HookedRoom, Life } from './life.ts'
import type { Listener } from './listeners.ts'
import { packMessage, wayOf } from './mail.ts'
import { Pulse } from './pulse.ts'
import type { RoomClass, Stage } from './room.ts'
import type { Roster } from './roster.ts'
import { type Home, Seat } from './seat.ts'
import type { Departure } from './session.ts'
import { Snapshots } from './snapshots.ts'
import { LiveState, type Owner } from './state.ts'
import { Timers } from './timers.ts'

export interface RoomPlan extends AttendancePlan {
  readonly game: Game
  readonly name: string
  readonly id: string
  /** Whether a client chose the id. */
  readonly isNamed: boolean
  /** The address of the client that it is made for. */
  readonly maker: string
  readonly room: RoomClass
  readonly strict: boolean
  /** Where it is written that a room could not begin. */
  readonly logUnmade: Log
  /** The room is over, and so is what its last hooks promised. */
  readonly onGone: (room: LiveRoom) => void
}

export class LiveRoom implements Home, Stage {
  readonly game: Game
  readonly name: string
  readonly id: string
  readonly maker: string
  readonly shared: Shared
  readonly settings: RoomClass
  readonly #isNamed: boolean
  readonly #beganAt: number
  readonly #life: Life
  readonly #live: LiveState
  readonly #attendance: Attendance
  readonly #roster: Roster
  readonly #snapshots: Snapshots
  readonly #hearing: Hearing
  readonly #pulse: Pulse
  readonly #timers: Timers
  #isStepping = false

  constructor(plan: RoomPlan, shared: Shared) {
    const { game, name, id, maker, room } = plan
    this.game = game
    this.name = name
    this.id = id
    this.maker = maker
    this.settings = room
    this.shared = shared
    this.#isNamed = plan.isNamed
    this.#beganAt = shared.world.now()
    this.#life = new Life(`room ${name} ${id}`, shared, plan.logUnmade, {
      begun: () => this.#run(),
      over: (why) => this.#stop(why),
      gone: () => plan.onGone(this),
    })
    this.#live = new LiveState(game, (owner) => this.#ownerId(owner))
    this.#attendance = new Attendance(plan, this, this.#life, this.#live)
    this.#roster = this.#attendance.roster
    this.#snapshots = new Snapshots(plan, this.#live, this.#roster, shared)
    this.#hearing = new Hearing(this, this.#life)
    const work = { step: (dt: number) => this.#step(dt), send: () => this.#send(), leapt: () => this.#leapt() }
    this.#pulse = new Pulse(shared, room, work)
    this.#timers = new Timers(shared, this.#life, () => this.stir())
    try {
      this.#life.hooks = new room(this) as HookedRoom
    } catch (error) {
      this.#timers.stop()
      throw error
    }
  }

  get watched(): Watched {
    return this.#life.watched
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

  get changes(): number {
    return this.#live.changes
  }

  get time(): number {
    return this.shared.world.now() - this.#beganAt
  }

  get sessions(): ReadonlySet<Seat> {
    return this.#roster.sessions
  }

  session(id: number): Seat | undefined {
    const seat = this.#roster.of(id)
    return seat && this.sessions.has(seat) ? seat : undefined
  }

  get isLocked(): boolean {
    return this.#attendance.isLocked
  }

  set isLocked(isLocked: boolean) {
    this.#attendance.isLocked = isLocked
  }

  /** Whether who names no room may be led here: not among those who named it, nor where it is full or locked. */
  get isForAnyone(): boolean {
    return !this.#isNamed && !this.isLocked && !this.#attendance.isFull
  }

  /** Told to whoever finds no place. */
  get full(): ProtocolError {
    return this.#attendance.full
  }

  /** Since when nobody in it has had a connection: see Attendance. */
  get desertedSince(): number {
    return this.#attendance.desertedSince
  }

  get isOver(): boolean {
    return this.#life.over !== null
  }

  /** Settles when the last hooks of a room that is over have, or have taken too long; it never rejects. */
  get ended(): Promise<void> {
    return this.#life.ended
  }

  /** Begins its life with the options of whoever came first. */
  start(options: unknown): void {
    this.#life.begin(options)
  }

  /** Gives a newcomer a seat: see Attendance. */
  enter(connection: Connection, join: unknown, entrance: Entrance): Promise<boolean> {
    return this.#attendance.enter(connection, join, entrance)
  }

  /** Gives a seat back to its player: see Attendance. */
  resume(seat: Seat, connection: Connection, claim: ResumeClaim): void {
    this.#attendance.resume(seat, connection, claim)
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
    this.#attendance.dropped(seat)
  }

  diverged(seat: Seat, tick: number, digests: readonly number[]): void {
    this.shared.stats.keyframes++
    const where = this.#snapshots.differenceOf(seat, tick, digests)
    if (where === undefined) return
    this.#life.log(`and session ${seat.id} do not hold the same state of tick ${tick}. The first difference: ${where}`)
  }

  end(seat: Seat, how: Departure): void {
    this.#attendance.end(seat, how)
  }

  on(name: string, listener: (session: never, message: never, tick: number) => unknown): () => void {
    return this.#hearing.on(name, listener as Listener)
  }

  broadcast(name: string, message: unknown, how: BroadcastOptions): void {
    const said = packMessage(this.game, name, message)
    const way = wayOf(name, how)
    checkAudience(how)
    this.told()
    this.#attendance.tellAll((seat) => {
      const isLost = isMeant(seat, how, this.#snapshots.places) && seat.post(said, way) === 'full'
      if (isLost && (how.as ?? 'reliable') === 'reliable') seat.overflow()
    })
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
    this.#idOf('rewind', viewer)
    return this.#snapshots.rewind(viewer as Seat, this.tick, work)
  }

  after(ms: number, run: () => unknown): () => void {
    return this.#timers.after(ms, run)
  }

  every(ms: number, run: () => unknown): () => void {
    return this.#timers.every(ms, run)
  }

  close(): void {
    this.finish('ROOM_CLOSED', 'the room was closed')
  }

  /** Ends the room for everyone in it. */
  finish(reason: CloseReason, message: string): void {
    this.#life.finish(reason, message)
  }

  /** Sends a state if someone has been told nothing for long. */
  beat(now: number): void {
    // One that is behind is told as soon as there is room: nobody else is told more often for it.
    const isDue = ({ isReady, feed }: Seat) => isReady && !feed.isBehind && feed.isQuiet(now)
    if (this.#roster.order.some(isDue)) this.#pulse.beat()
  }

  #run(): void {
    this.#attendance.waitForSomeone()
    this.#pulse.start()
  }

  #stop(why: ProtocolError): void {
    this.#pulse.stop()
    this.#timers.stop()
    this.#attendance.dismiss(why)
  }

  #step(dt: number): void {
    for (const { inputQueue } of this.#roster.order) this.shared.stats.droppedInputs += inputQueue.begin()
    this.#isStepping = true
    void this.#life.run('onTick', (hooks) => hooks.onTick(dt))
    this.#isStepping = false
  }

  #leapt(): void {
    for (const { feed } of this.sessions) feed.flow.leapt()
  }

  #send(): void {
    if (!this.#roster.order.some(isReady)) return
    void this.#life.run('the snapshot', () => {
      this.shared.stats.clampedValues += this.#snapshots.take(this.tick)
    })
    void this.#life.run('sending', () => this.#snapshots.send())
  }

  /** Throws TypeError for what is no session, and RangeError for one of another room, where players have the same ids. */
  #idOf(who: string, session: Owner): number {
    if (!(session instanceof Seat)) throw new TypeError(`${who} takes a session, got ${named(session)}`)
    if (session.home !== this) throw new RangeError(`${who} takes a session of this room, got another's`)
    return session.id
  }

  /** 0, for nobody, where the session has left: another one will get its id. */
  #ownerId(owner: Owner): number {
    return this.#stillHere('owner', owner) ? owner.id : 0
  }

  /** Null for a session that left. */
  #stillHere(who: string, session: Owner): Owner | null {
    return this.#roster.of(this.#idOf(who, session)) === session ? session : null
  }
}

function isReady(seat: Seat): boolean {
  return seat.isReady
}
