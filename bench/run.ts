// `npm run bench`: every benchmark with a table. `npm run bench -- NAME --json`: one, its result as one JSON object on
// the last line. The peers that are measured beside Tickwire are installed on the first run, and when they changed.

import { spawnSync } from 'node:child_process'
import { existsSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench } from './result.ts'

/** Loaded only when run, for their peers are installed by then. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  bytes: () => import('./bytes.ts'),
  clients: () => import('./clients.ts'),
  codec: () => import('./codec.ts'),
  feel: () => import('./feel.ts'),
  frames: () => import('./frames.ts'),
  load: () => import('./load.ts'),
  outage: () => import('./outage.ts'),
  resume: () => import('./resume.ts'),
  size: () => import('./size.ts'),
  'slow-link': () => import('./slow-link.ts'),
}

// From dist/bench/, where this runs.
const SOURCES = join(import.meta.dirname, '../../bench')

function installPeers(): void {
  const modules = join(SOURCES, 'node_modules')
  if (!isNewer(join(modules, '.package-lock.json'), join(SOURCES, 'package-lock.json'))) {
    // To stderr, so that stdout holds results alone.
    const { status } = spawnSync('npm', ['ci', '--prefix', SOURCES], { stdio: ['ignore', 2, 2] })
    if (status !== 0) throw new Error(`the peers in ${SOURCES} could not be installed`)
  }
  const link = join(import.meta.dirname, 'node_modules')
  if (!existsSync(link)) symlinkSync(modules, link, 'dir')
}

/** False when the first file is not there. */
function isNewer(file: string, than: string): boolean {
  const time = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return time >= statSync(than).mtimeMs
}

/** What `name` loads. Throws RangeError, naming those that there are. */
function benchOf(name: string): () => Promise<Bench> {
  const load = BENCHES[name]
  if (!load) throw new RangeError(`there is no benchmark ${name}; there are ${Object.keys(BENCHES).join(', ')}`)
  return load
}

async function runOne(name: string, json: boolean): Promise<void> {
  const bench = await benchOf(name)()
  const result = await bench.run()
  if (json) return console.log(JSON.stringify(result))
  console.log(`\n${name}`)
  console.table(bench.table(result))
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' } } })
const json = values.json === true
if (json && positionals.length !== 1) throw new RangeError('--json takes the name of one benchmark')
const names = positionals.length > 0 ? positionals : Object.keys(BENCHES)
names.forEach(benchOf)
installPeers()
for (const name of names) await runOne(name, json)
