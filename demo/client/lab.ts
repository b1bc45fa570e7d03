// The network lab: it loads when someone asks for it, by key N, by its button or by a link, and not before.

import type { MountedLab, ServerSide } from 'tickwire/devtools'
import { radiusOf, type Ship } from '../game.ts'
import { Crowd } from './crowd.ts'
import { isTyping } from './keys.ts'
import { element, onPress } from './page.ts'
import type { Picture } from './picture.ts'
import type { JoinedRoom } from './room.ts'

const asked = new URLSearchParams(location.search).get('lab')

/** Whether the link asks for two clients side by side, in place of the game. */
export const isSplit: boolean = asked === 'split'

/** Whether this page is one of them. */
export const isPane: boolean = asked === 'shut' && window.parent !== window

/** Shows them. */
export async function split(): Promise<void> {
  const { splitScreen } = await import('tickwire/devtools')
  splitScreen()
}

export class LabButton {
  readonly #room: JoinedRoom
  readonly #picture: Picture
  readonly #crowd: Crowd
  #lab: MountedLab | undefined
  #isLoading = false
  #asked: Parameters<ServerSide['set']>[0] | undefined
  #tickMs = Number.NaN

  constructor(room: JoinedRoom, picture: Picture) {
    this.#room = room
    this.#picture = picture
    this.#crowd = new Crowd(room)
    onPress(element('lab-button', HTMLButtonElement), () => {
      if (this.#lab) this.#lab.toggle()
      else void this.#load()
    })
    window.addEventListener('keydown', (event) => this.#press(event))
    if (asked !== null) void this.#load()
  }

  // Once it is there the lab itself listens to its key.
  #press(event: KeyboardEvent): void {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)
    if (event.code === 'KeyN' && isPlain && !this.#lab) void this.#load()
  }

  async #load(): Promise<void> {
    if (this.#isLoading) return
    this.#isLoading = true
    const { mountLab } = await import('tickwire/devtools').finally(() => {
      // What failed may be asked for again.
      this.#isLoading = false
    })
    const { camera } = this.#picture
    // A server that has started anew knows nothing of it.
    this.#room.onReset(() => this.#tellServer())
    this.#room.on('load', ({ tickMs }) => {
      this.#tickMs = tickMs
    })
    this.#lab = mountLab(this.#room, {
      // Of what is one's own there are only ships.
      place: (entity) => ({
        x: camera.screenX(entity.x),
        y: camera.screenY(entity.y),
        radius: radiusOf((entity as Ship).score) * camera.zoom,
      }),
      addBots: (count) => void this.#crowd.add(count),
      watchLeader: (isOn) => this.#picture.watchLeader(isOn),
      server: {
        set: ({ compensate, whole }) => {
          this.#asked = { compensate, whole }
          this.#tellServer()
        },
        tickMs: () => this.#tickMs,
      },
    })
  }

  #tellServer(): void {
    if (this.#asked) this.#room.send('lab', this.#asked)
  }
}
