// Two private network namespaces, joined by a line that netns.py carries: it ends with this process.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface Line {
  /** One way, in milliseconds. */
  readonly delayMs: number
  /** To the client, for each port of the server. */
  readonly bytesPerSecond: number
}

export class Namespaces {
  /** Where the client finds the server. */
  readonly host = '10.99.0.1'
  readonly server = 'tickwire-server'
  readonly client = 'tickwire-client'
  readonly #carrier: ChildProcess

  /** Throws when there is no leave to make them: it takes root, iproute2 and /dev/net/tun. */
  static async open({ delayMs, bytesPerSecond }: Line): Promise<Namespaces> {
    // From dist/bench/, where this runs.
    const script = join(import.meta.dirname, '../../bench/netns.py')
    const args = [script, '--delay', String(delayMs), '--rate', String(Math.round(bytesPerSecond))]
    const carrier = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const [word] = await Promise.race([once(carrier.stdout, 'data'), once(carrier, 'exit')])
    if (String(word).trim() !== 'ready') throw new Error('the network namespaces could not be made')
    return new Namespaces(carrier)
  }

  private constructor(carrier: ChildProcess) {
    this.#carrier = carrier
  }

  /** The carrier takes the namespaces with it when nobody holds its input any more. */
  async close(): Promise<void> {
    const exited = once(this.#carrier, 'exit')
    this.#carrier.stdin?.end()
    await exited
  }
}
