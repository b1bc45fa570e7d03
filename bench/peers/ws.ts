// The `ws` that the server of this package uses itself: for measured servers, bare clients, and peers that lack one.

import { createRequire } from 'node:module'

const require = createRequire(new URL('../../server/index.js', import.meta.url))
export const { WebSocket, WebSocketServer } = require('ws') as typeof import('ws')
