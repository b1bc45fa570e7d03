// What a page's comings and goings mean for a connection: it hurries when the page or the network is back, and the seat
// outlives a reload. The token is in the tab's storage only while no page holds it, so a duplicated tab finds none.

import type { Page, World } from './world.ts'

/** Calls `onReturn` when the page is shown again or the network is back, and `onHide` when the page goes away. */
export function watchPage(page: Page | null, onReturn: () => void, onHide: () => void): () => void {
  if (page === null) return () => {}
  const onVisible = () => {
    if (page.document.visibilityState === 'visible') onReturn()
  }
  const heard = [
    [page, 'online', onReturn],
    [page, 'pageshow', onReturn],
    [page, 'pagehide', onHide],
    [page.document, 'visibilitychange', onVisible],
  ] as const
  for (const [target, event, listener] of heard) target.addEventListener(event, listener)
  return () => {
    for (const [target, event, listener] of heard) target.removeEventListener(event, listener)
  }
}

/** Takes the token that the page before a reload left for this seat, so that no other page finds it; '' for none. */
export function takeToken({ storage }: Pick<World, 'storage'>, seat: string): string {
  try {
    const token = storage?.getItem(keyOf(seat)) ?? ''
    storage?.removeItem(keyOf(seat))
    return token
  } catch {
    return ''
  }
}

/** Leaves the token for the page after a reload. */
export function leaveToken({ storage }: Pick<World, 'storage'>, seat: string, token: string): void {
  try {
    if (token !== '') storage?.setItem(keyOf(seat), token)
  } catch {
    // Storage that is full or forbidden costs only the seat.
  }
}

const keyOf = (seat: string) => `tickwire ${seat}`
