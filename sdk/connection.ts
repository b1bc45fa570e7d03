// A connection that outlives its sockets: it dials, notices silence, and dials again with back-off, for ever unless a
// close code says no. What it is doing is one state. What breaks the protocol is caught here, and nowhere else.

import { CLOSE, type CloseReason, closeReason, isFinal, ProtocolError } from '../protocol/errors.ts'
import { diagnose } from './diagnose.ts'
import { type Cause, inWords } from './failure.ts'
import { Listeners } from './listeners.ts'
import { type PageParty, watchPage } from './page.ts'
import { type Address, nothing, Socket, type SocketClose } from './socket.ts'
import type { World } from './world.ts'

export type ConnectionState =
  | { readonly name: 'connecting' }
  | { readonly name: 'open' }
  /** Nothing was heard for `sinceMs`; it may come back by itself. */
  | { readonly name: 'stalled'; readonly sinceMs: number }
  /**
   * The socket is lost. The next dial is due in `retryInMs` (0: under way), at `retryAt` as `performance.timeOrigin +
   * performance.now()` counts: once the computer has slept, `Date.now()` may be another time.
   */
  | {
      readonly name: 'reconnecting'
      readonly attempt: number
      readonly retryInMs: number
      readonly retryAt: number
      readonly lost: SocketClose
    }
  /** For good. */
  | {
      readonly name: 'closed'
      readonly reason: CloseReason | Cause
      readonly code: number
      readonly message: string
      readonly wasClean: boolean
    }

type Reconnecting = Extract<ConnectionState, { readonly name: 'reconnecting' }>

/** Whom a connection tells what happens on it. */
export interface Party extends PageParty {
  /** A socket opened: time for the first words. */
  greet(): void
  receive(bytes: Uint8Array): void
  /** The peer broke the protocol, as `receive` found: time to close, or to dial again. */
  accuse(error: ProtocolError): void
  /** The page is back. */
  show?(): void
}

/**
 * How long a socket may take to open, in milliseconds. Half as long once one has opened within an eighth of it: on such
 * a line a dial that takes longer is lost, and must not hold up the next.
 */
export const DIAL_MS = 3_000
/**
 * After this many dials in vain the server is first asked, in plain HTTP, whether it is there: browsers delay a page
 * that dials in vain, Chromium by up to 5 s after sixteen times in some minutes, Firefox by half as long again each
 * time.
 */
export const VAIN_DIALS = 2
/**
 * Some attempts are made without asking, in case no answer can reach the page: while redials are eager those numbered
 * 1, 2, 4, 8 and so on, and then every one in so many, a power of two.
 */
export const UNASKED_EVERY = 4
/** Without an answer in this time the server is asked again; an answer that comes later counts all the same. */
export const ASK_AGAIN_MS = 750
/** How long a socket may take to open where the server has just answered: longer than Chromium delays it. */
export const ANSWERED_MS = 6_000
/** How long the peer's welcome may take after that: a game may ask another service who we are. */
export const WELCOME_MS = 10_000
/** A connection that held for this time starts its back-off anew when it is lost. */
export const STEADY_MS = 5_000
/**
 * A socket that is silent for this time is raced by a second one. A server that was held up for 3 s has spoken again by
 * then.
 */
export const RACE_MS = 3_100
/** At random up to so much later, so that not all who wait dial at once. */
export const RACE_SPREAD_MS = 1_400
/** How long redials are eager: a room holds a seat for 30 s unless it says otherwise. */
export const EAGER_MS = 30_000
/**
 * The longest wait between two redials that are eager: of dials, and of questions; and the longest of all later ones.
 */
export const DIAL_EVERY_MS = 600
export const ASK_EVERY_MS = 300
export const RARELY_MS = 5_000
/**
 * A timer this late means that the page slept. Silence is then judged a little later, once what arrived meanwhile was
 * heard.
 */
export const ASLEEP_MS = 1_000
export const AWAKE_MS = 250
/**
 * A page that is shown again may hear only a moment later that its socket was closed: it looks again after this time.
 */
export const AGAIN_MS = 100

/** How long to wait before a redial. The first are spread over a second: a whole server may have been lost. */
export function retryDelay(attempt: number, mostMs: number, random: () => number): number {
  return attempt ? (0.5 + random() / 2) * Math.min(mostMs, 100 * 2 ** attempt) : random() * 1_000
}

/** Whether the attempt is a power of two, or, when they are rare, one of UNASKED_EVERY. */
function isUnasked(attempt: number, isEager: boolean): boolean {
  return !(attempt & (isEager ? attempt - 1 : UNASKED_EVERY - 1))
}

export class Connection {
  /** Where it dials the next time, and through what. */
  declare address: Address
  readonly #world: World
  readonly #party: Party
  readonly #listeners = new Listeners<ConnectionState>()
  #state: ConnectionState = { name: 'connecting' }
  #socket: Socket | null = null
  /** A second socket, dialled while the first one stalls: whichever delivers first goes on. */
  #rival: Socket | null = null
  #dialMs = DIAL_MS
  /** Dials since a socket opened, or the server answered. */
  #dials = 0
  /** Silence after which a rival is dialled. */
  #raceMs = 0
  /** Calls off the one timer that the state has. */
  #cancel: () => void = nothing
  readonly #unwatch: () => void
  #attempt = 0
  /** When it was lost for the first time since it held. */
  #lostAt = 0
  #openedAt = Number.POSITIVE_INFINITY
  #heardAt = 0
  #stalledMs!: number
  #deadMs!: number
  #spreadMs = 0

  constructor(address: Address, world: World, party: Party) {
    this.address = address
    this.#world = world
    this.#party = party
    this.#unwatch = watchPage(world.page, party, () => {
      this.hurry()
      world.after(AGAIN_MS, () => this.hurry())
    })
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Bytes that wait in the browser; what kernels and proxies hold is not among them. */
  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    // A listener before this one may have changed the state, say by leaving: then this one was told of the newer state
    // already.
    return this.#listeners.add(listener, (state) => state === this.#state && listener(state))
  }

  /** Opens a socket: at first, when the wait for a redial is over, and beside a socket that stalls. */
  dial(patienceMs = this.#dialMs): void {
    const began = this.#world.now()
    this.#dials++
    const socket = new Socket(this.address, {
      onOpen: () => {
        // It opened although asking had found no server, as where a page may not ask: from now on it does not ask.
        this.#dials =
          this.#dials > VAIN_DIALS && this.#isEager && patienceMs < ANSWERED_MS ? Number.NEGATIVE_INFINITY : 0
        this.#dialMs = this.#world.now() - began < DIAL_MS / 8 ? DIAL_MS / 2 : DIAL_MS
        if (this.#socket !== socket) {
          this.#socket?.abandon()
          this.#state = { name: 'connecting' }
        }
        this.#keep(socket)
        this.#expect(WELCOME_MS)
        this.#party.greet()
      },
      onMessage: (bytes) => this.#hear(bytes),
      onClose: (close) => {
        if (this.#socket === socket) this.#lose(close)
      },
    })
    if (this.#socket) {
      this.#rival = socket
      return
    }
    this.#keep(socket)
    this.#expect(patienceMs)
  }

  /**
   * The peer took us in: the connection is open. From now on a silence of `stalledMs` counts as a stall, one of
   * `deadMs` as the end.
   */
  ready(stalledMs = Number.POSITIVE_INFINITY, deadMs = stalledMs): void {
    this.#stalledMs = stalledMs
    this.#deadMs = deadMs
    this.#openedAt = this.#heardAt = this.#world.now()
    // Unless it was closed just now.
    if (this.#socket) this.#live({ name: 'open' })
  }

  /** Without a socket that is open the bytes are dropped: what must not be lost is kept by who sends it. */
  send(bytes: Uint8Array): void {
    this.#socket?.send(bytes)
  }

  /** Redials at once if it is waiting to: the network or the page is back. */
  hurry(): void {
    // Once it is closed another page may hold the seat.
    if (this.#state.name !== 'closed') this.#party.show?.()
    if (this.#state.name !== 'reconnecting' || !this.#state.retryInMs) return
    // That dials were in vain before says nothing about now.
    this.#dials = Math.min(0, this.#dials)
    void this.#redial(this.#state)
  }

  /** Spreads the next redial over so many milliseconds: many clients are about to be sent away together. */
  spread(withinMs: number): void {
    this.#spreadMs = withinMs
  }

  /** Gives this socket up, telling the peer why, and dials again. */
  redial(reason: CloseReason, message: string): void {
    if (this.#state.name !== 'closed') this.#waitToDial(this.#hangUp(reason, message))
  }

  /** Ends it for good, telling the peer why. */
  close(reason: CloseReason, message = ''): void {
    if (this.#state.name !== 'closed') this.#end(reason, { ...this.#hangUp(reason, message), wasClean: true })
  }

  #hangUp(reason: CloseReason, message: string): SocketClose {
    const code = CLOSE[reason]
    this.#socket?.abandon(code, message)
    this.#keep(null)
    return { code, reason: message, wasClean: false }
  }

  /** Gives the socket up unless it gets further within `ms`. */
  #expect(ms: number): void {
    this.#cancel()
    this.#cancel = this.#world.after(ms, () => this.#giveUp(ms))
  }

  /** Goes on with this socket, or with none: the race, if there was one, is over. */
  #keep(socket: Socket | null): void {
    if (this.#rival !== socket) this.#rival?.abandon()
    this.#rival = null
    this.#socket = socket
  }

  #hear(bytes: Uint8Array | null): void {
    this.#heardAt = this.#world.now()
    this.#keep(this.#socket)
    if (this.#state.name === 'stalled') this.#live({ name: 'open' })
    try {
      if (!bytes) throw new ProtocolError('NOT_BINARY', 'text')
      if (this.#socket) this.#party.receive(bytes)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#party.accuse(error)
    }
  }

  /** Goes on in a state in which silence counts. */
  #live(state: ConnectionState): void {
    this.#tell(state)
    // A listener may have closed it.
    if (this.#state === state) this.#listen()
  }

  /** Waits for the moment when silence has lasted too long. */
  #listen(isSecondLook = false): void {
    this.#cancel()
    const { now, after, random } = this.#world
    const deadMs = this.#deadMs
    const isOpen = this.#state.name === 'open'
    const most = Math.min(isOpen ? this.#stalledMs : this.#raceMs, deadMs)
    if (most === Number.POSITIVE_INFINITY) return
    const due = Math.max(now(), this.#heardAt + most)
    this.#cancel = after(isSecondLook ? AWAKE_MS : due - now(), () => {
      const time = now()
      // Sums are compared, as `due` is one: a difference could be rounded to less than what was waited for, again and
      // again.
      if (time < this.#heardAt + most) this.#listen()
      else if (time - due > ASLEEP_MS && !isSecondLook) this.#listen(true)
      else if (time >= this.#heardAt + deadMs) this.#giveUp(deadMs)
      else if (isOpen) {
        this.#raceMs = random() * RACE_SPREAD_MS + RACE_MS
        this.#live({ name: 'stalled', sinceMs: time - this.#heardAt })
      } else {
        // No second rival: silence that goes on ends the socket.
        this.#raceMs = Number.POSITIVE_INFINITY
        this.dial()
        this.#listen()
      }
    })
  }

  /** It has been silent for `ms`. */
  #giveUp(ms: number): void {
    const reason = `no answer in ${ms / 1000} s`
    // TOO_SLOW, as a number: bundlers do not shorten names of properties.
    this.#socket?.abandon(4408, reason)
    this.#lose({ code: 1006, reason, wasClean: false })
  }

  #lose(close: SocketClose): void {
    this.#keep(null)
    const reason = closeReason(close.code)
    if (reason && isFinal(reason)) this.#end(reason, close)
    else this.#waitToDial(close)
  }

  /** The wait is over: dials, or asks first. `patienceMs` is given when the server has just answered. */
  async #redial(waiting: Reconnecting, patienceMs?: number): Promise<void> {
    const world = this.#world
    const trying = { ...waiting, retryInMs: 0, retryAt: world.now() }
    this.#tell(trying)
    // A listener may have closed it.
    if (this.#state !== trying) return
    if (patienceMs) this.#dials = 0
    if (!world.fetch || this.#dials < VAIN_DIALS || isUnasked(this.#attempt, this.#isEager))
      return this.dial(patienceMs)
    this.#expect(ASK_AGAIN_MS)
    const cause = await diagnose(this.address.url, world)
    const state = this.#state
    // It was dialled meanwhile, or closed.
    if (state.name !== 'reconnecting' || this.#socket) return
    if (cause !== 'server-gone') void this.#redial(state, ANSWERED_MS)
    else if (state === trying) this.#waitToDial(waiting.lost)
  }

  get #isEager(): boolean {
    return this.#world.now() - this.#lostAt < EAGER_MS
  }

  #waitToDial(lost: SocketClose): void {
    const { now, after, random } = this.#world
    const time = now()
    if (time - this.#openedAt > STEADY_MS) this.#attempt = 0
    if (!this.#attempt) this.#lostAt = time
    this.#openedAt = Number.POSITIVE_INFINITY
    const eagerMs = this.#dials < VAIN_DIALS ? DIAL_EVERY_MS : ASK_EVERY_MS
    const backOff = retryDelay(this.#attempt, this.#isEager ? eagerMs : RARELY_MS, random)
    const retryInMs = random() * this.#spreadMs || backOff
    this.#spreadMs = 0
    const attempt = ++this.#attempt
    const waiting = { name: 'reconnecting', attempt, retryInMs, retryAt: time + retryInMs, lost } as const
    this.#cancel()
    this.#cancel = after(retryInMs, () => void this.#redial(waiting))
    this.#tell(waiting)
  }

  #end(reason: CloseReason, close: SocketClose): void {
    this.#cancel()
    this.#unwatch()
    this.#tell({ ...close, name: 'closed', reason, message: inWords(reason, close) })
  }

  #tell(state: ConnectionState): void {
    this.#state = state
    this.#listeners.tell(state)
  }
}
