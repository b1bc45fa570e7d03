import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { pack } from '../../../protocol/plain.ts'
import { Connection } from '../../../server/base/connection.ts'
import { arena } from '../../support/arena.ts'
import { dial, frame, handshake, hello, started, told, welcomed } from '../../support/served.ts'

afterEach(() => void vi.restoreAllMocks())

describe('over a real socket', () => {
  test('a hello is answered with a welcome, and states follow', async () => {
    const server = await started()
    const { socket, welcome } = await welcomed(server)
    expect(welcome).toMatchObject({ type: 'welcome', outcome: 'new', player: 1 })
    const [state] = (await once(socket, 'message')) as [Buffer]
    expect(state[0]).toBe(0xc7)
    expect(server.rooms()).toMatchObject([{ name: 'arena', sessions: 1 }])
    socket.terminate()
  })

  for (const [what, frames, code] of [
    ['text', ['hello'], 1003],
    ['garbage', [Uint8Array.of(0xc1, 0xff, 0x00)], 4400],
    ['an empty frame', [new Uint8Array(0)], 4400],
    ['a frame of more than 16 KiB', [new Uint8Array(16 * 1024 + 1)], 1009],
    ['a message before the hello', [pack([2, 1, 0, 0, ['hi']])], 4400],
    ['an ack before the hello', [Uint8Array.of(0xd5, 3, 0, 0)], 4400],
    ['two hellos', [hello(), hello()], 4400],
    ['[M2] another version', [pack([1, 2, 'whatever'])], 4426],
    ['[M2] another definition', [hello({ hash: 123456789 })], 4426],
    ['a room that there is not', [hello({ room: 'nowhere' })], 4404],
    ['a join that does not fit', [hello({ join: [7] })], 4400],
  ] as const) {
    test(`${what} closes it with ${code}, and nobody else's`, async () => {
      const server = await started()
      const other = await welcomed(server)
      expect((await told(server, ...frames)).code).toBe(code)
      other.socket.send(Uint8Array.of(0xd5, 3, 0, 0))
      await once(other.socket, 'message')
      expect(other.socket.readyState).toBe(WebSocket.OPEN)
      other.socket.terminate()
    })
  }

  test('[M2] both versions are told', async () => {
    const server = await started()
    expect((await told(server, pack([1, 7, 'whatever']))).reason).toMatch(/protocol 1.*client 7/)
    const { reason } = await told(server, hello({ hash: 123456789 }))
    expect(reason).toContain(String(arena.hash))
    expect(reason).toContain('123456789')
  })

  test('silence before the hello closes it with 4401', async () => {
    const server = await started({ limits: { helloMs: 50 } })
    expect((await dial(server).closed).code).toBe(4401)
    expect(server.stats.closed.HELLO_TIMEOUT).toBe(1)
  })

  test('a flood closes it with 4429, and what was read already is not looked at', async () => {
    const server = await started()
    const { socket, opened, closed } = dial(server)
    await opened
    socket.send(hello())
    await once(socket, 'message')
    for (let count = 0; count < 5_000; count++) socket.send(Uint8Array.of(0xd5, 3, 0, 0))
    expect((await closed).code).toBe(4429)
    // The burst, and what came back of it meanwhile.
    expect(server.stats.framesIn).toBeGreaterThan(600)
    expect(server.stats.framesIn).toBeLessThan(900)
  })

  for (const [what, bytes, code] of [
    ['a reserved bit', frame(0xf2, 0), 1002],
    ['an unknown opcode', frame(0x83, 0), 1002],
    ['a frame without a mask', [0x82, 1, 0], 1002],
    ['text that is no UTF-8', frame(0x81, 0xff), 1007],
    ['more than 32 fragments', [...frame(0x02, 0), ...Array.from({ length: 40 }, () => frame(0x00, 0)).flat()], 1008],
    [
      'a frame that says it has a megabyte, of which none has come',
      [0x82, 0xff, 0, 0, 0, 0, 0, 16, 0, 0, 1, 1, 1, 1],
      1009,
    ],
    ['a frame of 2 ** 62 bytes', [0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1009],
  ] as const) {
    test(`${what} ends it with ${code}, and is counted`, async () => {
      const server = await started()
      const socket = handshake(server)
      await once(socket, 'data')
      const answer: Buffer[] = []
      socket.on('data', (chunk) => answer.push(chunk)).on('error', () => {})
      const closed = new Promise((resolve) => socket.on('close', resolve))
      socket.write(Uint8Array.from(bytes))
      await closed
      expect(Buffer.concat(answer).readUInt16BE(2)).toBe(code)
      expect(server.stats.brokenFrames).toBe(code === 1009 ? 0 : 1)
      expect(server.stats.closed.TOO_BIG).toBe(code === 1009 ? 1 : 0)
      expect(server.stats.connections).toBe(0)
    })
  }

  test('frames that come in one piece are taken in one at a time, so that others have their turn between them', async () => {
    const server = await started()
    const { socket } = await welcomed(server)
    let turn = 0
    let isOver = false
    const count = () => {
      turn++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    const turns: number[] = []
    const receive = vi.spyOn(Connection.prototype, 'receive').mockImplementation(() => void turns.push(turn))
    const ack = frame(0x82, 0xd5, 3, 0, 0)
    ;(socket as unknown as { readonly _socket: Socket })._socket.write(Uint8Array.from(Array(20).fill(ack).flat()))
    await expect.poll(() => turns.length).toBe(20)
    isOver = true
    receive.mockRestore()
    expect(new Set(turns).size).toBe(20)
    socket.terminate()
  })

  test('who does not answer a close is cut off in its time', async () => {
    const server = await started({ limits: { closeMs: 100 } })
    const socket = handshake(server)
    await once(socket, 'data')
    const began = performance.now()
    socket.on('data', () => {}).on('error', () => {})
    const closed = once(socket, 'close')
    socket.write(Uint8Array.from(frame(0x81, 0x68)))
    await closed
    // By itself ws would wait for half a minute.
    expect(performance.now() - began).toBeLessThan(20_000)
  })

  test('a frame that comes in more pieces than a limit has ends it, and is counted', async () => {
    const server = await started({ limits: { chunks: 8 } })
    const socket = handshake(server).setNoDelay()
    await once(socket, 'data')
    const answer: Buffer[] = []
    socket.on('data', (chunk) => answer.push(chunk)).on('error', () => {})
    let isClosed = false
    socket.on('close', () => {
      isClosed = true
    })
    // A frame of 125 bytes, of which each comes by itself.
    socket.write(Uint8Array.from([0x82, 0xfd, 0, 0, 0, 0]))
    for (let byte = 0; byte < 120 && !isClosed; byte++) {
      socket.write(Uint8Array.of(0))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await expect.poll(() => isClosed).toBe(true)
    expect(Buffer.concat(answer).readUInt16BE(2)).toBe(1008)
    expect(server.stats.brokenFrames).toBe(1)
  })

  test('a pong is a sign of life, and a path without any is given up', async () => {
    const server = await started({ limits: { silenceMs: 300 } })
    // Time that stands still, but for what is said here.
    const clock = vi.spyOn(performance, 'now')
    const began = performance.now()
    const pass = (ms: number) => void clock.mockReturnValue(began + ms)
    pass(0)
    const [silent, alive] = [await welcomed(server), await welcomed(server)]
    const heard = vi.spyOn(Connection.prototype, 'receiveSignal')
    pass(200)
    alive.socket.pong()
    await vi.waitUntil(() => heard.mock.calls.length > 0, 30_000)
    // A little more: the sum of two times may be rounded.
    pass(301)
    expect((await silent.closed).code).toBe(1006)
    expect(alive.socket.readyState).toBe(WebSocket.OPEN)
    expect(server.stats.silent).toBe(1)
    alive.socket.terminate()
  })

  test('the client is pinged, so that a live one is never silent', async () => {
    const server = await started()
    const { socket } = await welcomed(server)
    const [said] = (await once(socket, 'ping')) as [Buffer]
    expect([said.length, server.stats.silent]).toEqual([0, 0])
    socket.terminate()
  })

  test('and one that is heard is not, for there is no need', async () => {
    const server = await started({ limits: { ackMs: 60_000 } })
    const [quiet, talker] = [await welcomed(server), await welcomed(server)]
    let pings = 0
    talker.socket.on('ping', () => pings++)
    const talking = setInterval(() => talker.socket.send(Uint8Array.of(0xd5, 3, 0, 0)), 100)
    for (let count = 0; count < 3; count++) await once(quiet.socket, 'ping')
    clearInterval(talking)
    expect(pings).toBeLessThan(3)
    quiet.socket.terminate()
    talker.socket.terminate()
  })

  test('who was heard lately is not pinged, to the very millisecond', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    try {
      const server = await started({ limits: { ackMs: 60_000, silenceMs: 60_000 } })
      const [quiet, talker] = [await welcomed(server), await welcomed(server)]
      let pings = 0
      talker.socket.on('ping', () => pings++)
      vi.advanceTimersByTime(1_500)
      const heard = vi.spyOn(Connection.prototype, 'receive')
      talker.socket.send(Uint8Array.of(0xd5, 3, 0, 0))
      await vi.waitUntil(() => heard.mock.calls.length > 0, 30_000)
      const pinged = once(quiet.socket, 'ping')
      vi.advanceTimersByTime(1_500)
      await pinged
      talker.socket.send(Uint8Array.of(0xd5, 3, 0, 0))
      await vi.waitUntil(() => heard.mock.calls.length > 1, 30_000)
      expect(pings).toBe(0)
      quiet.socket.terminate()
      talker.socket.terminate()
    } finally {
      vi.useRealTimers()
    }
  })

  for (const [what, frames, outcome] of [
    ['a client that closes with 1000 keeps its seat', [], 'resumed'],
    ['a client that leaves gives it up', [pack([4])], 'new'],
  ] as const) {
    test(`[M7] ${what}`, async () => {
      const server = await started()
      const { socket, closed, welcome } = await welcomed(server)
      if (welcome.type !== 'welcome') throw new Error(`a welcome was due, not ${welcome.type}`)
      for (const frame of frames) socket.send(frame)
      socket.close(1000)
      expect((await closed).code).toBe(1000)
      const { token, epoch } = welcome
      const back = await welcomed(server, { resume: { token, epoch, received: 0, lastTick: 0 } })
      expect(back.welcome).toMatchObject({ type: 'welcome', outcome })
      back.socket.terminate()
    })
  }

  test('compression is not agreed to', async () => {
    const { socket, opened } = dial(await started())
    await opened
    expect(socket.extensions).toBe('')
    socket.terminate()
  })
})
