// The server of the resume benchmark, in a process of its own. Says its port, and what it counted whenever it is asked.

import { given, say } from './process.ts'
import { TALKS, type TalkName } from './talk/all.ts'
import { Speaker } from './talk/speaker.ts'

export interface TalkPlan {
  readonly system: TalkName
  readonly clients: number
}

/** What both ends are told. */
export type Order = 'speak' | 'hush' | 'count'

const { system, clients } = given<TalkPlan>()
let speaker: Speaker | undefined
/** What it was told last: it may be before there is a room. */
let wish: 'speak' | 'hush' = 'hush'
const port = await TALKS[system].serve({
  hear: (who, number) => speaker?.hear(who, number),
  open: (tell) => {
    speaker = new Speaker(clients, tell)
    speaker[wish]()
  },
})

process.on('message', (order: Order) => {
  if (order === 'count') return say(speaker?.outcome() ?? {})
  wish = order
  speaker?.[wish]()
})
say({ port })
