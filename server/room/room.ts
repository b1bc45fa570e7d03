// What a game's own rooms are made from: a class to extend, or `defineRoom`, which infers every type.

import type { Game, HeardName, HeardOf, JoinOf, KindOf, MessageName, MessageOf, ResultOf } from '../../protocol/game.ts'
import { disown } from '../base/guard.ts'
import type { BroadcastOptions } from './audience.ts'
import { checkHooks, type Hooks, type RoomHooks } from './hooks.ts'
import type { Authenticate, Departure, Return, Session } from './session.ts'
import type { Owner, State } from './state.ts'
import type { AnyValidators, Validators } from './validate.ts'
import type { Views } from './views.ts'

/** The running room behind a Room object. Made by the server; a Room's constructor only passes it on. */
export interface Stage {
  readonly game: Game
  readonly id: string
  readonly tick: number
  readonly tickMs: number
  readonly time: number
  readonly sessions: ReadonlySet<unknown>
  readonly state: object
  isLocked: boolean
  session(id: number): unknown
  on(name: string, listener: (session: never, message: never, tick: number) => unknown): () => void
  broadcast(name: string, message: unknown, how: BroadcastOptions): void
  reveal(entity: object, to: Owner | 'all'): void
  ownerOf(entity: object): unknown
  give(entity: object, to: Owner | null): void
  rewind<T>(viewer: Owner, work: () => T): T
  after(ms: number, run: () => unknown): () => void
  every(ms: number, run: () => unknown): () => void
  stir(): void
  close(): void
}

export interface RoomSettings {
  /**
   * Steps a second, 1 to 1000. 0: turn-based. A turn follows whatever comes in; the end of what a hook or a listener
   * promised; what is said, revealed or given away outside of `onTick`; and `stir`.
   */
  readonly tickRate: number
  /**
   * State frames a second, 1 to 1000; the tick rate divided by a whole number, the one that comes nearest. In a room of
   * turns each turn is sent at once, but not more often than this; and where nothing happens, a state about every
   * second and a half. No client is sent more than 16 in the time of its round trip and 50 ms.
   */
  readonly sendRate: number
  /** How many sessions there may be, 1 to 65,535; one more is refused. */
  readonly capacity: number
  /** Seconds for which a seat is held after its socket was lost, 0 to 86,400. */
  readonly resumeWindow: number
  /**
   * What a tick does when a player's input has not come yet. `catch-up`: nothing; it is made up for when it comes.
   * `strict`, for rooms in which all must step together: the input before is taken once more, up to six times; those that
   * come too late are dropped.
   */
  readonly lateInputs: 'catch-up' | 'strict'
  /** Who sees which entities, as Views of the game; everyone sees those of a kind that is not in it. */
  readonly views: object
  /** Checks of what clients send that go beyond the definition, as Validators of the game. */
  readonly validate: object
  /** Who is let in; everyone, without it. Asked before a seat is given. */
  readonly authenticate: Authenticate | undefined
}

/** The settings that know the game. */
interface SettingsOf<G extends Game, K extends KindOf<G>, A> {
  readonly avatar?: K
  readonly views?: Views<G, K, A>
  readonly validate?: Validators<G>
  readonly authenticate?: Authenticate<A> | undefined
}

/** The base of every room. */
export class Room<G extends Game, K extends KindOf<G> = KindOf<G>, A = unknown>
  implements Hooks<Session<G, K, A>, JoinOf<G>>
{
  /** Steps a second; 0: turn-based. This and the others are as RoomSettings says. */
  static readonly tickRate: number = 60
  /** State frames a second. */
  static readonly sendRate: number = 20
  /** How many sessions there may be. */
  static readonly capacity: number = 64
  /** Seconds for which a seat is held after its socket was lost. */
  static readonly resumeWindow: number = 30
  /** What a tick does when a player's input has not come yet. */
  static readonly lateInputs: RoomSettings['lateInputs'] = 'catch-up'
  /** Who sees which entities, as Views of the game. */
  static readonly views: object = {}
  /** Checks of what clients send, as Validators of the game. */
  static readonly validate: object = {}
  /** Who is let in. */
  static readonly authenticate: Authenticate | undefined = undefined

  /** The definition that it is served with. */
  readonly game: G
  /** The room's own object, the players and the entities: assign to their fields. */
  readonly state: State<G>
  /** Everyone with a seat whose `onJoin` has settled, dropped ones included. */
  readonly sessions: ReadonlySet<Session<G, K, A>>
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
    this.game = stage.game as G
    this.state = stage.state as State<G>
    this.sessions = stage.sessions as Room<G, K, A>['sessions']
  }

  /** The instance's id: the one that it was asked for by, else one made up by the server. */
  get id(): string {
    return this.#stage.id
  }

  /**
   * The step that runs now or ran last, counted from 1; 0 before the first. Mostly one more each time, but those that the
   * process could not keep up with are counted, too: so ask whether a tick has come (`>=`), not whether this is it.
   */
  get tick(): number {
    return this.#stage.tick
  }

  /** Milliseconds that the last step took, with the sending behind it, as far as it is over. */
  get tickMs(): number {
    return this.#stage.tickMs
  }

  /** Milliseconds since the room began; clients know it as their `room.time`. */
  get time(): number {
    return this.#stage.time
  }

  /**
   * Whether it is closed to newcomers, as when its match has begun: who joins without an id is led to another room, and who
   * joins by its id is told that it is full. Who has a seat keeps it, and comes back to it.
   */
  get isLocked(): boolean {
    return this.#stage.isLocked
  }

  set isLocked(isLocked: boolean) {
    this.#stage.isLocked = isLocked
  }

  /** The one of `sessions` that has this player id, if any has. */
  session(id: number): Session<G, K, A> | undefined {
    return this.#stage.session(id) as Session<G, K, A> | undefined
  }

  // Whoever overrides one is shown what Hooks says of it.
  onCreate(_options: unknown): void | Promise<void> {}
  onJoin(_session: Session<G, K, A>, _join: JoinOf<G>): void | Promise<void> {}
  onTick(_dt: number): void {}
  onLeave(_session: Session<G, K, A>, _how: Departure): void | Promise<void> {}
  onDrop(_session: Session<G, K, A>): void {}
  onResume(_session: Session<G, K, A>, _how: Return, _lost: number): void {}
  onDispose(): void | Promise<void> {}

  /**
   * Listens to a message of the definition's `toServer`; several may listen to one. `tick`: of the newest state that the
   * client had when it said it; 0 for none. A request is answered with what is returned first, or what its promise resolves
   * to. When it throws the client is told that it failed, and nothing else; one whose streams have ended is told nothing.
   */
  on<N extends HeardName<G, 'toServer'>>(
    name: N,
    listener: (
      session: Session<G, K, A>,
      message: HeardOf<G, 'toServer', N>,
      tick: number,
    ) => ResultOf<G, 'toServer', N>,
  ): () => void {
    return this.#stage.on(name, listener)
  }

  /**
   * Sends to all sessions, or to those whom the options name. One that is too far behind for a reliable message loses its
   * streams, and is told so when it is back. Throws RangeError or TypeError for a message that does not fit its definition.
   */
  broadcast<N extends MessageName<G, 'toClient'>>(
    name: N,
    message: MessageOf<G, 'toClient', N>,
    options: BroadcastOptions<Session<G, K, A>> = {},
  ): void {
    this.#stage.broadcast(name, message, options as BroadcastOptions)
  }

  /**
   * Shows the `hidden` fields of an entity, a player or the room to one session or to all, from now on. Throws RangeError
   * for what is not in the state, and for a session of another room; TypeError for what is no session.
   */
  reveal(entity: object, to: Session<G, K, A> | 'all'): void {
    this.#stage.reveal(entity, to)
  }

  /** Whose an entity is; undefined for one that is nobody's. Throws RangeError for one that is not in the state. */
  ownerOf(entity: object): Session<G, K, A> | undefined {
    return this.#stage.ownerOf(entity) as Session<G, K, A> | undefined
  }

  /**
   * Makes an entity belong to that session, or to nobody; to nobody as well when the session has left. Throws
   * RangeError for what is no entity of the state, and for a session of another room; TypeError for what is no session.
   */
  give(entity: object, to: Session<G, K, A> | null): void {
    this.#stage.give(entity, to)
  }

  /**
   * Runs `work` in the room as the player saw it when the input was made that was taken last: the smooth fields of
   * everyone else's entities are as they were drawn, up to 450 ms or 64 states ago; those of a kind that the page predicts
   * for all are drawn where they are going to be, and stay where they are. Afterwards all are as before, whatever `work`
   * did to those fields: decide in it what was hit, and act on it with what it returns. Throws RangeError for a session of
   * another room.
   */
  rewind<T>(session: Session<G, K, A>, work: () => T): T {
    return this.#stage.rewind(session, work)
  }

  /**
   * Runs `run` once, `ms` milliseconds from now; returns what calls it off. It ends with the room, and an error in it, or
   * in a promise that it returns, closes this room alone: one in a `setTimeout` would end the process. A room of turns makes
   * a turn after it; once the room is over none runs, so that a last hook which waits must use another. Throws RangeError or
   * TypeError for an argument that does not fit.
   */
  after(ms: number, run: () => unknown): () => void {
    return this.#stage.after(ms, run)
  }

  /** As `after`, each `ms` milliseconds, 1 or more. What a standstill of the process made it miss is not made up for. */
  every(ms: number, run: () => unknown): () => void {
    return this.#stage.every(ms, run)
  }

  /**
   * Has a room of turns make one soon, so that it shows what was changed outside of its hooks, listeners and timers. In a
   * room that ticks it does nothing; called in `onTick`, it brings about one more turn after this one.
   */
  stir(): void {
    this.#stage.stir()
  }

  /**
   * Ends the room: everyone is told so, and nobody comes back by itself. Only one whose line is lost just then is not told,
   * and takes a new seat, in another room of that name, when it is back.
   */
  close(): void {
    this.#stage.close()
  }
}

/** Throws TypeError for what are no hooks, such as a promise of them. */
function checkMade(hooks: object): void {
  disown(hooks)
  if (Object(hooks) !== hooks || 'then' in hooks) {
    throw new TypeError(`what is given to defineRoom must return hooks, got ${String(hooks)}`)
  }
  checkHooks('a room', hooks)
}

/** A class that extends Room, for a game of that definition. */
export interface RoomClass<G extends Game = Game> extends RoomSettings {
  readonly validate: AnyValidators
  /** The game of a room of functions, which knows it before there is an instance. */
  readonly definedFor?: unknown
  /** `never` takes the types of any game. */
  new (stage: Stage): Hooks<never, never> & { readonly game: G }
}

/**
 * A room class from a function that is called once for each instance and returns its hooks. What the function declares
 * is the instance's own. `avatar` names the kind of the sessions' avatars, where a game has several; the type of
 * `session.auth` comes from an `authenticate` that names its parameter's: `({ auth }: Knock) => …`.
 */
export function defineRoom<G extends Game, const K extends KindOf<G> = KindOf<G>, A = unknown>(
  game: G,
  setUp: (room: Room<G, K, A>) => RoomHooks<G, K, A>,
  settings: Partial<RoomSettings> & SettingsOf<G, K, A> = {},
): RoomClass<G> {
  if (typeof setUp !== 'function') throw new TypeError(`defineRoom takes a function, got ${String(setUp)}`)
  return class extends Room<G, K, A> {
    static readonly definedFor = game
    static override readonly tickRate = settings.tickRate ?? Room.tickRate
    static override readonly sendRate = settings.sendRate ?? Room.sendRate
    static override readonly capacity = settings.capacity ?? Room.capacity
    static override readonly resumeWindow = settings.resumeWindow ?? Room.resumeWindow
    static override readonly lateInputs = settings.lateInputs ?? Room.lateInputs
    // A null here is a mistake to be refused, not a wish for the default.
    static override readonly views = settings.views === undefined ? Room.views : settings.views
    static override readonly validate = settings.validate === undefined ? Room.validate : settings.validate
    static override readonly authenticate = settings.authenticate
    readonly #hooks: RoomHooks<G, K, A>

    constructor(stage: Stage) {
      super(stage)
      this.#hooks = setUp(this)
      checkMade(this.#hooks)
    }

    override onCreate(options: unknown): void | Promise<void> {
      return this.#hooks.onCreate?.(options)
    }

    override onJoin(session: Session<G, K, A>, join: JoinOf<G>): void | Promise<void> {
      return this.#hooks.onJoin?.(session, join)
    }

    override onTick(dt: number): void {
      return this.#hooks.onTick?.(dt)
    }

    override onLeave(session: Session<G, K, A>, how: Departure): void | Promise<void> {
      return this.#hooks.onLeave?.(session, how)
    }

    override onDrop(session: Session<G, K, A>): void {
      return this.#hooks.onDrop?.(session)
    }

    override onResume(session: Session<G, K, A>, how: Return, lost: number): void {
      return this.#hooks.onResume?.(session, how, lost)
    }

    override onDispose(): void | Promise<void> {
      return this.#hooks.onDispose?.()
    }
  }
}
