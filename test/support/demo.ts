// The built demo as a process of its own, the way `npm start` runs it.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ROOT } from './shell.ts'

export class DemoServer {
  readonly port: number
  readonly #environment: Readonly<Record<string, string>>
  #process: ChildProcess | null = null
  #output = ''

  constructor(port: number, environment: Readonly<Record<string, string>> = {}) {
    this.port = port
    this.#environment = environment
  }

  /** Starts a server on a free port and waits until it is ready. */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<DemoServer> {
    const server = new DemoServer(await freePort(), environment)
    await server.start()
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`
  }

  async start(): Promise<void> {
    const env = { ...process.env, ...this.#environment, PORT: String(this.port) }
    const child = spawn(process.execPath, [join(ROOT, 'dist/demo/server.js')], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        this.#output += text
      })
    }
    while (!(await this.isReady())) {
      if (child.exitCode !== null) throw new Error(`the demo ended with ${child.exitCode}:\n${this.#output}`)
      await pause(50)
    }
  }

  async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}readyz`)).ok
    } catch {
      return false
    }
  }

  /** Ends the process by a signal and returns its exit code; null when the signal itself ended it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process
    this.#process = null
    if (!child || child.exitCode !== null) return child?.exitCode ?? null
    child.kill(signal)
    const [code] = await once(child, 'exit')
    return code as number | null
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** For polling what another process does. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
