import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DemoServer, freePort, pause } from '../support/demo.ts'
import { openPlayer, standing } from '../support/pages.ts'
import { makeFolder, ROOT, removeFolder, writeFiles } from '../support/shell.ts'
import { openStage } from '../support/stage.ts'

const stage = openStage()

/** As the page for those who host a game has it. */
const location = /```nginx\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'docs/HOSTING.md'), 'utf8'))?.[1] ?? ''

const nginxConf = (folder: string, port: number, target: number) => `
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/tmp; proxy_temp_path ${folder}/tmp; fastcgi_temp_path ${folder}/tmp;
  uwsgi_temp_path ${folder}/tmp; scgi_temp_path ${folder}/tmp;
  server {
    listen 127.0.0.1:${port};
    ${location.replace('127.0.0.1:8080', `127.0.0.1:${target}`)}
  }
}
`

async function startNginx(folder: string, port: number, server: DemoServer): Promise<ChildProcess> {
  const program = ['/usr/sbin/nginx', '/usr/bin/nginx'].find((path) => existsSync(path))
  if (!program) throw new Error("no nginx: install Debian's nginx-light")
  await mkdir(join(folder, 'tmp'))
  await writeFiles(folder, { 'nginx.conf': nginxConf(folder, port, server.port) })
  const nginx = spawn(program, ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'inherit' })
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await fetch(`http://127.0.0.1:${port}/play/healthz`).catch(() => null)
    if (answer?.ok) return nginx
    await pause(50)
  }
  nginx.kill()
  throw new Error('nginx did not start')
}

describe('the hosted demo', () => {
  test('plays under a path of nginx, as a name that its visitors know, in production', async () => {
    const folder = await makeFolder()
    const port = await freePort()
    const PUBLIC_URL = `http://game.localhost:${port}`
    const hosted = await DemoServer.start({ NODE_ENV: 'production', TRUST_PROXY: '1', PUBLIC_URL })
    const nginx = await startNginx(folder, port, hosted)
    try {
      const { page, complaints } = await openPlayer(stage.browser, `${PUBLIC_URL}/play/`)
      const { x } = await standing(page)
      await page.keyboard.down(x > 0 ? 'a' : 'd')
      await page.waitForFunction((from) => Math.abs((globalThis.sparks?.own?.x ?? from) - from) > 100, x)
      expect(complaints).toEqual([])
      await page.context().close()
    } finally {
      nginx.kill()
      await hosted.end('SIGTERM')
      await removeFolder(folder)
    }
  })

  test('says why there is no way in when the upgrade is blocked on the way', async () => {
    const context = await stage.browser.newContext()
    const page = await context.newPage()
    // A proxy that passes on everything but the upgrade.
    await page.addInitScript(() => {
      const Native = WebSocket
      window.WebSocket = class extends Native {
        constructor(url: string | URL, protocols?: string | string[]) {
          const blocked = new URL(url)
          blocked.pathname = '/healthz'
          super(blocked, protocols)
        }
      }
    })
    await page.goto(stage.server.url)
    await page.locator('#card').waitFor({ state: 'visible', timeout: 30_000 })
    expect(await page.locator('#card-cause').textContent()).toMatch(/upgrade/i)
    await context.close()
  })

  test('keeps its page under a strict policy, its hashed files for ever, and the page itself fresh', async () => {
    const page = await fetch(stage.server.url)
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'self'/)
    expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe/)
    expect(page.headers.get('cache-control')).toBe('no-cache')
    const script = /src="\.?\/?(assets\/[^"]+\.js)"/.exec(await page.text())?.[1]
    const asset = await fetch(`${stage.server.url}${script}`)
    expect(asset.headers.get('cache-control')).toMatch(/immutable/)
  })

  test('tells its health, and sends a plain request for the socket to the upgrade', async () => {
    expect((await fetch(`${stage.server.url}healthz`)).status).toBe(200)
    expect((await fetch(`${stage.server.url}readyz`)).status).toBe(200)
    const answer = await fetch(`${stage.server.url}ws`)
    expect(answer.status).toBe(426)
    expect(answer.headers.get('upgrade')).toMatch(/websocket/i)
    expect((await fetch(`${stage.server.url}nothing-here`)).status).toBe(404)
    expect((await fetch(`${stage.server.url}..%2f..%2fpackage.json`)).status).toBe(404)
  })
})
