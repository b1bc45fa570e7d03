import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { filesOf } from '../../demo/server/files.ts'
import { makeFolder, removeFolder, writeFiles } from '../support/shell.ts'

let folder: string
let http: Server

beforeAll(async () => {
  folder = await makeFolder()
  await mkdir(join(folder, 'assets'))
  await writeFiles(folder, { 'index.html': 'the page', 'assets/old.js': 'old', 'assets/new.js': 'new' })
  http = createServer(filesOf(folder, (response) => response.writeHead(404).end()))
  await once(http.listen(0, '127.0.0.1'), 'listening')
})

afterAll(async () => {
  http.close()
  await removeFolder(folder)
})

const ask = async (path: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}/${path}`, { headers })
  return [answer.status, answer.headers.get('cache-control')]
}

test('a file with a hash in its name is kept for ever, the page is asked for again, and nothing else is there', async () => {
  expect(await ask('assets/new.js')).toEqual([200, 'public, max-age=31536000, immutable'])
  expect(await ask('')).toEqual([200, 'no-cache'])
  expect(await ask('assets/other.js')).toEqual([404, null])
})

test('a part of a file is sent as it was asked for, and all of it where its end would be before its start', async () => {
  for (const [Range, status] of [
    ['bytes=5-1', 200],
    ['bytes=1-5', 206],
    ['bytes=1-', 206],
    ['bytes=99-', 416],
    ['lines=1', 206],
  ] as const) {
    expect(await ask('', { Range })).toEqual([status, 'no-cache'])
  }
})

test('a file that is gone since the start costs its visitor the answer, and nobody else theirs', async () => {
  await rm(join(folder, 'assets/old.js'))
  await expect(ask('assets/old.js')).rejects.toThrow('fetch failed')
  expect(await ask('assets/new.js')).toContain(200)
})
