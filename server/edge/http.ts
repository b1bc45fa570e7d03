// How answers go out over plain HTTP, and how a request that asked for another protocol is read again. It takes of
// Node's objects only the parts that it names.

import { type Answer, FAILED } from './answers.ts'

interface Response {
  readonly req: { readonly httpVersionMajor: number }
  readonly headersSent: boolean
  readonly writableEnded: boolean
  getHeaderNames(): string[]
  removeHeader(name: string): void
  writeHead(status: number, headers: Answer['headers']): unknown
  end(body: string): unknown
  destroy(): unknown
}

/** What is piped into an answer. */
export interface Source {
  /** Of a file: its descriptor. */
  readonly fd?: unknown
  destroy?(): unknown
  once(name: 'error', told: (error: unknown) => void): unknown
  listenerCount(name: 'error'): number
}

interface Answered {
  readonly destroyed: boolean
  on(name: 'pipe', told: (source: Source) => void): unknown
  once(name: 'close', told: () => void): unknown
}

interface RequestHead {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion: string
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[]
}

export function write(response: Response, { status, headers, body }: Answer): void {
  // HTTP/2 has no such headers, and Node throws where it is given them.
  const { Connection, Upgrade, ...others } = headers
  response.writeHead(status, response.req.httpVersionMajor === 1 ? headers : others)
  response.end(body)
}

/** Answers for a page that failed; one that had begun to answer is cut off. */
export function writeFailure(response: Response): void {
  if (response.writableEnded) return
  if (response.headersSent) return void response.destroy()
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  write(response, FAILED)
}

/**
 * Closes the file that is piped into an answer whose visitor goes before its end: Node leaves it open, and each would
 * take a descriptor for ever. One that cannot be opened or read, and whose errors nobody listens to, is told to
 * `failed`, or it would end the process. Other streams may be for other visitors, too.
 */
export function tendFiles(response: Answered, failed: (error: unknown) => void): void {
  response.on('pipe', (source) => {
    if (!('fd' in source)) return
    if (source.listenerCount('error') === 0) {
      // Whoever listens only after it was piped comes behind us, and is still there.
      source.once('error', (error) => source.listenerCount('error') === 0 && failed(error))
    }
    const close = () => source.destroy?.()
    if (response.destroyed) close()
    else response.once('close', close)
  })
}

/**
 * The text of a request's head as it came, but without its wish to upgrade, and with `Connection: close`, so that its
 * connection brings no further one. Each character is one byte.
 */
export function withoutUpgrade({ method, url, httpVersion, rawHeaders }: RequestHead): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`, 'Connection: close']
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (!/^((proxy-)?connection|upgrade)$/i.test(name)) lines.push(`${name}: ${rawHeaders[at + 1]}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}
