// What the SDK uses of the world around it, in one object: a test, or a program outside a browser, gives its own.

/** Runs `run` once, `ms` from now; returns what calls it off. */
export type After = (ms: number, run: () => void) => () => void

/** What is used of a native WebSocket. */
export interface NativeSocket {
  binaryType: string
  readonly bufferedAmount: number
  onopen: unknown
  onmessage: unknown
  onerror: unknown
  onclose: unknown
  send(bytes: Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
}

export type SocketMaker = new (url: string, protocols?: string[]) => NativeSocket

/** How a plain request is made. */
export interface Asking {
  readonly method: string
  readonly mode?: 'no-cors'
  readonly signal?: AbortSignal
}

/** What is used of an answer to a plain request. */
export interface Answer {
  readonly status: number
  json(): Promise<unknown>
}

/** What is used of a window. */
export interface Page extends Listenable {
  readonly document: { readonly visibilityState: string } & Listenable
}

/** What is used of a tab's storage. */
export interface Storage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

interface Listenable {
  /** Until the signal is aborted. */
  addEventListener(type: string, listener: () => void, until: { readonly signal: AbortSignal }): void
}

export interface World {
  readonly WebSocket: SocketMaker
  /** Milliseconds; monotonic. */
  readonly now: () => number
  readonly after: After
  /** From 0 up to 1. */
  readonly random: () => number
  readonly fetch: ((url: string, how: Asking) => Promise<Answer>) | null
  /** Lives as long as the tab, over reloads. */
  readonly storage: Storage | null
  readonly page: Page | null
  /** Where the page came from. */
  readonly home: string | null
  /** What relative addresses are relative to: where the page came from, unless it names a base of its own. */
  readonly base: string | null
}

/** The real world, except for what is given. Throws TypeError where there is no WebSocket. */
export function realWorld({
  WebSocket = globalThis.WebSocket,
  now = realNow,
  after = realAfter,
  random = Math.random,
  // On a clock that is not real no real request is made.
  fetch = (now === realNow && globalThis.fetch?.bind(globalThis)) || null,
  storage = sessionStorageOrNull(),
  page = globalThis.document ? window : null,
  home = globalThis.location?.href ?? null,
  base = globalThis.document?.baseURI ?? home,
}: Partial<World>): World {
  if (!WebSocket) throw new TypeError('there is no WebSocket')
  return { WebSocket, now, after, random, fetch, storage, page, home, base }
}

/** The address as `ws:` or `wss:`. Throws TypeError for one that cannot be dialled. */
export function socketUrl(address: string | URL, base: string | null): string {
  try {
    // A missing address must not turn into the word "undefined", which would be a path of this page's host.
    const url = new URL(address ?? '//', base ?? undefined)
    url.hash = ''
    const href = url.href.replace(/^http/, 'ws')
    if (/^wss?:/.test(href)) return href
  } catch {
    // No address at all.
  }
  throw new TypeError(`url must be such as wss://host/ws, got ${address}`)
}

/** Milliseconds since 1970, by the clock as it was when the page began; monotonic. */
export function realNow(): number {
  return performance.timeOrigin + performance.now()
}

export function realAfter(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

// Asking for it throws where a person has forbidden storage.
function sessionStorageOrNull(): Storage | null {
  try {
    return globalThis.sessionStorage ?? null
  } catch {
    return null
  }
}
