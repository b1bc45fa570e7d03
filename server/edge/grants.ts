// Which wishes for another protocol an http.Server grants. Since 24.9 Node asks before it takes such a request out of
// plain HTTP; before that it takes out all of them as soon as anybody listens to upgrades.

import type { IncomingMessage } from 'node:http'
import { ignore } from '../base/guard.ts'

type Grant = (request: IncomingMessage) => boolean

/** The part of an http.Server that it takes: Node sets it from the option of that name. */
interface Granting {
  shouldUpgradeCallback?: Grant
}

/**
 * Has only those wishes granted that pass `isGranted`; a request with any other one is a plain request. Returns what
 * undoes this, in any order when several do so.
 */
export function grantOnly(http: object, isGranted: Grant): () => void {
  const granting: Granting = http
  const { shouldUpgradeCallback: before } = granting
  if (before === undefined) return ignore
  let isOn = true
  const grants: Grant = (request) => (!isOn || isGranted(request)) && before.call(http, request)
  granting.shouldUpgradeCallback = grants
  return () => {
    isOn = false
    // If somebody else has wrapped it by now it stays, and lets everything pass.
    if (granting.shouldUpgradeCallback === grants) granting.shouldUpgradeCallback = before
  }
}
