// One page in a room of a server of its own: both ends whole, on virtual time.

import type { Game } from '../../protocol/game.ts'
import { type JoinOptions, join } from '../../sdk/index.ts'
import type { RoomClass } from '../../server/room/room.ts'
import { Net, worldOver } from './link.ts'
import { TestServer } from './server.ts'

/** The page is in, over a line that takes so many milliseconds one way. The game asks nobody for anything to join. */
export async function pageIn<G extends Game>(game: G, room: RoomClass<G>, latencyMs: number) {
  const server = new TestServer(game, { room })
  const net = new Net(server.clock, (socket) => server.host.accept(socket, '10.0.0.1'))
  net.latencyMs = latencyMs
  const options = { room: 'room', ...worldOver(net, server.clock) } as unknown as JoinOptions<G>
  const joining = join('ws://room.test/ws', game, options)
  await server.pass(1_000)
  return { server, net, page: await joining }
}
