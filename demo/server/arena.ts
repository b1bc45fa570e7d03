// The room of Sparks: who comes and goes, and what happens each tick. Bots keep it lively and give way to people.

import { type MessageOf, type Return, Room, type Session } from 'tickwire/server'
import {
  ARENA_RADIUS,
  COLOURS,
  CROWN_SCORE,
  DASH_REST,
  DASH_TIME,
  EMBLEMS,
  move,
  type Ship,
  type Sparks,
} from '../game.ts'
import { Bot, botName } from './bots.ts'
import { Chat } from './chat.ts'
import { clash, strike, victimOf } from './clash.ts'
import { SparkField, somewhere } from './field.ts'

type Player = Session<Sparks, 'ship'>
type FromClient<Name extends 'talk' | 'rename' | 'lab'> = MessageOf<Sparks, 'toServer', Name>

const SPARKS_PER_SHIP = 5
const SAFE_ON_ARRIVAL = 2 // seconds
const SAFE_AFTER_ROBBERY = 1.3
const LONGEST_DASH = 2 * DASH_TIME // inputs may come late
const LOAD_TICKS = 15 // from one word on what a tick takes to the next
const HOARD = 200 // for each so many sparks a ship loses one a second

export class Arena extends Room<Sparks, 'ship'> {
  static override tickRate = 60
  static override sendRate = 20
  /** Ships there are at least; bots make up the number. */
  static fleet = 10
  /** Sparks there are at least; each ship adds a few. */
  static sparks = 170
  /** Sparks that may grow back in a tenth of a second. */
  static regrowth = 3

  /** The source of chance. */
  protected random: () => number = Math.random
  readonly #chat = new Chat()
  readonly #bots: Bot[] = []
  readonly #ships: Ship[] = []
  /** People's ships that dash and have struck nobody yet. */
  readonly #dashers = new Set<Ship>()
  /** What players switched in their labs. */
  readonly #labs = new Map<Player, FromClient<'lab'>>()
  readonly #safeUntil = new WeakMap<Ship, number>()
  /** Seconds that a ship has been dashing. */
  readonly #dashed = new WeakMap<Ship, number>()
  #field!: SparkField

  override onCreate(): void {
    this.#field = new SparkField(this.state.spark, this.random)
    this.#field.grow(this.#sparkTarget, this.#sparkTarget)
    this.on('talk', (session, message) => this.#talk(session, message))
    this.on('rename', (session, message) => this.#rename(session, message))
    this.on('lab', (session, lab) => void this.#labs.set(session, lab))
    this.#staff()
  }

  override onJoin(session: Player, { name }: { name: string }): void {
    const init = this.#chat.enter(session.id, name, this.#seconds)
    const ship = this.#launch(this.#chat.nameOf(session.id), session)
    session.avatar = ship
    session.send('init', init)
    this.broadcast('join', { id: session.id, name: ship.name }, { except: session })
  }

  override onDrop(session: Player): void {
    const ship = session.avatar
    ship.away = true
    ship.dashing = false
    ship.vx = ship.vy = 0
  }

  override onResume(session: Player, how: Return): void {
    session.avatar.away = false
    if (how === 'reset') {
      // Its lab, if it still has one, says so again.
      this.#labs.delete(session)
      session.send('init', this.#chat.init(session.id))
    }
    this.#protect(session.avatar, SAFE_AFTER_ROBBERY)
  }

  override onLeave(session: Player): void {
    this.#scatter(session.avatar)
    this.broadcast('exit', { id: session.id, name: session.avatar.name })
    this.#chat.leave(session.id)
    this.#labs.delete(session)
  }

  override onTick(dt: number): void {
    this.#ships.length = 0
    for (const ship of this.state.ship) this.#ships.push(ship)
    for (const session of this.sessions) {
      for (const input of session.inputs()) move(session.avatar, input, dt)
      this.#endDash(session.avatar, dt)
    }
    for (const bot of this.#bots) move(bot.ship, bot.steer(this.tick, this.#ships, this.state.spark), dt)
    this.#field.slide(dt)
    this.#strikeAsSeen()
    clash(this.#ships, dt, this.#rob, this.#dashers)
    this.#field.collect(this.#ships)
    if (this.tick % 6 === 0) this.#field.grow(this.#sparkTarget, this.#settings.regrowth)
    this.#endSafety()
    this.#serveLabs()
    if (this.tick % Arena.tickRate === 0) this.#eachSecond()
    this.#crown()
  }

  // Inputs end a dash, and a page that is hidden sends none.
  #endDash(ship: Ship, dt: number): void {
    const seconds = ship.dashing ? (this.#dashed.get(ship) ?? 0) + dt : 0
    this.#dashed.set(ship, seconds)
    if (seconds <= LONGEST_DASH) return
    ship.dashing = false
    // Or the next input would go on with it.
    ship.rest = Math.min(ship.rest, DASH_REST - DASH_TIME)
  }

  // A dash strikes what its player saw it strike.
  #strikeAsSeen(): void {
    this.#dashers.clear()
    for (const session of this.sessions) {
      const ship = session.avatar
      if (!ship.dashing) continue
      if (this.#labs.get(session)?.compensate === false) continue
      const victim = this.rewind(session, () => victimOf(ship, this.#ships))
      if (victim) strike(ship, victim, this.#rob)
      else this.#dashers.add(ship)
    }
  }

  #serveLabs(): void {
    const { tickMs } = this
    for (const [session, { whole }] of this.#labs) {
      if (whole) session.keyframe()
      if (this.tick % LOAD_TICKS === 0) session.send('load', { tickMs }, { as: 'volatile' })
    }
  }

  // A crowded arena overrides them.
  get #settings(): typeof Arena {
    return this.constructor as typeof Arena
  }

  get #seconds(): number {
    return this.tick / Arena.tickRate
  }

  get #sparkTarget(): number {
    return this.#settings.sparks + SPARKS_PER_SHIP * this.state.ship.size
  }

  #launch(name: string, owner: Player | null): Ship {
    const { x, y } = this.#freePlace()
    const ship = this.state.ship.add({ owner, name, x, y, look: this.#freshLook() })
    this.#protect(ship, SAFE_ON_ARRIVAL)
    return ship
  }

  // Of some places at random, the one farthest from everyone.
  #freePlace(): { x: number; y: number } {
    let best = { x: 0, y: 0 }
    let most = -1
    for (let attempt = 0; attempt < 8; attempt++) {
      const place = somewhere(ARENA_RADIUS * 0.8, this.random)
      let nearest = Number.POSITIVE_INFINITY
      for (const ship of this.state.ship) nearest = Math.min(nearest, (ship.x - place.x) ** 2 + (ship.y - place.y) ** 2)
      if (nearest <= most) continue
      most = nearest
      best = place
    }
    return best
  }

  // The colour that fewest ships wear, with any emblem.
  #freshLook(): number {
    const worn = new Array<number>(COLOURS).fill(0)
    for (const ship of this.state.ship) worn[ship.look % COLOURS]! += 1
    const colour = worn.indexOf(Math.min(...worn))
    return colour + COLOURS * Math.floor(this.random() * EMBLEMS)
  }

  #staff(): void {
    const wanted = Math.max(0, this.#settings.fleet - this.sessions.size)
    while (this.#bots.length < wanted) {
      const taken = new Set(Array.from(this.state.ship, ({ name }) => name))
      this.#bots.push(new Bot(this.#launch(botName(taken), null), this.random))
    }
    while (this.#bots.length > wanted) this.#dismissPoorest()
  }

  #dismissPoorest(): void {
    this.#bots.sort((a, b) => b.ship.score - a.ship.score)
    const ship = this.#bots.pop()!.ship
    this.#scatter(ship)
    this.state.ship.remove(ship)
  }

  #scatter(ship: Ship): void {
    this.#field.burst(ship.x, ship.y, ship.score)
    ship.score = 0
  }

  #protect(ship: Ship, seconds: number): void {
    ship.safe = true
    this.#safeUntil.set(ship, this.#seconds + seconds)
  }

  // Who dashes gives safety up.
  #endSafety(): void {
    for (const ship of this.#ships) {
      if (ship.safe && (ship.dashing || this.#seconds >= (this.#safeUntil.get(ship) ?? 0))) ship.safe = false
    }
  }

  #rob = (thief: Ship, victim: Ship): void => {
    const amount = Math.ceil(victim.score / 2)
    victim.score -= amount
    this.#field.burst(victim.x, victim.y, amount)
    this.#protect(victim, SAFE_AFTER_ROBBERY)
    this.ownerOf(thief)?.send('hit', { you: 'thief', other: victim.name, sparks: amount })
    this.ownerOf(victim)?.send('hit', { you: 'victim', other: thief.name, sparks: amount })
  }

  #eachSecond(): void {
    for (const ship of this.#ships) ship.score -= Math.floor(ship.score / HOARD)
    this.#staff()
  }

  // Who wears the crown keeps it until someone has more.
  #crown(): void {
    let leader = this.state.ship.get(this.state.room.leader)
    if (leader && (leader.away || leader.score < CROWN_SCORE)) leader = undefined
    for (const ship of this.#ships) {
      if (!ship.away && ship.score >= CROWN_SCORE && ship.score > (leader?.score ?? 0)) leader = ship
    }
    this.state.room.leader = leader?.id ?? 0
  }

  #talk(session: Player, saying: FromClient<'talk'>): void {
    const talk = this.#chat.talk(session.id, saying, this.#seconds)
    if (talk) this.broadcast('talk', talk)
  }

  #rename(session: Player, to: FromClient<'rename'>): void {
    const name = this.#chat.rename(session.id, to.name, this.#seconds)
    if (name === undefined) return
    session.avatar.name = name
    this.broadcast('rename', { id: session.id, name })
  }
}
