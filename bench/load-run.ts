// One run of one system under load: its server and its clients as processes of their own, warmed up and measured.

import { setTimeout as pause } from 'node:timers/promises'
import type { ClientsPlan, ClientsReport } from './load-clients.ts'
import { Process } from './process.ts'
import type { ServerPlan, ServerReport } from './stage-server.ts'

/** What both ends report of the time that was measured. */
export interface Load extends ServerReport, ClientsReport {}

export async function runLoad(plan: ServerPlan, warmUpMs: number, measuredMs: number): Promise<Load> {
  const { system, stage, clients: count } = plan
  const server = new Process('stage-server.ts', plan)
  const { port } = await server.answer<{ port: number }>()
  const address = { host: '127.0.0.1', port }
  const clients = new Process('load-clients.ts', { system, stage, clients: count, address } satisfies ClientsPlan)
  try {
    await clients.answer()
    await pause(warmUpMs)
    for (const process of [server, clients]) process.tell('begin')
    await pause(measuredMs)
    for (const process of [server, clients]) process.tell('end')
    return { ...(await server.answer<ServerReport>()), ...(await clients.answer<ClientsReport>()) }
  } finally {
    await Promise.all([clients.stop(), server.stop()])
  }
}

/** Of the server, for each state that a client was sent, in microseconds. */
export function cpuUs({ cpuMs, states }: Load): number {
  return (cpuMs * 1000) / states
}
