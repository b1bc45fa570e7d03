// `npm run hostile`: the hostile suite in its long form, and its table. HOSTILE_FRAMES=20000000 sets how many frames
// are made up for the decoder.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const bin = (name) => join(root, 'node_modules', '.bin', name)
const folder = mkdtempSync(join(tmpdir(), 'tickwire-hostile-'))
const rows = join(folder, 'rows.jsonl')
const env = { ...process.env, HOSTILE_ROWS: rows }
const options = { cwd: root, stdio: 'inherit', env }

const built = spawnSync(bin('tsc'), ['-b'], options).status
const files = process.argv.length > 2 ? process.argv.slice(2) : ['test/hostile']
// One file at a time: two attacks at once would measure each other.
const args = ['run', '--project', 'node', '--no-file-parallelism', '--testTimeout', '300000', ...files]
const { status } = spawnSync(bin('vitest'), args, options)
if (existsSync(rows)) {
  const lines = readFileSync(rows, 'utf8').trim().split('\n')
  console.table(Object.fromEntries(lines.map((line) => JSON.parse(line)).map(({ case: name, ...row }) => [name, row])))
}
console.log(`node ${process.version}, ${process.platform} ${process.arch}`)
rmSync(folder, { recursive: true, force: true })
process.exitCode = built || status || 0
