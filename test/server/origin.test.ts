import { describe, expect, test } from 'vitest'
import { addressOf, isOrigin, judgeOrigin, originRules } from '../../server/origin.ts'

const open = originRules(undefined, [], false)
const listed = originRules('wss://game.example/ws', ['https://portal.example'], false)

describe('a page may talk to the host that it came from', () => {
  for (const [origin, host, verdict] of [
    ['http://localhost:8080', 'localhost:8080', 'allowed'],
    ['http://localhost:5173', 'localhost:8080', 'allowed'],
    ['http://127.0.0.1:8080', '127.0.0.1:8080', 'allowed'],
    ['http://127.0.0.1:8080', 'localhost:8080', 'allowed'],
    ['http://localhost:5173', 'game.example:5173', 'refused'],
    ['http://evil.example:8080', 'localhost:8080', 'refused'],
    ['http://localhost.evil.example:8080', 'localhost:8080', 'refused'],
    ['http://[::1]:8080', '[::1]:8080', 'allowed'],
    ['http://[::1]:8080', '[::2]:8080', 'refused'],
    ['https://game.example', 'game.example', 'allowed'],
    ['https://game.example', 'game.example:443', 'allowed'],
    ['https://game.example', 'game.example:80', 'refused'],
    ['https://game.example', 'GAME.example', 'allowed'],
    ['https://game.example', 'game.example.evil.example', 'refused'],
    ['https://game.example.evil.example', 'game.example', 'refused'],
    ['https://evil.example', 'game.example', 'refused'],
    ['https://game.example', 'evil@game.example', 'refused'],
    ['https://game.example', 'game.example/', 'refused'],
    ['https://game.example', undefined, 'refused'],
    ['null', 'localhost:8080', 'refused'],
    ['', 'localhost:8080', 'refused'],
    ['https://game.example/path', 'game.example', 'refused'],
    ['https://game.example https://evil.example', 'game.example', 'refused'],
    ['file://', 'localhost:8080', 'refused'],
  ] as const) {
    test(`origin ${origin}, host ${host}: ${verdict}`, () => {
      expect(judgeOrigin(origin, host, open)).toBe(verdict)
    })
  }
})

describe('once something is listed, names must be listed, and addresses pass', () => {
  for (const [origin, host, verdict] of [
    ['https://game.example', 'game.example', 'allowed'],
    ['https://game.example', '10.0.0.1:8080', 'allowed'],
    ['https://portal.example', 'game.example', 'allowed'],
    ['http://portal.example', 'game.example', 'refused'],
    ['https://portal.example:444', 'game.example', 'refused'],
    ['http://evil.example:8080', 'evil.example:8080', 'refused'],
    ['http://192.168.1.5:8080', '192.168.1.5:8080', 'allowed'],
    ['http://192.168.1.5:8080', '192.168.1.6:8080', 'refused'],
    ['http://localhost:8080', 'localhost:8080', 'allowed'],
    ['http://localhost:5173', 'localhost:8080', 'refused'],
    ['http://localhost.evil.example:8080', 'localhost.evil.example:8080', 'refused'],
  ] as const) {
    test(`origin ${origin}, host ${host}: ${verdict}`, () => {
      expect(judgeOrigin(origin, host, listed)).toBe(verdict)
    })
  }
})

describe('a page of a family of origins may where the family is listed', () => {
  const rules = originRules(undefined, ['https://*.game.example'], false)
  for (const [origin, verdict] of [
    ['https://preview-7.game.example', 'allowed'],
    ['https://game.example', 'refused'],
    ['https://a.b.game.example', 'refused'],
    ['https://.game.example', 'refused'],
    ['https://*.game.example', 'refused'],
    ['http://preview-7.game.example', 'refused'],
    ['https://preview-7.game.example:8443', 'refused'],
    ['https://preview-7.game.example.evil.example', 'refused'],
    ['https://preview-7-game.example', 'refused'],
  ] as const) {
    test(`${origin}: ${verdict}`, () => {
      expect(judgeOrigin(origin, 'server.example', rules)).toBe(verdict)
    })
  }

  for (const [text, isOne] of [
    ['https://*.game.example', true],
    ['https://*.example', false],
    ['http://*.game.example', false],
    ['https://*.game.example:8443', false],
    ['https://a.*.game.example', false],
    ['https://a*.game.example', false],
    ['https://*.*.game.example', false],
    ['https://*.GAME.example', false],
    ['https://*.game.example/', false],
  ] as const) {
    test(`${text} ${isOne ? 'can' : 'cannot'} be listed`, () => {
      expect(isOrigin(text)).toBe(isOne)
    })
  }
})

describe('a page of a packaged app may where just that app is listed', () => {
  const rules = originRules('https://game.example', ['capacitor://localhost', 'app://game'], false)
  for (const [origin, verdict] of [
    ['capacitor://localhost', 'allowed'],
    ['app://game', 'allowed'],
    ['ionic://localhost', 'refused'],
    ['app://game2', 'refused'],
    ['app://game/', 'refused'],
    ['null', 'refused'],
    ['file://', 'refused'],
  ] as const) {
    test(`origin ${origin}: ${verdict}`, () => {
      expect(judgeOrigin(origin, 'game.example', rules)).toBe(verdict)
    })
  }
})

test('a client without an origin is no browser, and is let in unless an origin is required', () => {
  expect(judgeOrigin(undefined, 'localhost', open)).toBe('allowed')
  expect(judgeOrigin(undefined, 'localhost', originRules(undefined, [], true))).toBe('refused')
  expect(judgeOrigin('http://localhost', 'localhost', originRules(undefined, [], true))).toBe('allowed')
})

describe('the address that limits count for', () => {
  for (const [remote, forwarded, hops, address] of [
    ['10.0.0.1', undefined, 0, '10.0.0.1'],
    ['10.0.0.1', '1.2.3.4', 0, '10.0.0.1'],
    ['10.0.0.1', '1.2.3.4', 1, '1.2.3.4'],
    ['10.0.0.1', '6.6.6.6, 1.2.3.4', 1, '1.2.3.4'],
    ['10.0.0.1', '6.6.6.6, 1.2.3.4, 5.5.5.5', 2, '1.2.3.4'],
    ['10.0.0.1', '1.2.3.4', 2, '1.2.3.4'],
    ['10.0.0.1', undefined, 1, '10.0.0.1'],
    ['10.0.0.1', '', 1, '10.0.0.1'],
    ['::ffff:10.0.0.1', undefined, 0, '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', undefined, 0, '2001:db8:1:2::/64'],
    ['2001:0db8:1:2::9', undefined, 0, '2001:db8:1:2::/64'],
    ['2001:db8::1', undefined, 0, '2001:db8:0:0::/64'],
    ['::1', undefined, 0, '0:0:0:0::/64'],
    ['fe80::1%eth0', undefined, 0, 'fe80:0:0:0::/64'],
    ['10.0.0.1', '[2001:db8:1:2::9]:4711', 1, '2001:db8:1:2::/64'],
    ['10.0.0.1', '[2001:db8:1:2::9]', 1, '2001:db8:1:2::/64'],
    ['10.0.0.1', '[::1]:80', 1, '0:0:0:0::/64'],
    ['10.0.0.1', '1.2.3.4:5678', 1, '1.2.3.4'],
    ['10.0.0.1', '6.6.6.6:1, 1.2.3.4:5678', 1, '1.2.3.4'],
    ['10.0.0.1', '[::ffff:1.2.3.4]:80', 1, '1.2.3.4'],
    ['10.0.0.1', '::ffff:102:304', 1, '1.2.3.4'],
    ['10.0.0.1', '::FFFF:c0a8:1', 1, '192.168.0.1'],
    ['10.0.0.1', '0:0:0:0:0:ffff:1.2.3.4', 1, '1.2.3.4'],
    ['10.0.0.1', '0000:0:0:0:0:ffff:0102:0304', 1, '1.2.3.4'],
    ['10.0.0.1', '64:ff9b::1.2.3.4', 1, '64:ff9b:0:0::/64'],
    ['10.0.0.1', '::fffe:1.2.3.4', 1, '0:0:0:0::/64'],
    ['10.0.0.1', '2001:db8::ffff:1:2', 1, '2001:db8:0:0::/64'],
  ] as const) {
    test(`${remote}, forwarded for ${forwarded}, ${hops} proxies: ${address}`, () => {
      expect(addressOf(remote, forwarded, hops)).toBe(address)
    })
  }
})
