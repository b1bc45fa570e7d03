// The room's chat: who may say what how often, and what a newcomer is told. It decides; the arena sends.

import type { MessageOf } from 'tickwire/game'
import type { Sparks } from '../game.ts'
import { Allowance, clean, HISTORY_LENGTH, NAME_LENGTH, TALK_LENGTH } from '../talk.ts'

export type Init = MessageOf<Sparks, 'toClient', 'init'>
export type Talk = MessageOf<Sparks, 'toClient', 'talk'>
export type Person = Init['users'][number]

type Saying = MessageOf<Sparks, 'toServer', 'talk'>

export class Chat {
  readonly #people = new Map<number, Person & { allowance: Allowance }>()
  readonly #history: Talk[] = []
  #lastId = 0

  /** Someone new, and what they must be told first. `now` in seconds. */
  enter(id: number, name: string, now: number): Init {
    this.#people.set(id, { id, name: clean(name, NAME_LENGTH) || `guest ${id}`, allowance: new Allowance(now) })
    return this.init(id)
  }

  /** Everything that the person of this id must know, themselves among the users. */
  init(id: number): Init {
    const users = [...this.#people.values()].map((person) => ({ id: person.id, name: person.name }))
    return { self: { id }, users, messages: [...this.#history] }
  }

  nameOf(id: number): string {
    return this.#people.get(id)?.name ?? ''
  }

  /** What everyone is to be told, or undefined when it is too much or nothing. */
  talk(id: number, saying: Saying, now: number): Talk | undefined {
    const person = this.#people.get(id)
    const message = clean(saying.message, TALK_LENGTH)
    if (!person || message === '') return undefined
    if (!person.allowance.take(now)) return undefined
    const talk: Talk = { id: ++this.#lastId, message, type: saying.type, from: { name: person.name, id } }
    this.#history.push(talk)
    if (this.#history.length > HISTORY_LENGTH) this.#history.shift()
    return talk
  }

  /** The new name as everyone will see it, or undefined when it is empty, the old one, or too soon. */
  rename(id: number, to: string, now: number): string | undefined {
    const person = this.#people.get(id)
    const name = clean(to, NAME_LENGTH)
    if (!person || name === '' || name === person.name || !person.allowance.take(now)) return undefined
    person.name = name
    return name
  }

  leave(id: number): void {
    this.#people.delete(id)
  }
}
