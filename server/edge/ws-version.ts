// The oldest ws that may stand at our edge, and the check of the one that is loaded.

/** Releases before it can be stopped by a flood of pings, by tiny fragments, or by default limits on them. */
export const LEAST_WS = '8.23.0'
/** The bound that came with it. */
const NEWEST_BOUND = 'maxPendingAutoPongs'

/**
 * Throws Error for a ws that must not face strangers. `defaults` are the options that it fills in itself: they tell of
 * the code that runs. A version tells only of a folder, and beside a bundled server another one may lie, or none.
 */
export function checkWs(defaults: object, versions: object = process.versions): void {
  if (NEWEST_BOUND in defaults) return
  if ('bun' in versions) throw new Error('Bun has a ws of its own, which is not bounded: run the server with Node')
  throw new Error(`ws must be ${LEAST_WS} or later, and the one that is loaded has no ${NEWEST_BOUND}: see SECURITY.md`)
}
