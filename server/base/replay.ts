// What all sessions together keep for clients that have not acknowledged it yet. One bound for the process: when it is
// reached, sessions that have no socket give up theirs, those that have been away longest first.

export class ReplayPool {
  readonly #most: number
  readonly #detached = new Set<ReplayAccount>()
  #bytes = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Kept now, in all. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether so many bytes more may be kept. To make room, sessions that are away lose what is kept for them. */
  hasPlace(bytes: number): boolean {
    while (this.#bytes + bytes > this.#most) {
      const [oldest] = this.#detached
      if (oldest === undefined) return false
      oldest.giveUp()
    }
    return true
  }

  /** More is kept, or less. */
  change(bytes: number): void {
    this.#bytes += bytes
  }

  /** Who is away, the longest first. */
  detach(account: ReplayAccount): void {
    this.#detached.add(account)
  }

  attach(account: ReplayAccount): void {
    this.#detached.delete(account)
  }
}

/** The part of one session. */
export class ReplayAccount {
  readonly #pool: ReplayPool
  readonly #onGivenUp: () => void
  readonly #lengths: number[] = []
  #isGivenUp = false

  /** `onGivenUp` is called when the pool needs the place: the session must forget what it kept. */
  constructor(pool: ReplayPool, onGivenUp: () => void) {
    this.#pool = pool
    this.#onGivenUp = onGivenUp
  }

  /** Whether the session may keep a message of so many bytes. False, too, when it had to give up what it kept itself. */
  hasPlace(bytes: number): boolean {
    this.#isGivenUp = false
    return this.#pool.hasPlace(bytes) && !this.#isGivenUp
  }

  /** A message of so many bytes is kept. */
  add(bytes: number): void {
    this.#lengths.push(bytes)
    this.#pool.change(bytes)
  }

  /** Only so many messages, the newest, are still kept. */
  keep(count: number): void {
    if (count === this.#lengths.length) return
    const gone = this.#lengths.splice(0, this.#lengths.length - count)
    for (const length of gone) this.#pool.change(-length)
  }

  /** The session has a socket, or is over. */
  attach(): void {
    this.#pool.attach(this)
  }

  /** The session is away. */
  detach(): void {
    this.#pool.detach(this)
  }

  giveUp(): void {
    this.#isGivenUp = true
    this.#pool.attach(this)
    this.#onGivenUp()
  }
}
