// What a page has to load: code bundled and minified as a production build would, and its gzip size.
// Everything that is compared goes through this one bundler with the same settings.

import { gzipSync } from 'node:zlib'
import { build, type Rollup } from 'vite'

const ENTRY = 'virtual:entry'

/** Where the code is to run; `node` keeps Node's own modules and the optional native parts of `ws` outside. */
export type Platform = 'browser' | 'node'

/** Bundles the ES module `code`, whose bare imports resolve from the folder `from`. Returns the minified code. */
export async function bundle(code: string, from: string, platform: Platform = 'browser'): Promise<string> {
  const built = await build({
    configFile: false,
    root: from,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [entry(code, from)],
    ssr: { noExternal: true },
    build: {
      ssr: platform === 'node',
      write: false,
      minify: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: ENTRY,
        external: platform === 'node' ? [/^node:/, 'bufferutil', 'utf-8-validate'] : [],
        preserveEntrySignatures: 'strict',
        output: { format: 'es' },
      },
    },
  })
  const { output } = (Array.isArray(built) ? built[0] : built) as Rollup.RollupOutput
  return output.map((file) => (file.type === 'chunk' ? file.code : '')).join('')
}

/** Size in bytes under `gzip -9`. */
export function gzipBytes(code: string): number {
  return gzipSync(code, { level: 9 }).length
}

function entry(code: string, from: string) {
  const id = `${from}/entry.js`
  return {
    name: 'entry',
    enforce: 'pre' as const,
    resolveId: (source: string) => (source === ENTRY ? id : undefined),
    load: (source: string) => (source === id ? code : undefined),
  }
}
