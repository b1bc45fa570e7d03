// Those who only sit there, in a process of their own, so that whoever plays beside them does not wait for them: they
// join, acknowledge what they get, answer pings, and tell how many of them are left. Told to, they all lose their sockets
// at once and come back by the client's own rule. Started by siege.ts.

import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { sparks } from '../../dist/demo/game.js'
import { readFrame } from '../../dist/protocol/ext.js'
import { encodeAck, FrameWriter, readStateHeader } from '../../dist/protocol/frames.js'
import { decodeServerMessage, encodeClientMessage } from '../../dist/protocol/messages.js'
import { DIAL_EVERY_MS, retryDelay } from '../../dist/sdk/connection.js'

const [port, count, addresses] = process.argv.slice(2).map(Number)
const AT_ONCE = 40
const BINARY = 0x82
const PING = 0x89
const PONG = 0x8a
const hello = { type: 'hello', hash: sparks.hash, room: 'lobby', id: '', join: ['Ida'], options: null }
const writer = new FrameWriter()
let left = 0

/** A frame of less than 64 KiB, whose mask changes nothing. */
function frame(first, body) {
  const { length } = body
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([first, ...size, 0, 0, 0, 0]), body])
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

/** Resolves when it was welcomed, with whether it was. */
function sit(sitter) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: sitter.address })
    sitter.socket = socket
    let rest = Buffer.alloc(0)
    let isUpgraded = false
    let isWelcome = false
    const welcome = (bytes) => {
      const { token, epoch } = decodeServerMessage(bytes)
      sitter.resume = { token, epoch, received: 0, lastTick: 0 }
      isWelcome = true
      left++
      resolve(true)
    }
    const take = (first, body) => {
      if (first === PING) return socket.write(frame(PONG, body))
      if (first !== BINARY) return undefined
      const bytes = new Uint8Array(body)
      if (!isWelcome) return welcome(bytes)
      const state = readFrame(bytes)
      if (!state) return undefined
      const { tick: ackTick } = readStateHeader(state.body)
      return socket.write(frame(BINARY, encodeAck(writer, { ackTick, received: 0 })))
    }
    socket
      .on('error', () => {})
      .on('close', () => {
        if (isWelcome) left--
        resolve(false)
      })
    socket.on('data', (bytes) => {
      rest = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes
      if (!isUpgraded) {
        const end = rest.indexOf('\r\n\r\n')
        if (end < 0) return
        isUpgraded = true
        rest = rest.subarray(end + 4)
        socket.write(frame(BINARY, encodeClientMessage({ ...hello, resume: sitter.resume })))
      }
      for (let next = rest; next !== undefined; next = afterFrame(next, take)) rest = next
    })
    socket.write(handshake())
  })
}

/** Loses its socket and dials until it sits again; resolves with how many milliseconds that took. */
async function comeBack(sitter) {
  const began = performance.now()
  const sinceMs = () => performance.now() - began
  sitter.socket.destroy()
  for (let attempt = 0; ; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, retryDelay(attempt, DIAL_EVERY_MS, Math.random)))
    if (await sit(sitter)) return sinceMs()
  }
}

const sitters = Array.from({ length: count }, (_, index) => ({ address: `127.30.0.${(index % addresses) + 1}` }))
for (let from = 0; from < count; from += AT_ONCE) await Promise.all(sitters.slice(from, from + AT_ONCE).map(sit))

process.on('message', async ({ isCut }) => {
  const times = isCut ? await Promise.all(sitters.map(comeBack)) : []
  process.send({ left, backMs: Math.max(0, ...times) })
})
process.on('disconnect', () => process.exit(0))
process.send({ left, backMs: 0 })
