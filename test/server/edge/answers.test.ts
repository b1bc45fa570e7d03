import { expect, test } from 'vitest'
import {
  FAILED,
  healthAnswer,
  NO_HOST,
  NOT_FOUND,
  pathOf,
  REFUSALS,
  upgradeAnswer,
} from '../../../server/edge/answers.ts'

test('a process that stops lives on, and takes no more players', () => {
  expect(healthAnswer('/healthz', false)).toMatchObject({ status: 200, body: 'ok' })
  expect(healthAnswer('/healthz', true)).toMatchObject({ status: 200, body: 'ok' })
  expect(healthAnswer('/readyz', false)?.status).toBe(200)
  expect(healthAnswer('/readyz', true)?.status).toBe(503)
  expect(healthAnswer('/health', false)).toBeUndefined()
})

test('a request that is no handshake is asked to upgrade, and told the verdict on its origin and whether there was a place', () => {
  const { status, headers, body } = upgradeAnswer('refused', false)
  expect(status).toBe(426)
  expect(headers.Upgrade).toBe('websocket')
  expect(JSON.parse(body)).toEqual({ tickwire: 1, origin: 'refused', isFull: false })
})

test('a request that is no handshake is told when there is no place, and may be read by any page', () => {
  const { headers, body } = upgradeAnswer('allowed', true)
  expect(JSON.parse(body)).toEqual({ tickwire: 1, origin: 'allowed', isFull: true })
  expect(headers).toMatchObject({
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': 'x-tickwire',
    'Content-Type': 'application/json',
    Connection: 'Upgrade, close',
  })
})

test('no answer is kept by anybody, and each says whose it is', () => {
  const health = [healthAnswer('/healthz', false), healthAnswer('/readyz', true), healthAnswer('/readyz', false)]
  const all = [upgradeAnswer('allowed', false), ...health, ...Object.values(REFUSALS), NOT_FOUND, NO_HOST, FAILED]
  for (const answer of all) expect(answer?.headers).toMatchObject({ 'Cache-Control': 'no-store', 'X-Tickwire': '1' })
  expect([NOT_FOUND, NO_HOST, FAILED].map(({ status }) => status)).toEqual([404, 400, 500])
})

test('each refusal says what it is for in words of its own', () => {
  const words = Object.values(REFUSALS).map(({ body }) => body)
  expect(new Set(words).size).toBe(words.length)
  expect(REFUSALS.addressDials.body).toMatch(/new sockets from this address; try again later/)
  expect(REFUSALS.sockets.body).toMatch(/the server is full/)
})

test('every refusal has a status of its sort and says why', () => {
  const statuses = Object.entries(REFUSALS).map(([reason, { status }]) => `${reason} ${status}`)
  expect(statuses).toEqual([
    'path 404',
    'origin 403',
    'addressSockets 429',
    'addressDials 429',
    'greetings 503',
    'sockets 503',
    'stopping 503',
  ])
  for (const { body } of Object.values(REFUSALS)) expect(body.length).toBeGreaterThan(10)
})

for (const [url, path] of [
  ['/ws', '/ws'],
  ['/ws?room=1', '/ws'],
  ['/ws/', '/ws/'],
  ['?', ''],
  ['http://a/readyz', '/readyz'],
  ['HTTPS://a:80/ws?room=http://b/c', '/ws'],
  ['ftp://a/ws', 'ftp://a/ws'],
  ['/http://a/ws', '/http://a/ws'],
  ['//a/ws', '//a/ws'],
  [undefined, ''],
] as const) {
  test(`the path of ${url} is ${JSON.stringify(path)}`, () => {
    expect(pathOf(url)).toBe(path)
  })
}
