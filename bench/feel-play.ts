// One player on a line of some make, among ships that the server steers, on virtual time: both ends are the real ones.
// The player's screen is all that is looked at; a beacon, whose place is the tick, tells which moment it shows.

import { defineGame, f32, fixed, type InputOf, i8, type Of } from '../protocol/index.ts'
import { seeded } from '../protocol/random.ts'
import { type JoinOptions, join, type Room } from '../sdk/index.ts'
import { Net } from '../sdk/netsim.ts'
import type { Profile } from '../sdk/profiles.ts'
import { defineRoom } from '../server/index.ts'
import { settle } from '../test/support/clock.ts'
import { percentile } from '../test/support/percentile.ts'
import { between } from '../test/support/random.ts'
import { TestServer } from '../test/support/server.ts'

const game = defineGame({
  entities: {
    ship: { x: fixed(-4096, 4096, 1 / 8), y: fixed(-4096, 4096, 1 / 8), vx: f32().owner(), vy: f32().owner() },
    beacon: { tick: fixed(0, 2 ** 20, 1 / 8) },
  },
  input: { dx: i8(), dy: i8() },
})
type Course = typeof game
type Ship = Of<Course, 'ship'>
type Intent = InputOf<Course>

const TICK_RATE = 60
const SEND_RATE = 20
const PICTURE_MS = 1000 / 60
const STEP_MS = 10
/** The player steers elsewhere every so often. */
const PICTURES_A_COURSE = 20
const SHIPS = 8
/** Units a second along one axis, and how fast a ship takes on what it is steered to. */
const TOP_SPEED = 360
const PULL = 3.4
const HALF = 1500
/** A ship that goes further than its speed explains, by more than so many units, is seen to jump. */
const POP = 4
/** A picture's time is not measured while a line shows itself for the first time. */
const WARM_UP_MS = 5_000

/** The rule that both ends run. */
function move(ship: Ship, { dx, dy }: Intent, dt: number): void {
  ship.vx += ((dx / 127) * TOP_SPEED - ship.vx) * PULL * dt
  ship.vy += ((dy / 127) * TOP_SPEED - ship.vy) * PULL * dt
  ship.x = Math.min(HALF, Math.max(-HALF, ship.x + ship.vx * dt))
  ship.y = Math.min(HALF, Math.max(-HALF, ship.y + ship.vy * dt))
}

function steer(random: () => number): Intent {
  return { dx: between(random, -127, 127), dy: between(random, -127, 127) }
}

/** What a player on such a line gets to feel. */
export interface Feel {
  /** How often the own ship was not where it was predicted. */
  readonly corrections: number
  /** Pictures in which another ship jumps. */
  readonly popsPerMinute: number
  /** Pictures for which there was no state that is newer than what they show. */
  readonly starvedPercent: number
  /** How far the others are behind, beyond the way from the server. */
  readonly delayMs: number
  /** Ticks that found no input of the player's, and inputs that no tick took. */
  readonly lateInputsPercent: number
  readonly lostInputsPercent: number
  readonly clockErrorP99Ms: number
}

export interface Plan {
  readonly profile: Profile
  readonly seconds: number
  readonly seed: number
  readonly quality?: NonNullable<JoinOptions<Course>['quality']>
  readonly lateInputs?: 'catch-up' | 'strict'
  /** What happens to the line besides, with the seconds played. */
  readonly meanwhile?: (net: Net, seconds: number) => void
}

/** Plays; the same plan is the same match. */
export async function feel(plan: Plan): Promise<Feel> {
  const match = new Match(plan)
  await match.enter()
  await match.run(WARM_UP_MS)
  match.begin()
  for (let second = 0; second < plan.seconds; second++) {
    plan.meanwhile?.(match.net, second)
    await match.run(1_000)
  }
  return match.end()
}

class Match {
  readonly net: Net
  readonly #plan: Plan
  readonly #server: TestServer<Course>
  readonly #random: () => number
  #host: Pick<Room<Course>, 'time'> = { time: 0 }
  #room: Room<Course> | undefined
  #intent: Intent = { dx: 0, dy: 0 }
  readonly #places = new Map<number, Place>()
  #drawnAt = 0
  #counts = zeroCounts()
  #droppedBefore = 0

  constructor(plan: Plan) {
    this.#plan = plan
    this.#random = seeded(plan.seed)
    this.#server = new TestServer(game, { course: this.#roomClass() })
    const { clock, host } = this.#server
    const chance = { now: clock.now, after: clock.after, random: seeded(plan.seed + 1) }
    this.net = new Net(chance, (socket) => host.accept(socket, '10.0.0.1'))
    this.net.follow(plan.profile)
  }

  async enter(): Promise<void> {
    const { clock } = this.#server
    const rate = 1 + (this.#plan.profile.ppm ?? 0) / 1e6
    const time = { now: () => clock.now() * rate, after: (ms: number, run: () => void) => clock.after(ms / rate, run) }
    const world = {
      WebSocket: this.net.WebSocket,
      random: this.#random,
      fetch: null,
      storage: null,
      page: null,
      ...time,
    }
    const quality = this.#plan.quality ?? 'balanced'
    const joining = join('ws://feel.test/ws', game, { room: 'course', quality, ...world })
    await this.run(2_000)
    this.#room = await joining
    this.#room.predict('ship', move)
    clock.after(this.#random() * PICTURE_MS, () => clock.every(PICTURE_MS, () => this.#draw()))
  }

  async run(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.#server.clock.advance(Math.min(STEP_MS, left))
      await settle()
    }
  }

  begin(): void {
    this.#counts = zeroCounts()
    this.#counts.corrections = -this.#player.stats.corrections
    this.#droppedBefore = this.#server.stats.droppedInputs
  }

  end(): Feel {
    const { corrections, pictures, pops, starved, delayMs, ticks, late, clockErrors } = this.#counts
    const dropped = this.#server.stats.droppedInputs - this.#droppedBefore
    return {
      corrections: corrections + this.#player.stats.corrections,
      popsPerMinute: pops / (this.#plan.seconds / 60),
      starvedPercent: (100 * starved) / pictures,
      delayMs: delayMs / pictures,
      lateInputsPercent: (100 * late) / ticks,
      lostInputsPercent: (100 * dropped) / ticks,
      clockErrorP99Ms: percentile(clockErrors, 0.99),
    }
  }

  get #player(): Room<Course> {
    if (this.#room === undefined) throw new Error('the player is not in')
    return this.#room
  }

  #roomClass() {
    const random = seeded(this.#plan.seed + 2)
    return defineRoom(
      game,
      (room) => {
        this.#host = room
        const beacon = room.state.beacon.add({})
        const place = () => ({ x: between(random, -HALF, HALF), y: between(random, -HALF, HALF) })
        const bots = Array.from({ length: SHIPS }, () => ({
          ship: room.state.ship.add(place()),
          intent: steer(random),
        }))
        return {
          onJoin(session) {
            session.avatar = room.state.ship.add({ owner: session })
          },
          onTick: (dt) => {
            beacon.tick = room.tick
            for (const bot of bots) {
              if (random() < 1 / TICK_RATE) bot.intent = steer(random)
              move(bot.ship, bot.intent, dt)
            }
            for (const session of room.sessions) {
              const isLate = session.stats.inputsWaiting === 0
              for (const input of session.inputs()) move(session.avatar, input, dt)
              this.#counts.ticks++
              if (isLate) this.#counts.late++
            }
          },
        }
      },
      { avatar: 'ship', tickRate: TICK_RATE, sendRate: SEND_RATE, lateInputs: this.#plan.lateInputs ?? 'catch-up' },
    )
  }

  #draw(): void {
    const now = this.#server.clock.now()
    const counts = this.#counts
    const room = this.#player
    if (counts.pictures % PICTURES_A_COURSE === 0) this.#intent = steer(this.#random)
    room.input(this.#intent)
    const view = room.view()
    const shown = view.beacon[0]?.tick ?? 0
    counts.pictures++
    if (this.#hasJumped(view.ship, now - this.#drawnAt)) counts.pops++
    if (shown > view.serverTick) counts.starved++
    counts.delayMs += this.#host.time - (shown * 1000) / TICK_RATE - this.net.down.line.latencyMs
    counts.clockErrors.push(Math.abs(room.time - this.#host.time))
    this.#drawnAt = now
  }

  #hasJumped(ships: Iterable<Place & { readonly id: number; readonly mine: boolean }>, ms: number): boolean {
    // A picture may go on a tenth faster than time.
    const most = (Math.SQRT2 * TOP_SPEED * 1.1 * ms) / 1000 + POP
    let hasJumped = false
    for (const { id, x, y, mine } of ships) {
      const before = this.#places.get(id)
      hasJumped ||= !mine && before !== undefined && Math.hypot(x - before.x, y - before.y) > most
      this.#places.set(id, { x, y })
    }
    return hasJumped
  }
}

interface Place {
  readonly x: number
  readonly y: number
}

function zeroCounts() {
  const seen = { pictures: 0, pops: 0, starved: 0, delayMs: 0 }
  return { ...seen, corrections: 0, ticks: 0, late: 0, clockErrors: [] as number[] }
}
