// The network that tests run on: the simulated one, on virtual time.

export { type Far, type FarSocket, type Link, Net } from '../../sdk/netsim.ts'
