// One seed of what may happen to sessions: real clients and real servers on virtual time, and between them lines that are
// cut, fall silent, and lose the very frames that matter; pages that are loaded again and opened twice; servers that drain
// and that die. A ledger watches.

import { encodeClientMessage } from '../../protocol/messages.ts'
import { VirtualClock } from './clock.ts'
import { Ledger, type Wire } from './ledger.ts'
import type { FarSocket } from './link.ts'
import { between, pick, seeded } from './random.ts'
import { game } from './trial-game.ts'
import { Life } from './trial-life.ts'
import { Tab } from './trial-tab.ts'

const STEP_MS = 20
/** A flood: enough to fill a buffer by count, or by bytes. */
const MANY = 520
const HEAVY = 'x'.repeat(15_000)
/** Longer than a path may be silent, a redial may wait and a seat is held, together. */
const CALM_MS = 14_000
/** Longer than a server that drains waits for listeners, and for what is owed. */
const DRAIN_MS = 11_000
/** Longer than a server waits for a hello. */
const LATECOMER_MS = 6_500

/** The end of an attacker, who does not listen. */
const SILENT: FarSocket = { bufferedAmount: 0, send: () => {}, close: () => {}, terminate: () => {} }

export class Trial {
  readonly clock = new VirtualClock(1_000_000)
  readonly random: () => number
  readonly ledger = new Ledger()
  life: Life
  #isCalm = false
  #tabs: Tab[] = []
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
    this.random = seeded(seed)
    this.life = new Life(this)
    this.#tabs = [this.#open(), this.#open()]
  }

  /** Whether the server says something now. */
  get isTalkative(): boolean {
    return !this.#isCalm && this.random() < 0.05
  }

  /** Some answers take time. */
  async thinks(): Promise<void> {
    const ms = between(this.random, 0, 1_500)
    if (ms > 500) await new Promise<void>((resolve) => this.clock.after(ms, resolve))
  }

  /** Returns what was broken first, or ''. */
  async run(actions = 25): Promise<string> {
    const { broken } = this.ledger
    for (let count = 0; count < actions && broken.length === 0; count++) {
      await this.#act()
      await this.#pass(this.random() < 0.3 ? between(this.random, 500, 4_000) : between(this.random, 0, 300))
    }
    if (broken.length === 0) await this.#calm()
    return broken.length === 0 ? '' : `seed ${this.#seed}: ${broken[0]}`
  }

  #open(storage = new Map<string, string>()): Tab {
    return new Tab(this, storage)
  }

  async #act(): Promise<void> {
    const place = between(this.random, 0, this.#tabs.length - 1)
    let draw = this.random() * 100
    for (const [share, act] of this.#acts) {
      if (draw >= 0 && draw < share) await act(this.#tabs[place] as Tab, place)
      draw -= share
    }
  }

  /** What may happen, and how often in a hundred times. */
  readonly #acts: readonly (readonly [share: number, act: (tab: Tab, place: number) => void | Promise<void>])[] = [
    [30, (tab) => this.#say(tab, between(this.random, 1, 5))],
    [2, (tab) => this.#say(tab, MANY)],
    [2, (tab) => this.#say(tab, 12, HEAVY)],
    [2, () => this.#flood()],
    [14, ({ net }) => net.cut()],
    [10, (tab) => this.#hole(tab)],
    [6, ({ net }) => net.stall(between(this.random, 100, 8_000))],
    [5, (tab) => this.#down(tab)],
    [9, (tab) => this.#loseWelcomes(tab)],
    [4, (tab, place) => this.#reload(tab, place)],
    [2, (tab) => this.#duplicate(tab)],
    [2, () => this.#kill()],
    [2, () => this.#drain()],
    [4, (tab) => tab.hear(pick(this.random, ['online', 'pageshow']))],
    [6, () => this.#attack()],
  ]

  #say(tab: Tab, times: number, ballast = ''): void {
    for (let count = times; count > 0; count--) {
      if (times < MANY && ballast === '' && this.random() < 0.3) tab.buy()
      else tab.say(ballast)
    }
  }

  #flood(): void {
    // A buffer that is full has no place for an answer.
    this.ledger.mayOverflow = true
    const [session] = this.life.sessions.keys()
    const isHeavy = this.random() < 0.5
    if (session) for (let count = isHeavy ? 10 : MANY; count > 0; count--) this.life.tell(session, isHeavy ? HEAVY : '')
  }

  /** Frames vanish one way or both ways, until the path that lost them is gone. */
  #hole({ net }: Tab): void {
    const { up, down } = net
    for (const path of pick(this.random, [[up], [down], [up, down]])) path.isHole = true
    this.clock.after(between(this.random, 100, 9_000), () => {
      net.isHole = false
      net.cut()
    })
  }

  #down({ net }: Tab): void {
    net.isDown = true
    net.cut()
    this.clock.after(between(this.random, 100, 9_000), () => {
      net.isDown = false
    })
  }

  #loseWelcomes(tab: Tab): void {
    tab.losesWelcomes = between(this.random, 1, 3)
    tab.net.cut()
  }

  #reload(tab: Tab, place: number): void {
    tab.vanish(this.random() < 0.5)
    this.#tabs[place] = this.#open(tab.storage)
  }

  /** A second tab with whatever the first one's storage holds: nothing that it could take the seat with. */
  async #duplicate(tab: Tab): Promise<void> {
    const second = this.#open(new Map(tab.storage))
    await this.#pass(between(this.random, 100, 1_000))
    second.say()
    const leaves = this.random() < 0.5
    if (leaves) await second.room.leave()
    await this.#pass(300)
    second.vanish(leaves)
  }

  #kill(): void {
    this.life.die()
    this.#begin()
  }

  async #drain(): Promise<void> {
    const { life } = this
    let isDrained = false
    void life.host.drain().then(() => {
      isDrained = true
    })
    for (let ms = 0; ms < 2_500 || !isDrained; ms += STEP_MS) {
      if (ms > DRAIN_MS) return void this.ledger.broken.push('a server never drained')
      await this.#pass(STEP_MS)
    }
    life.die()
    this.#begin()
  }

  #begin(): void {
    for (const { net } of this.#tabs) net.cut()
    this.life = new Life(this)
  }

  /** Someone shows a token that was stolen too late. */
  #attack(): void {
    const token = pick(this.random, [...this.ledger.stale, 'no.token'])
    const wire: Wire = { isHonest: false, hello: null, welcome: null }
    const far = this.life.accept(wire, SILENT, () => false)
    const resume = { token, epoch: 0, received: 0, lastTick: 0 }
    const hello = {
      type: 'hello',
      hash: game.hash,
      room: 'ledger',
      id: 'one',
      join: [],
      options: null,
      resume,
    } as const
    far.receive(encodeClientMessage(hello))
    this.clock.after(20, () => far.closed())
  }

  #pass(ms: number): Promise<void> {
    return this.clock.pass(ms, STEP_MS)
  }

  /** The lines get well, everyone finds back, and everything that is owed arrives. */
  async #calm(): Promise<void> {
    for (const tab of this.#tabs) tab.heal()
    await this.#pass(CALM_MS)
    this.#isCalm = true
    await this.#pass(3_000)
    // A dial that was given up may still arrive, when its line was silent for long: it says no hello, and is sent away.
    if (this.life.stats.connections > this.#tabs.length) await this.#pass(LATECOMER_MS)
    for (const tab of this.#tabs) tab.isQuiet(this.life.said)
    this.life.isLeftWith(this.#tabs.length)
  }
}
