// A room's life, from `onCreate` to `onDispose`. The game's code runs only from here, and an error in it closes this room
// and no other, or costs one session and not even the room.

import { type CloseReason, ProtocolError } from '../../protocol/errors.ts'
import { isInTime } from '../base/deadline.ts'
import type { Shared } from '../base/shared.ts'
import { Watched } from '../base/watched.ts'
import type { Log } from '../base/world.ts'
import type { Hooks } from './hooks.ts'
import { Pending } from './pending.ts'
import type { Seat } from './seat.ts'

/** The game's room, whose hooks take what the server has checked: their own types end at its constructor. */
export type HookedRoom = Hooks<Seat, unknown>

/** Calls the game's code. */
export type Work = (hooks: HookedRoom) => unknown

interface LifeEvents {
  /** `onCreate` has settled: it goes on by itself from here. */
  begun(): void
  /** It is over, and everyone in it is to be told why. Their last hooks are pending. */
  over(why: ProtocolError): void
  /** What its last hooks promised is over, too. */
  gone(): void
}

export class Life {
  /** Set before it begins: what the game makes of its room may use all of it as it is made. */
  declare hooks: HookedRoom
  readonly watched: Watched
  /** What all hooks but `onTick`, listeners and timers promised: the last hook waits for it. */
  readonly pending = new Pending()
  readonly #shared: Shared
  /** What the log calls it. */
  readonly #title: string
  readonly #logUnmade: Log
  readonly #events: LifeEvents
  #creating: Promise<void> | null = null
  /** `onCreate` has settled, and has not failed. */
  #isCreated = false
  #isDisposed = false
  #over: ProtocolError | null = null
  #ended: Promise<void> = Promise.resolve()

  constructor(title: string, shared: Shared, logUnmade: Log, events: LifeEvents) {
    this.#title = title
    this.#shared = shared
    this.#logUnmade = logUnmade
    this.#events = events
    this.watched = new Watched(shared, {
      log: (what) => this.log(what),
      fail: (hook, error) => this.fail(hook, error),
    })
  }

  /** Until `onCreate` has settled, for those who must wait for it. */
  get creating(): Promise<void> | null {
    return this.#creating
  }

  /** Why it is over, once it is. */
  get over(): ProtocolError | null {
    return this.#over
  }

  /** Settles when the last hooks of a room that is over have, or have taken too long; it never rejects. */
  get ended(): Promise<void> {
    return this.#ended
  }

  get isDisposed(): boolean {
    return this.#isDisposed
  }

  begin(options: unknown): void {
    if (this.#over) return
    let hasFailed = false
    const fail = (error: unknown) => {
      hasFailed = true
      this.fail('onCreate', error)
    }
    const settled = () => {
      this.#isCreated = !hasFailed
    }
    const created = this.watched.run('onCreate', () => this.hooks.onCreate(options), fail)?.then(settled)
    if (created === undefined) {
      settled()
      return this.#goOn()
    }
    void this.pending.add(created)
    this.#creating = this.#awaitCreate(created)
  }

  /** Runs the game's code, unless it is over. What it throws, or what its promise rejects with, closes the room. */
  run(hook: string, work: Work): Promise<void> | undefined {
    return this.#over ? undefined : this.#call(hook, work, (error) => this.fail(hook, error))
  }

  /** The same, and the last hook waits for what it promises. */
  runAwaited(hook: string, work: Work): Promise<void> | undefined {
    return this.pending.add(this.run(hook, work))
  }

  /** As runAwaited, for a hook of one session. An error in it is that session's: the others in the room play on. */
  runForOne(hook: string, work: Work): Promise<void> | undefined {
    if (this.#over) return undefined
    return this.pending.add(this.#call(hook, work, (error) => this.failForOne(hook, error)))
  }

  /** Runs what comes when it is over: an error in it is logged and hinders nothing. */
  runLast(hook: string, work: Work): Promise<void> | undefined {
    return this.#call(hook, work, (error) => this.log(`failed in ${hook}`, error))
  }

  #call(hook: string, work: Work, failed: (error: unknown) => void): Promise<void> | undefined {
    return this.watched.run(hook, () => work(this.hooks), failed)
  }

  log(what: string, error?: unknown): void {
    this.#shared.log(`${this.#title} ${what}`, error)
  }

  failForOne(hook: string, error: unknown): void {
    this.#shared.stats.failedHooks++
    this.log(`failed in ${hook}`, error)
  }

  fail(hook: string, error: unknown): void {
    const log = hook === 'onCreate' ? this.#logUnmade : this.#shared.log
    log(`${this.#title} failed in ${hook}`, error)
    if (this.#over) return
    this.#shared.stats.failedRooms++
    this.finish('ROOM_FAILED', 'the room failed')
  }

  finish(reason: CloseReason, message: string): void {
    if (this.#over) return
    this.#over = new ProtocolError(reason, message)
    this.#ended = this.#end(this.#over)
  }

  async #awaitCreate(created: Promise<void>): Promise<void> {
    if (await isInTime(this.#shared, created)) this.#goOn()
    else this.fail('onCreate', new Error(`it took more than ${this.#shared.limits.hookMs} ms`))
    this.#creating = null
  }

  #goOn(): void {
    if (!this.#over) this.#events.begun()
  }

  async #end(why: ProtocolError): Promise<void> {
    const { hookMs } = this.#shared.limits
    this.#events.over(why)
    // Half of the time that a stopping server has is for these, the other for what comes last. It is never over at once:
    // the room may have been closed by a hook that is still to return, or by its own constructor.
    await this.#awaitLast('what its hooks, listeners and timers promised', this.pending.settled(), hookMs / 2)
    this.#isDisposed = true
    // What was not loaded must not be saved.
    const disposed = this.#isCreated && this.runLast('onDispose', (hooks) => hooks.onDispose())
    if (disposed) await this.#awaitLast('onDispose', disposed, hookMs)
    this.#events.gone()
  }

  /** Waits for what comes last: one that hangs must not keep the room's id for good. */
  async #awaitLast(what: string, work: Promise<void>, ms: number): Promise<void> {
    if (!(await isInTime(this.#shared, work, ms)))
      this.log(`${what} took more than ${ms} ms: it is not waited for any longer`)
  }
}
