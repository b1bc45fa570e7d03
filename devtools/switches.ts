// What the lab switches off: it lays methods of its own over those that a room's picture is made by, and takes them off
// again. So a game is switched without knowing it, and a client without a lab carries no switches.

import type { RenderClock } from '../sdk/interpolation.ts'
import type { Inside } from '../sdk/room.ts'
import type { Settings } from './settings.ts'

/** Makes the room's picture as these settings say. */
export function flip({ prediction, clock, session }: Inside, { predict, smooth, interpolate }: Settings): void {
  layOver(prediction, 'isPredicted', predict ? undefined : () => false)
  layOver(prediction, 'fade', smooth ? undefined : () => jump(prediction))
  layOver(clock, 'locate', interpolate ? undefined : showNewest)
  // Inputs tell the server what was seen, and the server judges by that.
  layOver(clock, 'tickAt', interpolate ? undefined : () => session.tick)
}

function layOver<T extends object, Name extends keyof T>(on: T, name: Name, method: T[Name] | undefined): void {
  if (method) on[name] = method
  else Reflect.deleteProperty(on, name)
}

/** Nothing is left of any error. */
function jump({ entities }: Inside['prediction']): void {
  for (const entity of entities) entity.fade(Number.POSITIVE_INFINITY)
}

const showNewest: RenderClock['locate'] = ({ newest }) => ({ top: newest, from: newest, to: newest, share: 1 })
