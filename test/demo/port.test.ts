import { expect, test } from 'vitest'
import { portFrom } from '../../demo/server/port.ts'

for (const [said, port] of [
  [undefined, 8080],
  ['', 8080],
  ['0', 0],
  ['9000 ', 9000],
  ['65535', 65_535],
] as const) {
  test(`a PORT of ${JSON.stringify(said)} is ${port}`, () => expect(portFrom(said)).toBe(port))
}

for (const said of ['abc', '-1', '1.5', '65536', 'Infinity']) {
  test(`a PORT of ${said} is refused by name and value`, () => {
    expect(() => portFrom(said)).toThrow(new RangeError(`PORT must be an integer from 0 to 65535, got ${said}`))
  })
}
