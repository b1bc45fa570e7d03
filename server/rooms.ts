// The rooms of one server, by name and id: which there are, and which one a newcomer is led to.

import { type CloseReason, ProtocolError } from '../protocol/errors.ts'
import type { Hello } from '../protocol/messages.ts'
import { rationed } from './base/rationed.ts'
import type { Shared } from './base/shared.ts'
import type { Watched } from './base/watched.ts'
import type { Log } from './base/world.ts'
import { LiveRoom, type RoomPlan } from './room/live-room.ts'
import type { RoomClass } from './room/room.ts'
import { base64url } from './room/tokens.ts'

export interface RoomsPlan extends Pick<RoomPlan, 'game' | 'strict'> {
  /** By the name under which clients join them. */
  readonly rooms: { readonly [name: string]: RoomClass }
}

/** Told when a seat is taken, and when it is given up. */
type Seats = Pick<RoomPlan, 'onSeat' | 'onSeatGone'>

/** A running room as its server's owner sees it. */
export interface RoomInfo {
  /** The one in `rooms` under which clients join it. */
  readonly name: string
  /** Of this instance. */
  readonly id: string
  /** The step that ran last; 0 before the first. */
  readonly tick: number
  /** How many there are, dropped ones included. */
  readonly sessions: number
}

export class Rooms {
  readonly #plan: RoomsPlan & Seats
  readonly #shared: Shared
  readonly #watched: Watched
  readonly #classes: ReadonlyMap<string, RoomClass>
  /** Also those that are over, until their last hooks have settled. */
  readonly #rooms = new Set<LiveRoom>()
  /** Rationed: anyone can send options with which no room can begin. */
  readonly #logUnmade: Log

  constructor(plan: RoomsPlan & Seats, shared: Shared, watched: Watched) {
    this.#plan = plan
    this.#shared = shared
    this.#watched = watched
    this.#classes = new Map(Object.entries(plan.rooms))
    this.#logUnmade = rationed(shared.log, shared.world)
  }

  get infos(): readonly RoomInfo[] {
    return this.#running.map(({ name, id, tick, sessions }) => ({ name, id, tick, sessions: sessions.size }))
  }

  /** Settles when what the last hooks of all rooms promised has. */
  get ended(): Promise<void> {
    return Promise.all([...this.#rooms].map(({ ended }) => ended)).then(() => {})
  }

  /** Throws ProtocolError for a name that none has. */
  classOf(name: string): RoomClass {
    const room = this.#classes.get(name)
    if (room === undefined) throw new ProtocolError('NO_SUCH_ROOM', `there is no room ${name.slice(0, 40)}`)
    return room
  }

  /** The room of that id which is over and has not saved yet what it saves: no other begins before. */
  ending({ room: name, id }: Hello): LiveRoom | undefined {
    return [...this.#rooms].find((live) => live.isOver && live.name === name && live.id === id)
  }

  /**
   * The room that a hello from an address wants, made if need be. Throws ProtocolError where it is locked, or there is no
   * place for one more.
   */
  wanted(hello: Hello, address: string): LiveRoom {
    const { room: name, id } = hello
    const isMeant = (live: LiveRoom) => live.name === name && (id === '' ? live.isForAnyone : live.id === id)
    const found = this.#running.find(isMeant)
    if (found?.isLocked) throw found.full
    if (found) return found
    this.#endDeserted(address)
    return this.#open(hello, address)
  }

  /** Sends a state in each room where someone has been told nothing for long. */
  beat(now: number): void {
    for (const room of this.#rooms) room.beat(now)
  }

  /** Ends them all. */
  finish(reason: CloseReason, message: string): void {
    for (const room of this.#rooms) room.finish(reason, message)
  }

  /** Those that are not over. */
  get #running(): readonly LiveRoom[] {
    return [...this.#rooms].filter(({ isOver }) => !isOver)
  }

  /**
   * Makes place for another room of an address: where it has made as many that nobody is in as it may, the one that was
   * left longest ago ends.
   */
  #endDeserted(maker: string): void {
    const { limits, stats } = this.#shared
    const isDeserted = (live: LiveRoom) => live.maker === maker && live.desertedSince < Number.POSITIVE_INFINITY
    const deserted = this.#running.filter(isDeserted).sort((a, b) => (a.desertedSince < b.desertedSince ? -1 : 1))
    if (deserted.length < limits.desertedRoomsPerAddress) return
    stats.desertedRooms++
    deserted[0]?.finish('ROOM_CLOSED', 'the room was deserted')
  }

  #open({ room: name, id: wished, options }: Hello, maker: string): LiveRoom {
    const room = this.classOf(name)
    const { limits, stats, world } = this.#shared
    if (this.#running.length >= limits.rooms)
      throw new ProtocolError('FULL', 'the server has no place for another room')
    const onGone = (gone: LiveRoom) => void this.#rooms.delete(gone)
    try {
      const id = wished || base64url(world.randomBytes(6))
      const plan = { ...this.#plan, onGone, logUnmade: this.#logUnmade, name, id, isNamed: wished !== '', maker, room }
      const live = this.#watched.time(`the making of room ${name}`, () => new LiveRoom(plan, this.#shared))
      this.#rooms.add(live)
      live.start(options)
      return live
    } catch (error) {
      stats.failedRooms++
      this.#logUnmade(`room ${name} could not be made`, error)
      throw new ProtocolError('ROOM_FAILED', 'the room failed')
    }
  }
}
