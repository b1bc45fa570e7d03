// What the server's core takes from the world: time, chance, a hash, and sockets. Node's are in edge/node-world.ts;
// tests bring virtual ones, and the same core runs on them unchanged.

/** The most milliseconds that one of Node's timers can wait: a longer one would fire after 1 ms. */
export const TIMER_MS = 2 ** 31 - 1

export interface World {
  /** Milliseconds; monotonic. */
  now(): number
  /** Milliseconds for which the process has worked, which it does not while it waits or stands still. */
  cpuMs(): number
  /** Runs `run` once, `ms` from now; returns what calls it off. */
  after(ms: number, run: () => void): () => void
  /** `count` bytes that nobody can guess. */
  randomBytes(count: number): Uint8Array
  /** A one-way hash of a text, always of the same length. */
  digest(text: string): string
}

/** The sending side of one WebSocket. Its events are told to the Connection by whoever made it. */
export interface Socket {
  /** Takes the bytes as they are: they may be changed afterwards. */
  send(bytes: Uint8Array): void
  close(code: number, reason: string): void
  /** Ends it at once, without a closing handshake. */
  terminate(): void
  /** Bytes that were sent and have not left the process. */
  readonly bufferedAmount: number
}

/** Told of what a person should know: a room that failed, a peer's socket that broke in an unforeseen way. */
export type Log = (message: string, error?: unknown) => void

/** Of a handshake, names in lower case. */
export type Headers = { readonly [name: string]: string | readonly string[] | undefined }
