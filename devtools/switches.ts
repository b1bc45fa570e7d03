// What the lab switches off: it lays methods of its own over those that a room's picture is made by, and takes them off
// again. So a game is switched without knowing it, and a client without a lab carries no switches.

import type { RenderClock } from '../sdk/interpolation.ts'
import type { Inside } from '../sdk/room.ts'
import type { Settings } from './settings.ts'

/** Makes the room's picture as these settings say. */
export function flip({ prediction, clock }: Inside, { predict, smooth, interpolate }: Settings): void {
  layOver(prediction, 'isPredicted', predict ? undefined : () => false)
  layOver(prediction, 'fade', smooth ? undefined : () => jump(prediction))
  // Inputs tell the server what was seen, and the server judges by that.
  let tick = Number.NaN
  const showNewest: RenderClock['locate'] = ({ newest: top }) => {
    tick = top.tick
    return { top, from: top, to: top, share: 1 }
  }
  layOver(clock, 'locate', interpolate ? undefined : showNewest)
  layOver(clock, 'shownTick', interpolate ? undefined : () => tick)
}

function layOver<T extends object, Name extends keyof T>(on: T, name: Name, method: T[Name] | undefined): void {
  if (method) on[name] = method
  else Reflect.deleteProperty(on, name)
}

/** Nothing is left of any error. */
function jump({ entities }: Inside['prediction']): void {
  for (const entity of entities) entity.fade(Number.POSITIVE_INFINITY)
}
