// The drawing loop.

/** What runs `run` before the next picture is drawn, and what calls that off. */
export interface Frames {
  requestAnimationFrame(run: (now: number) => void): number
  cancelAnimationFrame(request: number): void
}

/**
 * Calls `draw` once for every picture, with the time in milliseconds and the seconds since the last call (0 at first).
 * Rests while the page is hidden. Returns what ends it.
 */
export function onFrame(draw: (now: number, dt: number) => void, frames: Frames = globalThis): () => void {
  let before: number | undefined
  let request = frames.requestAnimationFrame(next)
  function next(now: number): void {
    const dt = before === undefined ? 0 : (now - before) / 1000
    before = now
    // Asked for first: a mistake in one picture must not end the loop.
    request = frames.requestAnimationFrame(next)
    draw(now, dt)
  }
  return () => frames.cancelAnimationFrame(request)
}
