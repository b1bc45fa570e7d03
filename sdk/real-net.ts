// The simulated line in front of real sockets: what a page sends goes over it and then on by a native WebSocket, and the
// other way round. In real time; nothing is lost or overtaken but what the line's settings say.

import { type Far, type FarSocket, type Link, Net } from './netsim.ts'
import { Socket } from './socket.ts'
import { realAfter, realNow, type World } from './world.ts'

/** What a native socket is closed with when the line in front of it was cut. */
export const CUT = 4400

/**
 * A line whose far end dials for real. Give its `WebSocket` to `join` or `connect`; the line may be changed while it
 * runs. Text that arrives ends a socket, as in `join`. Throws TypeError where there is no WebSocket.
 */
export function realNet(given: Partial<Pick<World, 'WebSocket' | 'now' | 'after' | 'random'>> = {}): Net {
  const { WebSocket = globalThis.WebSocket, now = realNow, after = realAfter, random = Math.random } = given
  if (!WebSocket) throw new TypeError('there is no WebSocket')
  return new RealNet({ now, after, random }, (socket, link) => new RealEnd(WebSocket, socket, link))
}

/** A page dials as often as it likes: a socket that has ended, or was refused, is not kept. */
class RealNet extends Net {
  override ended(link: Link): void {
    this.links.splice(this.links.indexOf(link), 1)
  }
}

class RealEnd implements Far {
  readonly #link: Link
  readonly #native: Socket
  #tellOpen = () => {}

  constructor(WebSocket: World['WebSocket'], socket: FarSocket, link: Link) {
    this.#link = link
    const { url, protocols } = link
    this.#native = new Socket(
      { WebSocket, url, protocols },
      {
        onOpen: () => this.#tellOpen(),
        onMessage: (bytes) => (bytes ? socket.send(bytes) : socket.close(1003, 'text')),
        onClose: ({ code, reason, wasClean }) => (wasClean ? socket.close(code, reason) : socket.terminate()),
      },
    )
  }

  whenOpen(tell: () => void): void {
    this.#tellOpen = tell
  }

  receive(bytes: Uint8Array): void {
    this.#native.send(bytes)
  }

  closed(): void {
    const { code = 1000, reason = '' } = this.#link.closedWith ?? { code: CUT }
    this.#native.abandon(code, reason)
  }
}
