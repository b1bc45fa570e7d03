// Who plays, and in which room: a name that this browser remembers, and a room by link.

import { clean, NAME_LENGTH } from '../talk.ts'

const KEY = 'sparks.name'
const FIRST = ['Swift', 'Lucky', 'Brave', 'Sly', 'Merry', 'Bold', 'Calm', 'Keen', 'Sunny', 'Witty']
const LAST = ['Otter', 'Comet', 'Finch', 'Lynx', 'Moth', 'Fox', 'Robin', 'Newt', 'Hare', 'Wisp']

let own = ''

/** The name that one has, or had last time; or a new one for a guest. */
export function ownName(): string {
  own ||= clean(remembered(), NAME_LENGTH)
  return own || keepName(`${oneOf(FIRST)} ${oneOf(LAST)}`)
}

/** Remembers a name for next time, and gives it back fit to be shown; '' if nothing is left of it. */
export function keepName(name: string): string {
  const fit = clean(name, NAME_LENGTH)
  own = fit || own
  try {
    if (fit) localStorage.setItem(KEY, fit)
  } catch {
    // A browser that keeps nothing still plays.
  }
  return fit
}

/** The room that the link names, if it does. */
export function linkedRoom(): string | undefined {
  const id = new URLSearchParams(location.search).get('room') ?? ''
  return /^[\w-]{1,32}$/.test(id) ? id : undefined
}

/** The link that leads others to this room. */
export function linkTo(room: string): string {
  const link = new URL(location.href)
  link.search = ''
  link.hash = ''
  link.searchParams.set('room', room)
  return link.href
}

function remembered(): string {
  try {
    return localStorage.getItem(KEY) ?? ''
  } catch {
    return ''
  }
}

function oneOf(words: readonly string[]): string {
  return words[Math.floor(Math.random() * words.length)] as string
}
