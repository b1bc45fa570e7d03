// The compiler keeps the arrows between the rooms: each import and global that a room must not use is refused by
// `tsc -b` with the checkout's own tsconfigs, beside a neighbour that is accepted.

import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, run, scratch, writeFiles } from '../support/shell.ts'

const CONFIGS = [
  'package.json',
  'tsconfig.base.json',
  'protocol/tsconfig.json',
  'sdk/tsconfig.json',
  'server/tsconfig.json',
  'devtools/tsconfig.json',
  'demo/tsconfig.json',
  'demo/tsconfig.game.json',
  'demo/tsconfig.server.json',
]

/** A house with nothing in it that is wrong. */
const HOUSE = {
  'tsconfig.json': JSON.stringify({
    files: [],
    references: ['sdk', 'server', 'devtools', 'demo', 'demo/tsconfig.server.json'].map((path) => ({ path })),
  }),
  'protocol/index.ts': `export interface Wire { readonly tick: number }\n`,
  'sdk/index.ts': `export const client = 1\nexport type Client = typeof client\n`,
  'server/index.ts': `export const server = 1\nexport type Server = typeof server\n`,
  'devtools/index.ts': `export const lab = 1\nexport type Lab = typeof lab\n`,
  'demo/game.ts': `export const rules = 1\n`,
  'demo/server.ts': `export { rules } from './game.ts'\n`,
  'demo/client/main.ts': `export { rules } from '../game.ts'\n`,
}

async function build(room: Readonly<Record<string, string>>) {
  const configs = await Promise.all(CONFIGS.map(async (path) => [path, await readFile(join(ROOT, path), 'utf8')]))
  const folder = await scratch(HOUSE)
  await writeFiles(folder, Object.fromEntries(configs))
  await writeFiles(folder, room)
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return run('tsc', ['-b'], folder)
}

/** Each: what is refused, the file that holds it, its line, the compiler's complaint, and an accepted neighbour. */
const CASES = [
  {
    what: 'the server importing a value of the sdk',
    file: 'server/edge.ts',
    refused: `export { client } from '../sdk/index.ts'`,
    complaint: 'TS6307',
    accepted: `export type { Wire } from '../protocol/index.ts'`,
  },
  {
    what: 'the server importing a type of the sdk',
    file: 'server/edge.ts',
    refused: `export type { Client } from '../sdk/index.ts'`,
    complaint: 'TS6307',
    accepted: `export type { Server } from './index.ts'`,
  },
  {
    what: 'the sdk importing a value of the server',
    file: 'sdk/edge.ts',
    refused: `export { server } from '../server/index.ts'`,
    complaint: 'TS6307',
    accepted: `export { client } from './index.ts'`,
  },
  {
    what: 'the sdk importing a type of the server',
    file: 'sdk/edge.ts',
    refused: `export type { Server } from '../server/index.ts'`,
    complaint: 'TS6307',
    accepted: `export type { Wire } from '../protocol/index.ts'`,
  },
  {
    what: 'the protocol importing the sdk',
    file: 'protocol/edge.ts',
    refused: `export { client } from '../sdk/index.ts'`,
    complaint: 'TS6307',
    accepted: `export type { Wire } from './index.ts'`,
  },
  {
    what: 'a global of the browser in the protocol',
    file: 'protocol/edge.ts',
    refused: `export const width: number = window.innerWidth`,
    complaint: `Cannot find name 'window'`,
    accepted: `export const width: number = Math.max(1, 2)`,
  },
  {
    what: 'a global of Node in the protocol',
    file: 'protocol/edge.ts',
    refused: `export const uptime: number = process.uptime()`,
    complaint: `Cannot find name 'process'`,
    accepted: `export const uptime: number = Date.now()`,
  },
  {
    what: 'the document in the server',
    file: 'server/edge.ts',
    refused: `export const title: string = document.title`,
    complaint: `Cannot find name 'document'`,
    accepted: `export const title: string = process.title`,
  },
  {
    what: 'a global of Node in the sdk',
    file: 'sdk/edge.ts',
    refused: `export const title: string = process.title`,
    complaint: `Cannot find name 'process'`,
    accepted: `export const title: string = document.title`,
  },
  {
    what: 'a module of Node in the sdk',
    file: 'sdk/edge.ts',
    refused: `import { cpus } from 'node:os'\nexport const cores: number = cpus().length`,
    complaint: `'node:os'`,
    accepted: `export const cores: number = navigator.hardwareConcurrency`,
  },
  {
    what: 'the sdk importing the lab',
    file: 'sdk/edge.ts',
    refused: `export { lab } from '../devtools/index.ts'`,
    complaint: 'TS6307',
    accepted: `export { client } from './index.ts'`,
  },
  {
    what: 'the lab importing a type of the server',
    file: 'devtools/edge.ts',
    refused: `export type { Server } from '../server/index.ts'`,
    complaint: 'TS6307',
    accepted: `export type { Client } from '../sdk/index.ts'`,
  },
  {
    what: 'a global of Node in the lab',
    file: 'devtools/edge.ts',
    refused: `export const title: string = process.title`,
    complaint: `Cannot find name 'process'`,
    accepted: `export const title: string = document.title`,
  },
  {
    what: 'the page of the demo importing the server by name',
    file: 'demo/client/edge.ts',
    refused: `export { server } from 'tickwire/server'`,
    complaint: 'TS6307',
    accepted: `export { client } from 'tickwire'`,
  },
  {
    what: 'the server of the demo importing its page',
    file: 'demo/server/edge.ts',
    refused: `export { rules } from '../client/main.ts'`,
    complaint: 'TS6307',
    accepted: `export { server } from 'tickwire/server'`,
  },
]

describe('tsc -b', () => {
  for (const { what, file, refused, complaint, accepted } of CASES) {
    test(`refuses ${what}`, { timeout: 60_000 }, async () => {
      const bad = await build({ [file]: `${refused}\n` })
      expect(bad.output).toContain(complaint)
      expect(bad.output).toContain(file)
      expect(bad.code).not.toBe(0)
    })

    test(`accepts the neighbour of ${what}`, { timeout: 60_000 }, async () => {
      const good = await build({ [file]: `${accepted}\n` })
      expect(good.output).not.toContain('error')
      expect(good.code, good.output).toBe(0)
    })
  }
})
