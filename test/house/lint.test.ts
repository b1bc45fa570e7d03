// The whole checkout is formatted and linted; and the lint rule that games are given finds what it should.

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT, run, scratch } from '../support/shell.ts'

test('biome finds nothing to say about the checkout', { timeout: 60_000 }, async () => {
  const { code, output } = await run('biome', ['check', '--error-on-warnings', '--max-diagnostics=50'], ROOT)
  expect(output).toContain('No fixes applied')
  expect(code, output).toBe(0)
})

test('protocol/exact.grit tells of maths that engines differ in, where a game asks for it, and of no other', async () => {
  const rule = (name: string) => `export const turn = (x: number): number => Math.${name}(x)\n`
  const plugins = [{ path: join(ROOT, 'protocol/exact.grit'), includes: ['rules-*.ts'] }]
  const inexact = ['sin', 'cos', 'tan', 'acosh', 'atan2', 'exp', 'hypot', 'log', 'log10', 'pow', 'random']
  const exact = ['sqrt', 'floor', 'abs', 'round', 'fround', 'min', 'sign', 'imul']
  const files = [...inexact, ...exact].map((name) => [`rules-${name}.ts`, rule(name)])
  const folder = await scratch({
    'biome.json': JSON.stringify({ plugins, linter: { rules: { preset: 'none' } } }),
    'picture.ts': rule('sin'),
    ...Object.fromEntries(files),
  })
  const { code, output } = await run('biome', ['lint', '--max-diagnostics=50'], folder)
  const told = [...output.matchAll(/rules-(\w+)\.ts:\d+:\d+ plugin/g)].map(([, name]) => name)
  expect(told.sort()).toEqual([...inexact].sort())
  expect(output).not.toContain('picture.ts')
  expect(code).not.toBe(0)
})
