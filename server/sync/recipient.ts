// What the states of a room have to know of whom they are for.

import type { Timing } from '../../protocol/frames.ts'
import type { Feed } from './feed.ts'
import type { Onlooker } from './lookout.ts'
import type { Rates } from './rates.ts'

/** A seat, as states see it. */
export interface Recipient extends Onlooker {
  readonly feed: Feed
  /** It was welcomed on its connection: frames are expected. */
  readonly isReady: boolean
  readonly connection: { readonly bufferedAmount: number; send(frame: Uint8Array, now: number): void } | null
  /** Of its own input and messages a state tells how far they have come. */
  readonly inputQueue: { readonly taken: number }
  readonly mail: { readonly received: number; readonly saidAt: number }
  readonly home: { readonly settings: Rates }
  /** What the state that leaves now tells of time, now and then. Good until the next call. */
  timing(now: number): Timing | undefined
}
