import { expect, test } from 'vitest'
import { Chat } from '../../demo/server/chat.ts'
import { EMOTES, HISTORY_LENGTH, NAME_LENGTH, TALK_LENGTH } from '../../demo/talk.ts'

const say = (message: string) => ({ message, type: 'text' as const })
const emote = (message: string) => ({ message, type: 'emote' as const })

test('a newcomer is told who is here, themselves included, and what was said', () => {
  const chat = new Chat()
  chat.enter(4, 'Ada', 0)
  chat.talk(4, say('hello'), 0)
  expect(chat.enter(9, 'Bob', 0)).toEqual({
    self: { id: 9 },
    users: [
      { id: 4, name: 'Ada' },
      { id: 9, name: 'Bob' },
    ],
    messages: [{ id: 1, message: 'hello', type: 'text', from: { id: 4, name: 'Ada' } }],
  })
})

test('who has left is told of no more, what they said still is', () => {
  const chat = new Chat()
  chat.enter(1, 'Ada', 0)
  chat.talk(1, say('bye'), 0)
  chat.leave(1)
  const { users, messages } = chat.enter(2, 'Bob', 0)
  expect(users).toEqual([{ id: 2, name: 'Bob' }])
  expect(messages.map(({ message }) => message)).toEqual(['bye'])
  expect(chat.talk(1, say('again'), 0)).toBeUndefined()
})

test('a name without anything to show becomes a guest, and none is too long', () => {
  const chat = new Chat()
  chat.enter(7, ' \u0000 ', 0)
  expect(chat.nameOf(7)).toBe('guest 7')
  chat.enter(8, 'x'.repeat(NAME_LENGTH + 5), 0)
  expect(chat.nameOf(8)).toBe('x'.repeat(NAME_LENGTH))
})

test('messages are trimmed, freed of control characters, and bounded; empty ones are nobody’s business', () => {
  const chat = new Chat()
  chat.enter(1, 'Ada', 0)
  expect(chat.talk(1, say('  a\u0007b  '), 0)?.message).toBe('a b')
  expect(chat.talk(1, say('y'.repeat(500)), 0)?.message).toHaveLength(TALK_LENGTH)
  expect(chat.talk(1, say('\u0000 \n'), 0)).toBeUndefined()
  expect(chat.talk(1, say('<img src=x>'), 0)?.message).toBe('<img src=x>')
})

test('an emote is passed on as one, within the same bounds', () => {
  const chat = new Chat()
  chat.enter(1, 'Ada', 0)
  expect(chat.talk(1, emote(EMOTES[0] as string), 0)).toMatchObject({ type: 'emote', message: EMOTES[0] })
  expect(chat.talk(1, emote('waves'.repeat(100)), 0)?.message).toHaveLength(TALK_LENGTH)
})

test('who comes back knowing nothing is told everything again', () => {
  const chat = new Chat()
  const first = chat.enter(1, 'Ada', 0)
  chat.talk(1, say('hello'), 0)
  expect(chat.init(1)).toEqual({ ...first, messages: [expect.objectContaining({ message: 'hello' })] })
})

test('five messages pass at once, then one a second, for each person alone', () => {
  const chat = new Chat()
  chat.enter(1, 'Ada', 10)
  chat.enter(2, 'Bob', 10)
  const passed = (id: number, at: number) => chat.talk(id, say('hey'), at) !== undefined
  expect([1, 2, 3, 4, 5, 6].map(() => passed(1, 10))).toEqual([true, true, true, true, true, false])
  expect(passed(2, 10)).toBe(true)
  expect(passed(1, 10.5)).toBe(false)
  expect(passed(1, 11)).toBe(true)
})

test('the history keeps the newest, and ids go on counting', () => {
  const chat = new Chat()
  chat.enter(1, 'Ada', 0)
  for (let second = 1; second <= HISTORY_LENGTH + 7; second++) chat.talk(1, say(`line ${second}`), second)
  const { messages } = chat.enter(2, 'Bob', 99)
  expect(messages).toHaveLength(HISTORY_LENGTH)
  expect(messages[0]).toMatchObject({ id: 8, message: 'line 8' })
  expect(messages.at(-1)?.id).toBe(HISTORY_LENGTH + 7)
})

test('a new name counts from then on; an empty or unchanged one is not told, nor one too many', () => {
  const chat = new Chat()
  chat.enter(1, 'Ada', 0)
  expect(chat.rename(1, ' Countess ', 0)).toBe('Countess')
  expect(chat.talk(1, say('it is me'), 0)?.from).toEqual({ id: 1, name: 'Countess' })
  expect(chat.rename(1, 'Countess', 0)).toBeUndefined()
  expect(chat.rename(1, '   ', 0)).toBeUndefined()
  for (let turn = 0; turn < 9; turn++) chat.rename(1, `name ${turn}`, 0)
  expect(chat.nameOf(1)).toBe('name 2')
})
