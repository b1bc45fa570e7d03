// The drawing loop.

/** What runs `run` before the next picture is drawn, and what calls that off. */
export interface Frames {
  requestAnimationFrame(run: (now: number) => void): number
  cancelAnimationFrame(request: number): void
  /** Of a page, not of a worker. */
  readonly document?: { readonly hidden: boolean }
}

/** The most seconds that a picture is told to have taken: after a rest a game goes on from where it was. */
export const MOST_DT = 1

/**
 * Calls `draw` once for every picture, with the time in milliseconds and the seconds since the last one (0 at first, 1 at
 * most). Rests while the page is hidden. Returns what ends it.
 */
export function onFrame(draw: (now: number, dt: number) => void, frames: Frames = globalThis): () => void {
  let before: number | undefined
  let request = frames.requestAnimationFrame(next)
  function next(now: number): void {
    const dt = Math.min(MOST_DT, (now - (before ?? now)) / 1000)
    before = now
    // Asked for first: a mistake in one picture must not end the loop.
    request = frames.requestAnimationFrame(next)
    // Some browsers go on with a few pictures a minute.
    if (!frames.document?.hidden) draw(now, dt)
  }
  return () => frames.cancelAnimationFrame(request)
}
