import { type ChildProcess, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { createReadStream, openSync } from 'node:fs'
import { get, Server as HttpServer, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { decodeServerMessage } from '../../../protocol/messages.ts'
import { pack } from '../../../protocol/plain.ts'
import type { Server } from '../../../server/edge/edge.ts'
import { type ServeOptions, serve } from '../../../server/edge/serve.ts'
import { arena } from '../../support/arena.ts'
import { deferred } from '../../support/clock.ts'
import { dial, handshake, hello, http, logged, request, started, welcomed } from '../../support/served.ts'

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
      expect(await response.json()).toEqual({ tickwire: 1, origin: verdict, isFull: false })
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

  test('that asks for a whole URL is answered for its path', async () => {
    const server = await started({ page: ({ url }, response) => void response.end(`page ${url}`) })
    for (const [path, answer] of [
      ['/readyz', 'ready'],
      ['/ws', '"tickwire":1'],
      ['/play', 'page http://a/play'],
    ]) {
      expect(await text(request(server, `http://a${path}`, 'Connection: close'))).toContain(answer)
    }
  })

  test('to other paths goes to the page', async () => {
    const server = await started({ page: (request, response) => void response.end(`page ${request.url}`) })
    expect(await (await http(server, '/play')).text()).toBe('page /play')
    expect(await (await http(server, '/healthz')).text()).toBe('ok')
  })
})

/** Everything that comes on a connection until it is ended, by the server or after so many answers. */
async function said(port: number, text: string, answers = Number.POSITIVE_INFINITY): Promise<string> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  let all = ''
  socket.on('data', (bytes) => {
    all += bytes
    if (all.split('HTTP/1.1 ').length > answers) socket.destroy()
  })
  socket.write(text)
  await once(socket, 'close')
  return all
}

describe('requests that do not wait for an answer', () => {
  const ASK = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'

  test('are answered one after the other, two at a time', async () => {
    const server = await started()
    const socket = connect(server.port, '127.0.0.1')
    for (const _ of [1, 2, 3]) {
      socket.write(`${ASK}${ASK.replace('healthz', 'nothing')}`)
      let answers = ''
      for await (const [bytes] of on(socket, 'data')) {
        answers += bytes
        if (answers.includes('not found')) break
      }
      expect(answers.match(/ (200|404) /g)).toEqual([' 200 ', ' 404 '])
    }
    socket.destroy()
    expect(server.stats.refusedPlain).toBe(0)
  })

  for (const [what, one] of [
    ['plain ones', ASK],
    ['that name no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['that expect what nobody understands', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n'],
    ['for the path of the socket', 'GET /ws HTTP/1.1\r\nHost: a\r\n\r\n'],
  ] as const) {
    test(`cost their connection when they are three: ${what}`, async () => {
      let asked = 0
      const server = await started({ page: (_, response) => void response.end(`${++asked}`) })
      const { port, stats } = server
      await said(port, one.repeat(3))
      expect([stats.refusedPlain, asked < 2]).toEqual([1, true])
      expect(await said(port, one, 1)).toMatch(/^HTTP\/1.1 \d+ /)
    })
  }

  test('are refused as one, however many come in one piece', async () => {
    const server = await started()
    await said(server.port, ASK.repeat(9))
    expect(server.stats.refusedPlain).toBe(1)
  })

  test('that name no host are told so, and by HTTP/1.0 they need not', async () => {
    const { port } = await started()
    expect(await said(port, 'GET /healthz HTTP/1.1\r\n\r\n', 1)).toMatch(/ 400 .*a request must name its host/s)
    expect(await said(port, 'GET /healthz HTTP/1.0\r\n\r\n', 1)).toMatch(/ 200 .*ok/s)
  })

  test('a next one may come as soon as all of an answer has, though its end is told later', async () => {
    const page: ServeOptions['page'] = (_, response) => {
      response.writeHead(200, { 'Content-Length': 2 }).write('ok')
      setTimeout(() => response.end(), 20)
    }
    const server = await started({ page })
    const socket = request(server, '/')
    for (const _ of [1, 2, 3]) {
      const [answer] = (await once(socket, 'data')) as [Buffer]
      expect(answer.toString()).toMatch(/ok$/)
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    }
    await once(socket, 'data')
    socket.destroy()
    expect(server.stats.refusedPlain).toBe(0)
  })

  test('one that waits is given to no page once its connection is gone', async () => {
    const asked: unknown[] = []
    const arriving = deferred()
    const closed: unknown[] = []
    const server = await started({
      page({ url }, response) {
        asked.push(url)
        response.once('close', () => closed.push(url))
        arriving.resolve()
      },
    })
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
    await arriving.promise
    socket.destroy()
    await expect.poll(() => closed).toEqual(['/1'])
    expect(asked).toEqual(['/1'])
  })

  test('nor is an upgrade agreed to while an answer is under way, and after it one is', async () => {
    const server = await started({ page: (_, response) => void response.write('half') })
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    const wish = `GET /ws HTTP/1.1\r\nHost: a\r\n${upgrade}Sec-WebSocket-Key: ${'A'.repeat(22)}==\r\n\r\n`
    const page = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    expect(await said(server.port, `${page}${wish}`)).not.toContain('101')
    const socket = connect(server.port, '127.0.0.1')
    socket.write(ASK)
    await once(socket, 'data')
    socket.write(wish)
    expect(`${await once(socket, 'data')}`).toMatch(/^HTTP\/1.1 101 /)
    socket.destroy()
  })
})

test('what an address asks beyond what it may is refused, and its players are not, nor are others', async () => {
  const server = await started({ limits: { plainRequestsPerSecond: 1, plainRequestBurst: 10 } })
  const { socket } = await welcomed(server)
  const ask = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'
  const asking = connect(server.port, '127.0.0.1').on('error', () => {})
  const gone = once(asking, 'close')
  asking.on('data', () => asking.write(ask)).write(ask)
  await gone
  expect(await text(connect(server.port, '127.0.0.1'))).toBe('')
  expect(server.stats.refusedPlain).toBe(2)
  const other = connect({ port: server.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
  other.write(ask)
  await once(other, 'data')
  other.destroy()
  expect(socket.readyState).toBe(socket.OPEN)
  socket.terminate()
})

test("behind a proxy requests are the proxy's to count", async () => {
  const server = await started({ trustProxy: 1, limits: { plainRequestsPerSecond: 1, plainRequestBurst: 2 } })
  for (const _ of [1, 2, 3, 4]) expect((await http(server, '/healthz')).status).toBe(200)
})

describe('an answer that stands still', () => {
  const LONG = Buffer.alloc(30_000_000)

  test('is cut off, and one that is read slowly arrives, and a silent WebSocket stays', async () => {
    const gone: string[] = []
    const page: ServeOptions['page'] = ({ url }, response) => {
      response.once('close', () => gone.push(`${url}`))
      response.end(LONG)
    }
    // The silent one is not to be late with its hello, however busy the machine is.
    const server = await started({ page, limits: { unreadMs: 1_200, helloMs: 60_000 } })
    const silent = handshake(server)
    await once(silent, 'data')
    const unread = request(server, '/unread').pause()
    const slow = request(server, '/slow')
    let read = 0
    for await (const bytes of slow) {
      read += bytes.length
      if (read > LONG.length) break
      await after(4)
    }
    expect(read).toBeGreaterThan(LONG.length)
    await expect.poll(() => gone, { timeout: 10_000 }).toContain('/unread')
    expect(silent.readyState).toBe('open')
    for (const socket of [silent, unread, slow]) socket.destroy()
  })
})

describe('what is piped into an answer', () => {
  /** A page that pipes what was made for its path. */
  const piped = async (path: string, source: Readable) => {
    const arriving = deferred()
    const server = await started({
      async page({ url, socket }, response) {
        arriving.resolve()
        if (url === '/late') await once(socket, 'close')
        source.pipe(response)
      },
    })
    const socket = request(server, path)
    await arriving.promise
    return socket
  }
  const endless = () => new Readable({ read: () => {} })

  for (const [what, path] of [
    ['goes half way', '/'],
    ['is gone before it begins', '/late'],
  ] as const) {
    test(`is closed when its visitor ${what}`, async () => {
      const source = Object.assign(endless(), { fd: 9 })
      const socket = await piped(path, source)
      if (path === '/') {
        source.push('half')
        await once(socket, 'data')
      }
      const closed = once(source, 'close')
      socket.destroy()
      await closed
    })
  }

  test('goes on for those who come later, if it is no file', async () => {
    const source = endless()
    const one = await piped('/', source)
    source.push('half')
    await once(one, 'data')
    one.destroy()
    await expect.poll(() => source.listenerCount('data')).toBe(0)
    const two = await piped('/', source)
    source.push('whole')
    expect(`${await once(two, 'data')}`).toContain('whole')
    two.destroy()
    source.destroy()
  })
})

describe('a file that is gone when it is to be read', () => {
  for (const [what, begin, expected] of [
    ['fails its answer, which is logged, and no other', () => {}, 500],
    ['cuts off an answer that had begun', (response) => void response.writeHead(200, { 'Content-Length': 9 }), 0],
  ] as const satisfies [string, (response: ServerResponse) => void, number][]) {
    test(what, async () => {
      const server = await started({
        page(_, response) {
          begin(response)
          createReadStream('/nowhere').pipe(response)
        },
      })
      const status = await http(server, '/').then(
        (response) => response.status,
        () => 0,
      )
      expect([status, logged.splice(0)]).toEqual([expected, ['the page failed']])
      expect((await http(server, '/healthz')).status).toBe(200)
    })
  }

  for (const isFirst of [true, false]) {
    test(`is left to a page that listens to its errors ${isFirst ? 'before' : 'after'} it pipes it`, async () => {
      const server = await started({
        page(_, response) {
          const file = createReadStream('/nowhere')
          const listen = () => file.once('error', () => void response.writeHead(404).end('no such file'))
          if (isFirst) listen()
          file.pipe(response)
          if (!isFirst) listen()
        },
      })
      const response = await http(server, '/')
      expect([response.status, await response.text()]).toEqual([404, 'no such file'])
    })
  }
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

  test('again and again is told of twenty times, and once more a second later', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      const server = await started({ page: oops })
      for (let count = 0; count < 25; count++) expect((await http(server, '/')).status).toBe(500)
      expect(logged.splice(0)).toHaveLength(20)
      vi.advanceTimersByTime(1_000)
      for (let count = 0; count < 2; count++) await http(server, '/')
      expect(logged.splice(0)).toEqual(['the page failed'])
    } finally {
      vi.useRealTimers()
    }
  })

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
    socket.send(pack([2, 1, 0, 0, ['last words']]))
    await once(socket, 'message')
    const closing = server.close()
    expect((await http(server, '/readyz')).status).toBe(503)
    expect(await (await http(server, '/healthz')).text()).toBe('ok')
    expect(await dial(server).opened).toBe(503)
    expect((await closed).code).toBe(1012)
    await closing
    await expect(http(server, '/healthz')).rejects.toThrow()
  })

  test('waits for the answers that are under way, and cuts off what else is there', async () => {
    let [answer, kept] = [() => {}, '']
    const page: ServeOptions['page'] = (asked, response) => {
      answer = () => void response.end(kept)
      void text(asked).then((body) => (kept = body))
    }
    const server = await started({ page })
    const silent = connect(server.port, '127.0.0.1')
    const idle = request(server, '/healthz')
    await once(idle, 'data')
    const busy = request(server, '/score', 'Content-Length: 5', '', 'saved')
    await expect.poll(() => kept).toContain('saved')
    const gone = [once(silent, 'close'), once(idle, 'close')]
    let isClosed = false
    const closing = server.close().then(() => (isClosed = true))
    await Promise.all(gone)
    expect(isClosed).toBe(false)
    answer()
    expect(await text(busy)).toMatch(/^HTTP\/1.1 200 .*saved$/s)
    await closing
  })

  test('waits for an answer that was ended, and that a slow reader has not read to its end', async () => {
    const long = Buffer.alloc(12_000_000)
    const server = await started({ page: (_, response) => void response.end(long) })
    const slow = request(server, '/')
    await once(slow, 'data')
    slow.pause()
    const closing = server.close()
    await after(200)
    expect((await text(slow)).length).toBeGreaterThan(long.length - 100_000)
    await closing
  })

  test('begins no request that waited for the answer before it', async () => {
    const begun: string[] = []
    const first = deferred()
    const server = await started({
      async page({ url = '' }, response) {
        begun.push(url)
        await first.promise
        response.end()
      },
    })
    const ask = (path: string) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`
    const socket = connect(server.port, '127.0.0.1').resume()
    socket.write(ask('/1') + ask('/2'))
    await expect.poll(() => begun).toEqual(['/1'])
    const closing = server.close()
    first.resolve()
    await Promise.all([closing, once(socket, 'close')])
    expect(begun).toEqual(['/1'])
  })

  test('waits for no answer for longer than a request may take', async () => {
    const server = await started({ page: (_, response) => void response.write('half'), limits: { requestMs: 100 } })
    const busy = request(server, '/')
    await once(busy, 'data')
    await Promise.all([once(busy, 'close'), server.close()])
  })

  test('has nothing left that runs, and takes no signal any more', async () => {
    const signals = () => process.listenerCount('SIGTERM')
    const before = signals()
    const begun = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'setInterval')]
    const ended = [vi.spyOn(globalThis, 'clearTimeout'), vi.spyOn(globalThis, 'clearInterval')]
    try {
      const LONG = 77_000
      const server = await started({ signals: true, limits: { requestMs: LONG, closeMs: LONG } })
      expect(signals()).toBe(before + 1)
      const { closed } = await welcomed(server)
      await Promise.all([server.close(), closed])
      expect(signals()).toBe(before)
      const long = begun.flatMap(({ mock }, repeats) => {
        return mock.results.filter((_, index) => repeats || mock.calls[index]?.[1] === LONG).map(({ value }) => value)
      })
      expect(long.length).toBeGreaterThan(2)
      const over = ended.flatMap(({ mock }) => mock.calls.map(([timer]) => timer))
      expect(long.filter((timer) => !over.includes(timer as never))).toEqual([])
    } finally {
      vi.restoreAllMocks()
    }
  })

  test('takes no signal where it is not asked to', async () => {
    const before = process.listenerCount('SIGTERM')
    await started({ signals: false })
    expect(process.listenerCount('SIGTERM')).toBe(before)
  })

  test('ends a socket that does not answer the close', async () => {
    const server = await started()
    const { socket } = await welcomed(server)
    socket.pause()
    await server.close()
    expect(server.stats.connections).toBe(0)
    socket.terminate()
  })
})

describe('options', () => {
  test('that cannot work are refused before anything listens', async () => {
    await expect(serve({ port: 0, game: arena, rooms: {} })).rejects.toThrow('rooms must name at least one room')
    await expect(started({ limits: { helloMs: -1 } })).rejects.toThrow('limits.helloMs must be above 0')
    const page = 'index.html' as never
    await expect(started({ page })).rejects.toThrow(new TypeError('page must be a function, got index.html'))
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

  test('TCP connections that say nothing are bounded, of one address and in all, and WebSockets are not among them', async () => {
    const server = await started({ limits: { plainSockets: 3, plainSocketsPerAddress: 2 } })
    const players = await Promise.all([welcomed(server), welcomed(server), welcomed(server)])
    const knock = (localAddress: string) => connect({ port: server.port, host: '127.0.0.1', localAddress })
    const silent = [knock('127.0.0.1'), knock('127.0.0.1')]
    for (const socket of silent) await once(socket, 'connect')
    expect(await text(knock('127.0.0.1'))).toBe('')
    expect(server.stats.refusedPlain).toBe(1)
    const other = knock('127.0.0.2')
    other.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(other, 'data')
    expect(await text(knock('127.0.0.3'))).toBe('')
    expect(server.stats.refusedPlain).toBe(2)
    silent[0]?.end()
    await once(silent[0] as Socket, 'close')
    expect((await http(server, '/healthz')).status).toBe(200)
    for (const socket of [...silent, other]) socket.destroy()
    for (const { socket } of players) {
      expect(socket.readyState).toBe(socket.OPEN)
      socket.terminate()
    }
  })

  test('behind a proxy all TCP connections are one address, and only all together are bounded', async () => {
    const server = await started({ trustProxy: 1, limits: { plainSockets: 2, plainSocketsPerAddress: 1 } })
    const silent = [connect(server.port, '127.0.0.1'), connect(server.port, '127.0.0.1')]
    for (const socket of silent) await once(socket, 'connect')
    expect(await text(connect(server.port, '127.0.0.1'))).toBe('')
    expect(server.stats.refusedPlain).toBe(1)
    for (const socket of silent) socket.destroy()
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

  test('an address that is empty counts as not set, and listens to no one but this machine', async () => {
    vi.stubEnv('HOST', '')
    const [{ url }, { url: anywhere }] = await Promise.all([
      started({ host: '' }),
      started({ host: '0.0.0.0' }),
    ]).finally(() => vi.unstubAllEnvs())
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:/)
    expect(anywhere).toMatch(/^ws:\/\/localhost:/)
  })

  test('that are undefined leave it to the environment, and those that are given do not', async () => {
    vi.stubEnv('PUBLIC_URL', 'https://game.example')
    vi.stubEnv('TRUST_PROXY', 'many')
    const complaint = 'TRUST_PROXY must be a number of proxies, got many'
    try {
      expect((await started({ publicUrl: undefined, trustProxy: 1 })).url).toBe('wss://game.example/ws')
      expect((await started({ publicUrl: 'https://a.example', trustProxy: 1 })).url).toBe('wss://a.example/ws')
      await expect(started({ trustProxy: undefined })).rejects.toThrow(complaint)
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('that are undefined are as those that are not there', async () => {
    for (const name of ['PUBLIC_URL', 'TRUST_PROXY', 'HOST']) vi.stubEnv(name, '')
    vi.stubEnv('PORT', '0')
    const none = {
      ...{ port: undefined, host: undefined, path: undefined, publicUrl: undefined, trustProxy: undefined },
      ...{ allowedOrigins: undefined, dangerouslyAllowAnyOrigin: undefined, requireOrigin: undefined },
      ...{ allowCookies: undefined, limits: undefined, strict: undefined, log: undefined, page: undefined },
    }
    const server = await started(none).finally(() => vi.unstubAllEnvs())
    expect(server.url).toBe(`ws://127.0.0.1:${server.port}/ws`)
    const { socket, welcome } = await welcomed(server)
    expect(welcome.type).toBe('welcome')
    socket.terminate()
    expect((await http(server, '/')).status).toBe(404)
  })

  test('the public URL is what clients are given', async () => {
    const server = await started({ publicUrl: 'https://game.example', path: '/play' })
    expect(server.url).toBe('wss://game.example/play')
  })

  for (const publicUrl of ['https://game.example/play', 'https://game.example/play/', 'https://game.example/play/ws']) {
    test(`a public URL with a path goes in front of the server's own: ${publicUrl}`, async () => {
      const server = await started({ publicUrl })
      expect(server.url).toBe('wss://game.example/play/ws')
    })
  }
})

test('requests that are late are looked for four times a second, or as often as they may be late', async () => {
  const listen = vi.spyOn(HttpServer.prototype, 'listen')
  for (const limits of [{}, { requestMs: 100 }]) await started({ limits })
  const often = listen.mock.contexts.map(
    (own) => (own as { connectionsCheckingInterval?: number }).connectionsCheckingInterval,
  )
  listen.mockRestore()
  expect(often).toEqual([250, 100])
})

test('an error of the HTTP server is logged, and the game goes on', async () => {
  const listen = vi.spyOn(HttpServer.prototype, 'listen')
  const server = await started()
  const [own] = listen.mock.contexts as HttpServer[]
  listen.mockRestore()
  own?.emit('error', new Error('EMFILE'))
  expect(logged.splice(0)).toEqual(['the HTTP server failed'])
  expect((await http(server, '/healthz')).status).toBe(200)
})

test('a server that is closed twice closes once, and both wait for the same', async () => {
  const server = await started()
  expect(server.close()).toBe(server.close())
  await server.close()
})

/** A process of its own that runs this with the built package. */
function run(script: string, stderr: 'inherit' | 'pipe' | number = 'inherit') {
  const all = `import { defineGame, defineRoom, serve } from './dist/server/index.js'\n${script}`
  const child = spawn('node', ['--input-type=module', '-e', all], { stdio: ['ignore', 'pipe', stderr] })
  return child as ChildProcess & { readonly stdout: Readable }
}

test('a server that cannot listen leaves nothing that keeps the process alive', async () => {
  const child = run(`
    const game = defineGame({ toServer: {}, toClient: {} })
    const room = defineRoom(game, () => ({}))
    const first = await serve({ port: 0, game, rooms: { room } })
    await serve({ port: first.port, game, rooms: { room } }).catch((error) => console.log(error.code))
    await first.close()
    setTimeout(() => console.log('still there') || process.exit(1), 5_000).unref()`)
  expect(await text(child.stdout)).toBe('EADDRINUSE\n')
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0)
})

for (const [what, stderr] of [
  ['whose reader is gone', 'pipe'],
  ['on a disk that is full', openSync('/dev/full', 'w')],
] as const) {
  test(`a log ${what} ends no game`, async () => {
    const child = run(
      `
      const game = defineGame({ toServer: {}, toClient: {} })
      const page = () => Promise.reject(new Error('oops'))
      const server = await serve({ port: 0, game, rooms: { room: defineRoom(game, () => ({})) }, page })
      console.log(server.port)`,
      stderr,
    )
    child.stderr?.destroy()
    const [port] = (await once(child.stdout, 'data')) as [Buffer]
    for (const _ of [1, 2, 3]) expect((await http({ port: Number(port) } as Server, '/')).status).toBe(500)
    child.kill()
    expect((await once(child, 'exit'))[0]).toBe(0)
  })
}

describe('SIGTERM', () => {
  const SCRIPT = `
    const game = defineGame({ toServer: {}, toClient: { note: {} } })
    const room = defineRoom(game, () => ({ onJoin: (session) => void session.send('note', {}) }))
    const server = await serve({ port: 0, game, rooms: { room } })
    console.log(server.port, game.hash)`

  /** The process of a script that tells where its server is, and a player there. */
  async function played(script: string) {
    const process = run(script)
    const [line] = (await once(process.stdout, 'data')) as [Buffer]
    const [port, hash] = line.toString().trim().split(' ')
    const { socket, opened, closed } = dial({ url: `ws://127.0.0.1:${port}/ws` } as Server)
    await opened
    socket.send(hello({ hash: Number(hash), room: 'room', join: [] }))
    await once(socket, 'message')
    return { process, socket, closed, exited: once(process, 'exit') }
  }

  /** Until the server said that it stops. */
  async function stopping(socket: WebSocket): Promise<void> {
    for await (const [bytes] of on(socket, 'message')) {
      const isState = bytes[0] >= 0xc7 && bytes[0] <= 0xd8
      if (!isState && decodeServerMessage(new Uint8Array(bytes)).type === 'stopping') return
    }
  }

  for (const [signals, how] of [
    [['SIGTERM'], ''],
    [['SIGTERM', 'SIGTERM'], ', also when it comes twice within a second'],
    [['SIGINT'], ', also when it is SIGINT'],
  ] as const) {
    test(`closes every socket with 1012 and ends the process with 0${how}`, async () => {
      const { process, socket, closed, exited } = await played(SCRIPT)
      process.kill(signals[0])
      await stopping(socket)
      if (signals[1]) process.kill(signals[1])
      expect((await exited)[0]).toBe(0)
      expect((await closed).code).toBe(1012)
    })
  }

  test('that comes again after more than a second ends the process at once with 1', async () => {
    const { process, exited } = await played(`
      const game = defineGame({ toServer: {}, toClient: {} })
      const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
      const save = () => after(1_100).then(() => console.log('still saving')).then(() => new Promise(() => {}))
      const room = defineRoom(game, () => ({ onLeave: save }))
      const server = await serve({ port: 0, game, rooms: { room } })
      console.log(server.port, game.hash)`)
    process.kill('SIGTERM')
    await once(process.stdout, 'data')
    process.kill('SIGTERM')
    expect((await exited)[0]).toBe(1)
  })

  test('waits for the last hook of every server of the process', async () => {
    const { process, exited } = await played(`
      const game = defineGame({ toServer: {}, toClient: {} })
      const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
      const room = defineRoom(game, () => ({ onLeave: () => after(500).then(() => console.log('saved')) }))
      const server = await serve({ port: 0, game, rooms: { room } })
      await serve({ port: 0, game, rooms: { room } })
      console.log(server.port, game.hash)`)
    process.kill('SIGTERM')
    expect(await text(process.stdout)).toBe('saved\n')
    expect((await exited)[0]).toBe(0)
  })
})
