import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { on, once } from 'node:events'
import { createServer, get } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { decodeServerMessage, encodeClientMessage, type Hello } from '../../protocol/messages.ts'
import { pack } from '../../protocol/plain.ts'
import type { Server } from '../../server/edge.ts'
import { attach, type ServeOptions, serve } from '../../server/serve.ts'
import { Arena, arena } from '../support/arena.ts'

const open: Server[] = []
const logged: string[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
  expect(logged.splice(0)).toEqual([])
})

async function started(options: Partial<ServeOptions<typeof arena>> = {}): Promise<Server> {
  const log = (message: string) => void logged.push(message)
  const fixed = { port: 0, signals: false, game: arena, rooms: { arena: Arena } }
  const server = await serve({ ...fixed, log, ...options, limits: { flushMs: 50, ...options.limits } })
  open.push(server)
  return server
}

/** A socket, and how it ended. */
function dial(server: Server, headers: Record<string, string> = {}, protocols: string[] = ['tickwire.1']) {
  const socket = new WebSocket(server.url, protocols, { headers })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  const opened = new Promise<number>((resolve) => {
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
  })
  socket.on('error', () => {})
  return { socket, opened, closed }
}

function hello(change: Partial<Hello> = {}): Uint8Array {
  return encodeClientMessage({
    ...{ type: 'hello', hash: arena.hash, room: 'arena', id: '', join: ['Ada'], options: null },
    ...change,
  })
}

/** Sends these frames on a new socket, and tells how the server ended it. */
async function told(server: Server, ...frames: (Uint8Array | string)[]) {
  const { socket, opened, closed } = dial(server)
  await opened
  for (const frame of frames) socket.send(frame)
  return closed
}

async function welcomed(server: Server) {
  const client = dial(server)
  await client.opened
  client.socket.send(hello())
  const [bytes] = (await once(client.socket, 'message')) as [Buffer]
  return { ...client, welcome: decodeServerMessage(new Uint8Array(bytes)) }
}

function http(server: Server, path: string, headers: Record<string, string> = {}) {
  return fetch(`http://127.0.0.1:${server.port}${path}`, { headers })
}

/** A request written by hand. */
function request(server: Server, path: string, ...headers: string[]): Socket {
  const socket = connect(server.port, '127.0.0.1')
  socket.write(`${[`GET ${path} HTTP/1.1`, 'Host: localhost', ...headers].join('\r\n')}\r\n\r\n`)
  return socket
}

function handshake(server: Server, key = randomBytes(16).toString('base64')): Socket {
  const offer = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13']
  return request(server, '/ws?x=1', ...offer)
}

/** A client's frame, whose mask changes nothing. */
function frame(firstByte: number, ...body: number[]): number[] {
  return [firstByte, 0x80 | body.length, 0, 0, 0, 0, ...body]
}

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
    ['a message before the hello', [pack([2, 1, 0, ['hi']])], 4400],
    ['an ack before the hello', [Uint8Array.of(0xd5, 3, 0, 0)], 4400],
    ['two hellos', [hello(), hello()], 4400],
    ['another version', [pack([1, 2, 'whatever'])], 4426],
    ['another definition', [hello({ hash: 'ffffffffffffffff' })], 4426],
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

  test('both versions are told', async () => {
    const server = await started()
    expect((await told(server, pack([1, 7, 'whatever']))).reason).toMatch(/protocol 1.*client 7/)
    const { reason } = await told(server, hello({ hash: 'ffffffffffffffff' }))
    expect(reason).toContain(arena.hash)
    expect(reason).toContain('ffffffffffffffff')
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
    expect(server.stats.framesIn).toBeGreaterThan(360)
    expect(server.stats.framesIn).toBeLessThan(500)
  })

  for (const [what, bytes, code] of [
    ['a reserved bit', frame(0xf2, 0), 1002],
    ['an unknown opcode', frame(0x83, 0), 1002],
    ['a frame without a mask', [0x82, 1, 0], 1002],
    ['text that is no UTF-8', frame(0x81, 0xff), 1007],
    ['more than 32 fragments', [...frame(0x02, 0), ...Array.from({ length: 40 }, () => frame(0x00, 0)).flat()], 1008],
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

  test('a pong is a sign of life, and a path without any is given up', async () => {
    const server = await started({ limits: { silenceMs: 300 } })
    const [silent, alive] = [await welcomed(server), await welcomed(server)]
    const ponging = setInterval(() => alive.socket.pong(), 50)
    expect((await silent.closed).code).toBe(1006)
    clearInterval(ponging)
    expect(alive.socket.readyState).toBe(WebSocket.OPEN)
    expect(server.stats.silent).toBe(1)
    alive.socket.terminate()
  })

  test('the client is pinged, so that a live one is never silent', async () => {
    const { socket } = await welcomed(await started())
    await once(socket, 'ping')
    socket.terminate()
  })

  test('compression is not agreed to', async () => {
    const { socket, opened } = dial(await started())
    await opened
    expect(socket.extensions).toBe('')
    socket.terminate()
  })
})

describe('the handshake', () => {
  for (const [offered, chosen] of [
    [['tickwire.1'], 'tickwire.1'],
    [['chat', 'tickwire.9', 'tickwire.1'], 'tickwire.9'],
  ] as const) {
    test(`of a client that offers ${offered.join(', ')} chooses ${chosen}`, async () => {
      const { socket, opened } = dial(await started(), {}, [...offered])
      expect(await opened).toBe(101)
      expect(socket.protocol).toBe(chosen)
      socket.terminate()
    })
  }

  test('by hand, without origin and protocol, is answered as RFC 6455 says', async () => {
    const server = await started()
    const key = randomBytes(16).toString('base64')
    const socket = handshake(server, key)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    expect(answer.toString()).toMatch(/^HTTP\/1.1 101 /)
    expect(answer.toString()).toContain(`Sec-WebSocket-Accept: ${accept}\r\n`)
    socket.destroy()
  })

  for (const [origin, status] of [
    ['null', 403],
    ['https://evil.example', 403],
    ['http://127.0.0.1:1', 403],
    ['own', 101],
    ['https://portal.example', 101],
  ] as const) {
    test(`from the origin ${origin} is answered with ${status}`, async () => {
      const server = await started({ allowedOrigins: ['https://portal.example'] })
      const Origin = origin === 'own' ? `http://127.0.0.1:${server.port}` : origin
      const { socket, opened } = dial(server, { Origin })
      expect(await opened).toBe(status)
      expect(server.stats.refused.origin).toBe(status === 403 ? 1 : 0)
      socket.terminate()
    })
  }

  test('of a client without an origin is refused when one is required', async () => {
    const { opened } = dial(await started({ requireOrigin: true }))
    expect(await opened).toBe(403)
  })

  test('at another path is answered with 404', async () => {
    const server = await started()
    const { opened } = dial({ ...server, url: server.url.replace('/ws', '/other') })
    expect(await opened).toBe(404)
  })

  test('of one address too many is answered with 503, and counts for the believed address', async () => {
    const server = await started({ trustProxy: 1, limits: { greetingsPerAddress: 1 } })
    const first = dial(server, { 'X-Forwarded-For': '1.2.3.4' })
    expect(await first.opened).toBe(101)
    const second = dial(server, { 'X-Forwarded-For': '6.6.6.6, 1.2.3.4' })
    expect(await second.opened).toBe(503)
    const other = dial(server, { 'X-Forwarded-For': '1.2.3.5' })
    expect(await other.opened).toBe(101)
    expect(server.stats.refused.greetings).toBe(1)
    first.socket.terminate()
    other.socket.terminate()
  })
})

describe('plain HTTP', () => {
  test('to the path of the socket is answered with 426, and with what a client needs to tell causes apart', async () => {
    const server = await started()
    for (const [origin, verdict] of [
      [`http://127.0.0.1:${server.port}`, 'allowed'],
      ['https://evil.example', 'refused'],
    ] as const) {
      const response = await http(server, '/ws?room=1', { Origin: origin })
      expect(response.status).toBe(426)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(response.headers.get('access-control-expose-headers')).toBe('x-tickwire')
      expect(response.headers.get('x-tickwire')).toBe('1')
      expect(await response.json()).toEqual({ tickwire: 1, origin: verdict })
    }
    const upgrade = await new Promise((resolve) => {
      get(`http://127.0.0.1:${server.port}/ws`, (response) => resolve(response.resume().headers.upgrade))
    })
    expect(upgrade).toBe('websocket')
  })

  test('tells that the process lives and takes players', async () => {
    const server = await started()
    expect(await (await http(server, '/healthz')).text()).toBe('ok')
    expect((await http(server, '/readyz')).status).toBe(200)
    expect((await http(server, '/')).status).toBe(404)
  })

  test('to other paths goes to the page', async () => {
    const server = await started({ page: (request, response) => void response.end(`page ${request.url}`) })
    expect(await (await http(server, '/play')).text()).toBe('page /play')
    expect(await (await http(server, '/healthz')).text()).toBe('ok')
  })
})

describe('a request that wants to speak something else than WebSocket is answered as a plain one', () => {
  const WISH = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk']

  for (const [path, status, body] of [
    ['/healthz', 200, 'ok'],
    ['/ws', 426, '{"tickwire":1,"origin":"allowed"}'],
    ['/play', 200, 'page /play'],
  ] as const) {
    test(`${path}: ${status}`, async () => {
      const server = await started({ page: ({ url }, response) => void response.end(`page ${url}`) })
      const socket = request(server, path, ...WISH)
      const [answer] = (await once(socket, 'data')) as [Buffer]
      expect(answer.toString()).toContain(`HTTP/1.1 ${status} `)
      expect(answer.toString()).toContain(body)
      socket.write('GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      expect(await text(socket)).toContain('ready')
    })
  }

  test('with its body, and a page longer than one write', async () => {
    const long = 'x'.repeat(3_000_000)
    const page: ServeOptions['page'] = async (asked, response) => {
      response.write(await text(asked))
      Readable.from([long, 'end']).pipe(response)
    }
    const socket = request(await started({ page }), '/', ...WISH, 'Content-Length: 5', '', 'hello')
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toContain('hello')
    expect(answer.length).toBeGreaterThan(long.length)
  })

  test('and holds up no close', async () => {
    let asked = () => {}
    const arrived = new Promise<void>((resolve) => {
      asked = resolve
    })
    const server = await started({ page: () => asked() })
    const socket = request(server, '/', ...WISH)
    await arrived
    const closed = once(socket, 'close')
    await server.close()
    await closed
  })
})

describe('a page that fails', () => {
  const oops = (_: unknown = null) => {
    throw new Error('oops')
  }
  for (const [what, page] of [
    ['throws', oops],
    ['rejects', async () => oops()],
    ['throws with an answer half made', (_, response) => oops(response.setHeader('Content-Length', 99))],
  ] as const satisfies [string, ServeOptions['page']][]) {
    test(`${what} is answered with 500 and logged, and the server goes on`, async () => {
      const server = await started({ page })
      const response = await http(server, '/')
      expect([response.status, await response.text()]).toEqual([500, 'the page failed'])
      expect(logged.splice(0)).toEqual(['the page failed'])
      expect((await http(server, '/healthz')).status).toBe(200)
    })
  }

  test('after its answer began is cut off, and after its end is not', async () => {
    const server = await started({
      page({ url }, response) {
        response.write('half')
        if (url === '/whole') response.end()
        oops()
      },
    })
    await expect(http(server, '/half').then((response) => response.text())).rejects.toThrow()
    expect(await (await http(server, '/whole')).text()).toBe('half')
    expect(logged.splice(0)).toEqual(['the page failed', 'the page failed'])
  })
})

describe('a server that stops', () => {
  test('is not ready, tells everyone 1012, and listens no more', async () => {
    const server = await started({ limits: { flushMs: 200 } })
    const { socket, closed } = await welcomed(server)
    socket.send(pack([2, 1, 0, ['last words']]))
    await once(socket, 'message')
    const closing = server.close()
    expect((await http(server, '/readyz')).status).toBe(503)
    expect(await (await http(server, '/healthz')).text()).toBe('ok')
    expect(await dial(server).opened).toBe(503)
    expect((await closed).code).toBe(1012)
    await closing
    await expect(http(server, '/healthz')).rejects.toThrow()
  })

  test('ends a socket that does not answer the close', async () => {
    const server = await started()
    const { socket } = await welcomed(server)
    socket.pause()
    const before = performance.now()
    await server.close()
    expect(performance.now() - before).toBeLessThan(5_000)
    socket.terminate()
  })
})

describe("added to a server of the caller's", () => {
  test('leaves other requests to it, and it runs on after the close', async () => {
    const own = createServer((request, response) => response.end(`own ${request.url}`))
    const server = attach(own, { game: arena, rooms: { arena: Arena } })
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    expect(server.port).toBe((own.address() as AddressInfo).port)
    expect(await (await http(server, '/x')).text()).toBe('own /x')
    expect((await http(server, '/ws')).status).toBe(426)
    const { socket, closed } = await welcomed(server)
    await server.close()
    expect((await closed).code).toBe(1012)
    expect(await (await http(server, '/y')).text()).toBe('own /y')
    socket.terminate()
    own.close()
  })

  test('a handshake whose socket breaks disturbs nobody', async () => {
    const own = createServer()
    const server = attach(own, { game: arena, rooms: { arena: Arena } })
    for (const url of ['/ws', '/other']) {
      const socket = new PassThrough()
      own.emit(
        'upgrade',
        { url, headers: { upgrade: 'websocket', origin: 'null' }, socket: {} },
        socket,
        Buffer.alloc(0),
      )
      // Not events.once: it would itself listen to the error.
      const closed = new Promise((resolve) => socket.on('close', resolve))
      socket.destroy(new Error('connection reset'))
      await closed
    }
    expect(server.stats.refused.origin).toBe(1)
    await server.close()
  })

  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    test(`leaves its listeners as they were, closed in the order ${order}`, async () => {
      const own = createServer()
      const early = () => {}
      own.on('request', early)
      const options = { game: arena, rooms: { arena: Arena } }
      const servers = [attach(own, { ...options, path: '/one' }), attach(own, { ...options, path: '/two' })]
      const late = () => {}
      own.on('request', late)
      for (const index of order) await servers[index]?.close()
      expect(own.listeners('request')).toEqual([early, late])
      expect(own.listenerCount('upgrade')).toBe(0)
    })
  }

  test('can be one of several', async () => {
    const own = createServer()
    const options = { game: arena, rooms: { arena: Arena } }
    const [one, two] = [attach(own, { ...options, path: '/one' }), attach(own, { ...options, path: '/two' })]
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    for (const server of [one, two]) {
      expect((await http(server, new URL(server.url).pathname)).status).toBe(426)
      const { socket } = await welcomed(server)
      expect(server.stats.sessions).toBe(1)
      socket.terminate()
      await server.close()
    }
    own.close()
  })
})

describe('options', () => {
  test('that cannot work are refused before anything listens', async () => {
    await expect(serve({ port: 0, game: arena, rooms: {} })).rejects.toThrow('rooms must name at least one room')
    await expect(started({ limits: { helloMs: -1 } })).rejects.toThrow('limits.helloMs must be above 0')
  })

  test('that are dangerous where strangers come are refused in production by name, and run elsewhere', async () => {
    const allowedOrigins = ['*']
    await started({ allowedOrigins })
    vi.stubEnv('NODE_ENV', 'production')
    await expect(started({ allowedOrigins })).rejects.toThrow(/NODE_ENV is 'production': allowedOrigins has '\*'/)
    await expect(started({ limits: { silenceMs: 10 } })).rejects.toThrow('limits.silenceMs')
    await started({ allowedOrigins, dangerouslyAllowAnyOrigin: true }).finally(() => vi.unstubAllEnvs())
  })

  test('a request that does not arrive in its time is cut off, and a head over its size is refused', async () => {
    const server = await started({ limits: { requestMs: 100, headBytes: 2_000 } })
    const silent = connect(server.port, '127.0.0.1')
    const dripping = connect(server.port, '127.0.0.1')
    dripping.write('GET / HTTP/1.1\r\nHost:')
    await Promise.all([text(silent), text(dripping)])
    expect((await http(server, '/healthz', { long: 'x'.repeat(1_500) })).status).toBe(200)
    expect((await http(server, '/healthz', { long: 'x'.repeat(2_000) })).status).toBe(431)
  })

  test('a port that is taken is an error of the call', async () => {
    const { port } = await started()
    await expect(started({ port })).rejects.toThrow('EADDRINUSE')
  })

  test('that are empty in the environment count as not set', async () => {
    for (const name of ['PUBLIC_URL', 'PORT', 'HOST', 'TRUST_PROXY']) vi.stubEnv(name, '')
    const { url } = await started().finally(() => vi.unstubAllEnvs())
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/ws$/)
  })

  test('the public URL is what clients are given', async () => {
    const server = await started({ publicUrl: 'https://game.example', path: '/play' })
    expect(server.url).toBe('wss://game.example/play')
  })
})

describe('SIGTERM', () => {
  const SCRIPT = `
    import { defineGame, defineRoom, serve } from './dist/server/index.js'
    const game = defineGame({ toServer: {}, toClient: { note: {} } })
    const room = defineRoom(game, () => ({ onJoin: (session) => void session.send('note', {}) }))
    const server = await serve({ port: 0, game, rooms: { room } })
    console.log(server.port, game.hash)`

  async function child(): Promise<{ process: ChildProcess; url: string; hash: string; exited: Promise<unknown[]> }> {
    const process = spawn('node', ['--input-type=module', '-e', SCRIPT], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(process.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
    const [port, hash = ''] = line.toString().trim().split(' ')
    return { process, url: `ws://127.0.0.1:${port}/ws`, hash, exited: once(process, 'exit') }
  }

  /** Until the server said that it stops. */
  async function stopping(socket: WebSocket): Promise<void> {
    for await (const [bytes] of on(socket, 'message')) {
      const isState = bytes[0] >= 0xc7 && bytes[0] <= 0xd8
      if (!isState && decodeServerMessage(new Uint8Array(bytes)).type === 'stopping') return
    }
  }

  test('closes every socket with 1012 and ends the process with 0; a second one ends it at once with 1', async () => {
    for (const signals of [1, 2]) {
      const { process, url, hash, exited } = await child()
      const { socket, opened, closed } = dial({ url } as Server)
      await opened
      socket.send(hello({ hash, room: 'room', join: [] }))
      await once(socket, 'message')
      process.kill('SIGTERM')
      await stopping(socket)
      if (signals === 2) process.kill('SIGTERM')
      expect((await exited)[0]).toBe(signals - 1)
      expect((await closed).code).toBe(signals === 1 ? 1012 : 1006)
    }
  })
})
