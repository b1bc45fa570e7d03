// Reliable messages both ways, as the server sees them: one epoch of two streams, what of it can go on over the next
// socket, and what is kept for that. None is ever missing in the middle: streams that cannot go on begin anew.

import type { Game } from '../../protocol/game.ts'
import { REPLAY_BYTES, TO_CLIENT } from '../../protocol/limits.ts'
import { encodeServerMessage, NO_EPOCH, type ResumeClaim, type Said } from '../../protocol/messages.ts'
import { Inbox, Outbox } from '../../protocol/reliable.ts'
import type { Questions } from '../../protocol/requests.ts'
import { ReplayAccount } from '../base/replay.ts'
import type { Shared } from '../base/shared.ts'
import { Latest } from './latest.ts'
import type { SendOptions } from './session.ts'

/** Where the frames go. */
export interface Outlet {
  /** Bytes that wait in the process; infinite while nothing can leave at all. */
  readonly bufferedAmount: number
  /** Of the room. */
  readonly tick: number
  write(frame: Uint8Array): void
}

/** A line on which this many messages are not acknowledged does not count as free. */
const FREE = 16
/** The number that takes most bytes. */
const MOST_SEQ = 0xffffffff

export class Mail {
  questions: Questions | undefined
  /** The tick at which the newest message was said that left, or is kept; 0 for none. */
  saidAt = 0
  readonly #outlet: Outlet
  readonly #shared: Pick<Shared, 'replay' | 'world' | 'limits'>
  #outbox = new Outbox()
  #inbox = new Inbox()
  /** What the outbox keeps, for the process to bound. */
  readonly #kept: ReplayAccount
  #epoch = NO_EPOCH
  /** What waits for a free line. */
  #latest: Latest<() => boolean> | null = null
  #hasOverflowed = false
  /** Of these streams, messages that were given up before they were acknowledged. */
  #lost = 0

  constructor(outlet: Outlet, shared: Pick<Shared, 'replay' | 'world' | 'limits'>) {
    this.#outlet = outlet
    this.#shared = shared
    this.#kept = new ReplayAccount(shared.replay, () => this.overflow())
  }

  /** Which streams these are. */
  get epoch(): number {
    return this.#epoch
  }

  /** The last message of the client that was handed to the game. */
  get received(): number {
    return this.#inbox.received
  }

  /** The number of the last message that was kept. */
  get sent(): number {
    return this.#outbox.sent
  }

  /** How many messages of these streams, the newest, nobody knows the fate of. */
  get lost(): number {
    return this.#lost
  }

  /** Messages that the client has not acknowledged. */
  get waiting(): number {
    return this.#outbox.waiting
  }

  /**
   * False when a message cannot be kept, or a volatile one cannot be sent now. Throws RangeError for one that is longer
   * than could ever be.
   */
  send(said: Said, { as, key = '', deadlineMs = Number.POSITIVE_INFINITY }: SendOptions = {}): boolean {
    const { tick } = this.#outlet
    if (as === 'volatile') {
      const isFree = this.#isFree
      if (isFree) this.#write(bounded(encoded(said, 0, tick), TO_CLIENT.bytes), tick)
      return isFree
    }
    if (as !== 'latest') return this.#post(said, tick)
    // Checked now: when its turn has come there is no caller to throw at.
    bounded(encoded(said, MOST_SEQ, tick), REPLAY_BYTES)
    const now = this.#shared.world.now()
    this.#latest ??= new Latest()
    const isPut = this.#latest.put(key, () => this.#post(said, tick), now, now + Math.max(0, deadlineMs))
    this.#handOutLatest()
    return isPut
  }

  /** On a new connection: what the client has not acknowledged, and then what waited for it. */
  flush(): void {
    for (const frame of this.#outbox.pending()) this.#outlet.write(frame)
    this.#handOutLatest()
  }

  /** Whether to hand message `seq` to the game. */
  admit(seq: number): boolean {
    return this.#inbox.admit(seq)
  }

  /** Throws ProtocolError for a number that was never sent. */
  acknowledge(seq: number): void {
    if (this.#outbox.acknowledge(seq)) this.#kept.keep(this.#outbox.waiting)
    this.#handOutLatest()
  }

  /** These streams end here. `untold`: messages that were not kept either, and nobody was told so. */
  overflow(untold = 0): void {
    this.#hasOverflowed = true
    this.forget()
    this.#lost += untold
  }

  /** Goes on where the client says it stopped, and returns ''; else forgets what it kept, and returns why. */
  resume({ epoch, received }: ResumeClaim): '' | 'overflow' | 'reload' | 'gap' {
    const reason = this.#whyNot(epoch, received)
    if (reason === '') this.acknowledge(received)
    else this.forget()
    return reason
  }

  /** Begins anew. What a joining session was sent before its welcome is the beginning of its stream. */
  restart(epoch: number): void {
    this.#epoch = epoch
    this.#hasOverflowed = false
    this.#lost = 0
    this.#inbox = new Inbox()
  }

  /** Nothing of these streams is known any more. */
  forget(): void {
    this.questions?.end()
    this.#lost += this.#outbox.waiting
    this.#outbox = new Outbox()
    this.#kept.keep(0)
  }

  /** The session has a socket, or is over. */
  attach(): void {
    this.#kept.attach()
  }

  /** The session is away: it may have to give up what is kept for it. */
  detach(): void {
    this.#kept.detach()
  }

  get #isFree(): boolean {
    return this.#outbox.waiting < FREE && this.#outlet.bufferedAmount < this.#shared.limits.skipBytes
  }

  #post(said: Said, tick: number): boolean {
    if (this.#hasOverflowed) return false
    const frame = bounded(encoded(said, this.#outbox.sent + 1, tick), REPLAY_BYTES)
    const isKept = this.#kept.hasPlace(frame.length) && this.#outbox.accept(() => frame) !== null
    if (!isKept) return false
    this.#kept.add(frame.length)
    this.#write(frame, tick)
    return true
  }

  #write(frame: Uint8Array, tick: number): void {
    this.saidAt = Math.max(this.saidAt, tick)
    this.#outlet.write(frame)
  }

  #handOutLatest(): void {
    if (this.#latest === null || this.#latest.isEmpty) return
    this.#latest.handOut(this.#shared.world.now(), (post) => this.#isFree && post())
  }

  #whyNot(epoch: number, received: number): '' | 'overflow' | 'reload' | 'gap' {
    if (this.#hasOverflowed) return 'overflow'
    if (epoch !== this.#epoch) return 'reload'
    return this.#outbox.canResumeFrom(received) ? '' : 'gap'
  }
}

/** Throws RangeError for a frame that no acknowledgement makes place for, or that no client takes. */
function bounded(frame: Uint8Array, most: number): Uint8Array {
  if (frame.length > most) throw new RangeError(`a message must be at most ${most} bytes, got ${frame.length}`)
  return frame
}

function encoded(said: Said, seq: number, tick: number): Uint8Array {
  return encodeServerMessage({ type: 'message', seq, tick, ...said })
}

const WAYS: ReadonlySet<unknown> = new Set<SendOptions['as']>(['reliable', 'latest', 'volatile', undefined])

/** How a message of that name is sent, in full. Throws RangeError for a way that there is not, or a time that is none. */
export function wayOf(name: string, how: SendOptions): SendOptions {
  if (!WAYS.has(how.as)) throw new RangeError(`as cannot be ${String(how.as)}`)
  const { deadlineMs = 0 } = how
  // What waits for no number of milliseconds would be dropped, though it was said to be sent.
  if (!(deadlineMs <= Number.POSITIVE_INFINITY)) throw new RangeError(`deadlineMs must be a number, got ${deadlineMs}`)
  return { ...how, key: how.key ?? name }
}

/** A message of the definition, by position. Throws RangeError or TypeError for what does not fit it. */
export function packMessage(game: Game, name: string, message: unknown): Said {
  const kind = game.toClient.findIndex((type) => type.name === name)
  const type = game.toClient[kind]
  if (type === undefined) throw new TypeError(`the game has no message ${name} to its clients`)
  return { kind, body: type.body.pack(message) }
}
