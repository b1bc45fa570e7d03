// The way into a room: dials until the server takes us in, a code says no, or ten seconds are over.

import { closeReason } from '../protocol/errors.ts'
import type { Game, JoinOf } from '../protocol/game.ts'
import type { Plain } from '../protocol/vocabulary.ts'
import type { ConnectionState } from './connection.ts'
import { diagnose, isMixedContent } from './diagnose.ts'
import { type Cause, inWords, JoinError } from './failure.ts'
import { type Quality, STARVED } from './interpolation.ts'
import { Room } from './room.ts'
import { realWorld, socketUrl, type World } from './world.ts'

export const JOIN_MS = 10_000
/** Causes that trying again does not cure: the game or its server is set up wrong. */
const LASTING: readonly (Cause | 'FULL')[] = ['wrong-path', 'origin-refused']

export type JoinOptions<G extends Game> = Partial<World> & {
  /** The name that the server gave the room in `serve`. */
  readonly room: string
  /** Which instance, of at most 64 characters; made when it is not there. Without it, any with a free place. */
  readonly id?: string | undefined
  /** For the room's `onCreate`, should this client be its first, as after a restart of the server anyone may be. */
  readonly options?: Plain | undefined
  /** Tells the room's `authenticate` who it is, in the first frame; a function is asked as for `with`. */
  readonly auth?: string | (() => string) | undefined
  /**
   * How smoothly others move, at the price of seeing them later: on a bad line now and then a jerk, hardly any, or none.
   * Default 'balanced'.
   */
  readonly quality?: Quality | undefined
  /** Calls it off: `join` rejects with its reason. A seat that the page had before stays kept for it. */
  readonly signal?: AbortSignal | undefined
} & (Record<never, never> extends JoinOf<G> ? { readonly with?: With<G> } : { readonly with: With<G> })

/**
 * The join object of the game's definition. It is told again whenever the page dials, for the seat may be a new one by
 * then: a function says what it is at that time. For the first dial it is asked at the call, so that `join` can tell at
 * once what does not fit. What it throws later is the page's own error, and nobody is let in.
 */
export type With<G extends Game> = JoinOf<G> | (() => JoinOf<G>)

/**
 * Takes a seat in a room; its first state comes after that, and the view is empty until then. Rejects with JoinError, in
 * at most ten seconds, when that cannot be, and at once when the room is full; with TypeError or RangeError for an
 * argument that does not fit, but with JoinError for an `id` or `options` that only the server refuses.
 */
export async function join<G extends Game>(url: string | URL, game: G, options: JoinOptions<G>): Promise<Room<G>> {
  options.signal?.throwIfAborted()
  const world = realWorld(options)
  const address = socketUrl(url, world.base)
  if (isMixedContent(address, world.home)) throw new JoinError('mixed-content', 1006, inWords('mixed-content'))
  const { id = '', with: given = {}, quality = 'balanced', auth = '' } = options
  if (!(STARVED[quality] > 0)) throw new RangeError(`quality cannot be ${quality}`)
  const join = () => game.join.pack(typeof given === 'function' ? given() : given)
  const terms = {
    url: address,
    room: options.room,
    id,
    join,
    options: options.options ?? null,
    quality,
    auth: typeof auth === 'function' ? auth : () => auth,
  }
  const room = new Room(game, terms, world)
  try {
    await entered(room, address, world, options.signal)
    return room
  } catch (error) {
    await room.leave()
    throw error
  }
}

function entered(
  room: Pick<Room<Game>, 'onState' | 'stats'>,
  url: string,
  world: World,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => settle(() => reject(signal!.reason))
    signal?.addEventListener('abort', abort)
    let lost = { code: 1006, reason: '', wasClean: false }
    let cause: Cause | 'FULL' = 'server-gone'
    let isAsking = false
    const cancel = world.after(JOIN_MS, () => refuse(closeReason(lost.code) ?? cause))
    const off = room.onState(follow)

    function follow(state: ConnectionState): void {
      if (state.name === 'open') settle(resolve)
      if (state.name === 'closed') settle(() => reject(new JoinError(state.reason, state.code, state.message)))
      if (state.name !== 'reconnecting' || !state.retryInMs) return
      lost = state.lost
      const reason = closeReason(lost.code)
      if (reason === 'FULL') refuse(reason)
      // Where a hello left the way in is free, whatever became of it.
      if (!reason && !room.stats.bytesOut) void ask()
    }
    async function ask(): Promise<void> {
      if (isAsking) return
      isAsking = true
      cause = await diagnose(url, world)
      isAsking = false
      if (LASTING.includes(cause)) refuse(cause)
    }
    function refuse(reason: JoinError['reason']): void {
      // A loss that no server spoke of says nothing of what was found out since.
      settle(() => reject(new JoinError(reason, lost.code, inWords(reason, closeReason(lost.code) && lost))))
    }
    function settle(how: () => void): void {
      signal?.removeEventListener('abort', abort)
      cancel()
      off()
      how()
    }
  })
}
