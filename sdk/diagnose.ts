// Why a socket cannot be opened. A page is told nothing about that, so it asks the same address in plain HTTP: our
// server answers such a request in a way that tells.

import type { Cause } from './failure.ts'
import type { World } from './world.ts'

/** Whether the page may not dial this address at all, by the address alone. */
export function isMixedContent(url: string, home: string | null): boolean {
  if (home === null || !home.startsWith('https:') || !url.startsWith('ws:')) return false
  // Browsers trust the machine itself.
  return !/^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname)
}

/** The likely cause; never rejects. */
export async function diagnose(url: string, { fetch, home }: Pick<World, 'fetch' | 'home'>): Promise<Cause> {
  if (isMixedContent(url, home)) return 'mixed-content'
  if (fetch === null) return 'server-gone'
  try {
    const answer = await fetch(url.replace(/^ws/, 'http'))
    if (answer.status >= 502 && answer.status <= 504) return 'server-gone'
    const said = await answer.json().catch(() => null)
    if (!isOurs(said)) return 'wrong-path'
    return said.origin === 'refused' ? 'origin-refused' : 'blocked-upgrade'
  } catch {
    return 'server-gone'
  }
}

function isOurs(said: unknown): said is { tickwire: unknown; origin?: unknown } {
  return typeof said === 'object' && said !== null && 'tickwire' in said
}
