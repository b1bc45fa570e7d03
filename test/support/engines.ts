// Firefox and WebKit (Safari's engine), Debian's, driven by what they speak themselves: WebDriver BiDi over a WebSocket,
// and WebDriver over HTTP. Of each a test uses one tab.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { freePort, pause } from './demo.ts'

export interface Tab {
  goto(url: string): Promise<void>
  reload(): Promise<void>
  /** What an expression comes to in the page, as JSON can tell it; a promise is waited for. */
  run<T>(expression: string): Promise<T>
  press(key: string): Promise<void>
  release(key: string): Promise<void>
  /** Ends the browser. */
  close(): Promise<void>
}

/** By name, what starts it. */
export const ENGINES: { readonly [name: string]: () => Promise<Tab> } = { Firefox: firefox, WebKit: webkit }

const LOOK_MS = 50

/** Waits until an expression holds in the page. */
export async function until(tab: Tab, expression: string): Promise<void> {
  while (!(await tab.run<boolean>(`Boolean(${expression})`))) await pause(LOOK_MS)
}

type Json = Record<string, unknown>

async function firefox(): Promise<Tab> {
  const profile = mkdtempSync(join(tmpdir(), 'tickwire-firefox-'))
  const options = ['--headless', '--no-remote', '--remote-debugging-port=0', '--profile', profile]
  const child = start('firefox-esr', options)
  const socket = new WebSocket(`${await said(child, /BiDi listening on (\S+)/)}/session`)
  await once(socket, 'open')
  let calls = 0
  const waiting = new Map<number, (answer: Json) => void>()
  socket.on('message', (text: Buffer) => {
    const answer = JSON.parse(text.toString()) as Json
    waiting.get(answer.id as number)?.(answer)
  })
  async function call<T>(method: string, params: Json): Promise<T> {
    const id = ++calls
    socket.send(JSON.stringify({ id, method, params }))
    const answer = await new Promise<Json>((resolve) => waiting.set(id, resolve))
    waiting.delete(id)
    if (answer.type === 'error') throw new Error(`${method}: ${answer.message}`)
    return answer.result as T
  }
  await call('session.new', { capabilities: {} })
  const { context } = await call<{ context: string }>('browsingContext.create', { type: 'tab' })
  const wait = 'complete'
  const keys = (type: string, value: string) =>
    call<void>('input.performActions', { context, actions: [{ type: 'key', id: 'keys', actions: [{ type, value }] }] })
  return {
    goto: (url) => call('browsingContext.navigate', { context, url, wait }),
    reload: () => call('browsingContext.reload', { context, wait }),
    async run(expression) {
      const params = { expression: asJson(expression), target: { context }, awaitPromise: true }
      const { result } = await call<{ result: { value: string } }>('script.evaluate', params)
      return read(result.value)
    },
    press: (key) => keys('keyDown', key),
    release: (key) => keys('keyUp', key),
    async close() {
      await call('browser.close', {})
      await ended(child)
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

async function webkit(): Promise<Tab> {
  const screen = start('Xvfb', ['-displayfd', '2', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'])
  const DISPLAY = `:${await said(screen, /^(\d+)$/m)}`
  const port = await freePort()
  const driver = start('WebKitWebDriver', [`--port=${port}`], { DISPLAY, WEBKIT_DISABLE_DMABUF_RENDERER: '1' })
  async function call<T>(method: string, path: string, body?: Json): Promise<T> {
    const how = body ? { method, body: JSON.stringify(body) } : { method }
    const answer = await fetch(`http://127.0.0.1:${port}/session${path}`, how)
    const { value } = (await answer.json()) as { value: T & { message?: string } }
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.message}`)
    return value
  }
  while (!(await fetch(`http://127.0.0.1:${port}/status`).catch(() => null))) await pause(LOOK_MS)
  const alwaysMatch = { 'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation'] } }
  const { sessionId } = await call<{ sessionId: string }>('POST', '', { capabilities: { alwaysMatch } })
  const post = <T>(path: string, body: Json) => call<T>('POST', `/${sessionId}${path}`, body)
  await post('/timeouts', { script: 60_000 })
  const keys = (type: string, value: string) =>
    post<void>('/actions', { actions: [{ type: 'key', id: 'keys', actions: [{ type, value }] }] })
  return {
    goto: (url) => post('/url', { url }),
    reload: () => post('/refresh', {}),
    async run(expression) {
      const script = `${asJson(expression)}.then(arguments[0], (error) => arguments[0](JSON.stringify({ error: String(error) })))`
      return read(await post<string>('/execute/async', { script, args: [] }))
    },
    press: (key) => keys('keyDown', key),
    release: (key) => keys('keyUp', key),
    async close() {
      await call('DELETE', `/${sessionId}`)
      for (const child of [driver, screen]) {
        child.kill()
        await ended(child)
      }
    },
  }
}

/** Where Debian has WebKit's own small browser differs from one architecture to the next. */
function miniBrowser(): string {
  const paths = readdirSync('/usr/lib').map((folder) => `/usr/lib/${folder}/webkit2gtk-4.1/MiniBrowser`)
  const path = paths.find((path) => existsSync(path))
  if (path === undefined) throw new Error("no MiniBrowser of WebKit: install Debian's webkit2gtk-driver")
  return path
}

function start(command: string, args: readonly string[], more: Record<string, string> = {}): ChildProcess {
  return spawn(command, args, { env: { ...process.env, ...more }, stdio: ['ignore', 'ignore', 'pipe'] })
}

/** What a process says in time on its stderr; throws when it ends before. */
function said(child: ChildProcess, what: RegExp): Promise<string> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended with ${code}: ${text}`)))
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk
      const found = what.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

function asJson(expression: string): string {
  return `(async () => JSON.stringify({ value: await (${expression}) }))()`
}

function read<T>(json: string): T {
  const { value, error } = JSON.parse(json) as { value: T; error?: string }
  if (error !== undefined) throw new Error(error)
  return value
}
