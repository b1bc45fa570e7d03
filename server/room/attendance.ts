// Who is in a room: how they come in, lose the socket, come back and leave, and what the game is told of it.

import { ProtocolError } from '../../protocol/errors.ts'
import type { ResumeClaim } from '../../protocol/messages.ts'
import type { Connection } from '../base/connection.ts'
import { isInTime, onceOver, tooLate } from '../base/deadline.ts'
import type { Shared } from '../base/shared.ts'
import type { Life, Work } from './life.ts'
import { Pending } from './pending.ts'
import type { RoomClass } from './room.ts'
import { Roster } from './roster.ts'
import { type Home, Seat } from './seat.ts'
import type { Departure } from './session.ts'
import type { LiveState } from './state.ts'

/** How someone comes in. */
export interface Entrance {
  /** Why it is not back in the seat that it had. */
  readonly reason: string
  /** What `authenticate` found. */
  readonly auth: unknown
  /** Whether any room of its name will do. */
  readonly isForAny: boolean
  /** When it must be in, by the server's clock. */
  readonly by: number
}

export interface AttendancePlan {
  readonly room: Pick<RoomClass, 'capacity' | 'resumeWindow'>
  /** A seat is taken, or given up. */
  readonly onSeat: (seat: Seat) => void
  readonly onSeatGone: (seat: Seat) => void
}

export class Attendance {
  readonly roster = new Roster()
  /** Nobody new comes in. */
  isLocked = false
  /** Whether the client that the room was made for has come: no lock keeps that one out. */
  #hasMaker = false
  readonly #plan: AttendancePlan
  readonly #home: Home
  readonly #shared: Shared
  readonly #life: Life
  readonly #live: LiveState
  /** Who waits for the room to be made, or for what was promised when others left. */
  readonly #waiting = new Set<Connection>()
  /** What `onLeave` promised lately: a newcomer may be about to load what it saves. */
  readonly #farewells = new Pending()
  /** By seat, what is done to let it in, for as long as that takes. */
  readonly #joining = new WeakMap<Seat, Promise<void>>()
  #stopWaiting = (): void => {}
  /**
   * Who lost the socket while all were being told something. The game hears of that afterwards, for it may tell more
   * then.
   */
  #lost: Seat[] | null = null

  constructor(plan: AttendancePlan, home: Home, life: Life, live: LiveState) {
    this.#plan = plan
    this.#home = home
    this.#shared = home.shared
    this.#life = life
    this.#live = live
  }

  /** Seats on their way in count, and so does who waits to be let in; a seat that would be given up does not. */
  get isFull(): boolean {
    const free = this.#plan.room.capacity - this.roster.size - this.#early
    return free <= 0 && free + this.#strangers.length <= 0
  }

  /**
   * Since when nobody in it has had a connection. Infinity while somebody has, or waits to be let in; below 0: it is
   * empty.
   */
  get desertedSince(): number {
    if (this.#early > 0) return Number.POSITIVE_INFINITY
    return Math.max(...this.roster.all.map(({ tokens }) => tokens.awaySince))
  }

  /** Told to whoever finds no place. */
  get full(): ProtocolError {
    return new ProtocolError('FULL', `room ${this.#home.id} is full`)
  }

  /**
   * Gives a newcomer a seat and lets the game welcome it. Throws ProtocolError when that cannot be; returns false when
   * another room may take it in: this one was closed before it had a seat, or it asked for any and this one is full.
   */
  async enter(connection: Connection, join: unknown, entrance: Entrance): Promise<boolean> {
    const isMaker = !this.#hasMaker
    this.#hasMaker = true
    const { creating, pending } = this.#life
    if (creating !== null) this.#waited(connection, await this.#waitFor(connection, creating, entrance.by))
    if (connection.isDead) return true
    if (!this.isLocked || isMaker) this.#makePlace()
    const farewells = this.#farewells.soFar()
    if (farewells !== null) this.#waited(connection, await this.#waitFor(connection, farewells, entrance.by))
    if (connection.isDead) return true
    if (!isMaker && this.#life.over?.reason === 'ROOM_CLOSED') return false
    if (this.#life.over) throw this.#life.over
    if ((this.isLocked && !isMaker) || this.roster.size >= this.#plan.room.capacity) {
      if (entrance.isForAny) return false
      throw this.full
    }
    const seat = this.#admit(connection, entrance.auth)
    const joining = this.#letIn(seat, join, entrance)
    this.#joining.set(seat, joining)
    await pending.add(joining)
    return true
  }

  /** Gives a seat back to the player who presented its token. The newest connection wins. */
  resume(seat: Seat, connection: Connection, claim: ResumeClaim): void {
    const old = seat.release()
    if (old) {
      old.close('SUPERSEDED', 'the session goes on elsewhere')
      this.#tell('onDrop', (hooks) => hooks.onDrop(seat))
    }
    // The game may have ended the session, or failed, when it was told of the loss.
    if (seat.isOver) throw this.#life.over ?? new ProtocolError('REFUSED', 'the session is over')
    seat.stopWaiting()
    const { outcome, reason, lost } = seat.resume(claim)
    if (outcome === 'resumed') this.#shared.stats.resumed++
    else this.#shared.stats.reset++
    seat.hold(connection)
    seat.welcome(outcome, reason, claim.token)
    this.#tell('onResume', (hooks) => hooks.onResume(seat, outcome, lost))
  }

  dropped(seat: Seat): void {
    if (this.#lost) return void this.#lost.push(seat)
    // It was not welcomed yet, so nobody has its token.
    if (this.roster.entering.has(seat)) return this.end(seat, 'dropped')
    if (this.#life.over || !this.roster.sessions.has(seat)) return
    this.#tell('onDrop', (hooks) => hooks.onDrop(seat))
    if (seat.isOver) return
    seat.stopWaiting = onceOver(this.#shared.world, this.#plan.room.resumeWindow * 1000, () =>
      this.end(seat, 'dropped'),
    )
  }

  /** Tells everyone something. Who loses the socket by it is dropped only when all were told. */
  tellAll(tell: (seat: Seat) => void): void {
    const lost: Seat[] = []
    this.#lost = lost
    try {
      for (const seat of this.roster.sessions) tell(seat)
    } finally {
      this.#lost = null
      for (const seat of lost) this.dropped(seat)
    }
  }

  end(seat: Seat, how: Departure): void {
    if (seat.isOver || this.#life.over) return
    this.#giveUpSeat(seat, how)
    // `onLeave` follows `onJoin`.
    if (this.roster.entering.delete(seat)) {
      this.waitForSomeone()
      const joining = this.#joining.get(seat)
      if (joining !== undefined) this.#holdUp(joining)
    } else void this.#leave(seat, how)
  }

  /** The room is over: closes everyone's connection. */
  dismiss({ reason, message }: ProtocolError): void {
    this.#stopWaiting()
    const all = this.roster.all.map((seat) => ({ seat, connection: this.#giveUpSeat(seat, 'closed') }))
    for (const { seat, connection } of all) {
      const close = () => connection?.close(reason, message)
      const isSession = this.roster.sessions.has(seat)
      if (isSession) this.roster.leave(seat)
      const left = isSession ? this.#life.pending.add(this.#bidFarewell(seat)) : undefined
      // Who is sent away from here may be in another process at once, and must find there what `onLeave` saves.
      if (left && reason === 'SERVER_STOPPING') void this.#inGoodTime(left).then(close)
      else close()
    }
  }

  /** Gives up the room if it stays empty. */
  waitForSomeone(): void {
    this.#stopWaiting()
    if (this.roster.size + this.#early > 0 || this.#life.over) return
    const { world, limits } = this.#shared
    this.#stopWaiting = world.after(limits.emptyRoomMs, () => this.#life.finish('ROOM_CLOSED', 'the room was empty'))
  }

  /** How many of those who wait are still there. */
  get #early(): number {
    let early = 0
    for (const { isDead } of this.#waiting) if (!isDead) early++
    return early
  }

  /** Whether it was in good time. Until `waited` is called the connection counts among those who wait. */
  #waitFor(connection: Connection, work: Promise<void>, by: number): Promise<boolean> {
    this.#waiting.add(connection)
    this.#stopWaiting()
    return isInTime(this.#shared, work, this.#until(by))
  }

  /** To be called in the step that goes on: in between, a room in which nobody seems to be could be closed. */
  #waited(connection: Connection, isInGoodTime: boolean): void {
    this.#waiting.delete(connection)
    this.waitForSomeone()
    if (!isInGoodTime) throw tooLate()
  }

  #until(time: number): number {
    return time - this.#shared.world.now()
  }

  #admit(connection: Connection, auth: unknown): Seat {
    this.#stopWaiting()
    const seat = new Seat(this.#live.players.add(), this.#home)
    seat.auth = auth
    this.roster.admit(seat)
    seat.hold(connection)
    this.#plan.onSeat(seat)
    return seat
  }

  async #letIn(seat: Seat, join: unknown, { reason, by }: Entrance): Promise<void> {
    const life = this.#life
    let isLate = false
    let hasFailed = false
    const fail = (error: unknown) => {
      hasFailed = true
      // The others play on. A room in which nobody else is may be one that nobody can join any more: it ends.
      if (isLate || this.roster.all.some((other) => other !== seat)) life.failForOne('onJoin', error)
      else life.fail('onJoin', error)
    }
    const joined = life.watched.run('onJoin', () => life.hooks.onJoin(seat, join), fail)
    isLate = joined !== undefined && !(await isInTime(this.#shared, joined, this.#until(by)))
    const how = seat.departure ?? 'dropped'
    if (isLate) {
      if (!life.over) this.#refuseLate(seat)
      await joined
    }
    // Also where the seat is over: a game that let it in can now undo what it did.
    if (life.over) return hasFailed || life.isDisposed ? undefined : this.#bidFarewell(seat)
    if (hasFailed) {
      this.#turnAway(seat, new ProtocolError('ROOM_FAILED', 'the room failed to let you in'))
      return this.#forget(seat)
    }
    if (seat.isOver) return this.#leave(seat, how)
    this.roster.settle(seat)
    seat.welcome('new', reason)
    this.#home.stir()
  }

  /** Slow is not broken: the others play on. What it put into the state stays until `onJoin` has settled. */
  #refuseLate(seat: Seat): void {
    this.#life.log(`did not let someone in within ${this.#shared.limits.hookMs} ms: onJoin goes on`)
    this.#turnAway(seat, tooLate())
  }

  /** Takes the seat from a client that was not let in. */
  #turnAway(seat: Seat, { reason, message }: ProtocolError): void {
    this.#giveUpSeat(seat, 'dropped')?.close(reason, message)
    this.roster.entering.delete(seat)
    this.waitForSomeone()
  }

  #leave(seat: Seat, how: Departure): Promise<void> | undefined {
    this.roster.leave(seat)
    const left = this.#life.runForOne('onLeave', (hooks) => hooks.onLeave(seat, how))
    if (left !== undefined) this.#holdUp(left)
    this.#forget(seat)
    return left
  }

  /** A room of turns is to show what the hook did, at once and at its end. */
  #tell(hook: string, work: Work): void {
    void this.#life.runForOne(hook, work)?.then(() => this.#home.stir())
    this.#home.stir()
  }

  /** Newcomers wait for what `onLeave` promised. */
  #holdUp(left: Promise<void>): void {
    void this.#farewells.add(this.#inGoodTime(left))
    // A room of turns is to show what the game did at the end of it.
    void left.then(() => this.#home.stir())
  }

  /** A store that hangs must not keep anyone out, or here, for good. */
  async #inGoodTime(left: Promise<void>): Promise<void> {
    await isInTime(this.#shared, left, this.#shared.limits.hookMs / 2)
  }

  #bidFarewell(seat: Seat): Promise<void> | undefined {
    return this.#life.runLast('onLeave', (hooks) => hooks.onLeave(seat, 'closed'))
  }

  #forget(seat: Seat): void {
    this.#live.removePlayer(seat.id)
    this.roster.forget(seat)
    this.waitForSomeone()
    this.#home.stir()
  }

  /** Seats of clients that are gone and may never have got their welcome, oldest first. */
  get #strangers(): readonly Seat[] {
    return this.roster.order.filter(({ connected, hasAnswered }) => !connected && !hasAnswered)
  }

  /** A seat that nobody may ever come back to is held only as long as nobody else wants the place. */
  #makePlace(): void {
    if (this.roster.size + this.#early < this.#plan.room.capacity) return
    const [stranger] = this.#strangers
    if (stranger) this.end(stranger, 'dropped')
  }

  #giveUpSeat(seat: Seat, how: Departure): Connection | null {
    seat.departure ??= how
    seat.stopWaiting()
    this.#plan.onSeatGone(seat)
    return seat.release()
  }
}
