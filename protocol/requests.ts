// Requests and their answers, the same on both ends. A request is a reliable message, and its answer another one that
// names its number: so over a resume neither is lost nor comes twice, and both end with the streams that carry them.
// What asks and answers is reached through the definition alone, so that a page whose game has no requests loads none
// of it.

import { Field, type Fields, type FieldType, type Values } from './fields.ts'
import { ANSWER, anything, type Said } from './messages.ts'
import type { Wire } from './msgpack.ts'
import { group, groupType, optional, u32 } from './vocabulary.ts'

/**
 * Why there is no reply. `full`: it was certainly not asked. `failed`: the other end could not answer. `timeout` and
 * `outcome-unknown` (the streams ended): it may have been acted on, or not.
 */
export type RequestFailure = 'full' | 'failed' | 'timeout' | 'outcome-unknown'

/** Why `request` has no reply. */
export class RequestError extends Error {
  declare readonly reason: RequestFailure

  constructor(reason: RequestFailure) {
    super(reason)
    this.name = 'RequestError'
    this.reason = reason
  }
}

export interface RequestOptions {
  /** Milliseconds to wait for the reply, below 2^31. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** Gives the request up; its promise rejects with the signal's reason. What was asked may be acted on all the same. */
  readonly signal?: Signal | undefined
}

/** What is used of an AbortSignal. */
interface Signal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** What an end keeps of its streams. */
interface Kept {
  /** The number of the last message that was accepted. */
  readonly sent: number
  /** What was asked here, if anything ever was. It ends with the streams. */
  questions: Questions | undefined
}

/** One end of a session's two streams of messages. */
export interface Line {
  /** Which streams these are; another number when they have ended. */
  readonly epoch: number
  readonly mail: Kept
  /** `full`: not accepted. Throws RangeError for a message that is too long. */
  post(said: Said): 'sent' | 'queued' | 'full'
  /** Runs `run` once, `ms` from now; returns what calls it off. */
  after(ms: number, run: () => void): () => void
}

/** Which request, and in which streams. */
export interface Asked {
  readonly seq: number
  readonly epoch: number
}

/** A message as it came. */
export interface Heard extends Asked {
  readonly message: unknown
  /** When it was said, as far as its sender knew. */
  readonly tick: number
}

/** The fields of a message that is answered. */
export type RequestFields<A, R> = {
  readonly ask: Ask<A, R>
  /** Nothing in the message itself: it is here so that both ends must agree on it. */
  readonly reply: Field<R | undefined, 'all'>
}

/** A message that is answered, by what its listener returns: `buy: request({ item: u8() }, { gold: u16() })`. */
export function request<const A extends Fields, const R extends Fields>(
  ask: A,
  reply: R,
): RequestFields<Values<A>, Values<R>> {
  return { ask: new Ask(groupType(ask), groupType(reply)), reply: optional(group(reply)) }
}

/** How long an answer that found the buffer full waits before it is tried again. */
export const AGAIN_MS = 250

/** The field of what is asked, with all that there is to asking and answering it. */
export class Ask<A, R> extends Field<A, 'all'> {
  readonly #reply: FieldType<R>

  constructor(ask: FieldType<A>, reply: FieldType<R>) {
    super(ask)
    this.#reply = reply
  }

  /** The same request, whose replies also go through `check`. */
  checking(check: (reply: R) => R): Ask<A, R> {
    const reply = this.#reply
    return new Ask(this.type, { ...reply, unpack: (wire) => check(reply.unpack(wire)) })
  }

  /**
   * Asks as a message of that kind. Throws RangeError or TypeError for what does not fit; rejects with RequestError, with
   * the signal's reason, or with RangeError for what is too long to travel.
   */
  put(line: Line, kind: number, ask: A, options: RequestOptions = {}): Promise<R> {
    const said = { kind, body: [this.type.pack(ask), null] }
    line.mail.questions ??= new Questions(line)
    return line.mail.questions.ask(said, this.#reply, options)
  }

  /** Answers with what the listener returns, as `answer` does. */
  hear(line: Line, heard: Heard, listener: (ask: unknown, tick: number) => unknown): Promise<void> {
    const { message, tick } = heard
    return this.answer(line, heard, () => listener((message as { readonly ask: A }).ask, tick))
  }

  /**
   * Answers with what `work` returns, or its promise resolves to, unless the streams have ended meanwhile. Rejects with what
   * `work` throws or cannot be said, once the other end was told that it failed.
   */
  async answer(line: Line, asked: Asked, work: () => unknown): Promise<void> {
    try {
      await tell(line, asked, this.#reply.pack((await begun(work)) as R))
    } catch (error) {
      await tell(line, asked, null)
      throw error
    }
  }
}

/**
 * What `work` returns, or a promise that rejects with what it throws. So with several listeners the first of them to be
 * done is the one that counts: each takes one microtask to be heard of, whether it returns, throws or is async.
 */
function begun(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return Promise.reject(error)
  }
}

/** The message that answers a request; a `reply` of null says that it failed. */
export function answerTo(seq: number, reply: Wire): Said {
  return { kind: ANSWER, body: [seq, reply] }
}

async function tell(line: Line, { seq, epoch }: Asked, reply: Wire): Promise<void> {
  const said = answerTo(seq, reply)
  while (line.epoch === epoch && line.post(said) === 'full') {
    await new Promise<void>((resolve) => line.after(AGAIN_MS, resolve))
  }
}

const BODY = groupType({ to: u32(), reply: optional(anything()) })

interface Question {
  readonly reply: FieldType<unknown>
  resolve(reply: unknown): void
  reject(error: unknown): void
}

/** What one end has asked, and was not answered yet. */
export class Questions {
  readonly #line: Line
  readonly #open = new Map<number, Question>()

  constructor(line: Line) {
    this.#line = line
  }

  ask<R>(said: Said, reply: FieldType<R>, { timeoutMs = 10_000, signal }: RequestOptions): Promise<R> {
    if (!(timeoutMs >= 0 && timeoutMs < 2 ** 31))
      throw new RangeError(`timeoutMs must be 0 or more and below 2^31, got ${timeoutMs}`)
    if (signal?.aborted) return Promise.reject(signal.reason)
    // Booked before it is said: where that ends a socket, the game may send more, or end the session.
    const seq = this.#line.mail.sent + 1
    return new Promise<R>((resolve, reject) => {
      const settle = (work: () => void) => {
        this.#open.delete(seq)
        cancel()
        signal?.removeEventListener('abort', abort)
        work()
      }
      const fail = (error: unknown) => settle(() => reject(error))
      const abort = () => fail(signal?.reason)
      const cancel = this.#line.after(timeoutMs, () => fail(new RequestError('timeout')))
      signal?.addEventListener('abort', abort)
      this.#open.set(seq, { reply, resolve: (value) => settle(() => resolve(value as R)), reject: fail })
      try {
        if (this.#line.post(said) === 'full') fail(new RequestError('full'))
      } catch (error) {
        fail(error)
      }
    })
  }

  /** The body of an answer came; one that nobody waits for is passed over. Throws ProtocolError for what does not fit. */
  answered(body: Wire): void {
    const { to, reply } = BODY.unpack(body)
    const question = this.#open.get(to)
    if (question === undefined) return
    const fail = () => question.reject(new RequestError('failed'))
    if (reply === undefined) return fail()
    try {
      question.resolve(question.reply.unpack(reply))
    } catch (error) {
      fail()
      throw error
    }
  }

  /** The streams are at an end. */
  end(): void {
    for (const question of this.#open.values()) question.reject(new RequestError('outcome-unknown'))
  }
}
