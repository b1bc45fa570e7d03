import { expect, test } from 'vitest'
import { Socket, type SocketClose } from '../../sdk/socket.ts'
import { VirtualClock } from '../support/clock.ts'
import { Net } from '../support/link.ts'

function dial() {
  const clock = new VirtualClock()
  const received: Uint8Array[] = []
  const net = new Net(clock, (socket) => {
    far.socket = socket
    return { receive: (bytes) => void received.push(bytes), closed: () => {} }
  })
  const far: { socket: Parameters<typeof net.accept>[0] | null } = { socket: null }
  const heard: (Uint8Array | null)[] = []
  const closes: SocketClose[] = []
  let opened = 0
  const address = { WebSocket: net.WebSocket, url: 'ws://arena.test/ws', protocols: ['tickwire.1'] }
  const socket = new Socket(address, {
    onOpen: () => void opened++,
    onMessage: (bytes) => void heard.push(bytes),
    onClose: (close) => void closes.push(close),
  })
  return { clock, net, far, socket, received, heard, closes, opened: () => opened }
}

test('it asks for binary, offers its subprotocols, and carries bytes both ways', () => {
  const { clock, net, far, socket, received, heard, opened } = dial()
  clock.advance(100)
  expect([net.link.binaryType, net.link.protocols, opened()]).toEqual(['arraybuffer', ['tickwire.1'], 1])
  socket.send(Uint8Array.of(1, 2))
  far.socket?.send(Uint8Array.of(3))
  clock.advance(100)
  expect(received).toEqual([Uint8Array.of(1, 2)])
  expect(heard).toEqual([Uint8Array.of(3)])
})

test('a text message is told as null, without its text', () => {
  const { net, heard } = dial()
  net.link.onmessage?.({ data: 'hi' })
  expect(heard).toEqual([null])
})

test('a close is told with its code, its reason and whether it was clean', () => {
  const { clock, far, closes } = dial()
  clock.advance(100)
  far.socket?.close(4410, 'the end')
  clock.advance(100)
  expect(closes).toEqual([{ code: 4410, reason: 'the end', wasClean: true }])
})

test('an abandoned socket never says another word', () => {
  const { clock, net, far, socket, heard, closes } = dial()
  clock.advance(100)
  far.socket?.send(Uint8Array.of(1))
  socket.abandon(4400, 'enough')
  clock.advance(1000)
  expect([heard, closes]).toEqual([[], []])
  expect(net.link.closedWith).toEqual({ code: 4400, reason: 'enough' })
  expect(net.link.onerror).toBeTypeOf('function')
})

test('what script may not say is said in another way', () => {
  const codes = [1000, 1003, 1009, 3000, 4400].map((code) => {
    const { net, socket } = dial()
    socket.abandon(code, 'ü'.repeat(100))
    const { reason = '' } = net.link.closedWith ?? {}
    expect(reason).toBe('ü'.repeat(41))
    return net.link.closedWith?.code
  })
  expect(codes).toEqual([1000, 4400, 4400, 3000, 4400])
})
