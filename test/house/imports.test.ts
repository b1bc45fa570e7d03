// Who imports whom, file by file: no cycles (type imports count), no detours through a door, sockets only at the edges.

import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type DependencyTree, parseCircular, parseDependencyTree } from 'dpdm'
import { beforeAll, describe, expect, test } from 'vitest'
import { ROOT, scratch } from '../support/shell.ts'

const ROOMS = ['protocol', 'sdk', 'server', 'devtools', 'demo', 'bench'] as const
/** Where Node and the network are met. */
const NODE_ROOMS = ['server/edge/', 'demo/server', 'demo/vite.config.ts', 'bench/', 'test/']
/** The server, from the top down: files of each folder may import what is in those below it, and nothing above. */
const TOWER = ['server/edge', 'server', 'server/room', 'server/sync', 'server/base']
/** What it shows outside is of all of them. */
const DOOR = 'server/index.ts'

const readImports = (folder: string): Promise<DependencyTree> =>
  parseDependencyTree([`${folder}/{${ROOMS.join(',')}}/**/*.ts`], {
    context: folder,
    exclude: /node_modules/,
    transform: false, // keeps type imports
  })

const importsOf = (tree: DependencyTree) =>
  Object.entries(tree).flatMap(([file, imports]) =>
    (imports ?? []).map(({ request, id }) => ({ file, request, target: id })),
  )

/** Those that go up in the tower. */
const climbsOf = (tree: DependencyTree) =>
  importsOf(tree).filter(({ file, target }) => {
    const [from, to] = [file, target ?? ''].map((path) => TOWER.indexOf(dirname(path)))
    return from! > to! && to! >= 0 && file !== DOOR
  })

const isRoomsFile = (file: string, room: string) => file.startsWith(`${room}/`)
const roomOf = (file: string) => ROOMS.find((room) => isRoomsFile(file, room))

let tree: DependencyTree

beforeAll(async () => {
  tree = await readImports(ROOT)
}, 60_000)

describe('imports', () => {
  test('are read from every room', () => {
    for (const room of ROOMS) {
      const files = Object.keys(tree).filter((file) => isRoomsFile(file, room))
      expect(files.length, room).toBeGreaterThan(1)
    }
    expect(importsOf(tree).filter(({ target }) => target !== null).length).toBeGreaterThan(50)
  })

  test('form no cycle', () => {
    expect(parseCircular(tree)).toEqual([])
  })

  for (const [what, back] of [
    ['a value', `import { a } from './a.ts'\nexport const b = () => a`],
    ['a type', `import type { A } from './a.ts'\nexport type B = A | 1`],
    ['an inline type', `import { type A } from './a.ts'\nexport type B = A | 1`],
  ] as const) {
    test(`that form a cycle by ${what} are found`, async () => {
      const a = `export * from './b.ts'\nexport const a = 1\nexport type A = 2\n`
      const ring = await scratch({ 'sdk/a.ts': a, 'sdk/b.ts': back })
      expect(parseCircular(await readImports(ring))).toHaveLength(1)

      const line = await scratch({ 'sdk/a.ts': a, 'sdk/b.ts': 'export const b = 1\n' })
      expect(parseCircular(await readImports(line))).toEqual([])
    })
  }

  test('of the server go down from folder to folder', () => {
    expect(climbsOf(tree)).toEqual([])
    const folders = Object.keys(tree)
      .filter((file) => isRoomsFile(file, 'server'))
      .map(dirname)
    expect(new Set(folders)).toEqual(new Set(TOWER))
    for (const [floor, folder] of TOWER.slice(0, -1).entries()) {
      const [file, target] = [folder, TOWER[floor + 1]]
      const goesDown = importsOf(tree).some((one) => dirname(one.file) === file && dirname(one.target ?? '') === target)
      expect(goesDown, `${file} to ${target}`).toBe(true)
    }
  })

  test('of the server that go up, be it for a type, are found', async () => {
    const up = await scratch({
      'server/room/a.ts': 'export type A = 1\n',
      'server/sync/b.ts': `import type { A } from '../room/a.ts'\nexport type B = A\n`,
    })
    expect(climbsOf(await readImports(up))).toMatchObject([{ file: 'server/sync/b.ts', target: 'server/room/a.ts' }])
  })

  test('find every relative target, named with its .ts ending', () => {
    const relative = importsOf(tree).filter(({ request }) => request.startsWith('.'))
    expect(relative.filter(({ target }) => target === null)).toEqual([])
    const code = relative.filter(({ request }) => !/\.(css|svg|html)(\?|$)/.test(request))
    expect(code.filter(({ request }) => !request.endsWith('.ts'))).toEqual([])
  })

  test('never go through a door from the inside', () => {
    const library = importsOf(tree).filter(({ file }) => /^(protocol|sdk|server|devtools)\//.test(file))
    expect(library.filter(({ request }) => /^tickwire(\/|$)/.test(request))).toEqual([])
    const detours = library.filter(
      ({ file, request }) => request.endsWith('/index.ts') && !/^(sdk|server|devtools)\/index\.ts$/.test(file),
    )
    expect(detours).toEqual([])
  })

  test('of the demo name the package as its users do', () => {
    const outward = importsOf(tree).filter(
      ({ file, target }) =>
        isRoomsFile(file, 'demo') && target !== null && /^(protocol|sdk|server|devtools)\//.test(target),
    )
    expect(outward.filter(({ request }) => request.startsWith('.'))).toEqual([])
  })

  test('of ws and of Node stay at the edge of the server', () => {
    const native = importsOf(tree).filter(({ request }) => request === 'ws' || request.startsWith('node:'))
    expect(native.filter(({ file }) => !NODE_ROOMS.some((start) => file.startsWith(start)))).toEqual([])
    expect(native.some(({ file }) => file.startsWith('server/edge/'))).toBe(true)
  })

  test('of msgpackr are in one file', () => {
    const users = importsOf(tree).filter(({ file, request }) => roomOf(file) !== 'bench' && /^msgpackr/.test(request))
    expect(new Set(users.map(({ file }) => file))).toEqual(new Set(['protocol/msgpack.ts']))
  })
})

test('a WebSocket is made in one file of the library and the page', async () => {
  const made: string[] = []
  for (const room of ['protocol', 'sdk', 'server', 'devtools', 'demo']) {
    for (const file of await readdir(join(ROOT, room), { recursive: true })) {
      if (!file.endsWith('.ts')) continue
      const code = await readFile(join(ROOT, room, file), 'utf8')
      if (/^(?!\s*(\/\/|\/?\*)).*\bnew ([\w.#]+\.)?WebSocket\b/m.test(code)) made.push(`${room}/${file}`)
    }
  }
  expect(made).toEqual(['sdk/socket.ts'])
})
