// The built page's files, as they were when the server started.

import type { IncomingMessage, ServerResponse } from 'node:http'
import sirv from 'sirv'

/** Answers requests for the files in `folder`; `otherwise` answers what is not among them. */
export function filesOf(folder: string, otherwise: (response: ServerResponse) => void) {
  const files = sirv(folder, {
    gzip: true,
    brotli: true,
    setHeaders: (response, path) => {
      // Names in there carry a hash of what is inside.
      const isForever = path.startsWith('/assets/')
      response.setHeader('cache-control', isForever ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  return (request: IncomingMessage, response: ServerResponse): void => {
    // sirv throws where an answer should be as if nothing had been said (RFC 9110, 14.1.1).
    const [, first = 0, last = first] = /(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []
    if (Number(last) < Number(first)) delete request.headers.range
    // One that is gone since, or cannot be opened, is found out when its head is written: what is left is to end there.
    response.once('pipe', (file) => file.once('error', () => response.destroy()))
    files(request, response, () => otherwise(response))
  }
}
