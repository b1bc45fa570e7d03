// The package as npm would publish it: packed from the built checkout, unpacked beside a consumer's own files.

import { existsSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT, run } from './shell.ts'

/** Packs the checkout, as built, into `folder`. Returns the tarball's path. */
export async function pack(folder: string): Promise<string> {
  for (const door of ['sdk', 'server', 'protocol']) {
    const built = join(ROOT, 'dist', door, 'index.js')
    if (!existsSync(built)) throw new Error(`there is no ${built}: run npm run build first`)
  }
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
  const { code, output } = await run('npm', args)
  if (code !== 0) throw new Error(output)
  const name = /"filename": "(.+)"/.exec(output)?.[1]
  if (name === undefined) throw new Error(`npm pack named no file: ${output}`)
  return join(folder, name)
}

/** Puts the tarball into `folder`/node_modules, with the dependencies it declares and the named types. */
export async function install(tarball: string, folder: string, types: readonly string[]): Promise<string> {
  const installed = join(folder, 'node_modules/tickwire')
  await mkdir(installed, { recursive: true })
  const { code, output } = await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed])
  if (code !== 0) throw new Error(output)
  await mkdir(join(folder, 'node_modules/@types'), { recursive: true })
  for (const name of ['msgpackr', 'ws', ...types]) {
    await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }
  return installed
}
