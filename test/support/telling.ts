// A room that writes down what happens to it, and time for it to happen in.

import type { RoomHooks } from '../../server/room/hooks.ts'
import { defineRoom, type RoomSettings } from '../../server/room/room.ts'
import { Arena, arena } from './arena.ts'
import { type TestClient, TestServer } from './server.ts'

/** Time passes, in which nobody falls silent. */
export async function pass(
  server: TestServer<typeof arena>,
  ms: number,
  ...clients: readonly TestClient[]
): Promise<void> {
  for (let step = 0; step < ms; step += 1_000) {
    await server.pass(Math.min(1_000, ms - step))
    for (const client of clients) client.connection.heard()
  }
}

export function telling(settings: Partial<RoomSettings> = {}, hooks: RoomHooks<typeof arena> = {}) {
  const told: string[] = []
  const Telling = defineRoom(
    arena,
    (room) => ({
      onCreate: (options) => void told.push(`create ${JSON.stringify(options)}`),
      onJoin: (session, { name }) => void told.push(`join ${session.id} ${name}`),
      onLeave: (session, how) => void told.push(`leave ${session.id} ${how} of ${room.sessions.size}`),
      onDrop: (session) => void told.push(`drop ${session.id} ${session.connected}`),
      onResume: (session) => void told.push(`resume ${session.id} ${session.connected}`),
      onDispose: () => void told.push('dispose'),
      ...hooks,
    }),
    settings,
  )
  return { told, server: new TestServer(arena, { room: Telling, other: Arena }) }
}
