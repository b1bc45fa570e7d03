import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Link, Net } from '../../sdk/netsim.ts'
import { realNet } from '../../sdk/real-net.ts'
import { VirtualClock } from '../support/clock.ts'

let server: WebSocketServer
let ends: WebSocket[]
let closed: Promise<readonly [code: number, reason: string]>
let net: Net
/** What the line asked to wait, in milliseconds and in that order. */
let waits: number[]

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'one' })
  await once(server, 'listening')
  ends = []
  closed = new Promise((resolve) => {
    server.on('connection', (socket) => {
      ends.push(socket)
      socket.on('message', (bytes) => socket.send(bytes as Buffer))
      socket.on('close', (code, reason) => resolve([code, reason.toString()]))
    })
  })
  waits = []
  net = realNet({
    WebSocket,
    after: (ms, run) => {
      waits.push(ms)
      const timer = setTimeout(run, ms / 10)
      return () => clearTimeout(timer)
    },
  })
})

afterEach(() => {
  net.cut()
  for (const socket of ends) socket.terminate()
  server.close()
})

const url = () => `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`

/** What a link tells, until it ends or has told so much. */
function listen(link: Link, most: number): Promise<unknown[]> {
  const told: unknown[] = []
  return new Promise((resolve) => {
    const tell = (what: unknown) => told.push(what) === most && resolve(told)
    link.onopen = () => tell('open')
    link.onmessage = ({ data }) => tell([...new Uint8Array(data as ArrayBuffer)])
    link.onclose = ({ code, reason, wasClean }) => tell([code, reason, wasClean])
  })
}

test('what goes through comes back in order and whole, whatever the line does meanwhile', async () => {
  const link = new net.WebSocket(url(), ['one']) as Link
  net.up.line.jitterMs = net.down.line.jitterMs = 30
  await listen(link, 1)
  const heard = listen(link, 100)
  for (let count = 0; count < 100; count++) {
    if (count === 50) net.latencyMs = 2
    link.send(Uint8Array.of(count, 7))
  }
  expect(await heard).toEqual(Array.from({ length: 100 }, (_, count) => [count, 7]))
})

test('both directions wait as long as the line says', async () => {
  net.up.line.latencyMs = 70
  net.down.line.latencyMs = 130
  const link = new net.WebSocket(url(), []) as Link
  await listen(link, 1)
  waits = []
  link.send(Uint8Array.of(1))
  await listen(link, 1)
  expect(waits.map(Math.round)).toEqual([0, 70, 130])
})

test('what was just sent is counted until the script has run', async () => {
  const link = new net.WebSocket(url(), []) as Link
  await listen(link, 1)
  link.send(new Uint8Array(300))
  link.send(new Uint8Array(200))
  expect(link.bufferedAmount).toBe(500)
  await listen(link, 2)
  expect(link.bufferedAmount).toBe(0)
})

test("a page's close reaches the server with its code and its reason", async () => {
  const link = new net.WebSocket(url(), []) as Link
  await listen(link, 1)
  const told = listen(link, 1)
  link.close(4409, 'enough')
  expect(await told).toEqual([[4409, 'enough', true]])
  expect(await closed).toEqual([4409, 'enough'])
})

test("the server's close reaches the page after all that came before it", async () => {
  const link = new net.WebSocket(url(), []) as Link
  await listen(link, 1)
  const told = listen(link, 2)
  ends[0]?.send(Uint8Array.of(5))
  ends[0]?.close(4410, 'the end')
  expect(await told).toEqual([[5], [4410, 'the end', true]])
})

test('a cut is an end without a word for the page, and ends the real socket too', async () => {
  const link = new net.WebSocket(url(), []) as Link
  await listen(link, 1)
  const told = listen(link, 1)
  net.cut()
  expect(await told).toEqual([[1006, '', false]])
  expect((await closed)[0]).toBe(4400)
})

test('sockets that have ended are not kept, and a cut ends all that there are', async () => {
  for (let round = 0; round < 3; round++) {
    const links = [new net.WebSocket(url(), []), new net.WebSocket(url(), [])] as Link[]
    await Promise.all(links.map((link) => listen(link, 1)))
    expect(net.links).toHaveLength(2)
    net.cut()
    expect([net.links, links.map(({ isOver }) => isOver)]).toEqual([[], [true, true]])
  }
})

test('sockets that were refused are not kept, nor those that were cut before they were open', async () => {
  net.isDown = true
  const refused = [new net.WebSocket(url(), []), new net.WebSocket(url(), [])] as Link[]
  const told = await Promise.all(refused.map((link) => listen(link, 1)))
  expect(told).toEqual([[[1006, '', false]], [[1006, '', false]]])
  expect(net.links).toEqual([])
  net.isDown = false
  const dialling = new net.WebSocket(url(), []) as Link
  expect(net.links).toEqual([dialling])
  net.cut()
  expect([net.links, dialling.isOver]).toEqual([[], true])
})

test('a page that reads again is told by each socket that it was closed meanwhile', () => {
  const clock = new VirtualClock()
  const natives: { onclose: (close: object) => void }[] = []
  class Native {
    onclose = (_: object) => {}
    constructor() {
      natives.push(this)
    }
    close() {}
  }
  const line = realNet({ WebSocket: Native as never, now: clock.now, after: clock.after, random: () => 0.5 })
  const links = [new line.WebSocket('ws://a/'), new line.WebSocket('ws://b/')] as Link[]
  clock.advance(100)
  line.isRead = false
  for (const { onclose } of natives) onclose({ code: 4410, reason: 'the end', wasClean: true })
  clock.advance(100)
  expect(links.map(({ isOver }) => isOver)).toEqual([false, false])
  line.isRead = true
  expect(links.map(({ isOver }) => isOver)).toEqual([true, true])
})

test('a server that is not there is a lost socket', async () => {
  const gone = url()
  server.close()
  await once(server, 'close')
  const link = new net.WebSocket(gone, []) as Link
  expect(await listen(link, 1)).toEqual([[1006, '', false]])
})

test('text is not carried: it ends the socket with the code for that', async () => {
  const link = new net.WebSocket(url(), []) as Link
  await listen(link, 1)
  const told = listen(link, 1)
  ends[0]?.send('words')
  expect(await told).toEqual([[1003, 'text', true]])
})
