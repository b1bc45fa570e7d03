// The button that takes friends to this very room.

import { element, onPress } from './page.ts'
import { linkTo } from './person.ts'
import type { JoinedRoom } from './room.ts'
import type { Toast } from './toast.ts'

export class ShareButton {
  readonly #room: JoinedRoom
  readonly #toast: Toast

  constructor(room: JoinedRoom, toast: Toast) {
    this.#room = room
    this.#toast = toast
    onPress(element('share-button', HTMLButtonElement), () => void this.#share())
  }

  async #share(): Promise<void> {
    const link = linkTo(this.#room.id)
    try {
      if (matchMedia('(pointer: coarse)').matches && navigator.share)
        await navigator.share({ title: 'Sparks', url: link })
      else {
        await navigator.clipboard.writeText(link)
        this.#toast.show('Link to this room copied: send it to a friend', 'plain')
      }
    } catch (why) {
      // Who calls it off wants no link. Without https a page may copy none, and its reader does.
      if ((why as Error).name !== 'AbortError') prompt('Link to this room:', link)
    }
  }
}
