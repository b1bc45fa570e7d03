// What the server has to do with its process: variables that stand in for options, signals, and stderr.

import { isatty } from 'node:tty'
import { ignore } from '../base/guard.ts'

const EXIT_MS = 9_500

/**
 * What the environment says where options do not. An empty variable counts as not set. Asked for, PORT and TRUST_PROXY
 * must be numbers.
 */
export function environment() {
  const { PORT, HOST, PUBLIC_URL, TRUST_PROXY } = process.env
  return {
    get port() {
      return portFrom(PORT?.trim() || '8080')
    },
    host: HOST || '127.0.0.1',
    publicUrl: PUBLIC_URL || undefined,
    get trustProxy() {
      return proxiesFrom(TRUST_PROXY || '0')
    },
  }
}

function portFrom(said: string): number {
  const port = Number(said)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new RangeError(`PORT must be an integer from 0 to 65535, got ${said}`)
}

function proxiesFrom(said: string): number {
  const count = Number(said)
  if (Number.isInteger(count) && count >= 0) return count
  throw new RangeError(`TRUST_PROXY must be a number of proxies, got ${said}`)
}

export function isProduction(): boolean {
  return process.env.NODE_ENV === 'production'
}

/**
 * Supervisors send one or the other. In a terminal SIGINT is Ctrl-C, which must end a process whose hook hangs, too;
 * but one that is the first of a container ends by no signal that it does not take.
 */
const SIGNALS = isatty(0) && process.pid !== 1 ? (['SIGTERM'] as const) : (['SIGTERM', 'SIGINT'] as const)

/** By what closes them: the servers of this process that a signal ends. */
const running = new Set<() => Promise<void>>()
let isStopping = false
/** npm passes on a signal that its whole process group was sent: a second one so soon is the same one again. */
const ECHO_MS = 1_000
let isEchoOver = false

/**
 * Has the signals close the server, and end the process when the last of those it closes has closed. Returns what takes
 * the server out again.
 */
export function exitOnSignals(close: () => Promise<void>): () => void {
  if (running.size === 0) for (const signal of SIGNALS) process.on(signal, stop)
  running.add(close)
  return () => {
    running.delete(close)
    if (running.size === 0) for (const signal of SIGNALS) process.off(signal, stop)
  }
}

function stop(): void {
  // Whoever asks twice does not want to wait.
  if (isEchoOver) process.exit(1)
  if (isStopping) return
  isStopping = true
  const exit = () => process.exit(0)
  setTimeout(() => {
    logToStderr(`closing the server took more than ${EXIT_MS} ms: the process ends without waiting any longer`)
    exit()
  }, EXIT_MS)
  // Node tells of a signal that came while a hook held up the process only after the timers have run.
  setTimeout(() => setImmediate(() => (isEchoOver = true)), ECHO_MS)
  void Promise.allSettled([...running].map((close) => close())).then(exit)
}

export function logToStderr(message: string, error?: unknown): void {
  const { stderr } = process
  // A disk that is full, or a reader that is gone, must not end the game as well.
  if (stderr.listenerCount('error') === 0) stderr.on('error', ignore)
  const detail = error instanceof Error ? (error.stack ?? error.message) : error === undefined ? '' : textOf(error)
  stderr.write(`tickwire: ${message}${detail && `\n${detail}`}\n`)
}

/** An object may have no text, as one without a prototype. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return Object.prototype.toString.call(thrown)
  }
}
