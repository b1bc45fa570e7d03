// What a page's comings and goings mean for a connection: it hurries when the page or the network is back, and the seat
// outlives a reload. The token is in the tab's storage only while no page holds it, so a duplicated tab finds none.

import type { Page, World } from './world.ts'

/** Who wants to know of a page. */
export interface PageParty {
  /** It is about to go away, or it does, for good as far as is known. */
  hide?(): void
  /** Nobody looks at it now, or someone does again. */
  watch?(isHidden: boolean): void
}

/** Whether nobody looks at it. */
export function isHidden(page: Page | null): boolean {
  return page?.document.visibilityState === 'hidden'
}

/** `onReturn` is called when the page is shown again, or the network is back. Returns what ends it. */
export function watchPage(page: Page | null, party: PageParty, onReturn: () => void): () => void {
  const watch = new AbortController()
  const onVisibility = () => {
    party.watch?.(isHidden(page))
    if (!isHidden(page)) onReturn()
  }
  page?.addEventListener('online', onReturn, watch)
  page?.addEventListener('pageshow', onReturn, watch)
  // Firefox forgets what is left at `pagehide` where it goes back or forward to a page that it kept.
  page?.addEventListener('beforeunload', () => party.hide?.(), watch)
  page?.addEventListener('pagehide', () => party.hide?.(), watch)
  page?.document.addEventListener('visibilitychange', onVisibility, watch)
  return () => watch.abort()
}

/**
 * Takes the token that the page before left for this seat, so that no other page finds it; '' for none. Leaves this one
 * for the page that comes after, if there is one.
 */
export function swapToken({ storage }: Pick<World, 'storage'>, seat: string, token = ''): string {
  try {
    const before = storage?.getItem(seat) ?? ''
    if (token) storage?.setItem(seat, token)
    else storage?.removeItem(seat)
    return before
  } catch {
    // Storage that is full or forbidden costs only the seat.
    return ''
  }
}
