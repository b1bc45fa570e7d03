// A player's room, as the game's own code sees it in the browser.

import {
  type AskOf,
  type Game,
  type HeardName,
  type HeardOf,
  type InputOf,
  type KindOf,
  type MessageName,
  type MessageOf,
  type Of,
  PLAYER_KIND,
  type ReplyOf,
  type RequestName,
  type ResultOf,
} from '../protocol/game.ts'
import { INPUTS_WAITING } from '../protocol/limits.ts'
import type { Welcome } from '../protocol/messages.ts'
import type { Ask, Heard, RequestOptions } from '../protocol/requests.ts'
import type { ConnectionState } from './connection.ts'
import type { Values } from './input.ts'
import { RenderClock } from './interpolation.ts'
import { Listeners } from './listeners.ts'
import type { SendOptions } from './mail.ts'
import type { Step } from './predicted.ts'
import { Prediction } from './prediction.ts'
import { BEAT_MS, type Reset, Session, type Terms } from './session.ts'
import { CAME, WENT } from './shown.ts'
import type { Stats } from './stats.ts'
import { Scene, type View } from './view.ts'
import type { World } from './world.ts'

/** What `room.inside` gives our other doors. */
export interface Inside {
  readonly game: Game
  readonly session: Session
  readonly prediction: Prediction
  readonly clock: RenderClock
}

/**
 * The most client ticks, or milliseconds of them, that one call makes up for: a page that was away for longer does not
 * race through the rest.
 */
export const MOST_TICKS = 6
export const MOST_TICKS_MS = 150
/** Own entities stand still when no state has taken in an input for this time. */
export const MOST_AHEAD_S = 2
/** How many messages of a kind wait for their first listener. */
export const MOST_HELD = 256

/** The messages of one kind; `held`: those that wait for the first listener, null once there was one. */
interface Post {
  readonly listeners: Listeners<Heard>
  held: Heard[] | null
}

/** What every entity has: where the kind is a type parameter, the compiler knows it only from this. */
type Known = { readonly id: number }
/** A listener, as it is called. */
type Hear = (message: unknown, tick: number) => unknown
/** Of what there may be several in a view. */
type Many<G extends Game> = KindOf<G> | 'player'
type SeenOf<G extends Game, K extends Many<G> | 'room'> = View<G>[K] extends readonly (infer E)[] ? E : View<G>[K]

export class Room<G extends Game> {
  readonly #game: Game
  readonly #session: Session
  readonly #prediction: Prediction
  readonly #clock: RenderClock
  readonly #scene: Scene
  readonly #resets = new Listeners<Reset>()
  readonly #messages: readonly Post[]
  #id = ''
  /** The kinds that the server was told of. */
  #predicted: string | undefined
  #tickMs = 0
  #hasIntent = false
  /** NaN until the first input of the seat. */
  #advancedAt = Number.NaN
  #dueMs = 0

  /** For `join`, which waits until it is open. */
  constructor(game: G, terms: Terms, world: World) {
    this.#game = game
    this.#prediction = new Prediction(game)
    this.#clock = new RenderClock(terms.quality)
    this.#messages = game.toClient.map(() => ({ listeners: new Listeners<Heard>(), held: [] }))
    this.#session = new Session(game, terms, world, {
      prediction: this.#prediction,
      clock: this.#clock,
      welcomed: (welcome) => this.#takeSeat(welcome),
      resets: this.#resets,
      heard: (kind, heard) => {
        const post = this.#messages[kind] as Post
        if (!post.held) post.listeners.tell(heard)
        else if (post.held.push(heard) > MOST_HELD) post.held.shift()
      },
      tick: () => this.#advance(true),
    })
    this.#scene = new Scene(game, this.#session.ring, this.#prediction)
  }

  /** The own player's id; it may be another one after a reset. */
  get me(): number {
    return this.#prediction.me
  }

  /** Which instance of the room it is. */
  get id(): string {
    return this.#id
  }

  /**
   * Milliseconds since the room began, as the server's `room.time` is now: for countdowns. NaN until it is known. It
   * follows what states tell without going back; after a reset it leaps to where the new room is, if that is more than
   * 3 s and a round trip away.
   */
  get time(): number {
    return this.#session.clock.timeAt(this.#session.now)
  }

  /** What the connection is doing, for a page to show. */
  get state(): ConnectionState {
    return this.#session.connection.state
  }

  /** Figures of the line, as of now. */
  get stats(): Stats {
    const session = this.#session
    const { now, inputs, incoming, outgoing } = session
    return {
      // All public fields of these two are figures of Stats: one that is not would show up there.
      ...session.clock,
      ...this.#clock,
      stateAgeMs: this.#clock.ageOf(session.tick, now),
      waitingMs: now - Math.min(now, inputs.pending[0]?.takenAt ?? now, session.mail.waitingSince),
      bufferedAmount: session.bufferedAmount,
      bytesIn: incoming.total,
      bytesOut: outgoing.total,
      inPerSecond: incoming.perSecond(now),
      outPerSecond: outgoing.perSecond(now),
      sendRate: session.states.perSecond(now),
      framesIn: session.framesIn,
      inputsWaiting: inputs.pending.length,
      droppedInputs: inputs.dropped,
      corrections: this.#prediction.corrections,
      keyframes: session.keyframes,
    }
  }

  /** For our other doors, which measure and switch what is in here; games are promised nothing of it. */
  get inside(): Inside {
    return { game: this.#game, session: this.#session, prediction: this.#prediction, clock: this.#clock }
  }

  /** Called with each new state of the connection. Like every `on…`, returns what ends that. */
  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#session.connection.onState(listener)
  }

  /** Called when the page is back, but its seat or its messages could not be kept: what it held of the room began anew. */
  onReset(listener: (reset: Reset) => void): () => void {
    return this.#resets.add(listener)
  }

  /**
   * Called by `view`, once the picture is whole, with each entity or player that is new in it. `entered`: it was there
   * already when this client came to see it.
   */
  onAdd<K extends Many<G>>(
    kind: K,
    listener: (entity: SeenOf<G, K> & Known, how: 'spawned' | 'entered') => void,
  ): () => void {
    return this.#scene.on(kind, CAME, listener)
  }

  /**
   * Called by `view`, once the picture is whole, with each entity or player that is in it no more. `left`: this client
   * lost sight of it, and it may still be there. The same is told of what was destroyed more than 64 states ago, if no
   * picture was drawn since, and of everything after a reset.
   */
  onRemove<K extends Many<G>>(
    kind: K,
    listener: (entity: SeenOf<G, K> & Known, why: 'destroyed' | 'left') => void,
  ): () => void {
    return this.#scene.on(kind, WENT, listener)
  }

  /**
   * Called by `view`, once the picture is whole, with each entity or player, or the room, that shows another value of
   * that field than in the last picture.
   */
  onChange<K extends Many<G> | 'room', F extends keyof SeenOf<G, K> & string>(
    kind: K,
    field: F,
    listener: (entity: SeenOf<G, K>, value: SeenOf<G, K>[F], before: SeenOf<G, K>[F]) => void,
  ): () => void {
    return this.#scene.on(kind, field, listener)
  }

  /**
   * Called with each message of that name, in order, and the tick at which the server said it: what is to be heard when it
   * is seen waits until `view().shownTick` is there. Those that came before the first listener wait for it, the latest
   * 256. A request is answered with what is returned first, or what its promise resolves to; what is thrown fails it.
   */
  on<N extends HeardName<G, 'toClient'>>(
    name: N,
    listener: (message: HeardOf<G, 'toClient', N>, tick: number) => ResultOf<G, 'toClient', N>,
  ): () => void {
    const kind = this.#placeOf('toClient', name)
    const post = this.#messages[kind] as Post
    const ask = this.#game.toClient[kind]!.ask
    const off = post.listeners.add(listener, (heard) => {
      if (ask?.hear) void ask.hear(this.#session, heard, listener as Hear)
      else (listener as Hear)(heard.message, heard.tick)
    })
    // In a microtask, so that the caller has what `on` returns when its listener is called.
    queueMicrotask(() => {
      const held = post.held ?? []
      post.held = null
      for (const heard of held) post.listeners.tell(heard)
    })
    return off
  }

  /**
   * Delivered exactly once and in order, also over a cut, unless `how` says otherwise. `sent`: on its way; `queued`: waits
   * for the line; `full`: certainly not delivered. Throws RangeError or TypeError for a message that does not fit its
   * definition.
   */
  send<N extends MessageName<G, 'toServer'>>(
    name: N,
    message: MessageOf<G, 'toServer', N>,
    how?: SendOptions,
  ): 'sent' | 'queued' | 'full' {
    const kind = this.#placeOf('toServer', name)
    const body = this.#game.toServer[kind]!.body.pack(message)
    return this.#session.post({ kind, body }, { ...how, key: how?.key ?? name })
  }

  /**
   * Asks the server, at most once, and over a cut that is resumed exactly once. Rejects with RequestError, with the
   * signal's reason, or with RangeError for what is too long to travel; throws RangeError or TypeError for what does
   * not fit its field.
   */
  request<N extends RequestName<G, 'toServer'>>(
    name: N,
    ask: AskOf<G, 'toServer', N>,
    options?: RequestOptions,
  ): Promise<ReplyOf<G, 'toServer', N>> {
    const kind = this.#placeOf('toServer', name)
    const type = this.#game.toServer[kind]!.ask as Ask<AskOf<G, 'toServer', N>, ReplyOf<G, 'toServer', N>> | undefined
    if (!type?.put) throw new TypeError(`${name} is no request`)
    return type.put(this.#session, kind, ask, options)
  }

  /**
   * Called when no message waits any more: there is room again after `send` said `queued` or `full`. A `volatile` message
   * that was `full` is not kept, so nothing waits for it, and nothing is told.
   */
  onDrained(listener: () => void): () => void {
    return this.#session.mail.drained.add(listener)
  }

  /**
   * What the player wants from now on; call it once a picture, or when that changes. It is sampled at the room's tick
   * rate, and a flag that was set between two samples counts; in a room of turns it leaves when it is new, or has a flag
   * set. Throws RangeError or TypeError, naming the field, for what does not fit.
   */
  input(intent: InputOf<G>): void {
    this.#session.inputs.want(intent as Values)
    this.#hasIntent = true
    this.#advance()
  }

  /**
   * Own entities of this kind move at once, by the same rule that the server runs for each input: from a round trip
   * after the call on, when the server has told their exact values; only what is inside of other fields, quat and
   * hidden fields are rounded. The rule must depend on nothing but its arguments, and leave the input as it is: each
   * state makes it run again for the inputs since. What changes seldom it may read from `view`, which in a rule is the
   * last picture. It must not call `input`. What is to happen once, as a sound does, happens when `first` is true. With
   * `all` it moves everyone's and nobody's as well, with an input of zeros, so that a small world is ahead as a whole:
   * rules run in the order in which they were given, and may look at what others moved by `predicted`. A kind has one
   * rule, the last that was given, in the place of the one before.
   * Returns what takes it off; throws TypeError for a kind that the game does not have.
   */
  predict<K extends KindOf<G>>(
    kind: K,
    step: (entity: Of<G, K>, input: Readonly<InputOf<G>>, dt: number, first: boolean) => void,
    { all }: { readonly all?: boolean } = {},
  ): () => void {
    const index = PLAYER_KIND + 1 + this.#placeOf('entities', kind)
    const off = this.#prediction.predict(index, step as unknown as Step, all)
    this.#sayPredicted()
    return () => {
      // Later: a rule that takes its place at once, as a component does that is mounted anew, goes on with its entities.
      queueMicrotask(off)
      this.#sayPredicted()
    }
  }

  /** The entities of the kind that are predicted, at the tick that rules are at. */
  predicted<K extends KindOf<G>>(kind: K): Of<G, K>[] {
    const those = this.#prediction.entities.filter(({ rule }) => rule.layout.kind === kind)
    return those.map(({ present }) => present as unknown as Of<G, K>)
  }

  /**
   * What to draw now; call it once a picture. Until the first state is here it is empty, and its `serverTick` is 0; so it
   * is again after a reset.
   */
  view(): View<G> {
    const { now, ring } = this.#session
    // A rule that looks sees the last picture: a tick within a tick would be played twice.
    if (!this.#prediction.count) {
      this.#advance()
      this.#prediction.fade(now)
      this.#scene.update(this.#clock.locate(ring, now))
    }
    return this.#scene.view as View<G>
  }

  /** Gives the seat up, for good. The promise settles at once: nothing is waited for. */
  async leave(): Promise<void> {
    this.#session.leave()
  }

  /**
   * Makes the client ticks that have become due: each takes an input, and moves what is predicted. Of a page that draws no
   * pictures, which only beats, what is new is taken: its last word, as that a key is not held any more.
   */
  #advance(isBeat = false): void {
    if (!this.#hasIntent) return
    const { inputs, isOpen, now } = this.#session
    const elapsed = now - this.#advancedAt || 0
    if (isBeat && elapsed < BEAT_MS + this.#tickMs) return
    this.#advancedAt = now
    if (!isOpen && !inputs.isByTurns) return
    this.#dueMs += elapsed * inputs.rate
    const ticks = inputs.isByTurns || isBeat ? +inputs.isNews : Math.floor(this.#dueMs / this.#tickMs)
    this.#dueMs -= ticks * this.#tickMs
    // A turn counts as it was made: without a line as many wait for it as may wait on the server.
    const most = isOpen ? (MOST_AHEAD_S * 1000) / this.#tickMs : INPUTS_WAITING
    const atOnce = Math.max(MOST_TICKS, MOST_TICKS_MS / this.#tickMs)
    for (let tick = 0; tick < ticks && tick < atOnce && inputs.pending.length < most; tick++) {
      this.#prediction.step(inputs.take(now, this.#clock.shownTick() + tick))
    }
    this.#prediction.alpha =
      !inputs.isByTurns && inputs.pending.length < most ? Math.min(1, this.#dueMs / this.#tickMs) : 1
    if (isOpen) this.#session.sendInputs()
  }

  #takeSeat({ outcome, player, room, tickRate, sendRate }: Welcome): void {
    this.#prediction.me = player
    this.#id = room
    this.#tickMs = tickRate && 1000 / tickRate
    this.#prediction.dt = tickRate && 1 / tickRate
    const isResumed = outcome === 'resumed'
    // A new seat knows of no rules; one that goes on may have missed the last word, and is told anew.
    this.#predicted = isResumed ? undefined : ''
    this.#dueMs = 0
    this.#advancedAt = isResumed ? this.#session.now : Number.NaN
    if (isResumed) this.#clock.forget()
    else {
      this.#clock.restart(this.#tickMs, sendRate)
      this.#prediction.clear()
      this.#scene.clear()
      // A move of the seat before would be made a second time: it counts once it is wanted again.
      this.#hasIntent &&= tickRate > 0
    }
    this.#sayPredicted()
  }

  /** Once for all rules that come and go together, and only what the server does not know: it takes few of these [F4]. */
  #sayPredicted(): void {
    queueMicrotask(() => {
      const kinds = this.#prediction.kinds
      const told = `${kinds}`
      if (!this.#session.isOpen || told === this.#predicted) return
      this.#predicted = told
      this.#session.say({ type: 'predict', kinds })
    })
  }

  /** The place of a name in its part of the definition. Throws TypeError for one that is not there. */
  #placeOf(part: 'entities' | 'toServer' | 'toClient', name: string): number {
    const place = Object.keys(this.#game.spec[part] ?? {}).indexOf(name)
    if (place < 0) throw new TypeError(`there is no ${name} in ${part}`)
    return place
  }
}
