// `npm run planted`: puts each of the bugs of bugs.mjs, by itself, into a copy of the sources, and runs the property of
// the state path on it, which must fail. PLANTED_SEEDS=2000 looks for each of them in more seeds.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { BUGS } from './bugs.mjs'

const root = join(import.meta.dirname, '../..')
const OTHERS = new Set(['.git', 'node_modules', 'dist', 'docs'])
const PROPERTY = 'test/integration/state.test.ts'
const env = { ...process.env, STATE_SEEDS: process.env.PLANTED_SEEDS ?? '500' }

const copy = mkdtempSync(join(tmpdir(), 'tickwire-planted-'))
const wanted = process.argv.slice(2)

function plant({ file, from, to, also }) {
  const path = join(copy, file)
  const source = readFileSync(path, 'utf8')
  if (source.split(from).length !== 2) throw new Error(`${file} must have just one place that reads ${from}`)
  writeFileSync(
    path,
    source.replace(from, () => to),
  )
  if (also) plant(also)
}

/** Whether the property fails, and what it says then. */
function look() {
  const args = ['run', '--project', 'node', '--bail', '1', PROPERTY]
  const { status, stdout, stderr } = spawnSync(join(copy, 'node_modules', '.bin', 'vitest'), args, {
    cwd: copy,
    env,
    encoding: 'utf8',
  })
  return { isFound: status !== 0, says: /seed \d+: .*/.exec(stdout + stderr)?.[0] ?? 'nothing of a seed' }
}

function refresh() {
  const filter = (path) => !OTHERS.has(basename(path))
  cpSync(root, copy, { recursive: true, force: true, filter })
}

let missed = 0
function judge(what, isRight, says) {
  console.log(isRight ? 'ok    ' : 'FAILED', what, '|', says)
  if (!isRight) missed++
}

try {
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  refresh()
  const { isFound, says } = look()
  judge('no bug', !isFound, isFound ? says : 'the property holds')
  for (const bug of BUGS) {
    if (wanted.length > 0 && !wanted.some((word) => bug.what.includes(word))) continue
    refresh()
    plant(bug)
    const found = look()
    judge(bug.what, found.isFound && found.says.startsWith('seed'), found.says)
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
console.log(missed === 0 ? 'all bugs were found' : `${missed} FAILED`)
process.exitCode = missed === 0 ? 0 : 1
