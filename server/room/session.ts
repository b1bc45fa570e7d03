// A player's place in a room, as the game's code sees it. It outlives its sockets.

import type {
  AskOf,
  Game,
  InputOf,
  KindOf,
  MessageName,
  MessageOf,
  Of,
  PlayerOf,
  ReplyOf,
  RequestName,
} from '../../protocol/game.ts'
import type { RequestOptions } from '../../protocol/requests.ts'
import type { Headers } from '../base/world.ts'

/** A client that wants to be let in, as `authenticate` is shown it. */
export interface Knock {
  /** What the client brought as `auth`, in its first frame; '' for nothing. Nobody has checked it. */
  readonly auth: string
  /** Without cookies, unless `allowCookies` is set. */
  readonly headers: Headers
  /**
   * Where it dialled from, as the limits per address count it: behind as many proxies as `trustProxy` believes, and of
   * IPv6 the first 64 bits, as in '2001:db8:0:0::/64'.
   */
  readonly address: string
  /** The instance of the room that is wished for; '' for any. */
  readonly id: string
}

/**
 * What it returns, or its promise resolves to, is `session.auth`. An error refuses the client for good, and so does
 * whatever counts as false: `auth && users.get(auth)` lets nobody in who brought nothing. What takes more than
 * `limits.hookMs` is no refusal: the client is told to come again.
 */
export type Authenticate<A = unknown> = (knock: Knock) => A | Promise<A>

/** Of what `authenticate` returns, what lets someone in. */
export type Admitted<A> = Exclude<A, null | undefined | false | 0 | 0n | ''>

/** How a session ended: by its own wish, by not coming back in time, by `kick`, or with its room. */
export type Departure = 'left' | 'dropped' | 'kicked' | 'closed'

/**
 * How a session came back. `reset`: to the same seat, but its page begins anew (it was reloaded, say): what it must
 * know has to be said again.
 */
export type Return = 'resumed' | 'reset'

/** `full`: no more can be kept for the client, or what is volatile cannot leave now; it is certainly not delivered. */
export type SendResult = 'sent' | 'full'

export interface SessionStats {
  /** Milliseconds from a state frame to its acknowledgement, smoothed; 0 before the first. */
  readonly rttMs: number
  /** How much that varies, in milliseconds. */
  readonly jitterMs: number
  /** How long ago the newest state left that the client acknowledged; 0 before the first. */
  readonly stateAgeMs: number
  /** State frames on their way that are not acknowledged, their bytes, and how long ago the oldest left. */
  readonly framesInFlight: number
  readonly bytesInFlight: number
  readonly waitingMs: number
  /** State frames that may be on their way. */
  readonly window: number
  /** What the line delivered at its best in the last ten seconds; 0 before the first acknowledgement. */
  readonly bytesPerSecond: number
  /** Bytes a second that came and that left: over the last second, what is nearer counting for more. */
  readonly inPerSecond: number
  readonly outPerSecond: number
  /**
   * State frames a second that the client is offered: fewer while its line is too slow for all, or nobody looks at its
   * page. 0 in a room of turns.
   */
  readonly sendRate: number
  /** State frames that were not made because the client was behind. */
  readonly skippedFrames: number
  /** Bytes that wait in the process. */
  readonly queuedBytes: number
  /** Inputs that wait for a tick. */
  readonly inputsWaiting: number
  /** Reliable messages that are not acknowledged. */
  readonly messagesWaiting: number
}

/** How a message is sent. */
export interface SendOptions {
  /**
   * `reliable`, the default: each arrives, in order. `latest`: as long as the line is not free only the newest of each
   * key waits, of 64 keys at most; it then travels as reliably. `volatile`: now or never.
   */
  readonly as?: 'reliable' | 'latest' | 'volatile' | undefined
  /** What a `latest` message takes the place of: the one before of the same key. Default: the message's name. */
  readonly key?: string | undefined
  /** Milliseconds after which a `latest` message that still waits is dropped; below 0 as 0. */
  readonly deadlineMs?: number | undefined
}

/** `K`: the kind of the avatar. `A`: what the room's `authenticate` returns. */
export interface Session<G extends Game, K extends KindOf<G> = KindOf<G>, A = unknown> {
  /** The player's id: the same number that clients see. It has 24 bits: a field for it is `ref('player')`, or a `u32`. */
  readonly id: number
  /** Who it is, as `authenticate` found; undefined in a room that has none. */
  readonly auth: Admitted<A>
  /** The player's own synchronised object. */
  readonly player: PlayerOf<G>
  /** Set it in `onJoin`; reading it before throws. */
  avatar: Of<G, K>
  /** Whether an avatar was set. Who only looks on has none, and may send inputs all the same. */
  readonly hasAvatar: boolean
  /** The middle of what it sees, in a room with views: its avatar, unless it is set to anything else with a place. */
  focus: object | null
  /** Whether there is a socket. A session without one keeps its seat for the resume window. */
  readonly connected: boolean
  /** How its line is, as the server sees it: a new object each time. */
  readonly stats: SessionStats
  /**
   * What to apply this tick: mostly one, none while nothing comes, up to three after a stall. Each is given once, unless
   * a strict room repeats it, flags and all; what a tick could take and does not is passed over, except in a room of
   * turns.
   */
  inputs(): Iterable<InputOf<G>>
  /**
   * Delivered exactly once and in order, also over a resume, unless `how` says otherwise. Throws RangeError or TypeError
   * for a message that does not fit its definition.
   */
  send<N extends MessageName<G, 'toClient'>>(
    name: N,
    message: MessageOf<G, 'toClient', N>,
    how?: SendOptions,
  ): SendResult
  /** Has the next state go out whole, as a newcomer's does. What is there already stays: nothing is removed or added. */
  keyframe(): void
  /**
   * Asks the client, at most once, and over a cut that is resumed exactly once. Rejects with RequestError, with the
   * signal's reason, or with RangeError for what is too long to travel; throws RangeError or TypeError for what does
   * not fit its field. What comes back is the client's word: it fits the definition, no more. One that is still joining
   * answers after its `onJoin`.
   */
  request<N extends RequestName<G, 'toClient'>>(
    name: N,
    ask: AskOf<G, 'toClient', N>,
    options?: RequestOptions,
  ): Promise<ReplyOf<G, 'toClient', N>>
  /**
   * From now on it is among those whom broadcasts to the topic reach, once each, however often it subscribes to it. Returns
   * what ends this subscription, and no other.
   */
  subscribe(topic: string): () => void
  /**
   * Ends the session for good; the client is told the reason and does not come back by itself. One whose line is lost just
   * then is not told, and takes a new seat when it is back: who must stay out is for `authenticate` to refuse. Throws
   * TypeError for a reason that is no text, such as an error instead of its message.
   */
  kick(reason?: string): void
}
