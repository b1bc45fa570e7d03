import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { expect, test, vi } from 'vitest'
import { wsDefaults } from '../../../server/edge/web-sockets.ts'
import { checkWs, LEAST_WS } from '../../../server/edge/ws-version.ts'

test('a ws that bounds the pongs it owes is taken, as the installed one does', () => {
  expect(() => checkWs({ maxPendingAutoPongs: 60 })).not.toThrow()
  expect(() => checkWs(wsDefaults())).not.toThrow()
})

test('a ws that does not, as 8.22.2, is refused, and told from which version on it would', () => {
  const defaults = { autoPong: true, maxBufferedChunks: 262_144, maxFragments: 16_384 }
  expect(() => checkWs(defaults)).toThrow(`ws must be ${LEAST_WS} or later, and the one that is loaded has no`)
})

test('in Bun, which puts its own in the place of any, no other version is asked for', () => {
  expect(() => checkWs({}, { bun: '1.4.5' })).toThrow('Bun has a ws of its own')
  expect(() => checkWs({ maxPendingAutoPongs: 60 }, { bun: '1.4.5' })).not.toThrow()
})

test('the installed ws is asked what it does by itself, and not what we asked it for', () => {
  expect(wsDefaults()).toMatchObject({ maxPendingAutoPongs: 60, maxPayload: 104_857_600 })
})

test('a game is not attached where the ws that is loaded is too old', async () => {
  vi.resetModules()
  vi.doMock('../../../server/edge/ws-version.ts', () => ({
    checkWs: () => {
      throw new Error('ws must be younger')
    },
  }))
  const { attach } = await import('../../../server/edge/serve.ts')
  const { Arena, arena } = await import('../../support/arena.ts')
  expect(() => attach(createServer(), { game: arena, rooms: { arena: Arena } })).toThrow('ws must be younger')
  vi.doUnmock('../../../server/edge/ws-version.ts')
})

test('the package asks for no older one', async () => {
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8'))
  expect(dependencies.ws).toBe(`^${LEAST_WS}`)
})
