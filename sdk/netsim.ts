// A network in memory: browser sockets on one side, a server's ends on the other, and between them a line that can be
// slow, jittery, lossy, silent or cut. It runs on any clock, and what it draws comes from one source of chance.

import { checkAbove0, checkFrom0 } from './checks.ts'
import type { Profile, Spell } from './profiles.ts'
import type { Address } from './socket.ts'
import { type Chance, CLEAR, type Line, type Path, Way } from './way.ts'

/** The server's end of a socket, as the network tells it what happens. */
export interface Far {
  receive(bytes: Uint8Array): void
  closed(): void
  /** `tell` is to be called when the socket is open. Without this it is open at once. */
  whenOpen?(tell: () => void): void
}

/** What the server does with its end. */
export interface FarSocket {
  readonly bufferedAmount: number
  /** Takes the bytes as they are: they may be changed afterwards. */
  send(bytes: Uint8Array): void
  close(code: number, reason: string): void
  terminate(): void
}

/** Takes in what a `link` brings to the server, by the `socket` that is the server's end of it. */
export type Accept = (socket: FarSocket, link: Link) => Far

interface Close {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
}

type On<T> = ((event: T) => void) | null

const LOST: Close = { code: 1006, reason: '', wasClean: false }
export const LATENCY_MS = 20
/** A close frame, more or less. */
export const CLOSE_BYTES = 8

function path(): Path {
  const line = new Proxy({ ...CLEAR, latencyMs: LATENCY_MS }, { set: setChecked })
  return { line, outageEnds: 0, isHole: false, isRead: true }
}

/** Refuses a value that no line can have: it would hold up the sockets for good, even after it was changed again. */
function setChecked(line: Line, name: string, value: number): boolean {
  if (/bytes/i.test(name)) checkAbove0(name, value)
  else checkFrom0(name, value, name === 'loss' ? 1 : undefined)
  return Reflect.set(line, name, value)
}

/** A line from browsers to a server. Each direction may be changed while sockets are open. */
export class Net {
  /** The direction to the server, and the one to the browser. */
  readonly up = path()
  readonly down = path()
  /** Dials are refused. */
  isDown = false
  /** All that were dialled, oldest first. */
  readonly links: Link[] = []
  readonly chance: Chance
  readonly accept: Accept
  /** For the options of `join` and `connect`. */
  readonly WebSocket: Address['WebSocket']

  /**
   * Without a source of chance every frame is equally late, and none is lost but those that are likelier lost than not, as
   * a large one is of which each segment may be: these fifteen times in a row.
   */
  constructor(chance: Omit<Chance, 'random'> & Partial<Chance>, accept: Accept) {
    const { now, after, random = () => 0.5 } = chance
    this.chance = { now, after, random }
    this.accept = accept
    const net = this
    this.WebSocket = class extends Link {
      constructor(url: string, protocols: string[] = []) {
        super(net, url, protocols)
      }
    }
  }

  /** One way, in milliseconds. */
  get latencyMs(): number {
    return this.up.line.latencyMs
  }

  set latencyMs(ms: number) {
    this.up.line.latencyMs = this.down.line.latencyMs = ms
  }

  /** Dials and frames vanish without a word. */
  get isHole(): boolean {
    return this.up.isHole
  }

  set isHole(isHole: boolean) {
    this.up.isHole = this.down.isHole = isHole
  }

  /** Whether the browser's program takes in what arrives. What waited meanwhile comes at once. */
  get isRead(): boolean {
    return this.down.isRead
  }

  set isRead(isRead: boolean) {
    this.down.isRead = isRead
    // What a page reads may end its socket.
    if (isRead) for (const link of [...this.links]) link.read()
  }

  /** Both ways, in milliseconds. */
  get roundTripMs(): number {
    return this.up.line.latencyMs + this.down.line.latencyMs
  }

  /** The newest socket that was dialled. */
  get link(): Link {
    const link = this.links.at(-1)
    if (link === undefined) throw new Error('nobody has dialled')
    return link
  }

  /** A socket is over. It stays among the links, for tests to look at. */
  ended(_link: Link): void {}

  /** Breaks every socket; both ends are told. */
  cut(): void {
    for (const link of [...this.links]) link.cut()
  }

  /** Nothing gets through for so long; afterwards both ends try again, each in its own time. For ever is `isHole`. */
  stall(ms: number): void {
    checkFrom0('ms', ms)
    const end = this.chance.now() + ms
    // A short one does not end a longer one that began before.
    for (const path of [this.up, this.down]) path.outageEnds = Math.max(path.outageEnds, end)
  }

  /**
   * Behaves like the profile from now on; returns what ends its troubles. A profile's `hidden` and `ppm` are not the
   * network's to follow.
   */
  follow(profile: Profile): () => void {
    const { line, down, outage, deaf } = profile
    if (!line) throw new TypeError(`follow takes a profile, such as PROFILES.home, got ${profile}`)
    Object.assign(this.up.line, line)
    Object.assign(this.down.line, line, down)
    let isDeaf = false
    const beDeaf = (isOn: boolean) => {
      isDeaf = isOn
      this.isRead = !isOn
    }
    const offs = [
      repeat(this.chance, outage, (isOn) => isOn && this.stall(outage?.forMs ?? 0)),
      repeat(this.chance, deaf, beDeaf),
    ]
    return () => {
      offs.forEach((off) => void off())
      if (isDeaf) beDeaf(false)
    }
  }
}

/** Tells when each spell begins and when it is over. */
export function repeat(
  { after }: Pick<Chance, 'after'>,
  spell: Spell | undefined,
  tell: (isOn: boolean) => void,
): () => void {
  if (spell === undefined) return () => {}
  const { everyMs, forMs } = spell
  checkAbove0('everyMs', everyMs)
  checkFrom0('forMs', forMs)
  let cancel = after(everyMs, begin)
  function begin(): void {
    cancel = after(forMs, end)
    tell(true)
  }
  function end(): void {
    cancel = after(everyMs, begin)
    tell(false)
  }
  return () => cancel()
}

/** Both ends of one socket. The browser's has the shape of a native WebSocket. */
export class Link {
  binaryType = 'blob'
  onopen: On<object> = null
  onmessage: On<{ data: unknown }> = null
  onerror: On<object> = null
  onclose: On<Close> = null
  readonly url: string
  readonly protocols: readonly string[]
  /** The code and reason that this end closed with. */
  closedWith: { readonly code: number | undefined; readonly reason: string | undefined } | null = null
  readonly #net: Net
  readonly #up: Way
  readonly #down: Way
  #far: Far | null = null
  #isOver = false
  /** Bytes that the running script has sent: a browser counts them as buffered until the script has ended. */
  #freshBytes = 0
  /** What a test pretends is buffered. */
  #claimed: number | null = null

  constructor(net: Net, url: string, protocols: string[]) {
    this.#net = net
    this.#up = new Way(net.up, net.chance, () => net.roundTripMs)
    this.#down = new Way(net.down, net.chance, () => net.roundTripMs)
    this.url = url
    this.protocols = protocols
    net.links.push(this)
    this.#up.send(0, () => this.#open())
  }

  /** Both ends were told that it is closed, or was cut. */
  get isOver(): boolean {
    return this.#isOver
  }

  get bufferedAmount(): number {
    return this.#claimed ?? this.#up.bufferedAmount + this.#freshBytes
  }

  set bufferedAmount(bytes: number) {
    this.#claimed = bytes
  }

  send(bytes: Uint8Array): void {
    // As a browser's own does.
    if (!this.#far) throw new Error('connecting')
    const copy = bytes.slice()
    if (this.#freshBytes === 0) this.#net.chance.after(0, () => this.#settle())
    this.#freshBytes += copy.length
    this.#goUp(copy.length, () => this.#far?.receive(copy))
  }

  close(code?: number, reason?: string): void {
    this.closedWith ??= { code, reason }
    this.#goUp(CLOSE_BYTES, () => this.#end({ code: code ?? 1005, reason: reason ?? '', wasClean: true }))
  }

  /** Breaks it: both ends are told at once. */
  cut(): void {
    this.#end(LOST)
  }

  /** The server asks for a sign of life, which a browser gives by itself. */
  ping(answered: () => void): void {
    this.#down.send(0, () => this.#up.send(0, answered))
  }

  /** The browser's program takes in again what arrived. */
  read(): void {
    this.#down.read()
  }

  #settle(): void {
    this.#freshBytes = 0
  }

  #open(): void {
    if (this.#isOver) return
    if (this.#net.isDown) return this.cut()
    const far = this.#net.accept(this.#farSocket(), this)
    this.#far = far
    if (far.whenOpen) far.whenOpen(() => this.#goDown(0, () => this.onopen?.({})))
    else this.onopen?.({})
  }

  #farSocket(): FarSocket {
    const down = this.#down
    return {
      get bufferedAmount() {
        return down.bufferedAmount
      },
      send: (bytes) => {
        const copy = bytes.slice()
        this.#goDown(copy.length, () => this.onmessage?.({ data: copy.buffer }))
      },
      close: (code, reason) => this.#goDown(CLOSE_BYTES, () => this.#end({ code, reason, wasClean: true })),
      terminate: () => this.#goDown(0, () => this.cut()),
    }
  }

  #goUp(bytes: number, deliver: () => void): void {
    this.#up.send(bytes, () => {
      if (!this.#isOver) deliver()
    })
  }

  #goDown(bytes: number, deliver: () => void): void {
    this.#down.send(bytes, () => {
      if (!this.#isOver) deliver()
    })
  }

  #end(close: Close): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#net.ended(this)
    this.#far?.closed()
    this.onclose?.(close)
  }
}
