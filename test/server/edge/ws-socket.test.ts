import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Duplex } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { CLOSE } from '../../../protocol/errors.ts'
import { WsSocket } from '../../../server/edge/ws-socket.ts'

const open: { readonly server: Server; readonly client: WebSocket }[] = []

afterEach(async () => {
  for (const { server, client } of open.splice(0)) {
    client.terminate()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** A socket in whose way one can stand: what is written reaches it, but counts as waiting while this is held. */
class Gate extends Duplex {
  readonly chunks: Buffer[] = []
  isHeld = false
  #resume = () => {}
  readonly #socket: Duplex

  constructor(socket: Duplex) {
    super()
    this.#socket = socket
    socket.on('data', (bytes) => this.push(bytes)).on('end', () => this.push(null))
    socket.on('error', () => this.destroy())
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk)
    this.#socket.write(chunk)
    if (this.isHeld) this.#resume = done
    else done()
    this.emit('took', chunk)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }

  letGo(): void {
    this.isHeld = false
    this.#resume()
  }
}

/** A WebSocket between this process and itself; `through`: what the server's end of it is opened on. */
async function opened<S extends Duplex>(through: (socket: Duplex) => S) {
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  open.push({ server, client })
  const heard: Buffer[] = []
  client.on('message', (bytes: Buffer) => heard.push(bytes))
  const closed = once(client, 'close').then(([code, reason]) => [code, String(reason)])
  const [request, socket, head] = (await once(server, 'upgrade')) as [IncomingMessage, Duplex, Buffer]
  const stream = through(socket)
  const webSocket = await new Promise<WebSocket>((resolve) => webSockets.handleUpgrade(request, stream, head, resolve))
  await once(client, 'open')
  return { socket: new WsSocket(webSocket, stream), webSocket, stream, client, heard, closed }
}

const plain = () => opened((socket) => socket)

async function gated() {
  const all = await opened((socket) => new Gate(socket))
  all.stream.chunks.length = 0
  return all
}

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 255)
}

describe('what is sent', () => {
  test('arrives exact and in order, of whatever length, between the pings and before the close of ws', async () => {
    const { socket, webSocket, client, heard, closed } = await plain()
    let pings = 0
    client.on('ping', () => pings++)
    const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000, 4_092, 4_093, 3]
    for (const length of lengths) {
      socket.send(bytesOf(length))
      webSocket.ping()
    }
    socket.close(4000, 'enough')
    expect(await closed).toEqual([4000, 'enough'])
    expect(heard.map(({ length }) => length)).toEqual(lengths)
    for (const bytes of heard) expect(bytes.equals(bytesOf(bytes.length))).toBe(true)
    expect(pings).toBe(lengths.length)
  })

  test('is what it was when it was sent, though it waits and its bytes are changed meanwhile', async () => {
    const { socket, client, heard, closed } = await plain()
    client.pause()
    const bytes = new Uint8Array(3_000)
    let sent = 0
    while (socket.bufferedAmount < 500_000) socket.send(bytes.fill(++sent))
    bytes.fill(0)
    client.resume()
    socket.close(1000, '')
    await closed
    expect(heard.length).toBe(sent)
    const wrong = heard.findIndex((message, index) => !message.equals(Buffer.alloc(3_000, index + 1)))
    expect(wrong).toBe(-1)
  })

  test('leaves in one write, as a piece of what others share; behind others that wait it has bytes of its own', async () => {
    const { socket, stream } = await gated()
    for (const length of [10, 200]) socket.send(bytesOf(length))
    stream.isHeld = true
    for (const length of [30, 40, 300]) socket.send(bytesOf(length))
    stream.letGo()
    const { chunks } = stream
    expect(chunks.map(({ length }) => length)).toEqual([12, 204, 32, 42, 304])
    expect(new Set(chunks.slice(0, 3).map(({ buffer }) => buffer)).size).toBe(1)
    for (const { length, buffer } of chunks.slice(3)) expect(buffer.byteLength).toBe(length)
  })

  test('counts as buffered, head and all, until it has left', async () => {
    const { socket, webSocket, stream } = await gated()
    const amounts = () => [socket.bufferedAmount, webSocket.bufferedAmount]
    socket.send(bytesOf(10))
    expect(amounts()).toEqual([0, 0])
    stream.isHeld = true
    socket.send(bytesOf(10))
    expect(amounts()).toEqual([12, 12])
    socket.send(bytesOf(70_000))
    expect(amounts()).toEqual([70_022, 70_022])
    stream.letGo()
    expect(amounts()).toEqual([0, 0])
  })
})

describe('nothing follows', () => {
  test('a close frame of ours', async () => {
    const { socket, stream, heard, closed } = await gated()
    socket.send(bytesOf(0))
    socket.close(4000, '')
    socket.send(bytesOf(2))
    expect(await closed).toEqual([4000, ''])
    socket.send(bytesOf(3))
    expect(Buffer.concat(stream.chunks).toString('hex')).toBe('8200' + '88020fa0')
    expect(heard.length).toBe(1)
  })

  test("a close frame of the peer's", async () => {
    const { socket, webSocket, stream, client } = await gated()
    socket.send(bytesOf(0))
    const answered = once(stream, 'took')
    client.close()
    await answered
    expect(webSocket.readyState).toBe(WebSocket.CLOSING)
    socket.send(bytesOf(2))
    expect(Buffer.concat(stream.chunks).toString('hex')).toBe('8200' + '8800')
  })

  test('the end of a socket that broke', async () => {
    const { socket, webSocket, client } = await plain()
    const over = once(webSocket, 'close')
    client.terminate()
    await over
    socket.send(bytesOf(2))
    expect(socket.bufferedAmount).toBe(0)
  })
})

describe('closing', () => {
  test('tells the peer the code and the reason, and termination neither', async () => {
    const [told, untold] = [await plain(), await plain()]
    told.socket.close(CLOSE.TOO_SLOW, 'too slow')
    untold.socket.terminate()
    expect(await told.closed).toEqual([CLOSE.TOO_SLOW, 'too slow'])
    expect(await untold.closed).toEqual([1006, ''])
  })

  test('for a flood no longer reads what comes, and for anything else does', async () => {
    const [flood, other] = [await plain(), await plain()]
    flood.socket.close(CLOSE.TOO_FAST, '')
    other.socket.close(CLOSE.TOO_SLOW, '')
    expect([flood.webSocket.isPaused, other.webSocket.isPaused]).toEqual([true, false])
  })
})
