// A whole match of the demo on virtual time: its server, its bots, real clients of the SDK whose players fidget and talk,
// and a line to each. One clock and one seed; everything that travels goes into one digest.

import { createHash } from 'node:crypto'
import { move, type Sparks, sparks } from '../../demo/game.ts'
import { Arena } from '../../demo/server/arena.ts'
import { join, type Room } from '../../sdk/index.ts'
import { type Far, type FarSocket, Net, repeat } from '../../sdk/netsim.ts'
import type { Profile } from '../../sdk/profiles.ts'
import { ClientClock } from './client-clock.ts'
import type { VirtualClock } from './clock.ts'
import { between, seeded } from './random.ts'
import { TestServer } from './server.ts'

/** Players steer so often, and look at every third of these pictures: enough to tell how fresh it is. */
const PICTURE_MS = 1000 / 30
const LOOK_EACH = 3
const TICK_MS = 1000 / Arena.tickRate
/** Between two steps of the match promises settle. */
const STEP_MS = 10

export class Match {
  readonly server: TestServer<Sparks>
  readonly players: Player[] = []
  readonly #random: () => number
  readonly #digest = createHash('sha256')
  #arena: Arena | undefined
  #isFrozen = false

  constructor(seed: number) {
    this.#random = seeded(seed)
    const match = this
    class Seeded extends Arena {
      static override fleet = 6
      static override sparks = 20
      protected override random = seeded(seed)
      override onCreate(): void {
        super.onCreate()
        match.#arena = this
      }
      override onTick(dt: number): void {
        if (!match.#isFrozen) super.onTick(dt)
      }
    }
    this.server = new TestServer(sparks, { sparks: Seeded })
  }

  get clock(): VirtualClock {
    return this.server.clock
  }

  /** What has travelled so far, and when, as one number: ends the digest. */
  digest(): string {
    return this.#digest.digest('hex')
  }

  /** Milliseconds since the server made the state of that tick. */
  ageOf(tick: number): number {
    return ((this.#arena?.tick ?? 0) - tick) * TICK_MS
  }

  async enter(name: string, profile: Profile): Promise<Player> {
    const random = seeded(between(this.#random, 1, 1e9))
    const net = new Net({ ...this.clock, random }, (socket) => this.#tap(socket, this.players.length))
    const player = new Player(this, { name, net, profile, random })
    const joining = player.join()
    await this.run(1_500)
    player.sit(await joining)
    this.players.push(player)
    return player
  }

  run(ms: number): Promise<void> {
    return this.clock.pass(ms, STEP_MS)
  }

  /** Nothing moves any more, and all lines are good: after a while everyone must see the same. */
  freeze(): void {
    this.#isFrozen = true
    for (const player of this.players) player.rest()
  }

  /** The ships as the server has them. */
  get ships(): Iterable<Ship> {
    return this.#arena?.state.ship ?? []
  }

  #tap(socket: FarSocket, place: number): Far {
    const note = (direction: number, bytes: Uint8Array) => {
      this.#digest.update(Float64Array.of(this.clock.now(), place, direction, bytes.length)).update(bytes)
    }
    const end = this.server.host.accept(
      {
        get bufferedAmount() {
          return socket.bufferedAmount
        },
        send: (bytes) => {
          note(1, bytes)
          socket.send(bytes)
        },
        close: (code, reason) => socket.close(code, reason),
        terminate: () => socket.terminate(),
      },
      '10.0.0.1',
    )
    return {
      receive: (bytes) => {
        note(0, bytes)
        end.receive(bytes)
      },
      closed: () => end.closed(),
    }
  }
}

interface Setup {
  readonly name: string
  readonly net: Net
  readonly profile: Profile
  readonly random: () => number
}

/** Someone who plays, with a clock, a page and a line of their own. */
export class Player {
  readonly net: Net
  /** The age of the state that each picture showed, while the page was in sight. */
  readonly ages: number[] = []
  /** The numbers of the sayings that were heard. */
  readonly heard: number[] = []
  /** How often the seat, or its streams, could not be kept. */
  resets = 0
  said = 0
  readonly #match: Match
  readonly #setup: Setup
  readonly #time: ClientClock
  #room: Room<Sparks> | undefined
  #pictures = 0
  readonly #offs: (() => void)[]
  #intent = { dx: 0, dy: 0, dash: false }

  constructor(match: Match, setup: Setup) {
    this.#match = match
    this.#setup = setup
    this.net = setup.net
    this.#time = new ClientClock(match.clock, setup.profile)
    this.#offs = [this.net.follow(setup.profile)]
  }

  get room(): Room<Sparks> {
    if (this.#room === undefined) throw new Error(`${this.#setup.name} is not in`)
    return this.#room
  }

  /** The ships of the others as this player sees them: the own one is where it will be. */
  get ships(): Ship[] {
    return this.#others(this.room.view().ship)
  }

  /** And as the server has them. */
  get truth(): Ship[] {
    return this.#others(this.#match.ships)
  }

  join(): Promise<Room<Sparks>> {
    const { name, net, random } = this.#setup
    const { now, after } = this.#time
    const world = { WebSocket: net.WebSocket, random, now, after, fetch: null, storage: null, page: null }
    return join('ws://sparks.test/ws', sparks, { room: 'sparks', with: { name }, ...world })
  }

  sit(room: Room<Sparks>): void {
    this.#room = room
    room.predict('ship', move)
    room.on('talk', ({ id }) => this.heard.push(id))
    room.onReset(() => this.resets++)
    const { clock } = this.#match
    const { profile, random } = this.#setup
    clock.after(random() * PICTURE_MS, () => clock.every(PICTURE_MS, () => this.#draw()))
    this.#offs.push(clock.every(400 + 200 * random(), () => this.#fidget()))
    this.#offs.push(
      repeat(clock, profile.hidden, (isOn) => {
        this.#time.isHidden = isOn
      }),
    )
  }

  /** Steers and talks no more, and the line gets well. */
  rest(): void {
    for (const off of this.#offs) off()
    this.net.isRead = true
    this.#time.isHidden = false
  }

  #others(ships: Iterable<Ship>): Ship[] {
    const own = this.room.view().ship.find(({ mine }) => mine)?.id
    return [...ships]
      .filter(({ id }) => id !== own)
      .map(told)
      .sort((one, other) => one.id - other.id)
  }

  #draw(): void {
    if (this.#time.isHidden) return
    this.room.input(this.#intent)
    if (this.#pictures++ % LOOK_EACH > 0) return
    this.ages.push(this.#match.ageOf(this.room.view().serverTick))
  }

  #fidget(): void {
    const { random, name } = this.#setup
    const steer = () => between(random, -127, 127)
    this.#intent = { dx: steer(), dy: steer(), dash: random() < 0.2 }
    if (random() < 0.2 && this.room.state.name !== 'closed') {
      this.room.send('talk', { message: `${name} ${++this.said}`, type: 'text' })
    }
  }
}

interface Ship {
  readonly id: number
  readonly x: number
  readonly y: number
  readonly score: number
  readonly name: string
}

/** To the precision of what is sent. */
function told({ id, x, y, score, name }: Ship): Ship {
  return { id, x: Math.floor(x * 8 + 0.5) / 8, y: Math.floor(y * 8 + 0.5) / 8, score, name }
}
