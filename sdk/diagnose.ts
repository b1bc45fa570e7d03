// Why a socket cannot be opened. A page is told nothing about that, so it asks the same address in plain HTTP: our
// server answers such a request in a way that tells.

import type { Cause } from './failure.ts'
import type { World } from './world.ts'

/** A question that hangs is given up after this time: it would hold up the next one. */
export const ASK_MS = 3_000

/** Whether the page may not dial this address at all, by the address alone. */
export function isMixedContent(url: string, home: string | null): boolean {
  if (!home?.startsWith('https:') || !url.startsWith('ws:')) return false
  // Browsers trust the machine itself.
  return !/^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname)
}

/** The likely cause, `FULL` where there was no place; never rejects. */
export async function diagnose(url: string, { fetch }: Pick<World, 'fetch'>): Promise<Cause | 'FULL'> {
  try {
    // Not GET: with it browsers do not tell a page's own server the page's origin. The answer is the same.
    const answer = await fetch!(url.replace(/^ws/, 'http'), { method: 'POST', signal: AbortSignal.timeout?.(ASK_MS) })
    // Proxies answer with one of several 5xx for a server that is not there; 501 is a file server that does not know
    // POST.
    if (answer.status >= 500 && answer.status !== 501) return 'server-gone'
    const said = (await answer.json().catch(() => null)) as { readonly [name: string]: unknown } | null
    if (said?.tickwire === undefined) return 'wrong-path'
    if (said.isFull) return 'FULL'
    return said.origin === 'refused' ? 'origin-refused' : 'blocked-upgrade'
  } catch {
    // There may also be no fetch at all.
    return 'server-gone'
  }
}
