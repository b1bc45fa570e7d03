// The secret by which a client that comes back proves which seat is its own. It changes with every welcome, and only
// hashes of it are kept. A welcome that got lost locks nobody out: until a frame arrives on the connection that was
// given the new secret, the one before still counts. Only while its client is away does a secret grow old.

import type { World } from '../base/world.ts'

const SECRET_BYTES = 32

export class Tokens {
  /** Names the seat; not secret. */
  readonly seat: string
  /** Since when its client has been away; Infinity while it is there. */
  awaySince = Number.POSITIVE_INFINITY
  readonly #world: World
  readonly #maxAgeMs: number
  /** Hashes, '' for none. */
  #current = ''
  #previous = ''

  constructor(world: World, maxAgeMs: number) {
    this.#world = world
    this.#maxAgeMs = maxAgeMs
    this.seat = base64url(world.randomBytes(9))
  }

  /** A fresh token. `presented` is the one that its receiver showed, and so certainly still holds. */
  issue(presented = ''): string {
    const secret = base64url(this.#world.randomBytes(SECRET_BYTES))
    this.#previous = presented === '' ? '' : this.#hashOf(presented)
    this.#current = this.#world.digest(secret)
    return `${this.seat}.${secret}`
  }

  /** The receiver has the token that was issued last: the one before is void. */
  confirm(): void {
    this.#previous = ''
  }

  /** The client has a socket. */
  hold(): void {
    this.awaySince = Number.POSITIVE_INFINITY
  }

  /** It has none any more. */
  release(): void {
    this.awaySince = this.#world.now()
  }

  /** Whether a token has one of the secrets that count. */
  knows(token: string): boolean {
    return this.#hashOf(token) !== ''
  }

  /** Its client was away for too long: knowing the secret is no longer enough. */
  get isOld(): boolean {
    return this.#world.now() - this.awaySince >= this.#maxAgeMs
  }

  /** The hash of a token's secret, or '' when that is not one of ours. */
  #hashOf(token: string): string {
    // Comparing hashes tells an attacker nothing about a secret, however long it takes.
    const hash = this.#world.digest(secretOf(token))
    return hash === this.#current || hash === this.#previous ? hash : ''
  }
}

/** Which seat a token claims to be for. */
export function seatOf(token: string): string {
  return token.slice(0, Math.max(0, token.indexOf('.')))
}

function secretOf(token: string): string {
  return token.slice(token.indexOf('.') + 1)
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Base64 for URLs, without padding (RFC 4648, section 5). */
export function base64url(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    for (let digit = 0; digit < Math.min(4, left + 1); digit++) text += DIGITS[(group >> (18 - 6 * digit)) & 63]
  }
  return text
}
