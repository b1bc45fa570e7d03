// Other programs and folders for tests: run one to its end, and a place on disk that is gone afterwards.

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The folder of the checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** How a program ended; `output` is what it printed to either stream. */
export interface Ended {
  readonly code: number
  readonly output: string
}

/** Runs a program in `cwd` to its end, whatever its exit code. A bare name is looked for in the checkout's bin first. */
export function run(command: string, args: readonly string[], cwd = ROOT): Promise<Ended> {
  const path = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`
  const env = { ...process.env, PATH: path, NO_COLOR: '1', FORCE_COLOR: '0' }
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, output: `${stdout}${stderr}` || String(error ?? '') })
    })
  })
}

/** Writes a folder of files, by path; an existing file is replaced. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

/** A new empty folder outside the checkout; whoever makes it calls `removeFolder`. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tickwire-'))
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true })
}

/** A folder with the files, which the test that asked for it leaves behind nowhere. */
export async function scratch(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await makeFolder()
  onTestFinished(() => removeFolder(folder))
  await writeFiles(folder, files)
  return folder
}
