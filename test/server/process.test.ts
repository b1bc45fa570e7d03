import { afterEach, expect, test, vi } from 'vitest'
import { environment } from '../../server/process.ts'

afterEach(() => void vi.unstubAllEnvs())

for (const [variables, expected] of [
  [['', '', '', ''], { port: 8080, host: '127.0.0.1', publicUrl: undefined, trustProxy: 0 }],
  [['0', '::', 'https://game.example', '2'], { port: 0, host: '::', publicUrl: 'https://game.example', trustProxy: 2 }],
] as const) {
  test(`PORT, HOST, PUBLIC_URL and TRUST_PROXY of '${variables.join("', '")}'`, () => {
    for (const [index, name] of ['PORT', 'HOST', 'PUBLIC_URL', 'TRUST_PROXY'].entries()) {
      vi.stubEnv(name, variables[index])
    }
    expect(environment()).toEqual(expected)
  })
}
