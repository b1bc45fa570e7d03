// Threats at the door of a stock server: who may open a socket, how many, and for how long without a word.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../server/base/limits.ts'
import { launchChromium } from '../support/chromium.ts'
import { percentile } from '../support/percentile.ts'
import { frame, OP, RawSocket } from '../support/raw-socket.ts'
import { address, hello, IS_LONG, inMB, leaveRow, Siege, tally, volume } from '../support/siege.ts'

let siege: Siege

beforeAll(async () => {
  siege = await Siege.start()
})
afterAll(() => siege.stop())

describe('T1: a page of another site does not get a socket', () => {
  const own = () => `127.0.0.1:${siege.port}`
  for (const [what, origin, host, status] of [
    ['its own page', (at: string) => `http://${at}`, undefined, 101],
    ['its own page under a name', () => 'https://game.example', 'game.example', 101],
    ['a development server of this machine', () => 'http://localhost:5173', undefined, 101],
    ['no page at all', () => undefined, undefined, 101],
    ['a foreign page', () => 'https://evil.example', undefined, 403],
    ['a page of no origin', () => 'null', undefined, 403],
    ['an empty origin', () => '', undefined, 403],
    ['a name that only begins like ours', () => 'https://game.example.evil.example', 'game.example', 403],
    ['a name that only ends like ours', () => 'https://evilgame.example', 'game.example', 403],
    ['a part of our name', () => 'https://example', 'game.example', 403],
    ['another port', () => 'https://game.example:444', 'game.example', 403],
    ['two origins at once', (at: string) => `http://${at}, https://evil.example`, undefined, 403],
    ['an origin with a path', (at: string) => `http://${at}/page`, undefined, 403],
    ['an origin with a user', (at: string) => `http://127.0.0.1@${at}`, undefined, 403],
    ['a foreign IPv6 host', () => 'http://[2001:db8::1]', undefined, 403],
    ['our own IPv6 host', () => 'http://[::1]:8080', '[::1]:8080', 101],
    ['a file', () => 'file://', undefined, 403],
    ['a host that is more than one', () => 'https://evil.example', 'game.example@evil.example', 403],
  ] as const) {
    test(`${what}: ${status}`, async () => {
      const raw = new RawSocket(siege.port, address(3, 1))
      const from = origin(own())
      const headers = { Host: host ?? own(), ...(from === undefined ? {} : { Origin: from }) }
      expect(await raw.upgrade(headers)).toBe(status)
      raw.socket.destroy()
    })
  }

  const inBrowser = async () => {
    const stranger = createServer((_, response) => response.end('<title>evil</title>'))
    stranger.listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    const { port } = stranger.address() as AddressInfo
    const browser = await launchChromium(['--host-resolver-rules=MAP *.example 127.0.0.1'])
    const page = await browser.newPage()
    const outcome = async (pageUrl: string, socketUrl: string) => {
      await page.goto(pageUrl)
      return page.evaluate(
        (url) =>
          new Promise((resolve) => {
            const socket = new WebSocket(url, 'tickwire.1')
            socket.onopen = () => resolve('open')
            socket.onclose = ({ code }) => resolve(code)
          }),
        socketUrl,
      )
    }
    const target = `ws://game.example:${siege.port}/ws`
    const { stats } = (await siege.ask()) as { stats: { refused: { origin: number } } }
    expect(await outcome(`http://evil.example:${port}/`, target)).toBe(1006)
    expect((await siege.ask()).stats.refused.origin).toBe(stats.refused.origin + 1)
    expect(await outcome(`http://game.example:${siege.port}/`, target)).toBe('open')
    await browser.close()
    stranger.close()
    leaveRow({ case: 'T1 cross-site page', volume: '18 headers, 2 pages in Chromium', closed: '0 wrong verdicts' })
  }
  if (IS_LONG) test('also not in a real browser, where the page of the same host does', inBrowser)
})

test('T7: of a flood of dials from one address at most 64 are let in, and players of others come in at once', async () => {
  const dials = volume(5_000, 300)
  const attacker = address(4, 1)
  const open: RawSocket[] = []
  const codes: number[] = []
  let live = 0
  let most = 0
  const dial = async () => {
    const raw = new RawSocket(siege.port, attacker)
    const status = await raw.upgrade()
    codes.push(status)
    if (status !== 101) return raw.socket.destroy()
    open.push(raw)
    most = Math.max(most, ++live)
    // Those that answer no ping are given up meanwhile, and make a place for another one.
    raw.socket.on('close', () => live--)
    raw.write(frame(OP.binary, hello()))
  }
  let joinedMs = 0
  const felt = await siege.attack('T7 connection flood', async () => {
    const flood = (async () => {
      for (let count = 0; count < dials; count += 50) await Promise.all(Array.from({ length: 50 }, dial))
    })()
    const began = performance.now()
    const players = await Promise.all(
      Array.from({ length: 10 }, (_, index) => siege.player(`guest ${index}`, address(5, index + 1))),
    )
    joinedMs = performance.now() - began
    await flood
    for (const player of players) expect(player.state.name).toBe('open')
    await Promise.all(players.map((player) => player.leave()))
    return `${dials} dials: ${tally(codes)}; 10 joins in ${Math.round(joinedMs)} ms`
  })
  expect(most).toBeLessThanOrEqual(DEFAULT_LIMITS.socketsPerAddress)
  expect(most).toBeGreaterThan(0)
  expect(codes.filter((code) => code === 429).length).toBeGreaterThan(dials / 2)
  expect(felt.after.stats.refused.addressDials).toBeGreaterThan(0)
  if (IS_LONG) expect(joinedMs).toBeLessThan(1_000)
  for (const raw of open) raw.socket.destroy()
})

test('T8: sockets that say nothing, or drip, before the upgrade or after it, are gone', async () => {
  const each = volume(500, 30)
  const upgraded = Math.min(each, 200)
  let place = 0
  const livedMs: number[] = []
  /** A socket, of which is kept how long it lived, from when it had connected. */
  const watched = () => {
    const raw = new RawSocket(siege.port, address(6, ++place))
    raw.socket.once('connect', () => {
      const began = performance.now()
      raw.socket.once('close', () => livedMs.push(performance.now() - began))
    })
    return raw
  }
  let cost = 0
  const felt = await siege.attack('T8 slowloris', async () => {
    const held = await siege.weigh()
    const began = performance.now()
    const silent = Array.from({ length: each }, watched)
    const dripping = Array.from({ length: each }, watched)
    const greeting = Array.from({ length: upgraded }, watched)
    await Promise.all(greeting.map((raw) => raw.upgrade()))
    const drops = 'GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Drip: '
    let dropped = 0
    const drip = setInterval(() => {
      const next = drops[dropped++] ?? 'x'
      for (const raw of dripping) raw.write(next)
    }, 100)
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    cost = (await siege.weigh()) - held
    await Promise.all([...silent, ...dripping, ...greeting].map(({ ended }) => ended))
    clearInterval(drip)
    const goneMs = performance.now() - began
    for (const raw of greeting) expect(await raw.code()).toBe(4401)
    const gone = `all gone in ${(goneMs / 1000).toFixed(1)} s, each in ${(percentile(livedMs, 1) / 1000).toFixed(1)} s`
    return `${each} silent, ${each} dripping, ${upgraded} upgraded: ${inMB(cost)}, ${gone}`
  })
  expect(livedMs).toHaveLength(2 * each + upgraded)
  expect(felt.after.stats.closed.HELLO_TIMEOUT - felt.before.stats.closed.HELLO_TIMEOUT).toBe(upgraded)
  if (IS_LONG) {
    expect(percentile(livedMs, 1)).toBeLessThan(6_000)
    expect(cost).toBeLessThan(20e6)
  }
})

test('T8: of silent sockets of one address no more are held than it may have, and others get in', async () => {
  const dials = volume(2_000, 700)
  const most = DEFAULT_LIMITS.plainSocketsPerAddress
  await siege.attack('T8 plain sockets', async () => {
    const before = (await siege.ask()).stats
    const silent = Array.from({ length: dials }, () => new RawSocket(siege.port, address(8, 1)))
    const refused = async () => (await siege.ask()).stats.refusedPlain - before.refusedPlain
    await expect.poll(refused, { timeout: 20_000 }).toBe(dials - most)
    const guest = await siege.player('guest', address(8, 2))
    expect(guest.state.name).toBe('open')
    await guest.leave()
    for (const raw of silent) raw.socket.destroy()
    return `${dials} of one address: ${most} held, ${dials - most} refused; another one joins`
  })
})

test('T8: floods of requests on plain connections of one address are cut off, and others get in', async () => {
  const floods = 250
  const ask = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const flood = ask.repeat(volume(1_700, 100))
  const before = await siege.ask()
  const felt = await siege.attack('T8 plain requests', async () => {
    const sockets = Array.from({ length: floods }, () => new RawSocket(siege.port, address(9, 1)))
    await Promise.all(sockets.map(({ socket }) => once(socket, 'connect')))
    for (const raw of sockets) raw.write(flood)
    await Promise.all(sockets.map(({ ended }) => ended))
    const guest = await siege.player('guest', address(9, 2))
    expect(guest.state.name).toBe('open')
    await guest.leave()
    return `${floods} connections, ${flood.length} bytes each: all ended; another one joins`
  })
  expect(felt.after.stats.refusedPlain - before.stats.refusedPlain).toBe(floods)
  expect(felt.after.stats.silent).toBe(before.stats.silent)
  if (IS_LONG) expect(percentile(felt.after.late, 1)).toBeLessThan(500)
})

test('T11: compression is never agreed to, however it is offered', async () => {
  const offers = [
    'permessage-deflate',
    'permessage-deflate; client_max_window_bits',
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    'permessage-deflate, permessage-deflate; server_max_window_bits=8',
    'x-webkit-deflate-frame',
    'deflate-stream, permessage-deflate',
  ]
  await siege.attack('T11 compression offers', async () => {
    for (const [index, offer] of offers.entries()) {
      const raw = await RawSocket.open(siege.port, address(7, index + 1), { 'Sec-WebSocket-Extensions': offer })
      expect(raw.head).toMatch(/^HTTP\/1.1 101/)
      expect(raw.head.toLowerCase()).not.toContain('sec-websocket-extensions')
      // A frame that says that it is compressed is broken.
      raw.write(frame(OP.binary, hello(), { reserved: 4 }))
      expect(await raw.code()).toBe(1002)
    }
    return `${offers.length} offers, each with a compressed frame`
  })
})
