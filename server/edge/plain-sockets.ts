// Counts the TCP connections that are no WebSockets (yet): before a request has arrived nothing else bounds them, and
// each one costs a socket, a parser and up to a whole head.

export class PlainSockets {
  readonly #most: number
  readonly #mostOfOne: number
  readonly #addresses = new Map<object, string>()
  readonly #counts = new Map<string, number>()

  /** How many there may be, and how many of one address. */
  constructor(most: number, mostOfOne: number) {
    this.#most = most
    this.#mostOfOne = mostOfOne
  }

  /** Whether there is a place for one more of that address; if so it has it, until it leaves. */
  enter(socket: object, address: string): boolean {
    const count = this.#counts.get(address) ?? 0
    if (this.#addresses.size >= this.#most || count >= this.#mostOfOne) return false
    this.#counts.set(address, count + 1)
    this.#addresses.set(socket, address)
    return true
  }

  /** It is closed, or on its way to become a WebSocket, which is counted elsewhere. */
  leave(socket: object): void {
    const address = this.#addresses.get(socket)
    if (address === undefined) return
    this.#addresses.delete(socket)
    const count = this.#counts.get(address) ?? 0
    if (count > 1) this.#counts.set(address, count - 1)
    else this.#counts.delete(address)
  }
}
