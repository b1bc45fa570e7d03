// A stock server under attack, with honest players of the SDK beside it: what was done to it, what they felt of it, and
// what was closed with which code. The long form judges times too, and leaves its rows for the table.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import { move, sparks } from '../../demo/game.ts'
import { CLOSE, type CloseReason, closeReason } from '../../protocol/errors.ts'
import { readFrame } from '../../protocol/ext.ts'
import { encodeAck, FrameWriter, readStateHeader } from '../../protocol/frames.ts'
import { decodeServerMessage, encodeClientMessage, type Hello, type Welcome } from '../../protocol/messages.ts'
import { join, type Room } from '../../sdk/index.ts'
import type { ServerStats } from '../../server/base/stats.ts'
import { percentile } from './percentile.ts'
import { frame, OP, RawSocket } from './raw-socket.ts'
import { ROOT } from './shell.ts'

/** `npm run hostile`: more of everything, and times count. */
export const IS_LONG = process.env.HOSTILE_ROWS !== undefined

/** So many in the long form, so few in `npm test`. */
export const volume = (long: number, short: number): number => (IS_LONG ? long : short)

export interface Report {
  readonly stats: ServerStats
  readonly rooms: number
  /** Milliseconds by which each tick since the last report was late. */
  readonly late: readonly number[]
  /** When each WebSocket since the last report was accepted, in milliseconds. */
  readonly accepts: readonly number[]
  /** Bytes that are really in use, if that was asked for; and what the process has of the machine's memory. */
  readonly held: number
  readonly rss: number
  readonly logged: readonly string[]
  readonly uncaught: readonly string[]
  readonly isIntact: boolean
}

/** What an attack leaves to be judged. */
export interface Felt {
  readonly before: Report
  readonly after: Report
  /** How often an honest player lost its socket, or found no other one yet. */
  readonly disconnects: number
  readonly lateP99Ms: number
  /** Of a stretch of the same server in peace. */
  readonly calmP99Ms: number
}

/** Milliseconds that a server is watched in peace. */
const CALM_MS = 5_000
const HONEST = 4
const lightWriter = new FrameWriter()

export class Siege {
  readonly port: number
  readonly #child: ChildProcess
  readonly #players: Room<typeof sparks>[] = []
  readonly tokens: string[] = []
  #disconnects = 0
  #asked = 0
  /** Of all reports since an attack began. */
  #late: number[] = []
  #playing: NodeJS.Timeout | undefined
  #calmP99Ms = 0

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  static async start(): Promise<Siege> {
    const child = fork(path(ROOT, 'test/support/siege-server.mjs'), { execArgv: ['--expose-gc'] })
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    const siege = new Siege(child, port)
    await siege.#letPlay()
    return siege
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/ws`
  }

  async stop(): Promise<void> {
    clearInterval(this.#playing)
    const log = (await this.ask()).logged.join('\n')
    for (const token of this.tokens) expect(log).not.toContain(token.split('.')[1])
    await Promise.all(this.#players.map((player) => player.leave()))
    this.#child.disconnect()
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
  }

  ask(): Promise<Report> {
    return this.#tell({})
  }

  /** Bytes that the server really holds. */
  async weigh(): Promise<number> {
    return (await this.#tell({ isWeighing: true })).held
  }

  /** Holds the server's process up for so long. */
  async block(blockMs: number): Promise<void> {
    await this.#tell({ blockMs })
  }

  async #tell(order: { readonly blockMs?: number; readonly isWeighing?: boolean }): Promise<Report> {
    const id = ++this.#asked
    this.#child.send({ id, ...order })
    for (;;) {
      const [report] = (await once(this.#child, 'message')) as [Report & { id: number }]
      if (report.id !== id) continue
      this.#late.push(...report.late)
      return report
    }
  }

  /** An honest player at that address. */
  async player(name: string, address: string, room = 'sparks'): Promise<Room<typeof sparks>> {
    return join(this.url, sparks, { room, with: { name }, WebSocket: from(address) })
  }

  /** Runs an attack, whose result says how much it was; judges what is true of every one, and returns the rest. */
  async attack(name: string, work: () => Promise<string>): Promise<Felt> {
    const before = await this.ask()
    const disconnects = this.#disconnects
    this.#late = []
    const what = await work()
    const after = await this.ask()
    const lateP99Ms = percentile(this.#late, 0.99)
    const felt = { before, after, disconnects: this.#disconnects - disconnects, lateP99Ms, calmP99Ms: this.#calmP99Ms }
    leaveRow({ case: name, volume: what, ...inWords(felt) })
    expect(felt.disconnects).toBe(0)
    expect(after.uncaught).toEqual([])
    expect(after.isIntact).toBe(true)
    expect(after.stats.failedRooms).toBe(0)
    for (const player of this.#players) expect(player.state.name).toMatch(/open|stalled/)
    return felt
  }

  /** Raw sockets in the lobby, in a process of their own, from so many addresses. */
  async idlers(count: number, addresses: number): Promise<Idlers> {
    const child = fork(path(ROOT, 'test/support/idlers.mjs'), [this.port, count, addresses].map(String))
    await once(child, 'message')
    return new Idlers(child)
  }

  /** A socket whose handshake is done, from that address. */
  open(address: string): Promise<RawSocket> {
    return RawSocket.open(this.port, address)
  }

  /** A raw socket that said hello, and its welcome. */
  async enter(address: string, change: Partial<Hello> = {}): Promise<{ raw: RawSocket; welcome: Welcome }> {
    const raw = await this.open(address)
    raw.write(frame(OP.binary, hello(change)))
    const first = await raw.next(OP.binary)
    if (!first) throw new Error(`no welcome, but ${await raw.code()}`)
    const welcome = decodeServerMessage(new Uint8Array(first.body)) as Welcome
    this.tokens.push(welcome.token)
    return { raw, welcome }
  }

  /** Someone light: it acknowledges what it gets, answers pings, and keeps nothing. `onState` is told of each state. */
  async light(address: string, change: Partial<Hello> = {}, onState = () => {}): Promise<RawSocket> {
    const { raw } = await this.enter(address, change)
    raw.onFrame = ({ opcode, body }) => {
      if (opcode === OP.ping) raw.write(frame(OP.pong, body))
      const state = opcode === OP.binary ? readFrame(new Uint8Array(body)) : undefined
      if (!state) return
      const { tick: ackTick } = readStateHeader(state.body)
      raw.write(frame(OP.binary, encodeAck(lightWriter, { ackTick, received: 0 })))
      onState()
    }
    // A turn-based room is quiet: what came before someone listened would never be acknowledged.
    for (const kept of raw.frames.splice(0)) raw.onFrame(kept)
    return raw
  }

  async #letPlay(): Promise<void> {
    for (let index = 1; index <= HONEST; index++) {
      const player = await this.player(`honest ${index}`, `127.1.0.${index}`)
      player.onState(({ name }) => {
        if (name === 'reconnecting') this.#disconnects++
      })
      player.predict('ship', move)
      this.#players.push(player)
    }
    this.#playing = setInterval(() => {
      for (const player of this.#players) {
        player.input({ dx: 90, dy: 40, dash: false })
        player.view()
      }
    }, 16)
    await this.watchInPeace()
  }

  /** Measures anew how late ticks are with nobody attacking: the machine may have other things to do than before. */
  async watchInPeace(): Promise<void> {
    if (!IS_LONG) return
    await this.ask()
    await new Promise((resolve) => setTimeout(resolve, CALM_MS))
    this.#calmP99Ms = percentile((await this.ask()).late, 0.99)
  }
}

export class Idlers {
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
  }

  /** How many still sit there. */
  async left(): Promise<number> {
    return (await this.#ask({})).left
  }

  /** All lose their sockets at once; resolves when all are back, with how long it took the last one. */
  async cut(): Promise<number> {
    return (await this.#ask({ isCut: true })).backMs
  }

  leave(): void {
    this.#child.disconnect()
  }

  async #ask(order: { readonly isCut?: boolean }): Promise<{ readonly left: number; readonly backMs: number }> {
    this.#child.send(order)
    return (await once(this.#child, 'message'))[0]
  }
}

export function hello(change: Partial<Hello> = {}): Uint8Array {
  const plain = { type: 'hello', hash: sparks.hash, room: 'sparks', id: '', join: ['Mallory'], options: null } as const
  return encodeClientMessage({ ...plain, ...change })
}

/** Addresses of this machine, as many as there are numbers. Each counts as a stranger of its own. */
export function address(net: number, number: number): string {
  return `127.${net}.${number >> 8}.${number & 255}`
}

/** WebSockets that come from that address. */
export function from(localAddress: string): new (url: string | URL, protocols?: string | string[]) => WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols, { localAddress })
    }
  }
}

/** How often each of them came, the most frequent first. */
export function tally(codes: readonly (number | string)[]): string {
  const counts = new Map<number | string, number>()
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1)
  return [...counts].map(([code, count]) => `${count} × ${code}`).join(', ')
}

/** A row of the table for a case that is judged without a server of its own. */
export function leaveRow(row: Readonly<Record<string, string | number>>): void {
  if (process.env.HOSTILE_ROWS) appendFileSync(process.env.HOSTILE_ROWS, `${JSON.stringify(row)}\n`)
}

function inWords({ before, after, disconnects, lateP99Ms, calmP99Ms }: Felt) {
  const counts: [what: string, count: number][] = [
    ['broken frames (1002, 1007, 1008)', after.stats.brokenFrames - before.stats.brokenFrames],
    ['silent', after.stats.silent - before.stats.silent],
  ]
  for (const [name, code] of Object.entries(CLOSE)) {
    const reason = name as CloseReason
    counts.push([`${code} ${reason}`, after.stats.closed[reason] - before.stats.closed[reason]])
  }
  const closed = counts.filter(([, count]) => count > 0).map(([what, count]) => `${count} × ${what}`)
  return {
    'late p99 ms': Number(lateP99Ms.toFixed(1)),
    'in peace': Number(calmP99Ms.toFixed(1)),
    disconnects,
    closed: closed.join(', '),
  }
}

/** Bytes, for the table. */
export const inMB = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB held`

/** The name of a close code, or the code itself. */
export const nameOf = (code: number): string => closeReason(code) ?? String(code)
