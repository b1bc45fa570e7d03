// The bugs that `npm run planted` plants: it takes too long to run each time, so here is seen that each still has its place.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../support/shell.ts'

interface Change {
  readonly file: string
  readonly from: string
  readonly to: string
  readonly also?: Change
}

interface Bug extends Change {
  readonly what: string
}

const { BUGS }: { BUGS: readonly Bug[] } = await import(new URL('../planted/bugs.mjs', import.meta.url).href)

const changesOf = (change: Change): Change[] => (change.also ? [change, ...changesOf(change.also)] : [change])

test.for(BUGS)('has a place in the sources, and one only: $what', async (bug) => {
  for (const { file, from } of changesOf(bug)) {
    expect((await readFile(join(ROOT, file), 'utf8')).split(from)).toHaveLength(2)
  }
})
