// Both ends whole, over real sockets of this machine.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { join, type Room } from '../../sdk/index.ts'
import type { Server } from '../../server/edge/edge.ts'
import { serve } from '../../server/edge/serve.ts'
import { defineRoom } from '../../server/room/room.ts'
import { arena, arenaHooks } from '../support/arena.ts'

/** Sockets that a test can break, as a cable is pulled out. */
class Cable extends WebSocket {
  static readonly all = new Set<Cable>()

  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols)
    Cable.all.add(this)
  }

  static pull(): void {
    for (const cable of Cable.all) cable.terminate()
  }
}

let left: string[]
const Watched = defineRoom(
  arena,
  (room) => ({
    ...arenaHooks(room),
    onLeave(session) {
      left.push(session.player.name)
    },
  }),
  { avatar: 'ship' },
)

describe('a match over real sockets', () => {
  let server: Server
  let rooms: Room<typeof arena>[]

  beforeEach(async () => {
    left = []
    rooms = []
    server = await serve({ port: 0, host: '127.0.0.1', game: arena, rooms: { arena: Watched }, signals: false })
  })
  afterEach(async () => {
    for (const room of rooms) await room.leave()
    await server.close()
    Cable.all.clear()
  })

  async function enter(
    name: string,
    Socket: new (url: string | URL, protocols?: string | string[]) => WebSocket = WebSocket,
  ): Promise<Room<typeof arena>> {
    const room = await join(server.url, arena, { room: 'arena', id: 'one', with: { name }, WebSocket: Socket })
    rooms.push(room)
    return room
  }

  test('two players see each other move', async () => {
    const ada = await enter('Ada')
    const bob = await enter('Bob')
    ada.predict('ship', (ship, input) => {
      ship.x += input.dx
    })
    await vi.waitFor(() => {
      ada.input({ dx: 1, dash: false })
      ada.view()
      expect(bob.view().ship.find(({ owner }) => owner === ada.me)?.x).toBeGreaterThan(105)
    }, 20_000)
    expect(ada.view().ship.find(({ mine }) => mine)?.x).toBeGreaterThan(105)
    expect(ada.stats.corrections).toBe(0)
  })

  test('a pulled cable costs neither the seat nor a message', async () => {
    const ada = await enter('Ada', Cable)
    const bob = await enter('Bob')
    const heard: string[] = []
    bob.on('talk', ({ message }) => heard.push(message))
    ada.send('talk', { message: '1' })
    await vi.waitFor(() => expect(heard).toEqual(['1']), 20_000)
    const { me } = ada
    ada.send('talk', { message: '2' })
    Cable.pull()
    await vi.waitFor(() => expect(ada.state.name).toBe('reconnecting'), { interval: 1, timeout: 20_000 })
    expect(ada.send('talk', { message: '3' })).toBe('queued')
    await vi.waitFor(() => expect(heard).toEqual(['1', '2', '3']), { timeout: 5000 })
    expect([ada.me, ada.state.name]).toEqual([me, 'open'])
    expect([left, server.stats.resumed]).toEqual([[], 1])
    expect(bob.view().player).toHaveLength(2)
  })

  test('leaving is told to the others at once', async () => {
    const ada = await enter('Ada')
    await enter('Bob')
    await ada.leave()
    await vi.waitFor(() => expect(left).toEqual(['Ada']))
  })

  test('a room that is not there is told from a server that is not there, and from another server', async () => {
    const joining = (url: string, room: string) => join(url, arena, { room, with: { name: 'Ada' }, WebSocket })
    await expect(joining(server.url, 'nowhere')).rejects.toMatchObject({ reason: 'NO_SUCH_ROOM', code: 4404 })
    const other = createServer((_, response) => response.end('hello'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const url = `ws://127.0.0.1:${(other.address() as AddressInfo).port}/ws`
    await expect(joining(url, 'arena')).rejects.toMatchObject({ reason: 'wrong-path' })
    await expect(joining(server.url.replace('/ws', '/elsewhere'), 'arena')).rejects.toMatchObject({
      reason: 'wrong-path',
    })
    other.close()
  })

  for (const [publicUrl, isIn] of [
    ['https://play.example', true],
    ['https://paly.example', false],
  ] as const) {
    test(`a page of the server's own is ${isIn ? 'let in' : 'told why not'} where the public URL is ${publicUrl}`, async () => {
      const origin = 'https://play.example'
      const headers = { 'x-forwarded-host': 'play.example' }
      const local = { port: 0, host: '127.0.0.1', signals: false }
      const proxied = await serve({ ...local, game: arena, rooms: { arena: Watched }, publicUrl, trustProxy: 1 })
      class FromPage extends WebSocket {
        constructor(url: string | URL, protocols?: string | string[]) {
          super(url, protocols, { origin, headers })
        }
      }
      // As browsers do: a page's own server is told the origin, unless it is only asked for something.
      const ask = (url: string, { method }: { readonly method: string }) =>
        fetch(url, { method, headers: method === 'GET' ? headers : { ...headers, origin } })
      const options = { room: 'arena', with: { name: 'Ada' }, WebSocket: FromPage, fetch: ask }
      const outcome = await join(`ws://127.0.0.1:${proxied.port}/ws`, arena, options).catch((error: unknown) => error)
      expect(outcome).toMatchObject(isIn ? { state: { name: 'open' } } : { reason: 'origin-refused' })
      if (isIn) await (outcome as Room<typeof arena>).leave()
      await proxied.close()
    })
  }
})
