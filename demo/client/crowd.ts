// More players, for those who want to see the arena full: clients in this page, which wander about and dash now and
// then.

import { join } from 'tickwire'
import { FULL_STICK, sparks } from '../game.ts'
import type { JoinedRoom } from './room.ts'

const MOST = 30 // one address has only so many places at a server
const STEER_EVERY = 50 // milliseconds

export class Crowd {
  readonly #home: JoinedRoom
  readonly #rooms: JoinedRoom[] = []
  #count = 0

  constructor(home: JoinedRoom) {
    this.#home = home
    window.addEventListener('pagehide', () => {
      for (const room of this.#rooms) void room.leave()
    })
  }

  /** Lets so many more in, one after the other, as far as there are places. */
  async add(count: number): Promise<void> {
    for (let more = count; more > 0 && this.#count < MOST; more--) {
      const name = `Extra ${++this.#count}`
      try {
        const options = { room: 'sparks', id: this.#home.id, with: { name }, storage: null }
        this.#rooms.push(wander(await join('ws', sparks, options)))
      } catch {
        this.#count--
        return
      }
    }
  }
}

function wander(room: JoinedRoom): JoinedRoom {
  let heading = Math.random() * 2 * Math.PI
  const timer = setInterval(() => {
    heading += (Math.random() - 0.5) * 0.5
    const [dx, dy] = [Math.cos(heading), Math.sin(heading)].map((part) => Math.round(part * FULL_STICK)) as [
      number,
      number,
    ]
    room.input({ dx, dy, dash: Math.random() < 0.01 })
  }, STEER_EVERY)
  room.onState(({ name }) => name === 'closed' && clearInterval(timer))
  return room
}
