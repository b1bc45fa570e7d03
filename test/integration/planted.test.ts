// That the trial of sessions can fail: bugs are planted one at a time, in the sources as they are loaded, and each must be
// caught within a thousand seeds. Each loads both ends anew, so every third is planted unless SEEDS asks for all.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type InlineConfig, runnerImport } from 'vite'
import { expect, test } from 'vitest'
import { ROOT } from '../support/shell.ts'

const MOST_SEEDS = 1_000

interface Bug {
  readonly what: string
  readonly file: string
  /** What stands in the source, once, and what stands there instead. */
  readonly right: string
  readonly wrong: string
}

const BUGS: readonly Bug[] = [
  {
    what: 'a client sends nothing again after a resume',
    file: 'sdk/mail.ts',
    right: 'this.#written = seq\n',
    wrong: 'this.#written = this.#outbox.sent\n',
  },
  {
    what: 'a client tells of no lost message',
    file: 'sdk/mail.ts',
    right: 'return lost\n',
    wrong: 'return 0\n',
  },
  {
    what: 'the server tells of no lost message',
    file: 'server/room/mail.ts',
    right: 'this.#lost += this.#outbox.waiting\n',
    wrong: '',
  },
  {
    what: 'a client claims to have received nothing',
    file: 'sdk/session.ts',
    right: 'received: this.mail.received, lastTick',
    wrong: 'received: 0, lastTick',
  },
  {
    what: 'a client listens to a socket that it has given up',
    file: 'sdk/socket.ts',
    right: 'native.onopen = native.onmessage = native.onclose = nothing',
    wrong: '',
  },
  {
    what: 'the token before is void at once',
    file: 'server/room/tokens.ts',
    right: "presented === '' ? '' : this.#hashOf(presented)",
    wrong: "''",
  },
  {
    what: 'the token before is good for ever',
    file: 'server/room/tokens.ts',
    right: "confirm(): void {\n    this.#previous = ''",
    wrong: 'confirm(): void {',
  },
  {
    what: 'a token comes twice',
    file: 'server/room/tokens.ts',
    right: 'this.#world.randomBytes(SECRET_BYTES)',
    wrong: 'new Uint8Array(SECRET_BYTES)',
  },
  {
    what: 'the end of the window comes for a session that is back',
    file: 'server/room/attendance.ts',
    right: "REFUSED', 'the session is over')\n    seat.stopWaiting()",
    wrong: "REFUSED', 'the session is over')",
  },
  {
    what: 'the server goes on in the epoch of a page that was loaded again',
    file: 'server/room/mail.ts',
    right: "if (epoch !== this.#epoch) return 'reload'",
    wrong: '',
  },
  {
    what: 'the server counts on over a reset',
    file: 'server/room/mail.ts',
    right: 'this.#lost = 0\n    this.#inbox = new Inbox()',
    wrong: 'this.#lost = 0',
  },
  {
    what: 'the server sends nothing again after a resume',
    file: 'server/room/mail.ts',
    right: 'for (const frame of this.#outbox.pending()) this.#outlet.write(frame)',
    wrong: '',
  },
  {
    what: 'a request is answered in other streams than it was asked in',
    file: 'protocol/requests.ts',
    right: 'line.epoch === epoch && ',
    wrong: '',
  },
  {
    what: 'an answer that finds no place is not said',
    file: 'protocol/requests.ts',
    right: 'while (line.epoch === epoch',
    wrong: 'if (line.epoch === epoch',
  },
  {
    what: 'a client waits for answers over a reset',
    file: 'sdk/mail.ts',
    right: 'this.questions?.end()',
    wrong: '',
  },
  {
    what: 'the server waits for answers over a reset',
    file: 'server/room/mail.ts',
    right: 'this.questions?.end()',
    wrong: '',
  },
  {
    what: 'the server drops the oldest message when too many wait',
    file: 'protocol/reliable.ts',
    right: 'if (place >= REPLAY_MESSAGES) return null',
    wrong: 'if (place >= REPLAY_MESSAGES) return this.#frames.shift() && this.accept(encode)',
  },
]

async function seedThatCatches({ file, right, wrong }: Bug): Promise<number> {
  const path = join(ROOT, file)
  const plant = {
    name: 'plant',
    enforce: 'pre',
    transform: (code: string, id: string) => (id === path ? code.replace(right, wrong) : null),
  } as const
  const config = { root: ROOT, configFile: false, logLevel: 'silent', plugins: [plant] } satisfies InlineConfig
  const { module } = await runnerImport<typeof import('../support/trial.ts')>(
    join(ROOT, 'test/support/trial.ts'),
    config,
  )
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    const broken = await new module.Trial(seed).run()
    if (broken === '') continue
    console.log(broken)
    return seed
  }
  return Number.POSITIVE_INFINITY
}

// Of all, for those that are not planted today, too.
test.for(BUGS)('has a place in the sources, and one only: $what', async ({ file, right }) => {
  expect((await readFile(join(ROOT, file), 'utf8')).split(right)).toHaveLength(2)
})

const chosen = process.env.SEEDS ? BUGS : BUGS.filter((_, place) => place % 3 === 0)

for (const bug of chosen) {
  test(`is caught: ${bug.what}`, { timeout: 0 }, async () => {
    expect(await seedThatCatches(bug)).toBeLessThanOrEqual(MOST_SEEDS)
  })
}
