// A page of a trial of sessions.

import { Room } from '../../sdk/room.ts'
import type { Page } from '../../sdk/world.ts'
import { settle } from './clock.ts'
import { Stream, type Wire } from './ledger.ts'
import { type Far, type FarSocket, Net } from './link.ts'
import { between, seeded } from './random.ts'
import type { Trial } from './trial.ts'
import { game, PATIENCE_MS, type TrialGame } from './trial-game.ts'

/** A page with a client in it, on a line of its own. */
export class Tab {
  readonly net: Net
  readonly storage: Map<string, string>
  readonly room: Room<TrialGame>
  losesWelcomes = 0
  #up = new Stream()
  #isAlive = true
  readonly #trial: Trial
  readonly #listeners: Record<string, () => void> = {}

  constructor(trial: Trial, storage: Map<string, string>) {
    this.#trial = trial
    this.storage = storage
    const { clock, ledger } = trial
    const random = seeded(between(trial.random, 1, 1e9))
    this.net = new Net({ ...clock, random }, (socket) => this.#reach(socket))
    this.net.latencyMs = between(random, 5, 120)
    const world = {
      WebSocket: this.net.WebSocket,
      now: clock.now,
      after: (ms: number, run: () => void) => clock.after(ms, () => this.#isAlive && run()),
      random,
      fetch: null,
      storage: {
        getItem: (key: string) => storage.get(key) ?? null,
        setItem: (key: string, value: string) => void storage.set(key, value),
        removeItem: (key: string) => void storage.delete(key),
      },
      page: this.#page(),
      home: null,
      base: null,
    }
    const terms = {
      url: 'ws://trial.test/ws',
      room: 'ledger',
      id: 'one',
      join: () => [],
      options: null,
      quality: 'balanced',
      auth: () => '',
    } as const
    this.room = new Room(game, terms, world)
    this.room.on('tell', ({ number }) => this.#isAlive && ledger.arrived(number, this.room))
    this.room.on('poll', async ({ number }) => {
      if (this.#isAlive) ledger.arrived(number, this.room)
      await trial.thinks()
      return { number }
    })
    this.room.onReset(({ lost }) => {
      if (this.#isAlive) void ledger.ended(this.#up, lost, settle())
      this.#up = new Stream()
    })
  }

  get isOpen(): boolean {
    return this.room.state.name === 'open'
  }

  /** From its first welcome on: before it, `join` gives nobody a room. */
  say(ballast = ''): void {
    if (this.room.me === 0) return
    const { ledger } = this.#trial
    const number = ledger.number()
    if (this.room.send('say', { number, ballast }) !== 'full') ledger.accepted(this.#up, number)
  }

  buy(): void {
    if (this.room.me === 0) return
    const { ledger } = this.#trial
    const number = ledger.number()
    void ledger.asked(this.#up, number, this.room.request('buy', { number }, { timeoutMs: PATIENCE_MS }))
  }

  hear(event: string): void {
    this.#listeners[event]?.()
  }

  /** The page is gone: whatever its client still does is done by nobody. The server may not be told. */
  vanish(isTold: boolean): void {
    this.hear('pagehide')
    this.#isAlive = false
    if (isTold) this.net.cut()
    this.net.isHole = this.net.isDown = true
  }

  heal(): void {
    const { net } = this
    this.losesWelcomes = 0
    net.isDown = false
    // A path that has lost frames is gone: TCP knows no gaps.
    if (net.up.isHole || net.down.isHole) net.cut()
    net.isHole = false
  }

  isQuiet(said: number): void {
    const { ledger } = this.#trial
    ledger.check(this.isOpen, `a client is ${JSON.stringify(this.room.state)}`)
    ledger.isQuiet(this.#up, 'a client')
    ledger.check(this.room.view().room.said === said, 'I11: another state')
  }

  #reach(socket: FarSocket): Far {
    const wire: Wire = { isHonest: true, hello: null, welcome: null }
    return this.#trial.life.accept(wire, socket, () => this.losesWelcomes-- > 0)
  }

  #page(): Page {
    const target = {
      addEventListener: (type: string, listener: () => void, { signal }: { signal: AbortSignal }) => {
        this.#listeners[type] = () => signal.aborted || listener()
      },
    }
    return { ...target, document: { ...target, visibilityState: 'visible' } }
  }
}
