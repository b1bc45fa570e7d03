// What people say and are called, as both ends know it: how long it is at most, what of it is shown, and how often.

export const NAME_LENGTH = 16
export const TALK_LENGTH = 200
export const HISTORY_LENGTH = 50
export const EMOTES: readonly string[] = ['hi!', 'gg', ':D', ':(', '♥', '?!']

/**
 * Text from a person, fit to be shown: one line without control characters or stacks of accents, trimmed, bounded; '' if
 * nothing of it is to be seen.
 */
export function clean(words: string, length: number): string {
  const line = words
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, ' ')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/ +/g, ' ')
    .trim()
  const shown = line
    .slice(0, length)
    .replace(/[\ud800-\udbff]$/, '')
    .trim()
  // Some letters and signs are blank: fillers, joiners, tags, the empty pattern of Braille.
  return /[^\s\p{DI}\u2800]/u.test(shown) ? shown : ''
}

/** How often one person may talk: `burst` at once, then `perSecond`. Times are in seconds of any clock. */
export class Allowance {
  #left: number
  #at: number
  readonly #burst: number
  readonly #perSecond: number

  constructor(now: number, burst = 5, perSecond = 1) {
    this.#left = burst
    this.#at = now
    this.#burst = burst
    this.#perSecond = perSecond
  }

  /** Takes one, if there is one to take. */
  take(now: number): boolean {
    this.#left = Math.min(this.#burst, this.#left + (now - this.#at) * this.#perSecond)
    this.#at = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
