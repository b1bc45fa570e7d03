// The whole state path of one room, played at random on virtual time: the game's objects change, come and go, change
// hands and are revealed; clients fall behind, are cut, come back at once or after minutes.

import { Capture } from '../../protocol/capture.ts'
import type { Game } from '../../protocol/game.ts'
import type { Layout } from '../../protocol/layout.ts'
import { type Home, Seat } from '../../server/room/seat.ts'
import { LiveState, type Rows } from '../../server/room/state.ts'
import type { Views } from '../../server/room/views.ts'
import { History } from '../../server/sync/history.ts'
import { Lookout, type Onlooker } from '../../server/sync/lookout.ts'
import { StateSender } from '../../server/sync/sender.ts'
import { between, pick } from './random.ts'
import { virtualShared } from './server.ts'
import { type Telling, Truth } from './truth.ts'
import { Watcher } from './watcher.ts'
import { randomValue } from './world.ts'
import { zoo } from './zoo.ts'

const SHIP = 2
const RELIC = 3
const REACH = 1500
const SETTINGS = { tickRate: 60, sendRate: 20, resumeWindow: 30, lateInputs: 'catch-up', validate: {} } as const
/** Frames that both ends keep, and a little more: who is away for so long comes back beyond the ring. */
const LONG = 70

const VIEWS: Views<typeof zoo> = {
  ship: { near: { x: 'x', y: 'size', width: REACH, height: 1e6 } },
  relic: { visibleTo: ({ small }, { id }) => (small + id) % 3 > 0 },
}

type Entity = Record<string, unknown> & { readonly id: number }

export class Play {
  readonly watchers: Watcher[] = []
  readonly #random: () => number
  readonly #shared = virtualShared({
    hashMs: 1e-6,
    controlsPerSecond: 1e6,
    controlBurst: 1e6,
    framesPerSecond: 1e6,
    frameBurst: 1e6,
  })
  readonly #live = new LiveState(zoo)
  readonly #capture = new Capture(zoo, true)
  readonly #truth = new Truth()
  readonly #history: History
  readonly #sender: StateSender
  readonly #hasViews: boolean
  /** Until which step each watcher is away. */
  readonly #awayUntil = new Map<Watcher, number>()
  #tick = 0
  #steps = 0

  constructor(random: () => number) {
    this.#random = random
    this.#hasViews = random() < 0.5
    const lookout = this.#hasViews ? new Lookout(zoo, VIEWS, this.#live.rows) : null
    const { rows } = this.#live
    this.#history = new History(this.#capture.ring, (tick) =>
      this.watchers.some(({ seat }) => seat.feed.flow.acknowledgedTick === tick),
    )
    const source = { game: zoo, capture: this.#capture, history: this.#history, rows, lookout }
    this.#sender = new StateSender(source, this.#shared)
    for (let count = between(random, 1, 3); count > 0; count--) this.#enter()
    for (let count = between(random, 0, 12); count > 0; count--) this.#add(pick(random, [SHIP, RELIC]))
  }

  /** What first went wrong, in whatever client. */
  get wrong(): string {
    return this.watchers.find(({ wrong }) => wrong)?.wrong ?? ''
  }

  step(): void {
    const random = this.#random
    this.#steps++
    this.#tick += between(random, 1, 3)
    this.#shared.world.clock.advance(50)
    this.#edit()
    if (random() < 0.9) this.#send()
    for (const watcher of this.watchers) this.#treat(watcher)
  }

  #list(kind: number): Rows {
    return (this.#live.state as Record<string, Rows>)[(zoo.kinds[kind] as Layout).kind] as Rows
  }

  #enter(): void {
    const player = this.#live.players.add() as { readonly id: number }
    const room = {
      game: zoo as Game,
      name: 'zoo',
      id: 'zoo',
      tick: 0,
      time: 0,
      shared: this.#shared,
      settings: SETTINGS,
      watched: { time: <T>(_: string, work: () => T) => work() },
    }
    const home: Home = {
      ...room,
      changes: 0,
      heard() {},
      stir() {},
      told() {},
      refresh() {},
      dropped() {},
      diverged() {},
      end() {},
    }
    const seat = new Seat(player, home)
    seat.focus = { x: 2000, y: 0 }
    this.watchers.push(new Watcher(seat, this.#shared))
  }

  #add(kind: number): void {
    const owner = this.#random() < 0.5 ? pick(this.#random, this.watchers).seat : null
    const entity = this.#list(kind).add({ owner })
    for (let times = 0; times < 6; times++) this.#change(kind, entity)
  }

  #edit(): void {
    const random = this.#random
    if (random() < 0.3) this.#add(pick(random, [SHIP, RELIC]))
    if (random() < 0.2) this.#remove(pick(random, [SHIP, RELIC]))
    if (random() < 0.04) this.#recycle(pick(random, [SHIP, RELIC]))
    if (random() < 0.1) this.#changeHands(pick(random, [SHIP, RELIC]))
    if (random() < 0.1) this.#reveal()
    for (let kind = 0; kind < zoo.kinds.length; kind++) {
      const all = kind === 0 ? [(this.#live.state as { readonly room: Entity }).room] : this.#list(kind)
      for (const entity of all) if (random() < 0.4) this.#change(kind, entity as Entity)
    }
    for (const ship of this.#list(SHIP)) if (ship.id % 2) ship.x = Math.min(4096, (ship.x as number) + (ship.id % 40))
    for (const { seat } of this.watchers) if (random() < 0.2) seat.focus = { x: between(random, 0, 4096), y: 0 }
  }

  #change(kind: number, entity: Entity): void {
    const names = Object.keys(entity).filter((name) => name !== 'id')
    const name = pick(this.#random, names)
    const value = entity[name]
    // A list may be changed inside: it is compared by what it holds.
    if (Array.isArray(value) && value.length > 1 && name === 'hand') value[value.length - 1] = (value.at(-1) + 1) & 255
    else entity[name] = randomValue(zoo.kinds[kind] as Layout, name, this.#random, entity[name])
  }

  #remove(kind: number): void {
    const list = this.#list(kind)
    if (list.size > 0) list.remove(pick(this.#random, [...list]))
  }

  /** One goes, others come and go, and then another one takes its place. */
  #recycle(kind: number): void {
    const list = this.#list(kind)
    this.#remove(kind)
    for (let count = 0; count < 65; count++) list.remove(list.add())
    this.#add(kind)
  }

  #changeHands(kind: number): void {
    const all = [...this.#list(kind)]
    const owner = this.#random() < 0.3 ? null : pick(this.#random, this.watchers).seat
    if (all.length > 0) this.#live.give(pick(this.#random, all), owner)
  }

  #reveal(): void {
    const to = this.#random() < 0.3 ? 'all' : pick(this.#random, this.watchers).seat
    const all = [this.#list(1), this.#list(SHIP), this.#list(RELIC)].flatMap((list) => [...list])
    this.#live.reveal(pick(this.#random, all), to)
  }

  #send(): void {
    this.#history.turn()
    this.#capture.capture(this.#live.rows, this.#tick, this.#live.changes)
    const telling = this.#truth.tell(this.#live.rows)
    for (const watcher of this.watchers) {
      const seen = telling.map((rows, kind) =>
        this.#hasViews && kind >= SHIP ? this.#seenBy(watcher.seat, kind, rows) : null,
      )
      const { viewer, flow } = watcher.seat.feed
      watcher.sight = { telling, seen, predicts: new Set(viewer.predicts), acknowledgedTick: flow.acknowledgedTick }
    }
    this.#sender.sendAll(this.watchers.map(({ seat }) => seat))
  }

  #seenBy({ id: viewer, focus }: Onlooker, kind: number, rows: Telling[number]): ReadonlySet<number> {
    const isSeen = (entity: Entity) => {
      if (kind === RELIC) return ((entity.small as number) + viewer) % 3 > 0
      return Math.abs((entity.x as number) - (focus as { readonly x: number }).x) <= REACH / 2
    }
    const list = this.#list(kind)
    return new Set(
      rows.filter(({ id, owner }) => owner === viewer || isSeen(list.get(id) as Entity)).map(({ id }) => id),
    )
  }

  /** What happens to one client between two states. */
  #treat(watcher: Watcher): void {
    const random = this.#random
    if (!watcher.isConnected) {
      if ((this.#awayUntil.get(watcher) ?? 0) <= this.#steps) watcher.resume(random() < 0.2)
      return
    }
    if (random() < 0.03) return this.#cut(watcher)
    watcher.bufferedAmount = random() < 0.15 ? 70_000 : 0
    if (random() < 0.04) watcher.predict(random() < 0.7 ? [SHIP, RELIC] : [])
    watcher.take(random() < 0.8 ? Number.POSITIVE_INFINITY : between(random, 0, 2), random() < 0.8)
  }

  #cut(watcher: Watcher): void {
    const { clock } = this.#shared.world
    watcher.cut()
    this.#awayUntil.set(watcher, this.#steps + (this.#random() < 0.1 ? LONG : between(this.#random, 0, 8)))
    clock.advance(1)
  }
}
