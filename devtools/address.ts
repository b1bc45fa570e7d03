// The page's address tells what is set.

/** Browsers refuse pages that change their address too often. */
export const LINK_MS = 400

/** Returns what to call after each change: a moment after the last one `link` is the page's address. */
export function addressFrom(link: () => string): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return () => {
    clearTimeout(timer)
    timer = setTimeout(() => history.replaceState(history.state, '', link()), LINK_MS)
  }
}
