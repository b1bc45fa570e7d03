// The WebSockets of bare clients.

import type { RawData, WebSocket as Socket } from 'ws'
import { WebSocket } from '../peers/ws.ts'
import type { Address, Tally } from './system.ts'

/** What a bare client does with each message. The bytes it returns are its answer; a state counts as one. */
export type Listener = (
  bytes: Buffer,
  isBinary: boolean,
) => { readonly isState: boolean; readonly answer?: Uint8Array | string }

/** An open socket whose messages `listener` answers. */
export async function listenTo(
  url: string,
  tally: Tally,
  listener: Listener,
  protocols: string[] = [],
): Promise<Socket> {
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false })
  socket.on('message', (bytes: RawData, isBinary: boolean) => {
    const { isState, answer } = listener(bytes as Buffer, isBinary)
    tally.bytes += (bytes as Buffer).length
    if (isState) tally.states++
    if (answer !== undefined) socket.send(answer)
  })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  return socket
}

export function urlOf(scheme: 'ws' | 'http', { host, port }: Address, path = ''): string {
  return `${scheme}://${host}:${port}${path}`
}
