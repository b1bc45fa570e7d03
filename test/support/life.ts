// What a page of the demo goes through, written down in the page itself from picture to picture: its connection, what
// came into its picture and went, what it said and heard, and whatever must never be seen.

import type { Page } from 'playwright-core'

export interface Life {
  /**
   * In order: `waits`, `dials` when its time has come or `hurries` before that, `open`, `stalled`, `closed`; and among them
   * the browser's `online`, `pageshow` and the like.
   */
  readonly steps: string[]
  /** How the connection was lost, or a dial failed, each time; and how long the next dial was put off. */
  readonly losses: { readonly code: number; readonly reason: string; readonly retryInMs: number }[]
  readonly resets: { readonly outcome: 'new' | 'reset'; readonly lost: number }[]
  /** Ships by their ids. */
  readonly came: number[]
  readonly went: number[]
  /** What the server told, and how many numbers this page told it. */
  readonly heard: number[]
  said: number
  /**
   * States as they arrived, with how late pictures were to be from then on; and pictures as they were drawn, with the
   * newest tick, the one that was shown, and how late it was to be.
   */
  readonly states: { readonly at: number; readonly tick: number; readonly delayMs: number }[]
  readonly pictures: {
    readonly at: number
    readonly newest: number
    readonly shown: number
    readonly delayMs: number
  }[]
  /** When the connection was told to be open, and when the page or the network was back. */
  openAt: number
  backAt: number
  /** Anything here is a mistake. */
  readonly wrong: string[]
}

declare global {
  var life: Life | undefined
}

/** Says a number so often. */
const SAY_MS = 200
/** So exact are a page's timers. */
const TIMER_MS = 20

/** From now on, until the page is loaded anew. */
export async function watchLife(page: Page): Promise<void> {
  await page.evaluate(
    ([sayMs, timerMs]) => {
      const probe = globalThis.sparks
      if (!probe) throw new Error('there is no game in this page')
      const { room } = probe
      const life: Life = {
        ...{ steps: [], losses: [], resets: [], came: [], went: [], heard: [], said: 0 },
        ...{ states: [], pictures: [], openAt: 0, backAt: 0, wrong: [] },
      }
      globalThis.life = life
      const ours = () => room.view().ship.filter(({ mine }) => mine)
      let { me } = room
      let ship = ours()[0]?.id
      let newest = 0
      let due = 0
      room.onState((state) => {
        const { name } = state
        if (name === 'open') life.openAt = performance.now()
        if (name !== 'reconnecting') return life.steps.push(name)
        const now = performance.timeOrigin + performance.now()
        if (state.retryInMs === 0) return life.steps.push(now < due - timerMs ? 'hurries' : 'dials')
        due = state.retryAt
        life.losses.push({ code: state.lost.code, reason: state.lost.reason, retryInMs: state.retryInMs })
        return life.steps.push('waits')
      })
      room.onReset((reset) => {
        life.resets.push(reset)
        me = room.me
        ship = undefined
        newest = 0
      })
      room.onAdd('ship', ({ id }) => void life.came.push(id))
      room.onRemove('ship', ({ id }) => void life.went.push(id))
      room.on('talk', ({ from, message }) => from.id === 0 && life.heard.push(Number(message)))
      const { clock } = room.inside
      const arrived = clock.arrived.bind(clock)
      clock.arrived = (tick, now) => {
        arrived(tick, now)
        life.states.push({ at: performance.now(), tick, delayMs: clock.delayMs })
      }
      for (const event of ['online', 'pageshow', 'visibilitychange', 'resume', 'freeze'] as const) {
        const note = () => {
          const isHidden = document.visibilityState === 'hidden'
          const name = event === 'visibilitychange' ? (isHidden ? 'hidden' : 'visible') : event
          if (name === 'online' || name === 'pageshow' || name === 'visible') life.backAt = performance.now()
          life.steps.push(name)
        }
        window.addEventListener(event, note, true)
      }
      setInterval(() => {
        const said = room.send('talk', { message: String(life.said + 1), type: 'text' })
        if (said === 'full') life.wrong.push(`message ${life.said + 1} was not taken`)
        else life.said++
      }, sayMs)
      const look = () => {
        const { serverTick } = room.view()
        const now = performance.now()
        const { delayMs } = clock
        life.pictures.push({ at: now, newest: serverTick, shown: clock.shownTick(), delayMs })
        if (serverTick < newest) life.wrong.push(`tick ${serverTick} after ${newest}`)
        newest = serverTick
        const own = ours()
        ship ??= own[0]?.id
        if (serverTick > 0 && (own.length !== 1 || own[0]?.id !== ship || own[0]?.owner !== me || room.me !== me)) {
          life.wrong.push(`ships ${own.map(({ id }) => id)} instead of ${ship}, player ${room.me} instead of ${me}`)
        }
        requestAnimationFrame(look)
      }
      look()
    },
    [SAY_MS, TIMER_MS] as const,
  )
}

export async function lifeOf(page: Page): Promise<Life> {
  return page.evaluate(() => {
    if (!globalThis.life) throw new Error('nobody watches this page')
    return globalThis.life
  })
}
