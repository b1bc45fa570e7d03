// A process that may stand still, as for a long collection of garbage, or on a machine that has too much to do: its timers,
// and what comes in, wait until it goes on.

import type { Far, FarSocket } from './link.ts'
import type { TestServer } from './server.ts'

export class Standstill {
  readonly #server: TestServer
  #until = 0
  #waiting: (() => void)[] = []

  /** Of the process of that server: to be made before anything happens in it. */
  constructor(server: TestServer) {
    this.#server = server
    const { after } = server.clock
    server.shared.world.after = (ms, run) => after(ms, () => this.#do(run))
  }

  /** What takes in its sockets. */
  readonly accept = (socket: FarSocket): Far => {
    const end = this.#server.host.accept(socket, '10.0.0.1')
    return {
      receive: (bytes) => this.#do(() => end.receive(bytes)),
      closed: () => this.#do(() => end.closed()),
    }
  }

  /** From now on, for so long. */
  begin(ms: number): void {
    const { clock } = this.#server
    this.#until = clock.now() + ms
    clock.after(ms, () => {
      for (const run of this.#waiting.splice(0)) run()
    })
  }

  #do(work: () => void): void {
    if (this.#server.clock.now() < this.#until) this.#waiting.push(work)
    else work()
  }
}
