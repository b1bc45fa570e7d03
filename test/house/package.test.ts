// The tarball that users get: what is in it, what its types promise, and that a project of theirs compiles against it.

import { readFileSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeFolder, ROOT, removeFolder, run, writeFiles } from '../support/shell.ts'
import { install, pack } from '../support/tarball.ts'

const GAME = `
import { angle, defineGame, fixed, flag, group, i8, type InputOf, type Of, optional, text, u16, u32, u8 } from 'tickwire/game'

export const arena = defineGame({
  room: { endsAt: u32(), winner: optional(text(16)) },
  player: { name: text(16), score: u16() },
  entities: { ship: { x: fixed(0, 4096, 1 / 8), y: fixed(0, 4096, 1 / 8), heading: angle(8), hp: u8() } },
  input: { dx: i8(), dy: i8(), dash: flag() },
  join: { name: text(16) },
  toServer: { talk: { message: text(200) } },
  toClient: { talk: { message: text(200), from: group({ name: text(16), id: u32() }) } },
})

export function move(ship: Of<typeof arena, 'ship'>, input: InputOf<typeof arena>, dt: number): void {
  ship.x += input.dx * dt
  ship.y += input.dy * dt
}
`

const SERVER = `
import { Room, type Server, type Session, serve } from 'tickwire/server'
import { arena, move } from './game.js'

type Player = Session<typeof arena, 'ship'>

export class Arena extends Room<typeof arena> {
  override onCreate() {
    this.on('talk', ({ player, id }, { message }) => this.broadcast('talk', { message, from: { name: player.name, id } }))
  }
  override onJoin(session: Player, { name }: { name: string }) {
    session.player.name = name
    session.avatar = this.state.ship.add({ x: 100, y: 100, owner: session })
  }
  override onTick(dt: number) {
    for (const session of this.sessions) for (const input of session.inputs()) move(session.avatar, input, dt)
  }
}

const { HOST: host, GAME_PATH: path } = process.env
export const server: Promise<Server> = serve({ port: 0, host, path, game: arena, rooms: { arena: Arena } })
`

const CLIENT = `
import { join, onFrame } from 'tickwire'
import { arena, move } from './game.js'

export async function play(url: string): Promise<() => void> {
  const room = await join(url, arena, { room: 'arena', with: { name: 'Ada' } })
  room.predict('ship', move)
  room.on('talk', ({ message, from }) => { document.title = from.name.concat(message) })
  addEventListener('keydown', function ask({ key }) {
    if (key !== 'n') return
    removeEventListener('keydown', ask)
    void import('tickwire/devtools').then(({ mountLab }) => mountLab(room))
  })
  return onFrame(() => {
    room.input({ dx: 1, dy: 0, dash: false })
    for (const ship of room.view().ship) document.title = \`\${ship.x.toFixed(1)} \${ship.mine}\`
  })
}
`

const SHOP = `
import { join } from 'tickwire'
import { defineGame, request, u16, u8 } from 'tickwire/game'

export const shop = defineGame({ toServer: { buy: request({ item: u8() }, { gold: u16() }) }, toClient: { bell: {} } })
export const room = await join('ws://localhost/ws', shop, { room: 'shop' })
export const counter = { buy: room.request.bind(room), on: room.on.bind(room), send: room.send.bind(room) }
export const packed = shop.join.pack({})
`

const STALL = `
import { Room } from 'tickwire/server'
import { shop } from './shop.js'

export class Stall extends Room<typeof shop> {
  tell = this.broadcast.bind(this)
  visit = () => [...this.sessions].map((session) => session.send.bind(session))
}
`

/** Types of what the doors hand out and take, by name. */
const NAMED = `
import { type ConnectionState, connect, type SocketMaker, type Wire } from 'tickwire/connect'
import type { Headers, Knock } from 'tickwire/server'
import type { Chance, Net } from 'tickwire/testing'

export const socket = connect('ws://localhost/ws')
export const told = new Map<ConnectionState['name'], Wire>()
export const lost = () => socket.state.name === 'reconnecting' && socket.state.lost
socket.onState((state: ConnectionState) => told.set(state.name, null))
socket.on((value: Wire) => told.set('open', value))
export const dialled = (net: Net): SocketMaker => net.WebSocket
export const luck = (net: Net): Chance => net.chance
export const from = (knock: Knock): Headers => knock.headers
`

/** The files of which a page of docs/ shows parts, each begun by a line with its name. */
function shownIn(page: string): Record<string, string> {
  const files: Record<string, string> = {}
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8')
  for (const [, name = '', code = ''] of text.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)) {
    files[name] = `${files[name] ?? ''}${code}`
  }
  return files
}

interface LockEntry {
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const STRICT = {
  target: 'es2022',
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
}
const NODENEXT = { module: 'nodenext', moduleResolution: 'nodenext' }
const BUNDLER = { module: 'esnext', moduleResolution: 'bundler' }
const BROWSER = { lib: ['es2022', 'dom', 'dom.iterable'], types: [] }
const BOTH = { lib: ['es2022', 'dom', 'dom.iterable'], types: ['node'] }
const NODE = { lib: ['es2022'], types: ['node'] }

let folder: string
let tarball: string
let installed: string

beforeAll(async () => {
  folder = await makeFolder()
  tarball = await pack(folder)
  // As a user has it: no types of ws.
  installed = await install(tarball, folder, ['@types/node', 'undici-types'])
  await writeFiles(folder, {
    'package.json': JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
    'game.ts': GAME,
    'server.ts': SERVER,
    'client.ts': CLIENT,
    'shop.ts': SHOP,
    'stall.ts': STALL,
    'named.ts': NAMED,
    ...shownIn('TESTING.md'),
  })
  await mkdir(join(folder, 'guide'))
  const guide = Object.entries({ ...shownIn('GUIDE.md'), ...shownIn('HOSTING.md') })
  await writeFiles(folder, Object.fromEntries(guide.map(([name, code]) => [`guide/${name}`, code])))
}, 60_000)

afterAll(() => removeFolder(folder))

const manifest = async (path: string) => JSON.parse(await readFile(path, 'utf8'))

describe('the tarball', () => {
  test('holds the four built rooms, their maps, their sources and the pages on them, and nothing else', async () => {
    const files = (await readdir(installed, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
    const room =
      /^(dist\/)?(protocol|sdk|server(\/(base|edge|room|sync))?|devtools)\/[\w-]+\.(ts|js|d\.ts|js\.map|d\.ts\.map)$/
    const others = files.filter((file) => !room.test(file) || (file.startsWith('dist') && /(?<!\.d)\.ts$/.test(file)))
    const pages = ['GUIDE', 'DESIGN', 'HOSTING', 'PROTOCOL', 'TESTING'].map((name) => `docs/${name}.md`)
    const rest = ['LICENSE', 'README.md', 'SECURITY.md', 'package.json', 'protocol/exact.grit', ...pages]
    expect(others.sort()).toEqual(rest.sort())
    for (const door of ['protocol', 'sdk', 'server', 'devtools']) {
      expect(files).toContain(`${door}/index.ts`)
      for (const end of ['js', 'js.map', 'd.ts']) expect(files).toContain(`dist/${door}/index.${end}`)
    }
  })

  test('has a source for every built file and every source its map names', async () => {
    const built = await readdir(join(installed, 'dist'), { recursive: true })
    const sources = new Set(await readdir(installed, { recursive: true }))
    const maps = built.filter((file) => file.endsWith('.js.map'))
    expect(maps.length).toBeGreaterThan(10)
    expect(maps.filter((file) => !sources.has(file.replace(/\.js\.map$/, '.ts')))).toEqual([])
  })

  test('depends on exactly msgpackr and ws', async () => {
    const { dependencies, peerDependencies, optionalDependencies } = await manifest(join(installed, 'package.json'))
    expect(dependencies).toEqual({ msgpackr: '^2.1.3', ws: '^8.23.0' })
    expect(peerDependencies).toBeUndefined()
    expect(optionalDependencies).toBeUndefined()
  })

  test('is clean under publint --strict', { timeout: 60_000 }, async () => {
    const { code, output } = await run('publint', ['run', '--strict', tarball])
    expect(output).toContain('All good!')
    expect(code, output).toBe(0)
  })

  test('is clean under attw for ES modules', { timeout: 60_000 }, async () => {
    const { code, output } = await run('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'])
    for (const door of [
      'tickwire',
      'tickwire/server',
      'tickwire/game',
      'tickwire/connect',
      'tickwire/spawns',
      'tickwire/testing',
      'tickwire/devtools',
    ]) {
      expect(output).toMatch(new RegExp(`"${door}"\\s+node16 \\(from ESM\\): OK \\(ESM\\)\\s+bundler: OK`))
    }
    expect(code, output).toBe(0)
  })

  // It would find server/index.ts, and compile our sources by the user's settings.
  test('tells a compiler that knows no exports of the same types as those do', async () => {
    const { exports, types, typesVersions } = await manifest(join(installed, 'package.json'))
    const doors = Object.entries<{ types?: string }>(exports).filter(([, door]) => door.types !== undefined)
    const told = doors.map(([door, { types }]) => [door, types])
    const old = Object.entries<string[]>(typesVersions['*']).map(([door, [path]]) => [`./${door}`, path])
    expect([['.', types], ...old]).toEqual(told)
    expect(told.length).toBeGreaterThan(5)
  })

  test('names no type of msgpackr or ws in its declarations', async () => {
    const declarations = (await readdir(installed, { recursive: true })).filter((file) => file.endsWith('.d.ts'))
    expect(declarations.length).toBeGreaterThan(10)
    for (const file of declarations.filter((path) => path.startsWith('dist'))) {
      const text = await readFile(join(installed, file), 'utf8')
      expect(text, file).not.toMatch(/(from|import\(|import|types=)\s*['"](msgpackr|ws)\b/)
    }
  })

  test('keeps the browser and the game vocabulary free of Node in its declarations', async () => {
    for (const room of ['sdk', 'protocol', 'devtools']) {
      const names = (await readdir(join(installed, 'dist', room))).filter((file) => file.endsWith('.d.ts'))
      for (const name of names) {
        const text = await readFile(join(installed, 'dist', room, name), 'utf8')
        expect(text, `${room}/${name}`).not.toMatch(/['"]node:|types=["']node|\bNodeJS\.|\bBuffer\b/)
      }
    }
  })
})

describe('a project of a user', () => {
  for (const [what, options, files] of [
    ['a browser game, resolved as bundlers do', { ...BUNDLER, ...BROWSER }, ['client.ts']],
    ['a browser game, resolved as Node does', { ...NODENEXT, ...BROWSER }, ['client.ts']],
    ['a game server, resolved as Node does', { ...NODENEXT, ...NODE }, ['server.ts']],
    ['a game server, resolved as bundlers do', { ...BUNDLER, ...NODE }, ['server.ts']],
    ['a package that tells its own types', { ...NODENEXT, ...BROWSER, declaration: true }, ['shop.ts']],
    ['a package of rooms that tells theirs', { ...NODENEXT, ...BOTH, declaration: true }, ['stall.ts']],
    ['one that names the types it meets', { ...NODENEXT, ...BOTH, declaration: true }, ['named.ts']],
    ["a game's rehearsal, of both ends", { ...NODENEXT, ...BOTH }, ['rehearsal.ts']],
    [
      'the game of docs/GUIDE.md, and its host',
      { ...NODENEXT, ...BOTH },
      ['client', 'hosting', 'deployed', 'party', 'socket'].map((name) => `guide/${name}.ts`),
    ],
  ] as const) {
    test(`compiles: ${what}`, { timeout: 60_000 }, async () => {
      const config = `tsconfig.${what.replace(/\W+/g, '-')}.json`
      await writeFiles(folder, { [config]: JSON.stringify({ compilerOptions: { ...STRICT, ...options }, files }) })
      const { code, output } = await run('tsc', ['-p', config], folder)
      expect(output).not.toContain('error')
      expect(code, output).toBe(0)
    })
  }

  test('is refused when it misspells what the game defines', { timeout: 60_000 }, async () => {
    const compilerOptions = { ...STRICT, ...NODENEXT, ...BROWSER }
    await writeFiles(folder, {
      'wrong.ts': CLIENT.replace('dash: false', 'dahs: false'),
      'tsconfig.wrong.json': JSON.stringify({ compilerOptions, files: ['wrong.ts'] }),
    })
    const { code, output } = await run('tsc', ['-p', 'tsconfig.wrong.json'], folder)
    expect(output).toContain('dahs')
    expect(code).not.toBe(0)
  })

  test('is told which names there are when it misspells one', { timeout: 60_000 }, async () => {
    await writeFiles(folder, {
      'names.ts': `
        import { defineRoom } from 'tickwire/server'
        import { arena } from './game.js'
        import { room } from './shop.js'
        void room.request('bye', { item: 1 })
        const near = { x: 'x', y: 'z', width: 1, height: 1 } as const
        export const Field = defineRoom(arena, () => ({}), { views: { ship: { near } } })`,
      'tsconfig.names.json': JSON.stringify({
        compilerOptions: { ...STRICT, ...NODENEXT, ...BOTH },
        files: ['names.ts'],
      }),
    })
    const { output } = await run('tsc', ['-p', 'tsconfig.names.json'], folder)
    expect(output).toContain(`'"bye"' is not assignable to parameter of type '"buy"'`)
    expect(output).toMatch(/'"z"' is not assignable to type '"heading" \| "hp" \| "x" \| "y"/)
  })

  for (const [door, name] of [
    ['tickwire', 'join'],
    ['tickwire/game', 'defineGame'],
    ['tickwire/server', 'serve'],
    ['tickwire/connect', 'connect'],
    ['tickwire/spawns', 'predictSpawns'],
    ['tickwire/testing', 'Net'],
    ['tickwire/devtools', 'mountLab'],
  ]) {
    test(`loads ${door} in plain Node, by import and by require`, { timeout: 60_000 }, async () => {
      const code = `
        import { createRequire } from 'node:module'
        const names = Object.keys(await import('${door}'))
        const required = Object.keys(createRequire(process.cwd() + '/x.js')('${door}'))
        console.log(names.includes('${name}') && required.includes('${name}') ? 'loaded' : names)`
      const { output } = await run('node', ['--no-warnings', '--input-type=module', '--eval', code], folder)
      expect(output.trim()).toBe('loaded')
    })
  }
})

describe('the checkout', () => {
  for (const path of ['package-lock.json', 'bench/package-lock.json']) {
    test(`names no registry in ${path}`, async () => {
      const text = await readFile(join(ROOT, path), 'utf8')
      expect(text).toContain('"lockfileVersion": 3')
      expect(text).not.toContain('"resolved"')
      expect(text).not.toMatch(/registry\.|\.tgz/)
    })

    // npm ci refuses a lock file that leaves out what is for another system, even where that is never installed.
    test(`lists every optional package in ${path}`, async () => {
      const { packages } = (await manifest(join(ROOT, path))) as { packages: Record<string, LockEntry> }
      const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
      expect(wanted.length).toBeGreaterThan(3)
      expect(wanted.filter((name) => !(`node_modules/${name}` in packages))).toEqual([])
    })
  }

  test('has the same version in package.json and its lock file', async () => {
    const { version } = await manifest(join(ROOT, 'package.json'))
    expect((await manifest(join(ROOT, 'package-lock.json'))).packages[''].version).toBe(version)
  })
})
