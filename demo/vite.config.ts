// Builds the page of the game to dist/demo/page. `vite --config demo/vite.config.ts` runs page and game server on one
// port; after a change to the server's code or the shared rules both start anew.

import { readdir, readFile, writeFile } from 'node:fs/promises'
import type { Server as HttpServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { defineConfig, isRunnableDevEnvironment, type Plugin, type ViteDevServer } from 'vite'

interface GameServer {
  close(): Promise<void>
}
type Entry = { start(http: HttpServer): GameServer }

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const ENTRY = here('server/dev.ts')
const PAGE = here('../dist/demo/page')

/** Runs the game's server inside Vite's. */
function gameServer(): Plugin {
  let running: GameServer | undefined
  let starting = Promise.resolve()

  async function restart(server: ViteDevServer): Promise<void> {
    const { ssr } = server.environments
    if (!server.httpServer || !ssr || !isRunnableDevEnvironment(ssr)) return
    await running?.close()
    ssr.moduleGraph.invalidateAll()
    ssr.runner.clearCache()
    const entry = await ssr.runner.import<Entry>(ENTRY)
    running = entry.start(server.httpServer as HttpServer)
  }

  return {
    name: 'sparks:game-server',
    apply: 'serve',
    configureServer(server) {
      const begin = () => {
        starting = starting
          .then(() => restart(server))
          .catch((error: unknown) => server.config.logger.error(String(error)))
        return starting
      }
      server.httpServer?.once('listening', () => void begin())
      server.watcher.on('change', (file) => {
        const modules = server.environments.ssr?.moduleGraph.getModulesByFile(file)
        if (modules?.size) void begin().then(() => server.environments.client.hot.send({ type: 'full-reload' }))
      })
    },
    // A changed module of the server makes a new server, above; Vite itself need not do anything about it.
    hotUpdate() {
      return this.environment.name === 'ssr' ? [] : undefined
    },
    async closeBundle() {
      await running?.close()
    },
  }
}

/** Puts a .br and a .gz beside each file of the built page, once and as small as they get. */
function compressed(): Plugin {
  return {
    name: 'sparks:compressed',
    apply: 'build',
    async closeBundle() {
      for (const name of await readdir(PAGE, { recursive: true })) {
        if (!/\.(html|js|css|svg)$/.test(name)) continue
        const content = await readFile(join(PAGE, name))
        await writeFile(join(PAGE, `${name}.br`), brotliCompressSync(content))
        await writeFile(join(PAGE, `${name}.gz`), gzipSync(content, { level: 9 }))
      }
    },
  }
}

export default defineConfig({
  root: here('.'),
  base: './',
  resolve: {
    alias: [
      { find: /^tickwire$/, replacement: here('../sdk/index.ts') },
      { find: /^tickwire\/server$/, replacement: here('../server/index.ts') },
      { find: /^tickwire\/devtools$/, replacement: here('../devtools/index.ts') },
      { find: /^tickwire\/game$/, replacement: here('../protocol/index.ts') },
    ],
  },
  // PORT and HOST mean here what they mean to the hosted game.
  server: {
    port: Number(process.env.PORT || 8080),
    host: process.env.HOST || '127.0.0.1',
    fs: { allow: [here('..')] },
  },
  build: {
    outDir: PAGE,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  plugins: [gameServer(), compressed()],
})
