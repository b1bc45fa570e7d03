// A room of every type of field, in which everything changes at random, with clients behind lines of their own: both ends
// whole, on virtual time. What each client holds of a tick is compared with what the game's objects were then.

import type { Layout } from '../../protocol/layout.ts'
import type { LiveRow } from '../../protocol/live.ts'
import type { Snapshot, Table } from '../../protocol/snapshot.ts'
import { join, type Room } from '../../sdk/index.ts'
import { Net, repeat } from '../../sdk/netsim.ts'
import { PROFILES, type Profile } from '../../sdk/profiles.ts'
import { defineRoom } from '../../server/room/room.ts'
import type { Seat } from '../../server/room/seat.ts'
import { ClientClock } from './client-clock.ts'
import { settle, type VirtualClock } from './clock.ts'
import { pick, seeded } from './random.ts'
import { TestServer } from './server.ts'
import { type Telling, type Told, Truth } from './truth.ts'
import { difference } from './watcher.ts'
import { randomValue } from './world.ts'
import { zoo } from './zoo.ts'

const STEP_MS = 10
const MOST = 25

type Entity = Record<string, unknown> & { readonly id: number }
interface Owner {
  readonly id: number
}

/** The server's part of it. */
class Cage {
  readonly server: TestServer<typeof zoo>
  /** What there was, by tick. */
  readonly tellings = new Map<number, Telling>()
  /** By tick, the players who were sent all of it. */
  readonly told = new Map<number, Set<number>>()
  /** Whether things change. */
  isLively = false
  readonly #random: () => number
  readonly #truth = new Truth()
  readonly #owners = new Map<object, number>()
  readonly #shownTo = new Map<object, Set<number> | 'all'>()

  constructor(seed: number) {
    const random = seeded(seed)
    this.#random = random
    const cage = this
    const Lively = defineRoom(
      zoo,
      (room) => ({
        onTick() {
          const sessions = [...room.sessions]
          const whole = (sessions as unknown as Seat[]).filter(({ feed }) => !feed.isBehind)
          cage.told.set(room.tick - 1, new Set(whole.map(({ id }) => id)))
          const state = room.state as unknown as State
          if (cage.isLively) {
            const all = objects(state)
            cage.#changeAll(all)
            if (random() < 0.2) room.reveal(...cage.#revealed(pick(random, all.slice(1).flat()), sessions))
            cage.#comeAndGo(state, sessions)
          }
          cage.tellings.set(room.tick, cage.#tell(objects(state)))
        },
      }),
      { tickRate: 20, sendRate: 20 },
    )
    // Every frame says its hash.
    this.server = new TestServer(zoo, { zoo: Lively }, { hashMs: 1e-6 })
  }

  #changeAll(all: readonly (readonly Entity[])[]): void {
    all.forEach((entities, kind) => {
      for (const entity of entities) if (this.#random() < 0.3) this.#change(kind, entity)
    })
  }

  #change(kind: number, entity: Entity): void {
    const layout = zoo.kinds[kind] as Layout
    const names = [...layout.ints, ...layout.boxes].map(({ name }) => name).filter((name) => name !== 'owner')
    const name = pick(this.#random, names)
    entity[name] = randomValue(layout, name, this.#random, entity[name])
  }

  #comeAndGo(state: State, sessions: readonly Owner[]): void {
    const random = this.#random
    const list = state[pick(random, ['ship', 'relic'] as const)]
    if (list.size < MOST && random() < 0.4) {
      const owner = random() < 0.5 ? pick(random, sessions) : null
      this.#owners.set(list.add({ owner }), owner?.id ?? 0)
    }
    if (list.size > 0 && random() < 0.2) list.remove(pick(random, [...list]))
  }

  #revealed<S extends Owner>(entity: Entity, sessions: readonly S[]): [entity: object, to: S | 'all'] {
    const before = this.#shownTo.get(entity) ?? new Set()
    const to = this.#random() < 0.3 ? 'all' : pick(this.#random, sessions)
    this.#shownTo.set(entity, to === 'all' || before === 'all' ? 'all' : new Set([...before, to.id]))
    return [entity, to]
  }

  #tell(all: readonly (readonly Entity[])[]): Telling {
    const row = (values: Entity): LiveRow => ({
      id: values.id ?? 1,
      values,
      owner: this.#owners.get(values) ?? 0,
      shownTo: this.#shownTo.get(values) ?? null,
      reveals: 0,
    })
    return this.#truth.tell(all.map((entities) => entities.map(row)))
  }
}

interface State {
  readonly room: Entity
  readonly player: Iterable<Entity>
  readonly ship: List
  readonly relic: List
}

/** By kind. */
function objects({ room, player, ship, relic }: State): Entity[][] {
  return [[room], [...player], [...ship], [...relic]]
}

interface List extends Iterable<Entity> {
  readonly size: number
  add(values: { readonly owner: Owner | null }): Entity
  remove(entity: Entity): void
}

export class Menagerie {
  readonly visitors: Visitor[] = []
  readonly #cage: Cage
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
    this.#cage = new Cage(seed)
  }

  get server(): TestServer<typeof zoo> {
    return this.#cage.server
  }

  get clock(): VirtualClock {
    return this.server.clock
  }

  set isLively(isLively: boolean) {
    this.#cage.isLively = isLively
  }

  async enter(profile: Profile): Promise<Visitor> {
    const random = seeded(100 * this.#seed + this.visitors.length)
    const net = new Net({ ...this.clock, random }, (socket) => this.server.host.accept(socket, '10.0.0.1'))
    const time = new ClientClock(this.clock, profile)
    const { now, after } = time
    const world = { WebSocket: net.WebSocket, random, now, after, fetch: null, storage: null, page: null }
    const joining = join('ws://zoo.test/ws', zoo, { room: 'zoo', ...world })
    await this.run(1_500)
    const visitor = new Visitor(await joining, this.#cage)
    this.visitors.push(visitor)
    const off = net.follow(profile)
    const offHidden = repeat(this.clock, profile.hidden, (isOn) => {
      time.isHidden = isOn
    })
    visitor.recover = () => {
      off()
      offHidden()
      net.follow(PROFILES.lan)
      net.isRead = true
      time.isHidden = false
    }
    return visitor
  }

  async run(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.clock.advance(STEP_MS)
      await settle()
      for (const visitor of this.visitors) visitor.look()
    }
  }
}

/** A client, and how what it held differed from what there was. */
export class Visitor {
  readonly room: Room<typeof zoo>
  /** The line gets well, and the page is in sight. */
  recover: () => void = () => {}
  /** How many states were compared. */
  looks = 0
  readonly #cage: Pick<Cage, 'tellings' | 'told'>
  readonly #differences = new Map<number, string>()
  #tick = 0

  constructor(room: Room<typeof zoo>, cage: Pick<Cage, 'tellings' | 'told'>) {
    this.room = room
    this.#cage = cage
  }

  look(): void {
    const { newest } = this.room.inside.session.ring
    const telling = this.#cage.tellings.get(newest.tick)
    if (newest.tick === this.#tick || telling === undefined) return
    this.#tick = newest.tick
    this.looks++
    const found = telling.map((rows, kind) => this.#compare(newest, kind, rows)).find(Boolean)
    if (found) this.#differences.set(newest.tick, found)
  }

  /** The first difference in a state that left whole. Where a line had no room for all, some of it is to differ. */
  get wrong(): string {
    const whole = [...this.#differences].find(([tick]) => this.#cage.told.get(tick)?.has(this.room.me))
    return whole?.[1] ?? ''
  }

  /** How many states were the same as what there was. */
  get same(): number {
    return this.looks - this.#differences.size
  }

  /** Whether it has what there is now. */
  get isUpToDate(): boolean {
    const newest = Math.max(...this.#cage.tellings.keys())
    return newest - this.#tick <= 1 && !this.#differences.has(this.#tick)
  }

  #compare({ tick, tables }: Snapshot, kind: number, rows: readonly Told[]): string {
    const layout = zoo.kinds[kind] as Layout
    const table = tables[kind] as Table
    const where = `tick ${tick} ${layout.kind}`
    if (table.count !== rows.length) return `${where}: ${table.count} rows, not ${rows.length}`
    const { me } = this.room
    for (const [row, told] of rows.entries()) {
      const place = { layout, kind, table, row, told, where }
      const isShown = told.shownTo === 'all' || (told.shownTo?.has(me) ?? false)
      const found =
        (table.ids[row] === told.id ? '' : `${where}: ${told.id} is not in its place`) ||
        difference(place, layout.shared) ||
        (told.owner === me ? difference(place, layout.owners) : '') ||
        (isShown ? difference(place, layout.hidden) : '')
      if (found) return found
    }
    return ''
  }
}
