// Those who only sit there, in a process of their own, so that whoever plays beside them does not wait for them: they
// join, acknowledge what they get, answer pings, and tell how many of them are left. Started by idle.test.ts.

import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { sparks } from '../../dist/demo/game.js'
import { encodeAck, FrameWriter, readFrame, readStateHeader } from '../../dist/protocol/frames.js'
import { encodeClientMessage } from '../../dist/protocol/messages.js'

const [port, count, addresses] = process.argv.slice(2).map(Number)
const AT_ONCE = 40
const BINARY = 0x82
const PING = 0x89
const PONG = 0x8a
const hello = { type: 'hello', hash: sparks.hash, room: 'lobby', id: '', join: ['Ida'], options: null }
const greeting = frame(BINARY, encodeClientMessage(hello))
const writer = new FrameWriter()
let left = 0

/** A short frame, whose mask changes nothing. */
function frame(first, body) {
  return Buffer.concat([Buffer.from([first, 0x80 | body.length, 0, 0, 0, 0]), body])
}

function handshake() {
  const key = randomBytes(16).toString('base64')
  const offer = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13']
  return ['GET /ws HTTP/1.1', 'Host: localhost', ...offer, '', ''].join('\r\n')
}

/** What is behind the first frame of those that came, or undefined while it is not whole. */
function afterFrame(bytes, take) {
  if (bytes.length < 2) return undefined
  const isLong = bytes[1] === 126
  const start = isLong ? 4 : 2
  if (bytes.length < start) return undefined
  const end = start + (isLong ? bytes.readUInt16BE(2) : bytes[1])
  if (bytes.length < end) return undefined
  take(bytes[0], bytes.subarray(start, end))
  return bytes.subarray(end)
}

/** Resolves when it was welcomed. */
function sit(localAddress) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    let rest = Buffer.alloc(0)
    let isUpgraded = false
    let isWelcome = false
    const take = (first, body) => {
      if (first === PING) return socket.write(frame(PONG, body))
      if (first !== BINARY) return undefined
      if (!isWelcome) left++
      isWelcome = true
      resolve()
      const state = readFrame(new Uint8Array(body))
      if (!state) return undefined
      const { tick: ackTick } = readStateHeader(state.body)
      return socket.write(frame(BINARY, encodeAck(writer, { ackTick, received: 0 })))
    }
    socket
      .on('error', () => {})
      .on('close', () => {
        if (isWelcome) left--
        resolve()
      })
    socket.on('data', (bytes) => {
      rest = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes
      if (!isUpgraded) {
        const end = rest.indexOf('\r\n\r\n')
        if (end < 0) return
        isUpgraded = true
        rest = rest.subarray(end + 4)
        socket.write(greeting)
      }
      for (let next = rest; next !== undefined; next = afterFrame(next, take)) rest = next
    })
    socket.write(handshake())
  })
}

for (let from = 0; from < count; from += AT_ONCE) {
  const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) => (from + index) % addresses)
  await Promise.all(some.map((place) => sit(`127.30.0.${place + 1}`)))
}
process.on('message', () => process.send({ left }))
process.on('disconnect', () => process.exit(0))
process.send({ left })
