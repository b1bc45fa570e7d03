// `npm test`: brings what the tests need, builds everything from nothing, runs every test once. The last line is always
// `N passed, N failed`. A failed build, a skipped test and a run without tests all count as failures.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const LIMIT_MS = 20 * 60_000
const root = join(import.meta.dirname, '..')
const bin = (name) => join(root, 'node_modules', '.bin', name)

/** The system's own: one that comes before it on the path would not have Debian's packages. */
const PYTHON = '/usr/bin/python3'

/**
 * Programs that are not npm's to install, each with Debian's packages and what it is for. What is no command is looked
 * for by what it should be able to do.
 */
const PROGRAMS = [
  { command: 'chromium', debian: ['chromium'], use: 'the browser tests', override: 'CHROMIUM_PATH' },
  { command: 'firefox-esr', debian: ['firefox-esr'], use: 'the tests in other engines' },
  { command: 'WebKitWebDriver', debian: ['webkit2gtk-driver'], use: 'the tests in other engines' },
  { command: 'Xvfb', debian: ['xvfb'], use: 'the tests in other engines' },
  { command: 'nginx', debian: ['nginx-light'], use: 'the tests behind a proxy' },
  {
    command: PYTHON,
    able: ['-c', 'import websockets, msgpack'],
    debian: ['python3', 'python3-websockets', 'python3-msgpack'],
    use: 'the tests of the other implementation',
  },
]

let child
let failedSteps = 0
let finished = false

function isThere({ command, able, override }) {
  if (able) return spawnSync(command, able).status === 0
  if (override && process.env[override]) return existsSync(process.env[override])
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin']
  return folders.some((folder) => existsSync(join(folder, command)))
}

function installPrograms() {
  const missing = PROGRAMS.filter((program) => !isThere(program))
  if (missing.length > 0 && process.getuid?.() === 0 && isThere({ command: 'apt-get' })) {
    const names = missing.flatMap((program) => program.debian)
    console.log(`installing ${names.join(', ')}`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env })
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], { stdio: 'inherit', env })
  }
  for (const { debian, command, use } of PROGRAMS.filter((program) => !isThere(program))) {
    console.log(`MISSING: ${command}, which ${use} need: apt-get install ${debian.join(' ')}`)
  }
}

function run(command, args) {
  return new Promise((resolve) => {
    child = spawn(command, args, { cwd: root, stdio: 'inherit' })
    child.once('error', () => resolve(1))
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

async function step(name, args) {
  console.log(`\n> ${name} ${args.join(' ')}`)
  if ((await run(bin(name), args)) === 0) return
  failedSteps++
  console.log(`FAILED: ${name} ${args.join(' ')}`)
}

/** What vitest's report says: a file that could not be loaded is one failure, so is a test that did not run. */
function count(report) {
  const results = report.testResults.map((file) => ({
    passed: file.assertionResults.filter((test) => test.status === 'passed').length,
    failed: file.assertionResults.filter((test) => test.status !== 'passed').length,
    broken: file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed') ? 1 : 0,
  }))
  return {
    passed: results.reduce((sum, file) => sum + file.passed, 0),
    failed: results.reduce((sum, file) => sum + file.failed + file.broken, 0),
  }
}

async function runTests(filters) {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-test-'))
  const output = join(folder, 'report.json')
  try {
    console.log('\n> vitest run')
    const code = await run(bin('vitest'), [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${output}`,
      ...filters,
    ])
    if (!existsSync(output)) return { passed: 0, failed: 1 }
    const { passed, failed } = count(JSON.parse(readFileSync(output, 'utf8')))
    // An error outside any test (an unhandled rejection, say) shows itself only in vitest's exit code.
    return { passed, failed: failed === 0 && (code !== 0 || passed === 0) ? 1 : failed }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function finish({ passed, failed }) {
  if (finished) return
  finished = true
  const all = failed + failedSteps
  console.log(`${passed} passed, ${all} failed`)
  process.exitCode = all === 0 && passed > 0 ? 0 : 1
}

const watchdog = setTimeout(() => {
  console.log(`FAILED: not finished after ${LIMIT_MS / 60_000} minutes`)
  child?.kill('SIGKILL')
  finish({ passed: 0, failed: 1 })
  process.exit(1)
}, LIMIT_MS)

try {
  installPrograms()
  // From nothing: what is left of a source that is gone would be tested, and packed.
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  await step('tsc', ['-b'])
  await step('vite', ['build', '--config', 'demo/vite.config.ts', '--logLevel', 'warn'])
  finish(await runTests(process.argv.slice(2)))
} catch (error) {
  console.log(error)
  finish({ passed: 0, failed: 1 })
} finally {
  clearTimeout(watchdog)
}
