// Checks of the game's own on what clients send, after those of its definition. Any library will do that speaks the
// Standard Schema interface (https://standardschema.dev), and so will an object of one's own.

import { badMessage } from '../../protocol/errors.ts'
import type { Game, HeardName, HeardOf, InputOf, JoinOf, ReplyOf, RequestName } from '../../protocol/game.ts'
import { Ask } from '../../protocol/requests.ts'
import { checkObject } from '../base/checks.ts'
import { disown } from '../base/guard.ts'

interface Issue {
  readonly message: string
}

type Verdict<T> = { readonly value: T; readonly issues?: undefined } | { readonly issues: readonly Issue[] }

/** What of a Standard Schema is used. A promise is refused: what a client sends is handled in its turn. */
export interface Schema<T = unknown> {
  readonly '~standard': { readonly validate: (value: unknown) => Verdict<T> | Promise<Verdict<T>> }
}

/**
 * What must pass, by its place in the game definition. The room gets what a schema returns. A value that does not pass
 * costs its sender what a malformed frame costs: the socket, with 4400 and the issue's message. A join that does not
 * pass bars no address, though: it may be a name that somebody typed.
 */
export interface Validators<G extends Game> {
  /** One player's intent for one tick, before it waits for that. */
  readonly input?: Schema<InputOf<G>>
  /** What a client brings when it joins, before `authenticate` is asked. */
  readonly join?: Schema<JoinOf<G>>
  /** Messages, and what requests ask. */
  readonly toServer?: { readonly [N in HeardName<G, 'toServer'>]?: Schema<HeardOf<G, 'toServer', N>> }
  /** What clients reply to requests; one that does not pass fails, too. */
  readonly replies?: { readonly [N in RequestName<G, 'toClient'>]?: Schema<ReplyOf<G, 'toClient', N>> }
}

/** Those of a room of any game. */
export interface AnyValidators {
  readonly input?: Schema
  readonly join?: Schema
  readonly toServer?: { readonly [name: string]: Schema }
  readonly replies?: { readonly [name: string]: Schema }
}

/** Names what of the game's code holds up the process. */
export interface Watch {
  /** Returns or throws what the work does. */
  time<T>(what: string, work: () => T): T
}

/**
 * What the schema for its place makes of a value, `watched`. Throws ProtocolError when it does not pass, TypeError for
 * what is no verdict, such as a promise.
 */
export function validated<T>(schema: Schema | undefined, what: string, value: T, watched: Watch): T {
  if (schema === undefined) return value
  const validator = `the validator of ${what}`
  const verdict: unknown = watched.time(validator, () => schema['~standard'].validate(value))
  disown(verdict)
  if (!isVerdict<T>(verdict)) {
    throw new TypeError(`${validator} must return { value } or { issues }, got ${String(verdict)}`)
  }
  if (verdict.issues) throw badMessage(`${what}: ${verdict.issues[0]?.message ?? 'does not pass'}`)
  return verdict.value
}

function isVerdict<T>(value: unknown): value is Verdict<T> {
  return typeof value === 'object' && value !== null && ('value' in value || 'issues' in value)
}

/** Throws TypeError for a place that the game does not have, and for what is no schema, naming it. */
export function checkValidators(name: string, validators: AnyValidators, game: Game): void {
  checkObject(name, validators)
  const { toServer = {}, replies = {}, ...others } = validators
  for (const [place, schema] of Object.entries(others)) {
    if (place !== 'input' && place !== 'join')
      throw new TypeError(`${name} has no ${place}; it has input, join, toServer, replies`)
    checkSchema(`${name}.${place}`, schema)
  }
  for (const [message, schema] of Object.entries(toServer)) {
    if (!game.toServer.some((type) => type.name === message)) {
      throw new TypeError(`${name}.toServer.${message}: the game has no message ${message} to the server`)
    }
    checkSchema(`${name}.toServer.${message}`, schema)
  }
  for (const [request, schema] of Object.entries(replies)) {
    if (!game.toClient.some((type) => type.name === request && type.ask instanceof Ask)) {
      throw new TypeError(`${name}.replies.${request}: the game has no request ${request} to its clients`)
    }
    checkSchema(`${name}.replies.${request}`, schema)
  }
}

function checkSchema(name: string, schema: Schema | undefined): void {
  if (schema !== undefined && typeof schema?.['~standard']?.validate !== 'function') {
    throw new TypeError(`${name} must be a Standard Schema (https://standardschema.dev)`)
  }
}
