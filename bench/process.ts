// A process of a benchmark: started with what it is given, asked and told things, and ended.

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export class Process {
  readonly #child: ChildProcess
  readonly #heard: unknown[] = []
  #wake = () => {}
  #isOver = false

  /** `file` as it is in the folder of the sources; `namespace`: the network that it is to live in. */
  constructor(file: string, given: object, namespace?: string) {
    const script = join(import.meta.dirname, file.replace(/\.ts$/, '.js'))
    const args = [script, JSON.stringify(given)]
    const stdio = ['ignore', 2, 'inherit', 'ipc'] as const
    this.#child = namespace
      ? spawn('ip', ['netns', 'exec', namespace, process.execPath, ...args], { stdio: [...stdio] })
      : fork(script, args.slice(1), { stdio: [...stdio] })
    this.#child.on('message', (words) => {
      this.#heard.push(words)
      this.#wake()
    })
    this.#child.on('exit', () => {
      this.#isOver = true
      this.#wake()
    })
  }

  tell(words: string | object): void {
    this.#child.send(words)
  }

  /** What it says next. Throws when it ended without a word. */
  async answer<T>(): Promise<T> {
    while (this.#heard.length === 0) {
      if (this.#isOver) throw new Error(`a process of the benchmark ended with ${this.#child.exitCode}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#heard.shift() as T
  }

  async stop(): Promise<void> {
    if (this.#isOver) return
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
  }
}

/** What this process was given. It ends when the one that started it lets go. */
export function given<T>(): T {
  process.on('disconnect', () => process.exit())
  return JSON.parse(process.argv[2] ?? '') as T
}

/** Says something to the process that started this one. */
export function say(words: string | object): void {
  process.send?.(words)
}

/** Milliseconds on a clock that all processes of this machine read alike. */
export function machineTime(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
