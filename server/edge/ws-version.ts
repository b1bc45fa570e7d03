// The oldest ws that may stand at our edge, and the check of the one that is installed.

/** Releases before it can be stopped by a flood of pings, by tiny fragments, or by default limits on them. */
export const LEAST_WS = '8.23.0'

/** Throws Error for a version of ws that must not face strangers. */
export function checkWs(version: string): void {
  if (isBelow(version, LEAST_WS)) throw new Error(`ws must be ${LEAST_WS} or later, got ${version}: see SECURITY.md`)
}

function isBelow(version: string, least: string): boolean {
  const [have, want] = [partsOf(version), partsOf(least)]
  const at = want.findIndex((part, index) => part !== have[index])
  // A release candidate comes before its release.
  return at < 0 ? version.includes('-') : !((have[at] ?? 0) > (want[at] as number))
}

function partsOf(version: string): number[] {
  return version.replace(/-.*$/, '').split('.').map(Number)
}
