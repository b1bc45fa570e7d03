// What a game definition must be so that it can be played. The server alone checks it: a page that gets in has the same
// definition, by its hash, and need not carry the checks.

import { mixLinear } from './blend.ts'
import { type AnyField, Field, type Fields, type FieldType } from './fields.ts'
import type { Game, GameSpec } from './game.ts'
import { MAX_DEPTH, type ScanLimits, TO_CLIENT, TO_SERVER } from './limits.ts'
import { Ask } from './requests.ts'

const PARTS: readonly string[] = ['room', 'player', 'entities', 'input', 'join', 'toServer', 'toClient']
const MOST_KINDS = 250
/** Messages are numbered by a byte, of which one number is for answers. */
const MOST_MESSAGES = 255
const MOST_STEPS = 2 ** 31
/** Values that a frame may hold besides a message's own. */
const ENVELOPE = 16
/** Bytes of a frame of inputs besides one input. */
const INPUT_ENVELOPE_BYTES = 64
/**
 * Bytes at most: of the head of a text, of bytes, a list or a group; of a number; and of the numbers that take less.
 */
const HEAD_BYTES = 8
const NUMBER_BYTES = 9
const SHORTER: Readonly<Record<string, number>> = { flag: 1, u8: 2, i8: 2, u16: 3, i16: 3, u32: 5, i32: 5 }
/** How deep lists and groups may be nested in a field. A frame has two arrays around the fields already. */
const MOST_DEPTH = MAX_DEPTH - 2

/** What is wrong with a field in its place, if something is. */
type Rule = (field: AnyField, name: string) => string | false

const inRoom: Rule = ({ traits }, name) =>
  (traits.audience === 'owner' && 'must not be for an owner: a room has none') ||
  (name === 'id' && 'is the name of what every room has')
const inPlayer: Rule = (_, name) => ['id', 'owner', 'mine'].includes(name) && 'is the name of what every entity has'
const inEntity: Rule = (field, name) =>
  inPlayer(field, name) || (name === 'stays' && 'is the name of what `add` takes beside the fields')
const inInput: Rule = (field) => field.isModified && 'must have no modifiers'
const anywhere: Rule = () => false

/** Throws TypeError or RangeError for a definition that cannot work, naming the place. */
export function checkGame({ spec }: Game): void {
  for (const part of Object.keys(spec)) {
    if (!PARTS.includes(part)) throw new TypeError(`a game has no part ${part}; it has ${PARTS.join(', ')}`)
  }
  const { room = {}, player = {}, entities = {}, input = {}, join = {}, toServer = {}, toClient = {} }: GameSpec = spec
  const kinds = ['player', ...Object.keys(entities)]
  const check = (where: string, fields: Fields, rule: Rule) => checkFields(where, fields, rule, kinds)
  checkNames('entities', entities)
  const count = Object.keys(entities).length
  if (count > MOST_KINDS) throw new RangeError(`entities must be at most ${MOST_KINDS} kinds, got ${count}`)
  for (const name of ['room', 'player', 'serverTick', 'shownTick']) {
    if (Object.hasOwn(entities, name)) throw new TypeError(`entities must not have the name ${name}`)
  }
  check('room', room, inRoom)
  check('player', player, inPlayer)
  for (const [kind, fields] of Object.entries(entities)) check(`entities.${kind}`, fields, inEntity)
  check('input', input, inInput)
  checkInputBytes(input)
  check('join', join, anywhere)
  checkNodes('join', join, TO_SERVER.nodes - ENVELOPE)
  for (const [direction, messages] of Object.entries({ toServer, toClient })) {
    checkNames(direction, messages)
    const count = Object.keys(messages).length
    if (count > MOST_MESSAGES)
      throw new RangeError(`${direction} must be at most ${MOST_MESSAGES} messages, got ${count}`)
    for (const [name, fields] of Object.entries(messages)) {
      check(`${direction}.${name}`, fields, anywhere)
      checkMessage(`${direction}.${name}`, fields, direction === 'toServer')
    }
  }
}

/** What a request asks travels in the direction that it is listed under, its reply in the other one. */
function checkMessage(where: string, fields: Fields, isToServer: boolean): void {
  const most = ({ nodes }: ScanLimits) => nodes - ENVELOPE
  const [there, back] = isToServer ? [TO_SERVER, TO_CLIENT] : [TO_CLIENT, TO_SERVER]
  const { ask, reply, ...others } = fields
  if (!(ask instanceof Ask && reply)) return checkNodes(where, fields, most(there))
  for (const name in others) throw new TypeError(`${where} must have no field ${name}: it is a request`)
  checkNodes(where, { ask }, most(there))
  checkNodes(`${where}.reply`, { reply }, most(back))
}

/** A message that can be too large for its receiver is found here, and not by the players. */
function checkNodes(where: string, fields: Fields, most: number): void {
  const nodes = Object.values(fields).reduce((sum, { type }) => sum + mostNodes(type), 1)
  if (nodes > most) throw new RangeError(`${where} must hold at most ${most} values, list items included, not ${nodes}`)
}

/** How many msgpack values a value of this type is at most, itself included. */
function mostNodes({ name, item, present, members = [] }: FieldType<unknown>): number {
  if (present) return mostNodes(present)
  if (item) return 1 + (argumentsOf(name).at(-1) as number) * mostNodes(item)
  return members.reduce((sum, [, type]) => sum + mostNodes(type), 1)
}

/** One input is not sent in parts: what fits its fields must fit a frame. */
function checkInputBytes(input: Fields): void {
  const most = TO_SERVER.bytes - INPUT_ENVELOPE_BYTES
  const bytes = Object.values(input).reduce((sum, { type }) => sum + mostBytes(type), 0)
  if (bytes > most) throw new RangeError(`input must take at most ${most} bytes, not ${bytes}`)
}

/** How many bytes a value of this type takes at most. */
function mostBytes({ name, item, present, members }: FieldType<unknown>): number {
  if (present) return mostBytes(present)
  if (item) return HEAD_BYTES + (argumentsOf(name).at(-1) as number) * mostBytes(item)
  if (members) return members.reduce((sum, [, type]) => sum + mostBytes(type), HEAD_BYTES)
  if (!/^(text|bytes|json)\(/.test(name)) return SHORTER[name] ?? NUMBER_BYTES
  // A code unit of UTF-16 takes up to three bytes of UTF-8.
  return HEAD_BYTES + (argumentsOf(name)[0] as number) * (name.startsWith('text') ? 3 : 1)
}

/** How deep lists and groups are nested in a type. */
function depthOf({ item, present, members }: FieldType<unknown>): number {
  if (present) return depthOf(present)
  const parts = item ? [item] : members?.map(([, type]) => type)
  return parts ? 1 + Math.max(0, ...parts.map(depthOf)) : 0
}

function checkFields(where: string, fields: Fields, rule: Rule, kinds: readonly string[]): void {
  checkNames(where, fields)
  for (const [name, field] of Object.entries(fields)) {
    const place = `${where}.${name}`
    // Fields are recognised by their class elsewhere, too: with those of another copy nothing would work, or say why.
    if (!(field instanceof Field)) {
      throw new TypeError(`${place} was made by another copy of tickwire: leave it out of what is bundled`)
    }
    const wrong = rule(field, name) || wrongTraits(field)
    if (wrong) throw new TypeError(`${place} ${wrong}`)
    checkType(place, field.type, kinds)
    checkNodes(place, { [name]: field }, TO_CLIENT.nodes)
    const depth = depthOf(field.type)
    if (depth > MOST_DEPTH)
      throw new RangeError(`${place} must have at most ${MOST_DEPTH} lists and groups one in another, not ${depth}`)
  }
}

function checkNames(where: string, named: object): void {
  for (const name of Object.keys(named)) {
    // A plain identifier is also safe as a property of any object.
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || name in Object.prototype || name === 'prototype' || name === 'then') {
      throw new TypeError(`${where} must have identifiers as names, not ${name}`)
    }
  }
}

function wrongTraits({ traits, type }: Field<unknown>): string | false {
  const { tolerance, interpolates } = traits
  if (!(tolerance >= 0)) return `must have a tolerance of 0 or more, got ${tolerance}`
  if (tolerance > 0 && type.scalar?.mix !== mixLinear) return `takes no tolerance: it is ${type.name}`
  return interpolates && !type.scalar?.mix && `has no values in between to draw: it is ${type.name}`
}

function checkType(where: string, type: FieldType<unknown>, kinds: readonly string[]): void {
  const { name, item, present, members = [] } = type
  const wrong = wrongArguments(type, kinds)
  if (wrong) throw new RangeError(`${where}: ${name} ${wrong}`)
  if (present?.present) throw new TypeError(`${where}: ${name} must not be twice optional`)
  for (const inner of [item, present]) if (inner) checkType(where, inner, kinds)
  for (const [key, inner] of members) {
    checkNames(where, { [key]: inner })
    checkType(`${where}.${key}`, inner, kinds)
  }
}

/**
 * What a type was made with, as its canonical spelling has it; what is no number there reads NaN. A page would carry
 * the arguments as properties, and needs none of them.
 */
function argumentsOf(name: string): number[] {
  return name
    .slice(name.indexOf('(') + 1, -1)
    .split(',')
    .map(Number)
}

function wrongArguments({ name }: FieldType<unknown>, kinds: readonly string[]): string | false {
  const [, word = '', argument = ''] = /^(\w+)\((.*)\)$/s.exec(name) ?? []
  const numbers = argumentsOf(name)
  switch (word) {
    case 'fixed':
      return !isRange(numbers) && 'must have min < max and 1 to 2^31 - 1 steps'
    case 'angle':
      return !isWhole(numbers[0], 2, 16) && 'must have 2 to 16 bits'
    case 'choice':
      return !isChoice(JSON.parse(argument)) && 'must have 1 to 256 different options'
    case 'ref':
      return !kinds.includes(argument) && `names no kind; there are ${kinds.join(', ')}`
    case 'text':
    case 'bytes':
    case 'json':
    case 'list':
      return !isWhole(numbers.at(-1), 1, TO_CLIENT.bytes) && `must have a size from 1 to ${TO_CLIENT.bytes}`
    default:
      return false
  }
}

function isRange([min = Number.NaN, max = Number.NaN, step = Number.NaN]: readonly number[]): boolean {
  const most = Math.floor((max - min) / step + 0.5)
  return step > 0 && min < max && most > 0 && most < MOST_STEPS
}

function isWhole(value: number | undefined, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
}

function isChoice(options: readonly unknown[]): boolean {
  return (
    options.length >= 1 &&
    options.length <= 256 &&
    options.every((option) => typeof option === 'string') &&
    new Set(options).size === options.length
  )
}
