// What a room hears from its players: each message is checked and handed to those who listen, and each request is
// answered once, if only by saying that it failed.

import { badMessage } from '../../protocol/errors.ts'
import { ANSWER, type GameMessage } from '../../protocol/messages.ts'
import { Ask, answerTo, type Heard } from '../../protocol/requests.ts'
import { rationed } from '../base/rationed.ts'
import type { Log } from '../base/world.ts'
import type { Life } from './life.ts'
import { type Listener, Listeners } from './listeners.ts'
import type { Home, Seat } from './seat.ts'
import { validated } from './validate.ts'

/** A message of the definition that is answered. */
interface Request {
  readonly name: string
  readonly ask: Ask<unknown, unknown>
}

export class Hearing {
  readonly #room: Home
  readonly #life: Life
  readonly #listeners: Listeners
  /** A client can bring about as many failures, and as many refusals, as it sends requests. */
  readonly #logFailed: Log
  readonly #logRefused: Log
  /** Made once: where a listener never settles, it must not keep the seat that it was called for. */
  readonly #stir = (): void => this.#room.stir()

  constructor(room: Home, life: Life) {
    this.#room = room
    this.#life = life
    this.#listeners = new Listeners(room.game)
    const log: Log = (what, error) => life.log(what, error)
    this.#logFailed = rationed(log, room.shared.world)
    this.#logRefused = rationed(log, room.shared.world)
  }

  /** Throws TypeError for a message that the definition does not have. */
  on(name: string, listener: Listener): () => void {
    return this.#listeners.on(name, listener)
  }

  /** Throws ProtocolError for what is not to the letter of the definition, or does not pass the room's own checks. */
  hear(seat: Seat, { seq, kind, tick, body }: GameMessage): void {
    const { questions } = seat.mail
    if (kind === ANSWER && seq > 0 && questions) return questions.answered(body)
    const type = this.#room.game.toServer[kind]
    if (type === undefined) throw badMessage(`there is no message ${kind} to the server`)
    const { name, ask } = type
    const heard = { message: type.body.unpack(body), tick, seq, epoch: seat.epoch }
    if (ask instanceof Ask) this.#asked(seat, { name, ask }, heard)
    else this.#said(seat, name, heard)
  }

  /** A message that its listener cannot take costs its sender the socket; the seat is held, and the room goes on. */
  #said(seat: Seat, name: string, { message, tick }: Heard): void {
    const checked = validated(this.#room.settings.validate.toServer?.[name], name, message, this.#life.watched)
    const hook = `the listener to ${name}`
    const fail = (error: unknown) => {
      this.#failed(seat, hook, error)
      seat.connection?.close('ROOM_FAILED', 'a message could not be handled')
    }
    for (const listener of this.#listeners.to(name)) {
      if (seat.isOver) continue
      // A room of turns is to show what the game did at the end of it.
      void this.#run(hook, () => listener(seat, checked, tick), fail)?.then(this.#stir)
    }
  }

  /** Nobody loses the socket for a request that fails: the client is told so. */
  #asked(seat: Seat, { name, ask }: Request, heard: Heard): void {
    const { ask: asked, reply } = heard.message as { readonly ask: unknown; readonly reply?: unknown }
    if (heard.seq === 0 || reply !== undefined) throw badMessage('a request has a number, and no reply')
    const checked = validated(this.#room.settings.validate.toServer?.[name], name, asked, this.#life.watched)
    const why = this.#whyNot(seat, name)
    if (why !== '') {
      this.#logRefused(why)
      return refuse(seat, heard.seq)
    }
    const hook = `the answer to ${name}`
    const fail = (error: unknown) => this.#failed(seat, hook, error)
    for (const listener of this.#listeners.to(name)) {
      const work = () => ask.answer(seat, heard, () => listener(seat, checked, heard.tick))
      if (!seat.isOver) void this.#run(hook, () => this.#during(seat, work), fail)
    }
  }

  /** The room's last hook waits for what it promises. */
  #run(hook: string, work: () => unknown, fail: (error: unknown) => void): Promise<void> | undefined {
    return this.#life.pending.add(this.#life.watched.run(hook, work, fail))
  }

  /** Why nobody will answer; '' where someone will. */
  #whyNot({ id, answering }: Seat, name: string): string {
    const { requests } = this.#room.shared.limits
    if (answering >= requests) return `answers ${requests} requests of session ${id}, no more at a time`
    return this.#listeners.has(name) ? '' : `has nobody who listens to ${name}, which session ${id} asked`
  }

  /** Counts what is being answered. A room of turns is to show what the game did at the end of it. */
  async #during(seat: Seat, work: () => Promise<void>): Promise<void> {
    seat.answering++
    try {
      await work()
    } finally {
      seat.answering--
      this.#room.stir()
    }
  }

  #failed(seat: Seat, hook: string, error: unknown): void {
    this.#room.shared.stats.failedMessages++
    this.#logFailed(`failed in ${hook}, for session ${seat.id}`, error)
  }
}

/** Says that the request failed. Where not even that can be kept for the client, its streams end. */
function refuse(seat: Seat, seq: number): void {
  if (seat.post(answerTo(seq, null)) === 'full') seat.overflow()
}
