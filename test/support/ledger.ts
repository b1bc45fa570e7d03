// What a trial of sessions must keep to: every message that was accepted is booked, and every one that arrives; every
// welcome is read on the wire. The first line of `broken` names the invariant and how it was broken.

import { decodeClientMessage, decodeServerMessage, type Hello, type Welcome } from '../../protocol/messages.ts'
import type { RequestError } from '../../protocol/requests.ts'
import { seatOf } from '../../server/room/tokens.ts'

/** Messages of one direction and one epoch, as they were accepted, and how many of them arrived. */
export class Stream {
  readonly sent: number[] = []
  heard = 0
  /** Requests that were not answered. */
  open = 0
  /** Who heard them: always the same. */
  peer: unknown
}

/** One socket as the wire shows it. */
export interface Wire {
  /** The client is no attacker, and has had a seat on this page. */
  readonly isHonest: boolean
  hello: Hello | null
  welcome: Welcome | null
}

const HELLO = 1
const WELCOME = 5

export class Ledger {
  readonly broken: string[] = []
  /** Tokens that must never open anything again. */
  readonly stale: string[] = []
  heard = 0
  answered = 0
  resumed = 0
  reset = 0
  /** Broadcasts could not be kept for someone: streams may end for that reason. */
  mayOverflow = false
  #numbers = 0
  readonly #streams = new Map<number, Stream>()
  readonly #tokens = new Set<string>()
  /** Tokens by seat, oldest first, while the seat is there. */
  readonly #seats = new Map<string, string[]>()

  check(isRight: boolean, what: string): void {
    if (!isRight) this.broken.push(what)
  }

  /** Another number for a message. */
  number(): number {
    return ++this.#numbers
  }

  accepted(stream: Stream, number: number): void {
    stream.sent.push(number)
    this.#streams.set(number, stream)
  }

  /** I1: what arrives is the next of what was sent, by one peer. I3: what was refused never arrives. */
  arrived(number: number, peer: unknown): void {
    const stream = this.#streams.get(number)
    if (stream === undefined) return this.check(false, `I3: ${number} was refused, and arrived`)
    stream.peer ??= peer
    this.check(stream.peer === peer, `I1: ${number} arrived elsewhere`)
    this.check(stream.sent[stream.heard] === number, `I1: ${number} arrived for ${stream.sent[stream.heard]}`)
    stream.heard++
    this.heard++
  }

  /**
   * A request is booked as a message. Its own answer comes back, and only after it arrived (I1, I4), or word that nobody
   * knows; one that was refused is taken off the books.
   */
  async asked(stream: Stream, number: number, reply: Promise<{ readonly number: number }>): Promise<void> {
    this.accepted(stream, number)
    stream.open++
    try {
      this.check((await reply).number === number, `I1: ${number} was answered for another`)
      this.check(stream.sent.indexOf(number) < stream.heard, `I4: ${number} was answered and did not arrive`)
      this.answered++
    } catch (error) {
      const { reason } = error as RequestError
      this.check(reason === 'full' || reason === 'outcome-unknown', `I2: ${number}: ${reason}`)
      if (reason === 'full') this.#withdraw(stream, number)
    }
    stream.open--
  }

  /** I2: at quiet everything arrived, and was answered. */
  isQuiet(stream: Stream, who: string): void {
    this.check(stream.open === 0, `I2: ${who}: ${stream.open} requests are not answered`)
    this.check(stream.heard === stream.sent.length, `I2: ${who}: ${stream.heard} of ${stream.sent.length} arrived`)
  }

  /**
   * Streams ended, and with them the requests in them, now or soon (I2). What was acknowledged was delivered, and the sender
   * is told of all the others (I4).
   */
  async ended(stream: Stream, lost: number, soon: Promise<void>): Promise<void> {
    const { heard, sent } = stream
    // A request that was refused is taken off the books only then.
    await soon
    this.check(stream.open === 0, `I2: ${stream.open} requests outlive their streams`)
    this.check(sent.length - lost <= heard, `I4: ${heard} of ${sent.length} arrived, and ${lost} are told as lost`)
  }

  /** The server gave a seat up, or all of them. */
  seatGone(seat: string): void {
    this.stale.push(...(this.#seats.get(seat) ?? []))
    this.#seats.delete(seat)
  }

  serverGone(): void {
    for (const seat of [...this.#seats.keys()]) this.seatGone(seat)
  }

  /** A frame reached the server. */
  up(wire: Wire, bytes: Uint8Array): void {
    if (wire.hello === null && (bytes[0] ?? 0) >> 4 === 9 && bytes[1] === HELLO) {
      const message = decodeClientMessage(bytes)
      if (message.type === 'hello') wire.hello = message
    } else if (wire.welcome) this.#confirm(wire.welcome.token)
  }

  /** A frame leaves the server. Returns whether it is a welcome. */
  down(wire: Wire, bytes: Uint8Array): boolean {
    if ((bytes[0] ?? 0) >> 4 !== 9 || bytes[1] !== WELCOME) return false
    const welcome = decodeServerMessage(bytes) as Welcome
    wire.welcome = welcome
    this.#judge(wire, welcome)
    this.#issue(welcome.token)
    return true
  }

  #withdraw(stream: Stream, number: number): void {
    stream.sent.splice(stream.sent.indexOf(number), 1)
    this.#streams.delete(number)
  }

  #judge({ isHonest, hello }: Wire, { outcome, reason, epoch }: Welcome): void {
    const token = hello?.resume?.token ?? ''
    if (outcome !== 'new') this.check(!this.stale.includes(token), `I8: a stale token was taken: ${outcome}`)
    if (outcome === 'resumed') {
      this.resumed++
      this.check(epoch === hello?.resume?.epoch, 'I5: resumed in another epoch')
    }
    if (!isHonest) return
    if (outcome === 'new') this.check(!this.#seats.has(seatOf(token)), 'I7: locked out of a seat that is there')
    if (outcome !== 'reset') return
    this.reset++
    const isReload = hello?.resume?.epoch === 0
    this.check(isReload || (reason === 'overflow' && this.mayOverflow), `I7: reset for no reason: ${reason}`)
  }

  #issue(token: string): void {
    this.check(!this.#tokens.has(token), 'I9: a token came twice')
    this.#tokens.add(token)
    const seat = seatOf(token)
    this.#seats.set(seat, [...(this.#seats.get(seat) ?? []), token])
  }

  /** A frame came on the connection that was given this token: those before it are void. */
  #confirm(token: string): void {
    const tokens = this.#seats.get(seatOf(token)) ?? []
    const place = tokens.indexOf(token)
    if (place > 0) this.stale.push(...tokens.splice(0, place))
  }
}
