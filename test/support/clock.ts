// The time that tests run on.

export { settle, VirtualClock } from '../../sdk/virtual-clock.ts'
