import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  createSecureServer as createSecureHttp2Server,
  type IncomingHttpHeaders,
} from 'node:http2'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { connect as connectSecurely } from 'node:tls'
import { promisify } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import type { Server } from '../../../server/edge/edge.ts'
import { attach, type ServeOptions } from '../../../server/edge/serve.ts'
import { defineRoom } from '../../../server/room/room.ts'
import type { Knock } from '../../../server/room/session.ts'
import { Arena, arena } from '../../support/arena.ts'
import { deferred } from '../../support/clock.ts'
import { dial, handshake, hello, http, request, started, welcomed } from '../../support/served.ts'

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

  test('of a client that offers other protocols alone chooses none', async () => {
    const offer = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']
    const server = await started()
    const socket = request(server, '/ws', ...offer, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: chat')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 101 /)
    expect(answer.toString()).not.toMatch(/sec-websocket-protocol/i)
    socket.destroy()
  })

  for (const upgrade of ['WebSocket', 'WEBSOCKET']) {
    test(`to a ${upgrade} is agreed to`, async () => {
      const socket = request(
        await started(),
        '/ws',
        `Upgrade: ${upgrade}`,
        ...['Connection: Upgrade', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Version: 13'],
      )
      expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1.1 101 /)
      socket.destroy()
    })
  }

  test('that is refused is answered in full, with words', async () => {
    const socket = request(await started(), '/ws', 'Upgrade: websocket', 'Connection: Upgrade', 'Origin: null')
    const answer = await text(socket)
    const body = 'pages of this origin may not connect; see allowedOrigins and publicUrl'
    expect(answer).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/)
    expect(answer).toContain(`Content-Length: ${body.length}\r\n`)
    expect(answer).toContain(`\r\n\r\n${body}`)
    expect(answer).toMatch(/\r\nConnection: close\r\n/)
  })

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

  test('is judged by the host that it came to: of another one only a proxy is believed', async () => {
    const headers = { Origin: 'https://arena.example', 'X-Forwarded-Host': 'arena.example' }
    for (const [trustProxy, status] of [
      [0, 403],
      [1, 101],
    ] as const) {
      const { socket, opened } = dial(await started({ trustProxy }), headers)
      expect(await opened).toBe(status)
      socket.terminate()
    }
  })

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
    const isFull = async (address: string) =>
      (await (await http(server, '/ws', { 'X-Forwarded-For': address })).json()).isFull
    expect([await isFull('1.2.3.4'), await isFull('1.2.3.5')]).toEqual([true, false])
    first.socket.terminate()
    other.socket.terminate()
  })
})

test('a plain request is told that the server is gone while it stops, and that it is here before', async () => {
  const server = await started({ limits: { flushMs: 200 } })
  const { socket } = await welcomed(server)
  expect((await http(server, '/ws')).status).toBe(426)
  const closing = server.close()
  expect((await http(server, '/ws')).status).toBe(503)
  socket.terminate()
  await closing
})

describe('a request that wants to speak something else than WebSocket is answered as the last plain one', () => {
  const WISH = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk']

  for (const [path, status, body] of [
    ['/healthz', 200, 'ok'],
    ['/ws', 426, '{"tickwire":1,"origin":"allowed","isFull":false}'],
    ['/play', 200, 'page /play'],
  ] as const) {
    test(`${path}: ${status}`, async () => {
      const server = await started({ page: ({ url }, response) => void response.end(`page ${url}`) })
      const socket = request(server, path, ...WISH)
      const answer = await text(socket)
      expect(answer).toContain(`HTTP/1.1 ${status} `)
      expect(answer).toMatch(/\r\nConnection: .*close\r\n/i)
      expect(answer).toContain(body)
    })
  }

  for (const [version, ...lines] of [
    ['1.1', 'Host: a'],
    ['1.0', 'Proxy-Connection: keep-alive', 'TE: chunked'],
  ] as const) {
    test(`HTTP/${version}: who wishes it again on the same connection gets no other answer`, async () => {
      const { port } = await started()
      for (const path of ['/healthz', '/ws']) {
        const wish = [`GET ${path} HTTP/${version}`, ...lines, ...WISH, '', ''].join('\r\n')
        const socket = connect(port, '127.0.0.1').on('error', () => {})
        let answers = ''
        socket.on('data', (bytes) => {
          answers += bytes
          if (answers.split('HTTP/1.1 ').length < 4) socket.write(wish)
          else socket.destroy()
        })
        socket.write(wish)
        await once(socket, 'close')
        expect(answers.split('HTTP/1.1 ')).toHaveLength(2)
      }
    })
  }

  const HELLO = ['Content-Length: 5', '', 'hello']

  test('with its body, and a page longer than one write', async () => {
    const long = 'x'.repeat(3_000_000)
    const page: ServeOptions['page'] = async (asked, response) => {
      response.write(await text(asked))
      Readable.from([long, 'end']).pipe(response)
    }
    const socket = request(await started({ page }), '/', ...WISH, ...HELLO)
    const answer = await text(socket)
    expect(answer).toContain('hello')
    expect(answer.length).toBeGreaterThan(long.length)
  })

  test('with its body, by the page of a server that was there before', async () => {
    const own = createServer(async (asked, response) => response.end(`own ${await text(asked)}`))
    const server = attach(own, { game: arena, rooms: { arena: Arena } })
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    expect(await text(request(server, '/', ...WISH, ...HELLO))).toContain('own hello')
    await server.close()
    own.close()
  })

  test('with the very bytes of its head', async () => {
    const server = await started({ page: ({ headers }, response) => void response.end(headers['x-name'], 'latin1') })
    expect(await text(request(server, '/', ...WISH, 'X-Name: Zoë'))).toContain('Zoë')
  })

  test('and holds up no close for long', async () => {
    const arriving = deferred()
    const server = await started({ page: () => arriving.resolve(), limits: { requestMs: 100 } })
    const socket = request(server, '/', ...WISH)
    await arriving.promise
    const closed = once(socket, 'close')
    await server.close()
    await closed
    expect([socket.destroyed, socket.bytesRead]).toEqual([true, 0])
  })
})

for (const [environment, strict, isStrict] of [
  ['development', undefined, true],
  ['production', undefined, false],
  ['development', false, false],
  ['production', true, true],
] as const) {
  test(`a value that does not fit ${isStrict ? 'ends its room' : 'is made to'} in ${environment}, strict ${strict}`, async () => {
    vi.stubEnv('NODE_ENV', environment)
    const Wild = defineRoom(arena, ({ state }) => ({ onCreate: () => void state.ship.add({ x: 1e9 }) }))
    const server = await started({ rooms: { arena: Wild }, strict, log: () => {} }).finally(() => vi.unstubAllEnvs())
    const { socket, closed } = await welcomed(server)
    if (isStrict) expect((await closed).code).toBe(4500)
    else await expect.poll(() => server.stats.clampedValues).toBeGreaterThan(0)
    expect(socket.readyState).toBe(isStrict ? socket.CLOSED : socket.OPEN)
    socket.terminate()
  })
}

for (const [allowCookies, told] of [
  [true, 'seat=7'],
  [undefined, undefined],
] as const) {
  test(`cookies are ${told ? 'told' : 'kept from'} a game that ${told ? 'asks for them' : 'does not ask'}, and other headers are told`, async () => {
    const heard: unknown[] = []
    const Knocked = defineRoom(arena, () => ({}), {
      authenticate: ({ headers }: Knock) => void heard.push([headers.cookie, headers['x-seat']]),
    } as never)
    const server = await started({ rooms: { arena: Knocked }, allowCookies })
    const { socket, opened } = dial(server, { Cookie: 'seat=7', 'X-Seat': '8' })
    await opened
    socket.send(hello())
    await expect.poll(() => heard).toEqual([[told, '8']])
    socket.terminate()
  })
}

for (const [what, fail] of [
  [
    'throws',
    () => {
      throw new Error('the disk is full')
    },
  ],
  ['rejects', () => Promise.reject(new Error('the disk is full'))],
] as const) {
  test(`a log that ${what} hinders nothing, and its lines are on stderr`, async () => {
    const lines: string[] = []
    const written: string[] = []
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
    const log = (line: string) => {
      lines.push(line)
      return fail()
    }
    const Failing = defineRoom(arena, () => ({
      onTick() {
        throw new Error('oops')
      },
    }))
    const server = await started({ log, rooms: { arena: Failing } })
    const { closed } = await welcomed(server)
    expect((await closed).code).toBe(4500)
    expect(lines).toEqual([expect.stringMatching(/^room arena \S+ failed in onTick$/)])
    expect((await http(server, '/healthz')).status).toBe(200)
    stderr.mockRestore()
    expect(written).toEqual([expect.stringMatching(/^tickwire: room arena \S+ failed in onTick\nError: oops/)])
  })
}

describe("added to a server of the caller's", () => {
  for (const [address, host] of [
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', 'localhost'],
    ['::', 'localhost'],
    ['::1', '[::1]'],
  ] as const) {
    test(`that listens on ${address} says where sockets are dialled: ${host}`, async () => {
      const own = createServer()
      vi.spyOn(own, 'address').mockReturnValue({ address, port: 8080, family: 'any' })
      const server = attach(own, { game: arena, rooms: { arena: Arena } })
      expect([server.url, server.port]).toEqual([`ws://${host}:8080/ws`, 8080])
      await server.close()
    })
  }

  test('that does not listen has the port 0, and no place to dial but a public one', async () => {
    const options = { game: arena, rooms: { arena: Arena } }
    for (const [publicUrl, url] of [
      [undefined, /:0\/ws$/],
      ['https://game.example/$&', /^wss:\/\/game\.example\/\$&\/ws$/],
    ] as const) {
      const server = attach(createServer(), { ...options, publicUrl })
      expect(server.port).toBe(0)
      expect(server.url).toMatch(url)
      await server.close()
    }
  })

  test('says where it is dialled whatever signs its path has', async () => {
    for (const path of ['/a$&b', '/$1', "/$'"]) {
      const publicUrl = 'https://game.example/play/'
      const server = attach(createServer(), { game: arena, rooms: { arena: Arena }, path, publicUrl })
      expect(server.url).toBe(new URL(`wss://game.example/play${path}`).href)
      await server.close()
    }
  })

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

  test('answers for its path also where a listener is added later', async () => {
    const own = createServer()
    const server = attach(own, { game: arena, rooms: { arena: Arena } })
    own.on('request', (_, response) => response.writeHead(404).end('nothing'))
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    expect((await http(server, '/ws')).status).toBe(426)
    expect(await (await http(server, '/x')).text()).toBe('nothing')
    await server.close()
    expect((await http(server, '/ws')).status).toBe(404)
    own.close()
  })

  test('a handshake that is refused ends its socket, also where the peer keeps its end open', async () => {
    const own = createServer()
    const server = attach(own, { game: arena, rooms: { arena: Arena } })
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {})
    socket.write('GET /ws HTTP/1.1\r\nHost: a\r\nOrigin: null\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    expect(String(await once(socket, 'data'))).toContain(' 403 ')
    const open = promisify(own.getConnections.bind(own))
    await expect.poll(() => open()).toBe(0)
    socket.destroy()
    await server.close()
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

  test('leaves nobody at another path without an answer, who wishes to upgrade, also with two games', async () => {
    const own = createServer((_, response) => void response.end('own'))
    const options = { game: arena, rooms: { arena: Arena } }
    const servers = ['/one', '/two', '/three'].map((path) => attach(own, { ...options, path }))
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    const answerTo = (upgrade: string) =>
      text(request(servers[0] as Server, '/other', 'Connection: Upgrade', `Upgrade: ${upgrade}`))
    for (const game of [undefined, ...servers.slice(0, 2)]) {
      await game?.close()
      expect(await answerTo('h2c')).toMatch(/own$/)
      expect(await answerTo('websocket')).toMatch(/^HTTP.1.1 404 .* no WebSocket at this path$/s)
    }
    own.on('upgrade', (_, socket: Socket) => socket.end('HTTP/1.1 101 mine\r\n\r\n'))
    for (const upgrade of ['h2c', 'websocket']) expect(await answerTo(upgrade)).toMatch(/^HTTP.1.1 101 mine/)
    await servers[2]?.close()
    own.close()
  })

  test('is refused a path that another game there has, until that is closed', async () => {
    const own = createServer()
    const options = { game: arena, rooms: { arena: Arena } }
    const one = attach(own, options)
    expect(() => attach(own, { ...options, path: '/ws' })).toThrow('has a game at /ws already')
    expect(own.listenerCount('upgrade')).toBe(1)
    await attach(own, { ...options, path: '/two' }).close()
    await attach(createServer(), options).close()
    await one.close()
    await attach(own, options).close()
  })

  test('of https says that sockets are dialled by wss', async () => {
    for (const [own, scheme] of [
      [createServer(), 'ws:'],
      [createSecureServer(), 'wss:'],
    ] as const) {
      const server = attach(own, { game: arena, rooms: { arena: Arena } })
      await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
      expect(server.url).toBe(`${scheme}//127.0.0.1:${server.port}/ws`)
      await server.close()
      own.close()
    }
  })

  test('of https answers a wish for another protocol as the last plain request', async () => {
    // A key that both know spares us a certificate.
    const secret = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
    const psk = Buffer.alloc(16, 1)
    const own = createSecureServer({ ...secret, pskCallback: () => psk }, (_, response) => response.end('own'))
    const server = attach(own, { game: arena, rooms: { arena: Arena } })
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    for (const [path, answer] of [
      ['/', 'own'],
      ['/ws', '"tickwire":1'],
    ] as const) {
      const known = { pskCallback: () => ({ psk, identity: 'us' }), checkServerIdentity: () => undefined }
      const socket = connectSecurely({ ...secret, ...known, port: server.port, host: '127.0.0.1' })
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`)
      expect(await text(socket)).toContain(answer)
    }
    await server.close()
    own.close()
  })

  test('of HTTP/2 opens sockets to those who speak HTTP/1.1, and its type is taken as it is', async () => {
    const secret = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
    const psk = Buffer.alloc(16, 1)
    const own = createSecureHttp2Server({ ...secret, pskCallback: () => psk, allowHTTP1: true })
    const server = attach(own, { game: arena, rooms: { arena: Arena } })
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    expect(server.url).toBe(`wss://127.0.0.1:${server.port}/ws`)
    const known = { pskCallback: () => ({ psk, identity: 'us' }), checkServerIdentity: () => undefined }
    const socket = connectSecurely({ ...secret, ...known, port: server.port, host: '127.0.0.1' })
    socket.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n')
    socket.write('Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 101 /)
    socket.destroy()
    await server.close()
    own.close()
  })

  test('of HTTP/2 answers a request to the path of the socket as HTTP/2 can', async () => {
    const own = createHttp2Server((_, response) => void response.end('own'))
    const server = attach(own as unknown as HttpServer, { game: arena, rooms: { arena: Arena } })
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    const client = connectHttp2(`http://127.0.0.1:${server.port}`)
    const ask = async (path: string) => {
      const stream = client.request({ ':path': path, origin: `http://127.0.0.1:${server.port}` })
      const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
      return { status: headers[':status'], version: headers['x-tickwire'], body: await text(stream) }
    }
    expect(await ask('/')).toEqual({ status: 200, version: undefined, body: 'own' })
    const body = '{"tickwire":1,"origin":"allowed","isFull":false}'
    expect(await ask('/ws')).toEqual({ status: 426, version: '1', body })
    client.close()
    await server.close()
    own.close()
  })

  test('ends an upgrade that comes while an answer is under way, and that answer with it', async () => {
    const closed: unknown[] = []
    const own = createServer(({ url }, response) => {
      response.once('close', () => closed.push(url))
      response.write('half')
    })
    const server = attach(own, { game: arena, rooms: { arena: Arena } })
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    for (const path of ['/ws', '/elsewhere']) {
      const socket = request(server, `/before${path}`)
      await once(socket, 'data')
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
      await once(socket, 'close')
      await expect.poll(() => closed.pop()).toBe(`/before${path}`)
    }
    await server.close()
    own.close()
  })

  test('ends an upgrade that nobody takes, also behind an answer, and none that somebody takes', async () => {
    const own = createServer((_, response) => response.end('own'))
    const options = { game: arena, rooms: { arena: Arena }, limits: { requestMs: 100 } }
    const servers = [attach(own, { ...options, path: '/one' }), attach(own, { ...options, path: '/two' })]
    own.on('upgrade', ({ url }, socket) => {
      if (url === '/taken') socket.write('HTTP/1.1 101 Taken\r\n\r\n')
    })
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    const [first] = servers as [(typeof servers)[0]]
    const wish = (path: string) =>
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
    const answered = async (path: string) => {
      const socket = request(first, '/')
      await once(socket, 'data')
      socket.write(wish(path))
      return socket
    }
    const taken = await answered('/taken')
    expect(`${await once(taken, 'data')}`).toMatch(/^HTTP\/1.1 101/)
    const alone = connect(first.port, '127.0.0.1')
    alone.write(wish('/nowhere'))
    const behind = await answered('/nowhere')
    await Promise.all([text(alone), text(behind)])
    expect(taken.readyState).toBe('open')
    taken.destroy()
    for (const server of servers) await server.close()
    own.close()
  })

  for (const [who, path] of [
    ['takes the upgrades at one path', '/chat'],
    ['takes all upgrades', undefined],
  ] as const) {
    for (const order of ['before', 'after']) {
      test(`beside a WebSocket server that ${who} and came ${order} it, both are dialled, and each hears its own`, async () => {
        const own = createServer()
        const heard: unknown[] = []
        const addChat = () => {
          const chat = new WebSocketServer({ server: own, ...(path && { path }) })
          chat.on('connection', (_, { url }) => heard.push(url))
        }
        if (order === 'before') addChat()
        const server = attach(own, { game: arena, rooms: { arena: Arena } })
        if (order === 'after') addChat()
        await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
        const { socket, closed } = await welcomed(server)
        const chat = dial({ ...server, url: server.url.replace('/ws', '/chat') }, {}, [])
        expect(await chat.opened).toBe(101)
        expect([heard, socket.readyState, server.stats.sessions]).toEqual([['/chat'], socket.OPEN, 1])
        chat.socket.terminate()
        await server.close()
        expect((await closed).code).toBe(1012)
        expect(own.listenerCount('upgrade')).toBe(1)
        own.close()
      })
    }
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
