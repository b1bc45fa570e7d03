// The game's code of a room: when which part of it is called, and with what.

import type { Game, JoinOf, KindOf } from '../../protocol/game.ts'
import type { Departure, Return, Session } from './session.ts'

/**
 * What a room does, each at its time. An error that is thrown, or with which a promise rejects, closes the room, and no
 * other; but in `onLeave`, `onDrop` and `onResume` it is only logged, and in `onJoin` it costs its client the seat, if
 * somebody else is in the room. `S`: its sessions; `J`: what they bring as they join.
 */
export interface Hooks<S, J> {
  /** Before the first join, with the options of the client that came first: they are unchecked. */
  onCreate(options: unknown): void | Promise<void>
  /**
   * A player takes a seat. Until a promise settles it is not among the sessions; one that takes too long costs the client
   * its seat, and what it put into the state stays until it settles.
   */
  onJoin(session: S, join: J): void | Promise<void>
  /** One step; `dt` is 1 / tickRate in seconds, or 0 in a turn-based room. */
  onTick(dt: number): void
  /**
   * The session is over for good: once for each `onJoin` that settled and did not fail, after it, also at the end of the
   * room, if that is before `onDispose`. Its entities and its player object are still in the state.
   */
  onLeave(session: S, how: Departure): void | Promise<void>
  /** The socket was lost; the seat is held. Do not wait here for someone to come back: `room.after` is for that. */
  onDrop(session: S): void
  /**
   * The session has a socket again. Of the messages to it the newest `lost` may have arrived or not; all before did. None
   * are, unless it is a `reset`.
   */
  onResume(session: S, how: Return, lost: number): void
  /**
   * The last thing that happens: after what the other hooks (but `onTick`), listeners and timers promised, or four
   * seconds after the end of the room. Not called where `onCreate` failed or has not settled by then: what was not
   * loaded must not be saved. No other room of that id begins before a promise that it returns has settled, or eight
   * seconds have passed: what is saved after that may overwrite what the next one saved. A server that stops waits for
   * all of this, eight seconds in all: so neither a hook nor a listener must wait for the server. What is not waited
   * for any longer is logged.
   */
  onDispose(): void | Promise<void>
}

const HOOKS: readonly (keyof Hooks<never, never>)[] = [
  'onCreate',
  'onJoin',
  'onTick',
  'onLeave',
  'onDrop',
  'onResume',
  'onDispose',
]
const LETTERS: ReadonlySet<string> = new Set(HOOKS.map(lettersOf))

/** Throws TypeError for a hook that is no function, and for a name that is nearly a hook's: nobody would ever call that. */
export function checkHooks(where: string, hooks: object): void {
  for (let part = hooks; part && part !== Object.prototype; part = Object.getPrototypeOf(part)) {
    for (const name of Object.getOwnPropertyNames(part)) {
      const isHook = (HOOKS as readonly string[]).includes(name)
      if (isHook || !/^on/i.test(name) || !LETTERS.has(lettersOf(name))) continue
      throw new TypeError(`${where} has no hook ${name}; there are ${HOOKS.join(', ')}`)
    }
  }
  for (const name of HOOKS) {
    const hook: unknown = (hooks as Partial<Hooks<never, never>>)[name]
    if (hook === undefined || typeof hook === 'function') continue
    throw new TypeError(`${name} of ${where} must be a function, got ${String(hook)}`)
  }
}

/** The same for two names that differ in case, or in the order of their letters. */
function lettersOf(name: string): string {
  return [...name.toLowerCase()].sort().join('')
}

/** Those that a room of that game has. */
export type RoomHooks<G extends Game, K extends KindOf<G> = KindOf<G>, A = unknown> = Partial<
  Hooks<Session<G, K, A>, JoinOf<G>>
>
